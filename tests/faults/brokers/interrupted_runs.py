"""Batch runs that a fault interrupts while half of their calls run, and the expected result."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from engine import check_invariants, ended, pipeline_runs, register, start, step_runs, until
from fake_clams import FakeClams
from sqlalchemy import text
from transports import Transport
from worker_processes import THREADS

from chowda.db.database import Database
from chowda.engine import leases

FILES = 2 * THREADS


async def start_batch(database: Database, apps: Sequence[FakeClams], second_concurrency: int = FILES) -> int:
    """Start a run of FILES files. The apps may run FILES calls each, or the second app fewer."""
    limits = [FILES, *([second_concurrency] * (len(apps) - 1))]
    registered = [await register(database, app, n) for app, n in zip(apps, limits, strict=True)]
    return await start(database, registered, FILES)


async def start_half(database: Database, transport: Transport, apps: Sequence[FakeClams]) -> int:
    """Start a batch run with one waiting call per thread of a worker. The other messages stay in the queue."""
    async with database.session() as session:  # a worker that fetches no messages, so that they are sent
        await leases.register_worker(session, "idle-worker", FILES, lease_seconds=600)
    apps[0].capacity = 0
    run_id = await start_batch(database, apps)

    async def half_is_called() -> bool:
        queued = await asyncio.to_thread(transport.queued_count)
        return apps[0].open_calls == THREADS and queued >= FILES - THREADS

    await until(half_is_called, f"{THREADS} running calls and {FILES - THREADS} messages in the queue")
    return run_id


async def assert_finished_without_extra_calls(
    database: Database, run_id: int, apps: Sequence[FakeClams]
) -> None:
    """The run finished, and only calls whose worker lost its lease were repeated."""
    run = await ended(database, run_id)
    assert run.status == "FINISHED"
    assert [r.status for r in await pipeline_runs(database, run_id)] == ["FINISHED"] * FILES
    steps = FILES * len(apps)
    assert [(s.status, s.error_code) for s in await step_runs(database, run_id)] == [
        ("FINISHED", None)
    ] * steps
    async with database.session() as session:
        good_attempts, attempts, results = (
            await session.execute(
                text(
                    "SELECT (SELECT count(*) FROM step_attempts WHERE error_code IS DISTINCT FROM 'WORKER_LOST'), "
                    "(SELECT count(*) FROM step_attempts), (SELECT count(*) FROM mmifs WHERE origin = 'STEP')"
                )
            )
        ).one()
    assert (good_attempts, results) == (steps, steps)
    assert sum(len(app.calls) for app in apps) == attempts
    await check_invariants(database)
