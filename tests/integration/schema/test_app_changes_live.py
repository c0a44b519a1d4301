"""Changes of apps while a real worker runs files through them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine import check_invariants, ended, register, start, step_runs, until
from fake_clams import FakeClams

from chowda.apps import health as app_health
from chowda.apps.registry import AppChange, update_app
from chowda.config import Settings
from chowda.db.database import Database
from chowda.models import ClamsApp
from chowda.pubsub.notifier import Notifier
from chowda.runs import wait_reasons
from chowda.runs.wait_reasons import WaitReason
from chowda.workers.process import running_worker


@pytest.fixture
def worker(database_url: str, tmp_path: Path) -> Iterator[None]:
    settings = Settings(
        database_url=database_url,
        data_dir=tmp_path,
        lease_seconds=2,
        poll_seconds=1,
        flush_seconds=0.05,
        threads=8,
        app_look_seconds=0.3,
    )
    with running_worker(settings):
        yield


async def change(database: Database, app: ClamsApp, **changes: Any) -> None:
    """Changes the app and sends a notification, as the API does."""
    async with database.session() as session:
        await update_app(session, app.id, AppChange(**changes))
    notifier = Notifier(database, 0)
    notifier.apps()
    await notifier.flush()


async def test_changed_call_limit_applies_at_once(worker: None, database: Database) -> None:
    with FakeClams(capacity=0) as fake:
        app = await register(database, fake)
        run_id = await start(database, [app], files=12)

        async def open_calls(count: int) -> bool:
            return fake.open_calls == count

        await until(lambda: open_calls(1), "the first call began")
        await change(database, app, max_concurrency=4)
        await until(lambda: open_calls(4), "four calls were open")
        await change(database, app, max_concurrency=1)
        fake.release_calls(3)
        await until(lambda: open_calls(1), "one call was left")
        await asyncio.sleep(0.5)
        assert fake.open_calls == 1
        fake.max_open_calls = 1
        fake.release_calls()
        fake.capacity = None
        assert (await ended(database, run_id)).status == "FINISHED"
        assert fake.max_open_calls == 1
    await check_invariants(database)


async def test_run_waits_for_a_deactivated_app_and_continues_after(worker: None, database: Database) -> None:
    with FakeClams(capacity=0) as fake:
        app = await register(database, fake, max_concurrency=2)
        run_id = await start(database, [app], files=6)

        async def two_calls() -> bool:
            return fake.open_calls == 2

        await until(two_calls, "two calls began")
        await change(database, app, active=False)
        fake.release_calls()
        fake.capacity = None

        async def all_waiting() -> bool:
            waits = [step.id for step in await step_runs(database, run_id) if step.status == "WAITING"]
            done = [step for step in await step_runs(database, run_id) if step.status == "FINISHED"]
            async with database.session() as session:
                reasons = {wait.reason for wait in (await wait_reasons.read(session, waits)).values()}
            return (len(waits), len(done), reasons) == (4, 2, {WaitReason.APP_INACTIVE})

        await until(all_waiting, "the running calls finished and the other steps wait")
        await asyncio.sleep(1.2)  # longer than a poll
        assert await all_waiting()
        assert len(fake.calls) == 2
        await change(database, app, active=True)
        assert (await ended(database, run_id)).status == "FINISHED"
    assert {step.attempts for step in await step_runs(database, run_id)} == {1}
    await check_invariants(database)


async def test_worker_notices_another_version_at_the_endpoint(worker: None, database: Database) -> None:
    with FakeClams(name="finder") as fake:
        app = await register(database, fake)
        fake.metadata |= {"identifier": "http://apps.clams.ai/finder/v9"}

        async def drift() -> str | None:
            async with database.session() as session:
                found = (await app_health.read(session, [app.id]))[app.id].drift
            return found.identifier if found else None

        assert await until(drift, "the drift was noticed") == "http://apps.clams.ai/finder/v9"
