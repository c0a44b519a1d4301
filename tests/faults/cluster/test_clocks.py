"""A machine whose clock is wrong: leases, retries and time-outs go by the database's clock, or by none."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cluster import LEASE_SECONDS, Api, Chowda, Worker, eventually
from engine import check_invariants, ended, register, start, step_runs, until
from fake_clams import FakeClams
from requirement import missing

from chowda.db.database import Database
from chowda.ids import Kind, opaque

PLACES = ("/usr/lib/*/faketime/libfaketime.so.1", "/usr/lib/faketime/libfaketime.so.1")


@pytest.fixture
def faketime() -> str:
    found = [path for place in PLACES for path in Path("/").glob(place.lstrip("/"))]
    return str(found[0]) if found else missing("faketime", "libfaketime")


def clock(faketime: str, offset: str) -> dict[str, str]:
    """The wall clock alone: a machine whose clock is wrong still counts seconds as all do."""
    return {"LD_PRELOAD": faketime, "FAKETIME": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


@pytest.fixture(params=["+1h", "-1h"])
def offset(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def wrong_worker(offset: str, chowda: Chowda, faketime: str) -> Iterator[Worker]:
    """A worker whose clock is off by an hour; the others are as ever."""
    worker = chowda.worker(f"worker{offset}", **clock(faketime, offset))
    worker.start()
    yield worker
    worker.kill()


@pytest.fixture
def wrong_api(offset: str, chowda: Chowda, faketime: str) -> Iterator[Api]:
    api = chowda.apis[1]
    right = dict(api.environment)
    api.kill()
    api.environment |= clock(faketime, offset)
    api.start()
    yield api
    api.environment = right
    api.kill()


async def test_a_worker_and_an_api_whose_clocks_are_wrong_work_as_the_others_do(
    wrong_worker: Worker, wrong_api: Api, chowda: Chowda, database: Database, app: FakeClams, name: str
) -> None:
    """Calls last longer than a lease, what failed is tried again, nobody who lives is held for dead."""
    for part in (wrong_worker, wrong_api):
        eventually(part.ready, "the ones with the wrong clock are ready")
    app.seconds = 0.5
    app.behave("busy", calls=[2, 3, 4], retry_after="1")
    app.behave("good", calls=[1, 6, 7], seconds=LEASE_SECONDS * 1.5)
    for worker in chowda.workers:
        worker.freeze()
    key = await start(database, [await register(database, app, max_concurrency=6)], 24, name)
    query = """subscription ($id: ID!) { batchRun(id: $id) {
      status asOf stale createdAt startedAt endedAt } }"""
    async with wrong_api.client.subscribe(query, id=opaque(Kind.BATCH_RUN, key)) as events:
        following = asyncio.create_task(events.rest())

        async def has_tried() -> bool:
            return wrong_worker.said("step.finished") > 0 and len(app.calls) >= 7

        await until(has_tried, "it works")
        chowda.workers[0].thaw()
        told = [event["batchRun"] for event in await following]
    steps = await step_runs(database, key)
    assert sum(step.attempts for step in steps) == 24 + 3 == len(app.calls)
    assert [step.losses for step in steps] == [0] * 24
    assert wrong_worker.said("worker.lost") == 0
    now = chowda.postgres.one("SELECT now()")
    assert all(step.ended_at and abs(step.ended_at - now) < timedelta(minutes=5) for step in steps)
    assert told[-1]["status"] == "FINISHED"
    assert not any(event["stale"] for event in told)
    assert [event["asOf"] for event in told] == sorted(event["asOf"] for event in told)
    for field in ("asOf", "createdAt", "startedAt", "endedAt"):
        assert abs(datetime.fromisoformat(told[-1][field]) - now) < timedelta(minutes=5)

    app.forget()
    app.capacity = 0
    chowda.workers[0].freeze()
    key = await start(database, [await register(database, app, max_concurrency=2)], 2, f"{name}-killed")
    await until(lambda: _true(len(app.waiting) == 2), "it holds two calls")
    wrong_worker.kill()
    app.capacity = None
    chowda.workers[0].thaw()
    assert (await ended(database, key)).status == "FINISHED"
    assert [step.attempts for step in await step_runs(database, key)] == [2, 2]
    await check_invariants(database)


async def _true(fact: bool) -> bool:
    return fact
