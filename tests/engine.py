"""Batch runs for tests of the engine: apps served over HTTP, started runs, and the invariants of the database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from factories import add_batch, add_pipeline
from fake_clams import FakeClams
from sqlalchemy import select, text

from chowda.apps.registry import ask, check_registration, save_app
from chowda.clams.metadata import parse_metadata
from chowda.db.database import Database
from chowda.doctor.examination import broken_invariants
from chowda.enums import AppRuntime
from chowda.models import BatchRun, ClamsApp, PipelineRun, StepRun
from chowda.runs.start import Start, start_batch

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
    _, metadata = await ask(registration.endpoint)
    async with database.session() as session:
        return await save_app(session, registration, parse_metadata(metadata), metadata)


async def start(database: Database, apps: Sequence[ClamsApp], files: int = 3, name: str = "batch") -> int:
    """Starts a batch run of new files and these apps. Returns its key."""
    pipeline = await add_pipeline(database, apps, f"{name}-pipeline")
    batch = await add_batch(database, files, pipeline, name)
    async with database.session() as session:
        return (await start_batch(session, Start(batch.id))).id


async def batch_run(database: Database, batch_run_id: int) -> BatchRun:
    async with database.session() as session:
        return (await session.scalars(select(BatchRun).where(BatchRun.id == batch_run_id))).one()


async def pipeline_runs(database: Database, batch_run_id: int) -> list[PipelineRun]:
    async with database.session() as session:
        statement = (
            select(PipelineRun)
            .where(PipelineRun.batch_run_id == batch_run_id)
            .order_by(PipelineRun.media_file_id)
        )
        return list(await session.scalars(statement))


async def step_runs(database: Database, batch_run_id: int) -> list[StepRun]:
    async with database.session() as session:
        return list(
            await session.scalars(
                select(StepRun).where(StepRun.batch_run_id == batch_run_id).order_by(StepRun.id)
            )
        )


async def until(condition: Callable[[], Any], description: str) -> Any:
    """Waits until the condition returns a true value, and returns that value."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := await condition():
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"{description}: not within {PATIENCE_SECONDS} s")


async def ended(database: Database, batch_run_id: int) -> BatchRun:
    """Waits until the batch run has ended."""

    async def ended_run() -> BatchRun | None:
        run = await batch_run(database, batch_run_id)
        return run if run.ended_at is not None else None

    try:
        run: BatchRun = await until(ended_run, "the batch run has ended")
    except AssertionError as exc:
        steps = [(s.id, s.status, s.ready_at, s.sent_until) for s in await step_runs(database, batch_run_id)]
        raise AssertionError(f"{exc}; its steps: {steps[:20]}") from None
    return run


INVARIANTS = {
    "steps with a result that are not FINISHED": """
        SELECT id FROM step_runs WHERE status <> 'FINISHED' AND mmif_id IS NOT NULL
    """,
    "more results than successful attempts": """
        SELECT m.step_run_id, count(*) FROM mmifs m WHERE m.step_run_id IS NOT NULL
        GROUP BY m.step_run_id HAVING count(*) > (
            SELECT count(*) FROM step_attempts a
            WHERE a.step_run_id = m.step_run_id AND a.ended_at IS NOT NULL AND a.error_code IS NULL)
    """,
    "more attempts counted than recorded": """
        SELECT id, attempts FROM step_runs s
        WHERE attempts > (SELECT count(*) FROM step_attempts a WHERE a.step_run_id = s.id)
    """,
    "running steps without a running attempt": """
        SELECT id FROM step_runs s WHERE status = 'RUNNING' AND NOT EXISTS (
            SELECT FROM step_attempts a WHERE a.step_run_id = s.id AND a.fence = s.fence AND a.ended_at IS NULL)
    """,
    "stuck files: the first unfinished step is not the only one that is running or ready": """
        SELECT pipeline_run_id, array_agg((status, ready_at IS NOT NULL) ORDER BY id) FROM step_runs
        GROUP BY pipeline_run_id HAVING bool_or(status IN ('WAITING', 'RUNNING')) AND (
            count(*) FILTER (WHERE status = 'RUNNING' OR (status = 'WAITING' AND ready_at IS NOT NULL)) <> 1
            OR min(id) FILTER (WHERE status <> 'FINISHED')
               <> min(id) FILTER (WHERE status = 'RUNNING' OR (status = 'WAITING' AND ready_at IS NOT NULL)))
    """,
    "files of which only some steps are paused": """
        SELECT pipeline_run_id, array_agg((status, paused) ORDER BY id) FROM step_runs
        WHERE status IN ('WAITING', 'RUNNING') GROUP BY pipeline_run_id HAVING bool_and(paused) <> bool_or(paused)
    """,
    "ended steps that are still ready or claimed": """
        SELECT id FROM step_runs WHERE ended_at IS NOT NULL
            AND (ready_at IS NOT NULL OR worker IS NOT NULL OR lease_until IS NOT NULL)
    """,
    "files whose MMIF is not the newest valid one": """
        SELECT p.id, p.mmif_id, last.mmif_id FROM pipeline_runs p
        LEFT JOIN LATERAL (SELECT mmif_id FROM step_runs s WHERE s.pipeline_run_id = p.id AND s.status = 'FINISHED'
                           ORDER BY s.id DESC LIMIT 1) AS last ON true
        LEFT JOIN mmifs m ON m.id = p.mmif_id
        WHERE CASE WHEN last.mmif_id IS NOT NULL THEN p.mmif_id IS DISTINCT FROM last.mmif_id
                   ELSE p.mmif_id IS DISTINCT FROM p.input_mmif_id AND m.origin <> 'INITIAL' END
    """,
    "files with the MMIF of another file": """
        SELECT p.id FROM pipeline_runs p JOIN mmifs m ON m.id IN (p.mmif_id, p.input_mmif_id)
        WHERE m.media_file_id <> p.media_file_id
    """,
    "batch runs whose status contradicts their files": """
        SELECT b.id, b.status, array_agg(DISTINCT p.status) FROM batch_runs b
        JOIN pipeline_runs p ON p.batch_run_id = b.id GROUP BY b.id, b.status HAVING
            (b.status = 'FINISHED' AND bool_or(p.status = 'FAILED'))
            OR (b.status = 'FAILED' AND NOT bool_or(p.status = 'FAILED'))
            OR (b.status = 'CANCELED' AND NOT b.canceled)
            OR (b.ended_at IS NULL) <> (b.status IN ('WAITING', 'RUNNING', 'PAUSED'))
    """,
    "calls with two slots": """
        SELECT step_run_id, fence, count(*) FROM app_slots WHERE step_run_id IS NOT NULL
        GROUP BY step_run_id, fence HAVING count(*) > 1
    """,
}
VIOLATIONS = text(
    " UNION ALL ".join(
        f"SELECT '{name}' AS name, of::text AS of FROM ({sql}) AS of" for name, sql in INVARIANTS.items()
    )
)


async def check_invariants(database: Database) -> None:
    """Asserts what must hold while no transaction is open: the checks of `chowda doctor`, and further invariants that
    hold as long as no attempt has been removed."""
    findings = await broken_invariants(database)
    assert not findings, findings
    async with database.session() as session:
        violations = (await session.execute(VIOLATIONS)).all()
    assert not violations, violations[:5]
