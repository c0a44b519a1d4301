"""What runs the steps, at the awkward moments."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from engine import register, start, step_runs
from factories import start_run, step_run_ids
from fake_clams import FakeClams
from sqlalchemy import text

from chowda.config import Settings
from chowda.db.autocommit import Statements
from chowda.db.database import Database
from chowda.engine import fair_dispatch, leases
from chowda.engine.slot_reuse import reuse_slot
from chowda.models import StepRun
from chowda.pubsub.notifier import Notifier
from chowda.storage.mmif_store import MmifStore
from chowda.workers.dispatcher import Dispatcher
from chowda.workers.heartbeat import Heartbeat
from chowda.workers.maintainer import Maintainer
from chowda.workers.step_runner import StepRunner


async def send_nothing(_step_run_ids: Sequence[int]) -> None:
    pass


@pytest.fixture
def runner(database: Database, database_url: str, tmp_path: Path) -> StepRunner:
    """Its heartbeat is not started: nothing prolongs a lease here."""
    settings = Settings(database_url=database_url, data_dir=tmp_path, lease_seconds=600)
    settings.work_dir.mkdir(parents=True)
    notifier = Notifier(database, 0.05)
    dispatcher = Dispatcher(database, send_nothing, resend_seconds=600, poll_seconds=60)
    return StepRunner(
        settings,
        database,
        Statements(database, 2),
        MmifStore.from_url(settings.store_url),
        notifier,
        Heartbeat(database_url, notifier, "test-worker", threads=4, lease_seconds=600),
        dispatcher,
        Maintainer(database, notifier, dispatcher, lease_seconds=600, poll_seconds=60, flush_seconds=0.05),
        "test-worker",
    )


async def only_step(database: Database) -> int:
    run = await start_run(database, files=1, steps=1)
    return (await step_run_ids(database, run.id))[0]


async def one(database: Database, step_run_id: int) -> StepRun:
    async with database.session() as session:
        return await session.get_one(StepRun, step_run_id)


async def test_a_message_that_comes_after_the_stop_is_left_to_others_at_once(
    database: Database, runner: StepRunner
) -> None:
    step_run_id = await only_step(database)
    async with database.session() as session:
        await leases.announce(session, "another-worker", 4, 600)
        assert await fair_dispatch.take(session, 600) == [step_run_id]
    await runner.stop()
    await runner.run(step_run_id)
    found = await one(database, step_run_id)
    assert (found.status, found.attempts) == ("WAITING", 0)
    async with database.session() as session:
        assert await fair_dispatch.take(session, 600) == [step_run_id]


@pytest.mark.parametrize("patience_seconds", [1.0, 0.05])
async def test_a_claim_that_is_under_way_at_the_stop_is_given_back(
    database: Database, runner: StepRunner, patience_seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that comes through only when all else has been given back."""
    monkeypatch.setattr("chowda.workers.step_runner.CLAIM_SECONDS", patience_seconds)
    step_run_id = await only_step(database)
    async with database.session() as session:  # the claim waits for this
        await session.execute(text("SELECT FROM pipeline_runs FOR UPDATE"))
        running = asyncio.create_task(runner.run(step_run_id))
        await asyncio.sleep(0.2)
        stopping = asyncio.create_task(runner.stop())
        await asyncio.sleep(0.1)
    await stopping
    await running
    found = await one(database, step_run_id)
    assert (found.status, found.attempts, found.fence) == ("WAITING", 0, 1)


async def test_a_slot_goes_to_the_next_step_though_the_answer_is_kept_before_it_has_gone(
    database: Database, runner: StepRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow_hand_over(*args: Any, **options: Any) -> Any:
        await asyncio.sleep(0.3)
        return await reuse_slot(*args, **options)

    monkeypatch.setattr("chowda.workers.step_runner.reuse_slot", slow_hand_over)
    with FakeClams() as app:
        run = await start(database, [await register(database, app)], files=3)
        first, *_ = await step_runs(database, run)
        await runner.run(first.id)  # nobody dispatches: the others come through its slot alone
        while any(step.status == "RUNNING" for step in await step_runs(database, run)):
            await asyncio.sleep(0.05)
    assert [step.status for step in await step_runs(database, run)] == ["FINISHED"] * 3
