"""How apps do: by looks, by calls, and whether what answers is still what was registered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from engine import register, until
from factories import add_app, claim_step, fail_step, finish_step, start_run, step_run_ids
from fake_clams import FakeClams
from sqlalchemy import text

from chowda.apps import health as app_health
from chowda.apps import timings
from chowda.apps.health import Due, Health, HealthStatus
from chowda.apps.timings import Timing
from chowda.db.database import Database
from chowda.errors import StepErrorCode
from chowda.models import ClamsApp
from chowda.pubsub.notifier import Notifier
from chowda.workers import app_health_poller
from chowda.workers.app_health_poller import AppHealthPoller

OLDEST_TRANSACTION = text("""
    SELECT max(extract(epoch FROM now() - xact_start))::float FROM pg_stat_activity
    WHERE datname = current_database() AND state LIKE 'idle in transaction%'
""")


@pytest.fixture
def fake() -> Iterator[FakeClams]:
    with FakeClams() as app:
        yield app


async def health(database: Database, app: ClamsApp) -> Health:
    async with database.session() as session:
        return (await app_health.read(session, [app.id]))[app.id]


async def look(database: Database, app: ClamsApp, patience_seconds: float = 10.0) -> Health:
    assert app.endpoint is not None
    seen = await app_health.probe(app.endpoint, patience_seconds)
    async with database.session() as session:
        assert await app_health.note(session, Due(app.id, app.endpoint), seen)
    return await health(database, app)


@asynccontextmanager
async def watching(database: Database, every_seconds: float) -> AsyncIterator[AppHealthPoller]:
    watch = AppHealthPoller(database, Notifier(database, 1), interval_seconds=every_seconds)
    task = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_new_app_is_answering(database: Database, fake: FakeClams) -> None:
    found = await health(database, await register(database, fake))
    assert (found.status, found.message, found.drift) == (HealthStatus.ANSWERING, "The app answers.", None)
    assert found.last_answer_at is not None
    assert found.last_failure_at is None


async def test_silence_is_busy_or_away_and_refusal_is_failing(database: Database, fake: FakeClams) -> None:
    app = await register(database, fake)
    fake.metadata_behaviour = "hang"
    silent = await look(database, app, 0.2)
    assert (silent.status, silent.message) == (
        HealthStatus.BUSY_OR_AWAY,
        "The app did not answer within 0.2 s: it is busy with a file, or away.",
    )
    fake.metadata_behaviour = None
    fake.refuse_connections()
    refused = await look(database, app)
    assert refused.status is HealthStatus.FAILING
    assert "can't be reached: connection refused" in refused.message
    assert refused.last_failure_at is not None
    assert refused.last_answer_at is not None
    assert refused.last_failure_at > refused.last_answer_at
    fake.accept_connections()
    assert (await look(database, app)).status is HealthStatus.ANSWERING


async def test_another_server_at_the_endpoint_is_failing(database: Database, fake: FakeClams) -> None:
    app = await register(database, fake)
    fake.metadata_answer = (200, "text/html", b"<html>")
    found = await look(database, app)
    assert found.status is HealthStatus.FAILING
    assert "does not answer as a CLAMS app" in found.message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"identifier": "http://apps.clams.ai/fake/v2.0", "app_version": "v2.0"},
            "http://apps.clams.ai/fake/v2.0 answers at this endpoint, not http://apps.clams.ai/fake/v1.0. Refresh",
        ),
        ({"app_version": "v1.1"}, "Version v1.1 answers at this endpoint, not v1.0. Refresh the app"),
        ({"parameters": []}, "The app's metadata changed under the same version. Refresh"),
    ],
)
async def test_another_version_is_drift_until_refreshed(
    database: Database, fake: FakeClams, change: dict[str, Any], message: str
) -> None:
    app = await register(database, fake)
    fake.metadata |= change
    drift = (await look(database, app)).drift
    assert drift is not None
    assert drift.message.startswith(message)
    since = drift.since
    later = (await look(database, app)).drift
    assert later is not None
    assert later.since == since
    await register(database, fake)
    found = await health(database, app)
    assert (found.drift, found.status) == (None, HealthStatus.ANSWERING)


async def test_call_results_change_health(database: Database) -> None:
    run = await start_run(database, files=2, steps=1)
    first, second = await step_run_ids(database, run.id)
    claim = await claim_step(database, first)
    async with database.session() as session:
        await session.execute(text("DELETE FROM app_health"))
        [app] = await session.scalars(ClamsApp.__table__.select().with_only_columns(ClamsApp.id))
    app_row = ClamsApp(id=app)
    assert (await health(database, app_row)).status is HealthStatus.UNKNOWN
    await fail_step(database, claim, StepErrorCode.APP_UNREACHABLE)
    failing = await health(database, app_row)
    assert (failing.status, failing.message) == (
        HealthStatus.FAILING,
        "The last call failed. APP_UNREACHABLE: the app failed",
    )
    await finish_step(database, await claim_step(database, second))
    async with database.session() as session:
        await timings.add(session, {app: Timing(1, 2.0)})
    answering = await health(database, app_row)
    assert answering.status is HealthStatus.ANSWERING
    assert answering.last_failure_at == failing.last_failure_at  # still to be seen
    assert answering.last_answer_at is not None


async def test_timed_out_call_is_busy_and_bad_file_changes_nothing(
    database: Database,
) -> None:
    run = await start_run(database, files=2, steps=1)
    first, second = await step_run_ids(database, run.id)
    async with database.session() as session:
        [app] = await session.scalars(text("SELECT id FROM clams_apps"))
        await session.execute(text("UPDATE clams_apps SET max_concurrency = 2"))
        await session.execute(text("INSERT INTO app_slots (clams_app_id, n) VALUES (:id, 2)"), {"id": app})
    claims = [await claim_step(database, step) for step in (first, second)]
    await fail_step(database, claims[0], StepErrorCode.APP_ERROR)
    assert (await health(database, ClamsApp(id=app))).status is HealthStatus.ANSWERING
    await fail_step(database, claims[1], StepErrorCode.APP_TIMEOUT)
    assert (await health(database, ClamsApp(id=app))).status is HealthStatus.BUSY_OR_AWAY


async def test_due_app_is_probed_once_over_all_processes(database: Database) -> None:
    apps = [await add_app(database, f"app{number}") for number in range(6)]
    await add_app(database, "fresh")
    async with database.session() as session:
        await session.execute(
            text(
                "UPDATE app_health SET probed_at = now() - interval '1 hour' WHERE clams_app_id = ANY(:ids)"
            ),
            {"ids": [app.id for app in apps]},
        )
        await session.execute(text("UPDATE clams_apps SET active = false WHERE name = 'app5'"))

    async def take() -> list[int]:
        async with database.session() as session:
            return [due.clams_app_id for due in await app_health.take_due(session, 600, 2)]

    taken = [app for group in await asyncio.gather(*(take() for _ in range(6))) for app in group]
    taken += await take()
    assert sorted(taken) == [app.id for app in apps[:5]]


async def test_probe_of_an_old_endpoint_is_discarded(database: Database, fake: FakeClams) -> None:
    app = await register(database, fake)
    seen = await app_health.probe("http://127.0.0.1:9", 5)
    async with database.session() as session:
        assert not await app_health.note(session, Due(app.id, "http://127.0.0.1:9"), seen)
    assert (await health(database, app)).status is HealthStatus.ANSWERING


async def test_poller_probes_repeatedly_without_holding_a_session(
    database: Database, fake: FakeClams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_health_poller, "PROBE_TIMEOUT_SECONDS", 3.0)
    app = await register(database, fake)
    fake.metadata_behaviour = "hang"
    ages: list[float] = []

    async def is_(wanted: HealthStatus) -> bool:
        async with database.session() as session:
            ages.append(await session.scalar(OLDEST_TRANSACTION) or 0.0)
        return (await health(database, app)).status is wanted

    async with watching(database, 0.1):
        await until(lambda: is_(HealthStatus.BUSY_OR_AWAY), "silence was noticed")
        assert max(ages) < 2.0  # for three seconds the app was asked
        fake.metadata_behaviour = None
        await until(lambda: is_(HealthStatus.ANSWERING), "the answer was noticed")


async def test_probes_can_be_switched_off(database: Database, fake: FakeClams) -> None:
    await register(database, fake)
    async with database.session() as session:
        await session.execute(text("UPDATE app_health SET probed_at = now() - interval '1 day'"))
        before = (await session.execute(text("SELECT * FROM app_health"))).all()
    await AppHealthPoller(database, Notifier(database, 1), interval_seconds=0).run()  # ends at once
    async with database.session() as session:
        assert (await session.execute(text("SELECT * FROM app_health"))).all() == before
