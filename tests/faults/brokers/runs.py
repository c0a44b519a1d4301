"""Batch runs that a fault hits with half of their calls in work, and what must have become of them."""

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


async def start_batch(database: Database, apps: Sequence[FakeClams], second_at_once: int = FILES) -> int:
    """FILES files; as many calls of each app at once, or fewer of the second."""
    at_once = [FILES, *([second_at_once] * (len(apps) - 1))]
    registered = [await register(database, app, n) for app, n in zip(apps, at_once, strict=True)]
    return await start(database, registered, FILES)


async def hold_half(database: Database, transport: Transport, apps: Sequence[FakeClams]) -> int:
    """A batch run with as many calls in work as one worker has threads, and the rest of its messages in the queue."""
    async with database.session() as session:  # they are sent for a worker that doesn't fetch them
        await leases.announce(session, "elsewhere", FILES, lease_seconds=600)
    apps[0].capacity = 0
    run_id = await start_batch(database, apps)

    async def half_waits() -> bool:
        waits = await asyncio.to_thread(transport.waiting)
        return apps[0].open_calls == THREADS and waits >= FILES - THREADS

    await until(half_waits, f"{THREADS} calls in work and {FILES - THREADS} messages in the queue")
    return run_id


def let_go(app: FakeClams) -> None:
    """All calls, those that are waited for and those to come."""

    async def start_all() -> None:
        while app.waiting:  # each that ends starts the next by itself
            app.waiting.popleft()()

    app.capacity = None
    app.in_loop(start_all())


async def finished_without_a_call_too_many(
    database: Database, run_id: int, apps: Sequence[FakeClams]
) -> None:
    """A call may be repeated only where its worker was so slow that it lost its lease."""
    run = await ended(database, run_id)
    assert run.status == "FINISHED"
    assert [r.status for r in await pipeline_runs(database, run_id)] == ["FINISHED"] * FILES
    steps = FILES * len(apps)
    assert [(s.status, s.error_code) for s in await step_runs(database, run_id)] == [
        ("FINISHED", None)
    ] * steps
    async with database.session() as session:
        kept, attempts, results = (
            await session.execute(
                text(
                    "SELECT (SELECT count(*) FROM step_attempts WHERE error_code IS DISTINCT FROM 'WORKER_LOST'), "
                    "(SELECT count(*) FROM step_attempts), (SELECT count(*) FROM mmifs WHERE origin = 'STEP')"
                )
            )
        ).one()
    assert (kept, results) == (steps, steps)
    assert sum(len(app.calls) for app in apps) == attempts
    await check_invariants(database)
