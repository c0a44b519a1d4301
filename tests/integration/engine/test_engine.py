"""Batch runs with real workers, a real Postgres, a real broker, and apps that answer over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from engine import batch_run, check_invariants, ended, pipeline_runs, register, start, step_runs, until
from fake_clams import FakeClams
from sqlalchemy import text

from chowda.config import Settings
from chowda.db.database import Database
from chowda.errors import Conflict
from chowda.runs import batch_runs
from chowda.workers.process import running_worker


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database_url,
        data_dir=tmp_path,
        lease_seconds=2,
        poll_seconds=1,
        flush_seconds=0.05,
        threads=8,
    )


@pytest.fixture
def worker(settings: Settings) -> Iterator[None]:
    with running_worker(settings):
        yield


@contextmanager
def apps(*names: str, seconds: float = 0.0) -> Iterator[list[FakeClams]]:
    with ExitStack() as stack:
        yield [stack.enter_context(FakeClams(name=name, seconds=seconds)) for name in names]


async def test_every_file_passes_the_apps_in_order_and_the_run_finishes(
    worker: None, database: Database
) -> None:
    with apps("one", "two") as (one, two):
        registered = [await register(database, app, max_concurrency=2) for app in (one, two)]
        run_id = await start(database, registered, files=5)
        run = await ended(database, run_id)
    assert run.status == "FINISHED"
    assert {r.status for r in await pipeline_runs(database, run_id)} == {"FINISHED"}
    assert [(s.status, s.percent, s.attempts) for s in await step_runs(database, run_id)] == [
        ("FINISHED", 100, 1)
    ] * 10
    assert len(one.calls) == len(two.calls) == 5
    await check_invariants(database)


async def test_app_never_gets_more_calls_at_once_than_its_limit(worker: None, database: Database) -> None:
    with apps("slow", seconds=0.1) as (slow,):
        run_id = await start(database, [await register(database, slow, max_concurrency=3)], files=20)
        await ended(database, run_id)
    assert slow.max_open_calls == 3
    await check_invariants(database)


async def test_failed_step_ends_only_its_own_file(worker: None, database: Database) -> None:
    with apps("one", "two") as (one, two):
        one.behave("error_view", guid="batch-000002")
        registered = [await register(database, app) for app in (one, two)]
        run_id = await start(database, registered, files=3)
        run = await ended(database, run_id)
    assert run.status == "FAILED"
    assert [r.status for r in await pipeline_runs(database, run_id)] == ["FINISHED", "FAILED", "FINISHED"]
    failed, canceled = (await step_runs(database, run_id))[2:4]
    assert (failed.status, failed.error_code, failed.attempts) == ("FAILED", "APP_ERROR", 1)
    assert (canceled.status, canceled.error_code, canceled.attempts) == ("CANCELED", None, 0)
    await check_invariants(database)


async def test_busy_app_is_called_again_until_it_succeeds(worker: None, database: Database) -> None:
    with apps("busy") as (busy,):
        busy.behave("busy", calls=[1, 2], retry_after="0")
        run_id = await start(database, [await register(database, busy)], files=1)
        run = await ended(database, run_id)
    [step] = await step_runs(database, run_id)
    assert (run.status, step.attempts, step.error_code) == ("FINISHED", 3, None)


async def test_three_failures_end_a_step(worker: None, database: Database) -> None:
    with apps("busy") as (busy,):
        busy.behave("busy", retry_after="0")
        run_id = await start(database, [await register(database, busy)], files=1)
        run = await ended(database, run_id)
    [step] = await step_runs(database, run_id)
    assert (run.status, step.status, step.attempts, step.error_code) == ("FAILED", "FAILED", 3, "APP_BUSY")


async def test_retry_continues_from_the_newest_valid_mmif(worker: None, database: Database) -> None:
    with apps("one", "two") as (one, two):
        two.behave("error_view", calls=[1])
        registered = [await register(database, app) for app in (one, two)]
        run_id = await start(database, registered, files=1)
        await ended(database, run_id)
        async with database.session() as session:
            await batch_runs.retry_batch_run(session, run_id)
        run = await ended(database, run_id)
        async with database.session() as session:
            with pytest.raises(Conflict, match="nothing to retry"):
                await batch_runs.retry_batch_run(session, run_id)
    assert run.status == "FINISHED"
    assert (len(one.calls), len(two.calls)) == (1, 2)
    await check_invariants(database)


async def test_cancel_ends_the_run_at_once_and_keeps_the_slot_until_the_app_answers(
    worker: None, database: Database
) -> None:
    with apps("slow", seconds=3.0) as (slow,):
        app = await register(database, slow)
        run_id = await start(database, [app], files=3)

        async def called() -> bool:
            return len(slow.calls) == 1

        await until(called, "the app is called")
        async with database.session() as session:
            await batch_runs.cancel_batch_run(session, run_id)
        assert (await batch_run(database, run_id)).status == "CANCELED"
        assert {s.status for s in await step_runs(database, run_id)} == {"CANCELED"}
        async with database.session() as session:
            assert await session.scalar(text("SELECT count(*) FROM app_slots WHERE until > now()")) == 1

        async def released() -> bool:
            async with database.session() as session:
                return await session.scalar(text("SELECT count(*) FROM app_slots WHERE until > now()")) == 0

        await until(released, "the slot is free")
        [call] = slow.calls
        assert call.ended is not None
        assert not call.hung_up
    await check_invariants(database)


async def test_slot_of_a_canceled_unanswered_call_is_freed_at_its_timeout(
    worker: None, database: Database, settings: Settings
) -> None:
    """The call keeps the slot for several leases after the cancel, and does not start a second attempt."""
    timeout_seconds = 8
    assert timeout_seconds > 3 * settings.lease_seconds
    with apps("mute") as (mute,):
        mute.behave("hang", calls=[1])
        app = await register(database, mute, timeout_seconds=timeout_seconds)
        canceled = await start(database, [app], files=1, name="canceled")

        async def called() -> bool:
            return len(mute.calls) == 1

        await until(called, "the app is called")
        await asyncio.sleep(1)
        async with database.session() as session:
            await batch_runs.cancel_batch_run(session, canceled)
        other = await start(database, [app], files=1, name="other")
        assert (await ended(database, other)).status == "FINISHED"
        call, following = mute.calls
        seconds = following.started - call.started
        assert timeout_seconds - 0.5 < seconds < timeout_seconds + 2 * settings.lease_seconds
        assert call.hung_up
    assert [step.status for step in await step_runs(database, canceled)] == ["CANCELED"]
    await check_invariants(database)


async def test_paused_run_starts_no_call_until_it_is_resumed(worker: None, database: Database) -> None:
    with apps("slow", seconds=0.3) as (slow,):
        run_id = await start(database, [await register(database, slow)], files=4)

        async def called() -> bool:
            return len(slow.calls) >= 1

        await until(called, "the app is called")
        async with database.session() as session:
            await batch_runs.pause_batch_run(session, run_id)
        await asyncio.sleep(1.0)
        at_pause = len(slow.calls)
        await asyncio.sleep(1.5)
        assert len(slow.calls) == at_pause < 4
        assert (await batch_run(database, run_id)).status == "PAUSED"
        async with database.session() as session:
            await batch_runs.resume_batch_run(session, run_id)
        assert (await ended(database, run_id)).status == "FINISHED"
    assert len(slow.calls) == 4
    await check_invariants(database)
