"""Batch runs through real workers: a real Postgres, a real broker, apps that answer over HTTP."""

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


async def test_each_file_goes_through_the_apps_in_order_and_the_run_finishes(
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


async def test_an_app_is_never_called_more_often_at_once_than_it_may(
    worker: None, database: Database
) -> None:
    with apps("slow", seconds=0.1) as (slow,):
        run_id = await start(database, [await register(database, slow, max_concurrency=3)], files=20)
        await ended(database, run_id)
    assert slow.max_open_calls == 3
    await check_invariants(database)


async def test_a_failed_step_ends_its_file_and_no_other(worker: None, database: Database) -> None:
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


async def test_what_is_worth_a_retry_is_tried_again_and_the_rest_is_not(
    worker: None, database: Database
) -> None:
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


async def test_a_retry_goes_on_from_the_last_good_mmif(worker: None, database: Database) -> None:
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


async def test_cancel_ends_the_run_at_once_and_keeps_the_slot_until_the_app_has_answered(
    worker: None, database: Database
) -> None:
    with apps("slow", seconds=3.0) as (slow,):
        app = await register(database, slow)
        run_id = await start(database, [app], files=3)

        async def called() -> bool:
            return len(slow.calls) == 1

        await until(called, "the app was called")
        async with database.session() as session:
            await batch_runs.cancel_batch_run(session, run_id)
        assert (await batch_run(database, run_id)).status == "CANCELED"
        assert {s.status for s in await step_runs(database, run_id)} == {"CANCELED"}
        async with database.session() as session:
            assert await session.scalar(text("SELECT count(*) FROM app_slots WHERE until > now()")) == 1

        async def released() -> bool:
            async with database.session() as session:
                return await session.scalar(text("SELECT count(*) FROM app_slots WHERE until > now()")) == 0

        await until(released, "the slot was free again")
        [call] = slow.calls
        assert call.ended is not None
        assert not call.hung_up
    await check_invariants(database)


async def test_the_slot_of_a_canceled_call_that_is_never_answered_is_free_when_its_time_is_over(
    worker: None, database: Database, settings: Settings
) -> None:
    """For several leases longer than the step lives, and not a second attempt's time longer."""
    timeout_seconds = 8
    assert timeout_seconds > 3 * settings.lease_seconds
    with apps("mute") as (mute,):
        mute.behave("hang", calls=[1])
        app = await register(database, mute, timeout_seconds=timeout_seconds)
        canceled = await start(database, [app], files=1, name="canceled")

        async def called() -> bool:
            return len(mute.calls) == 1

        await until(called, "the app was called")
        await asyncio.sleep(1)
        async with database.session() as session:
            await batch_runs.cancel_batch_run(session, canceled)
        other = await start(database, [app], files=1, name="other")
        assert (await ended(database, other)).status == "FINISHED"
        call, following = mute.calls
        between = following.started - call.started
        assert timeout_seconds - 0.5 < between < timeout_seconds + 2 * settings.lease_seconds
        assert call.hung_up
    assert [step.status for step in await step_runs(database, canceled)] == ["CANCELED"]
    await check_invariants(database)


async def test_a_paused_run_starts_nothing_new_and_goes_on_when_resumed(
    worker: None, database: Database
) -> None:
    with apps("slow", seconds=0.3) as (slow,):
        run_id = await start(database, [await register(database, slow)], files=4)

        async def called() -> bool:
            return len(slow.calls) >= 1

        await until(called, "the app was called")
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
