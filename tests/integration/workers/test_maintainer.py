"""The maintainer waits one lease before it declares workers dead that may only have been cut off, as it was."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import pytest
from engine import batch_run, until
from factories import start_run, step_run_ids
from sqlalchemy import text

from chowda.db.database import Database
from chowda.engine.claim import try_claim
from chowda.models import StepRun
from chowda.pubsub.notifier import Notifier
from chowda.workers.dispatcher import Dispatcher
from chowda.workers.maintainer import Maintainer

LEASE_SECONDS = 1.0


async def send_nothing(_step_run_ids: Sequence[int]) -> None:
    pass


async def start_maintainer(database: Database) -> asyncio.Task[None]:
    notifier = Notifier(database, 0.05)
    dispatcher = Dispatcher(database, send_nothing, resend_seconds=60, poll_seconds=60)
    maintainer = Maintainer(
        database, notifier, dispatcher, lease_seconds=LEASE_SECONDS, poll_seconds=0.1, flush_seconds=0.02
    )
    return asyncio.create_task(maintainer.run())


async def start_one_step(database: Database) -> tuple[int, int]:
    """Start a batch run with one step; returns the keys of both."""
    run = await start_run(database, files=1, steps=1)
    return run.id, (await step_run_ids(database, run.id))[0]


async def claim_with_expired_lease(database: Database, step_run_id: int) -> None:
    async with database.session() as session:
        assert await try_claim(session, step_run_id, "test-worker", lease_seconds=-1)


async def read_step(database: Database, step_run_id: int) -> StepRun:
    async with database.session() as session:
        return await session.get_one(StepRun, step_run_id)


async def seconds_until_requeued(database: Database, step_run_id: int) -> float:
    started = time.monotonic()

    async def is_waiting() -> bool:
        return (await read_step(database, step_run_id)).status == "WAITING"

    await until(is_waiting, "the step was requeued")
    return time.monotonic() - started


async def test_new_maintainer_waits_one_lease_before_it_requeues(database: Database) -> None:
    _, step = await start_one_step(database)
    await claim_with_expired_lease(database, step)
    maintainer = await start_maintainer(database)
    try:
        assert await seconds_until_requeued(database, step) > LEASE_SECONDS * 0.9
        # From then on it requeues as soon as a lease expires.
        await claim_with_expired_lease(database, step)
        await seconds_until_requeued(database, step)
    finally:
        maintainer.cancel()
    assert (await read_step(database, step)).losses == 2


@pytest.mark.parametrize("outage", ["cut off", "stalled"])
async def test_workers_get_one_lease_to_return_after_an_outage(
    database: Database, database_url: str, outage: str
) -> None:
    run_id, step = await start_one_step(database)
    maintainer_database = Database(database_url, name="maintainer")
    maintainer = await start_maintainer(maintainer_database)
    try:
        await asyncio.sleep(LEASE_SECONDS * 1.5)
        async with database.session() as session:
            await session.execute(text("LOCK TABLE run_counter_deltas IN ACCESS EXCLUSIVE MODE"))
            await asyncio.sleep(0.3)  # the maintainer waits for the lock
            if outage == "cut off":
                cut_off = await session.scalar(
                    text(
                        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                        "WHERE application_name = 'maintainer'"
                    )
                )
                assert cut_off
            else:
                await asyncio.sleep(LEASE_SECONDS)
            await session.execute(text("SELECT 1"))
        await claim_with_expired_lease(database, step)
        assert await seconds_until_requeued(database, step) > LEASE_SECONDS * 0.5
    finally:
        maintainer.cancel()
        await maintainer_database.close()
    assert (await batch_run(database, run_id)).status == "RUNNING"
