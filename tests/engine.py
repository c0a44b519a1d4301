"""Batch runs to test the engine with: fake apps served over HTTP, and waiting for what becomes of a run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from factories import add_batch, add_pipeline
from fake_clams import FakeClams
from sqlalchemy import select, text

from chowda import runs, tallies
from chowda.apps import ask, check_registration, save_app
from chowda.batches import Start, start_batch
from chowda.clams.metadata import parse_metadata
from chowda.db import Database
from chowda.models import BatchRun, ClamsApp, PipelineRun, StepRun
from chowda.models.status import AppRuntime

PATIENCE_SECONDS = 40.0


async def register(
    database: Database, app: FakeClams, max_concurrency: int = 1, timeout_seconds: int = 60
) -> ClamsApp:
    registration = check_registration(
        runtime=AppRuntime.WEB_SERVICE,
        endpoint=app.url,
        name=app.metadata["name"],
        max_concurrency=max_concurrency,
        timeout_seconds=timeout_seconds,
    )
    _, metadata = await ask(registration)
    async with database.session() as session:
        return await save_app(session, registration, parse_metadata(metadata), metadata)


async def start(database: Database, apps: Sequence[ClamsApp], files: int = 3, name: str = "batch") -> int:
    """A started batch run of new files through these apps; its key."""
    pipeline = await add_pipeline(database, apps, f"{name}-pipeline")
    batch = await add_batch(database, files, pipeline, name)
    async with database.session() as session:
        return (await start_batch(session, Start(batch.id))).id


async def batch_run(database: Database, batch_run_id: int) -> BatchRun:
    async with database.session() as session:
        return (await session.scalars(select(BatchRun).where(BatchRun.id == batch_run_id))).one()


async def pipeline_runs(database: Database, batch_run_id: int) -> list[PipelineRun]:
    async with database.session() as session:
        found = (
            select(PipelineRun)
            .where(PipelineRun.batch_run_id == batch_run_id)
            .order_by(PipelineRun.media_file_id)
        )
        return list(await session.scalars(found))


async def step_runs(database: Database, batch_run_id: int) -> list[StepRun]:
    async with database.session() as session:
        return list(
            await session.scalars(
                select(StepRun).where(StepRun.batch_run_id == batch_run_id).order_by(StepRun.id)
            )
        )


async def until(condition: Callable[[], Any], what: str) -> Any:
    """The first true answer of an async condition."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := await condition():
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"{what}: not within {PATIENCE_SECONDS} s")


async def ended(database: Database, batch_run_id: int) -> BatchRun:
    async def look() -> BatchRun | None:
        run = await batch_run(database, batch_run_id)
        return run if run.ended_at is not None else None

    try:
        run: BatchRun = await until(look, "the batch run ended")
    except AssertionError as exc:
        left = [(s.id, s.status, s.ready_at, s.sent_until) for s in await step_runs(database, batch_run_id)]
        raise AssertionError(f"{exc}; its steps: {left[:20]}") from None
    return run


async def check_invariants(database: Database) -> None:
    """What must hold whenever nothing is in the middle of a transaction."""
    async with database.session() as session:

        async def none(statement: str, what: str) -> None:
            found = (await session.execute(text(statement))).all()
            assert not found, f"{what}: {found[:5]}"

        for run in await session.scalars(select(BatchRun)):
            counted = await tallies.read(session, [run.id])
            for position, table in [(0, "pipeline_runs"), *((n, "step_runs") for n in counted[run.id] if n)]:
                where = f"position = {position}" if position else "true"
                truth = dict(
                    (
                        await session.execute(
                            text(
                                f"SELECT status, count(*) FROM {table} WHERE batch_run_id = :id AND {where} GROUP BY 1"
                            ),
                            {"id": run.id},
                        )
                    ).all()
                )
                counts = counted[run.id][position]
                told = {name.upper(): getattr(counts, name) for name in counts.__dataclass_fields__}
                assert {k: v for k, v in told.items() if v} == truth, (run.id, position)
        await none(
            "SELECT id FROM step_runs s WHERE status = 'FINISHED' AND (mmif_id IS NULL OR NOT EXISTS "
            "(SELECT FROM mmifs m WHERE m.id = s.mmif_id AND m.step_run_id = s.id))",
            "finished steps without a result",
        )
        await none(
            "SELECT step_run_id FROM mmifs WHERE step_run_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1",
            "results committed twice",
        )
        await none(
            "SELECT p.id, p.status, array_agg(s.status ORDER BY s.id) FROM pipeline_runs p "
            "JOIN step_runs s ON s.pipeline_run_id = p.id GROUP BY 1, 2 HAVING "
            "(p.status = 'FINISHED') <> (bool_and(s.status = 'FINISHED')) OR "
            "(p.status = 'FAILED') <> bool_or(s.status = 'FAILED') OR "
            "(p.ended_at IS NULL) <> (bool_or(s.status IN ('WAITING', 'RUNNING')))",
            "pipeline runs that their steps contradict",
        )
        await none(
            "SELECT s.id FROM step_runs s JOIN step_runs earlier ON earlier.pipeline_run_id = s.pipeline_run_id "
            "AND earlier.position < s.position WHERE s.attempts > 0 AND s.status IN ('RUNNING', 'FINISHED') "
            "AND earlier.status <> 'FINISHED'",
            "steps that began before an earlier one had finished",
        )
        await none(
            "SELECT id FROM step_runs WHERE status = 'WAITING' AND ready_at IS NULL AND position = 1",
            "stuck steps",
        )
        unended = await runs.unended(session)
        await none(
            "SELECT b.id FROM batch_runs b WHERE b.ended_at IS NOT NULL AND EXISTS (SELECT FROM pipeline_runs p "
            "WHERE p.batch_run_id = b.id AND p.ended_at IS NULL)",
            f"ended batch runs with open parts (open: {unended})",
        )
