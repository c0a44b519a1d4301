"""A machine whose clock is wrong: leases and retries use the database's clock, and time-outs a monotonic clock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cluster import LEASE_SECONDS, Api, Cluster, Worker, eventually
from engine import check_invariants, ended, register, start, step_runs, until
from fake_clams import FakeClams
from required_programs import missing

from chowda.db.database import Database
from chowda.ids import Kind, opaque

LIBRARY_PATHS = ("/usr/lib/*/faketime/libfaketime.so.1", "/usr/lib/faketime/libfaketime.so.1")


@pytest.fixture
def faketime() -> str:
    found = [path for pattern in LIBRARY_PATHS for path in Path("/").glob(pattern.lstrip("/"))]
    return str(found[0]) if found else missing("faketime", "libfaketime")


def shifted_clock(faketime: str, offset: str) -> dict[str, str]:
    """Shift the wall clock only: a machine with a wrong clock still measures durations correctly."""
    return {"LD_PRELOAD": faketime, "FAKETIME": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


@pytest.fixture(params=["+1h", "-1h"])
def offset(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def wrong_worker(offset: str, cluster: Cluster, faketime: str) -> Iterator[Worker]:
    """A worker whose clock is off by an hour, beside the others."""
    worker = cluster.worker(f"worker{offset}", **shifted_clock(faketime, offset))
    worker.start()
    yield worker
    worker.kill()


@pytest.fixture
def wrong_api(offset: str, cluster: Cluster, faketime: str) -> Iterator[Api]:
    api = cluster.apis[1]
    environment = dict(api.environment)
    api.kill()
    api.environment |= shifted_clock(faketime, offset)
    api.start()
    yield api
    api.environment = environment
    api.kill()


async def test_worker_and_api_with_wrong_clocks_work_normally(
    wrong_worker: Worker, wrong_api: Api, cluster: Cluster, database: Database, app: FakeClams, name: str
) -> None:
    """Calls last longer than a lease, failed calls are retried, and no live worker counts as dead."""
    for process in (wrong_worker, wrong_api):
        eventually(process.ready, "the process with the wrong clock is ready")
    app.seconds = 0.5
    app.behave("busy", calls=[2, 3, 4], retry_after="1")
    app.behave("good", calls=[1, 6, 7], seconds=LEASE_SECONDS * 1.5)
    for worker in cluster.workers:
        worker.freeze()
    key = await start(database, [await register(database, app, max_concurrency=6)], 24, name)
    query = """subscription ($id: ID!) { batchRun(id: $id) {
      status asOf stale createdAt startedAt endedAt } }"""
    async with wrong_api.client.subscribe(query, id=opaque(Kind.BATCH_RUN, key)) as events:
        following = asyncio.create_task(events.rest())

        async def has_retried() -> bool:
            return wrong_worker.count_log_lines("step.finished") > 0 and len(app.calls) >= 7

        await until(has_retried, "the worker retries failed calls")
        cluster.workers[0].thaw()
        updates = [event["batchRun"] for event in await following]
    steps = await step_runs(database, key)
    assert sum(step.attempts for step in steps) == 24 + 3 == len(app.calls)
    assert [step.losses for step in steps] == [0] * 24
    assert wrong_worker.count_log_lines("worker.lost") == 0
    now = cluster.postgres.scalar("SELECT now()")
    assert all(step.ended_at and abs(step.ended_at - now) < timedelta(minutes=5) for step in steps)
    assert updates[-1]["status"] == "FINISHED"
    assert not any(event["stale"] for event in updates)
    assert [event["asOf"] for event in updates] == sorted(event["asOf"] for event in updates)
    for field in ("asOf", "createdAt", "startedAt", "endedAt"):
        assert abs(datetime.fromisoformat(updates[-1][field]) - now) < timedelta(minutes=5)

    app.reset()
    app.capacity = 0
    cluster.workers[0].freeze()
    key = await start(database, [await register(database, app, max_concurrency=2)], 2, f"{name}-killed")
    await until(lambda: _true(len(app.waiting) == 2), "it runs two calls")
    wrong_worker.kill()
    app.capacity = None
    cluster.workers[0].thaw()
    assert (await ended(database, key)).status == "FINISHED"
    assert [step.attempts for step in await step_runs(database, key)] == [2, 2]
    await check_invariants(database)


async def _true(fact: bool) -> bool:
    return fact
