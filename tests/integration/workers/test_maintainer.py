"""The housekeeper: it holds nobody for dead who may only have been cut off as it was itself."""

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


async def keep_house(database: Database) -> asyncio.Task[None]:
    notifier = Notifier(database, 0.05)
    dispatcher = Dispatcher(database, send_nothing, resend_seconds=60, poll_seconds=60)
    keeper = Maintainer(
        database, notifier, dispatcher, lease_seconds=LEASE_SECONDS, poll_seconds=0.1, flush_seconds=0.02
    )
    return asyncio.create_task(keeper.run())


async def started(database: Database) -> tuple[int, int]:
    """A batch run and its only step."""
    run = await start_run(database, files=1, steps=1)
    return run.id, (await step_run_ids(database, run.id))[0]


async def lost(database: Database, step_run_id: int) -> None:
    """A claim whose lease is over."""
    async with database.session() as session:
        assert await try_claim(session, step_run_id, "test-worker", lease_seconds=-1)


async def one(database: Database, step_run_id: int) -> StepRun:
    async with database.session() as session:
        return await session.get_one(StepRun, step_run_id)


async def swept(database: Database, step_run_id: int) -> float:
    """Seconds until the step is back in the queue."""
    began = time.monotonic()

    async def back() -> bool:
        return (await one(database, step_run_id)).status == "WAITING"

    await until(back, "the step was returned")
    return time.monotonic() - began


async def test_who_has_just_come_waits_one_lease_before_holding_others_for_dead(database: Database) -> None:
    _, step = await started(database)
    await lost(database, step)
    keeper = await keep_house(database)
    try:
        assert await swept(database, step) > LEASE_SECONDS * 0.9
        # Once it has settled it sweeps as soon as a lease is over.
        await lost(database, step)
        await swept(database, step)
    finally:
        keeper.cancel()
    assert (await one(database, step)).losses == 2


@pytest.mark.parametrize("trouble", ["cut off", "stalled"])
async def test_after_the_database_was_away_everybody_gets_one_lease_to_come_back(
    database: Database, database_url: str, trouble: str
) -> None:
    run_id, step = await started(database)
    house = Database(database_url, name="house")
    keeper = await keep_house(house)
    try:
        await asyncio.sleep(LEASE_SECONDS * 1.5)
        async with database.session() as session:
            await session.execute(text("LOCK TABLE run_tally_deltas IN ACCESS EXCLUSIVE MODE"))
            await asyncio.sleep(0.3)  # the keeper stands before the lock
            if trouble == "cut off":
                cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'house'"
                assert await session.scalar(text(cut))
            else:
                await asyncio.sleep(LEASE_SECONDS)
            await session.execute(text("SELECT 1"))
        await lost(database, step)
        assert await swept(database, step) > LEASE_SECONDS * 0.5
    finally:
        keeper.cancel()
        await house.close()
    assert (await batch_run(database, run_id)).status == "RUNNING"
