"""The claim loop: stops while a claim is in progress, and reuse of a slot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
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
from chowda.workers.claim_loop import ClaimLoop
from chowda.workers.dispatcher import Dispatcher
from chowda.workers.heartbeat import Heartbeat
from chowda.workers.maintainer import Maintainer


async def send_nothing(_step_run_ids: Sequence[int]) -> None:
    pass


@pytest.fixture
async def claim_loop(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[ClaimLoop]:
    """Its heartbeat is not started, so nothing extends a lease."""
    settings = Settings(database_url=database_url, data_dir=tmp_path, lease_seconds=600)
    settings.work_dir.mkdir(parents=True)
    notifier = Notifier(database, 0.05)
    dispatcher = Dispatcher(database, send_nothing, resend_seconds=600, poll_seconds=60)
    statements = Statements(database, 2)
    await statements.open()
    yield ClaimLoop(
        settings,
        database,
        statements,
        MmifStore.from_url(settings.store_url),
        notifier,
        Heartbeat(database_url, notifier, "test-worker", threads=4, lease_seconds=600),
        dispatcher,
        Maintainer(database, notifier, dispatcher, lease_seconds=600, poll_seconds=60, flush_seconds=0.05),
        "test-worker",
    )
    await statements.close()


async def start_one_step(database: Database) -> int:
    run = await start_run(database, files=1, steps=1)
    return (await step_run_ids(database, run.id))[0]


async def read_step(database: Database, step_run_id: int) -> StepRun:
    async with database.session() as session:
        return await session.get_one(StepRun, step_run_id)


async def test_message_after_the_stop_is_returned_to_other_workers_at_once(
    database: Database, claim_loop: ClaimLoop
) -> None:
    step_run_id = await start_one_step(database)
    async with database.session() as session:
        await leases.register_worker(session, "another-worker", 4, 600)
        assert await fair_dispatch.take(session, 600) == [step_run_id]
    await claim_loop.stop()
    await claim_loop.run(step_run_id)
    found = await read_step(database, step_run_id)
    assert (found.status, found.attempts) == ("WAITING", 0)
    async with database.session() as session:
        assert await fair_dispatch.take(session, 600) == [step_run_id]


@pytest.mark.parametrize("claim_seconds", [1.0, 0.05])
async def test_claim_in_progress_at_the_stop_is_released(
    database: Database, claim_loop: ClaimLoop, claim_seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also a claim that succeeds only after the stop has released the other leases."""
    monkeypatch.setattr("chowda.workers.claim_loop.CLAIM_SECONDS", claim_seconds)
    step_run_id = await start_one_step(database)
    async with database.session() as session:  # the claim waits for this lock
        await session.execute(text("SELECT FROM pipeline_runs FOR UPDATE"))
        running = asyncio.create_task(claim_loop.run(step_run_id))
        await asyncio.sleep(0.2)
        stopping = asyncio.create_task(claim_loop.stop())
        await asyncio.sleep(0.1)
    await stopping
    await running
    found = await read_step(database, step_run_id)
    assert (found.status, found.attempts, found.fence) == ("WAITING", 0, 1)


async def test_slot_is_reused_when_the_answer_is_stored_before_the_reuse(
    database: Database, claim_loop: ClaimLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow_reuse_slot(*args: Any, **options: Any) -> Any:
        await asyncio.sleep(0.3)
        return await reuse_slot(*args, **options)

    monkeypatch.setattr("chowda.workers.claim_loop.reuse_slot", slow_reuse_slot)
    with FakeClams() as app:
        run = await start(database, [await register(database, app)], files=3)
        first, *_ = await step_runs(database, run)
        await claim_loop.run(first.id)  # without a dispatcher, the other steps run only in its slot
        while any(step.status == "RUNNING" for step in await step_runs(database, run)):
            await asyncio.sleep(0.05)
    assert [step.status for step in await step_runs(database, run)] == ["FINISHED"] * 3
