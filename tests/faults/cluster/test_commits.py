"""Faults during a commit: a worker is killed, another session holds locks, the store is full.

The test locks a row that the commit needs, so that the worker waits at that point. The product has no test hooks.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from cluster import LEASE_SECONDS, Cluster, Worker, eventually
from engine import check_invariants, ended, register, start, step_runs, until
from fake_clams import FakeClams
from sqlalchemy import text

from chowda.db.database import Database
from chowda.ids import Kind, opaque

WAITING_FOR_LOCKS = (
    "FROM pg_stat_activity WHERE application_name = 'chowda-worker' AND wait_event_type = 'Lock'"
)
COUNT_WAITING = f"SELECT count(*) {WAITING_FOR_LOCKS}"
TERMINATE_WAITING = f"SELECT count(pg_terminate_backend(pid)) {WAITING_FOR_LOCKS}"


async def worker_of_first_step(cluster: Cluster, database: Database, key: int) -> Worker:
    async def find_worker() -> Worker | None:
        name = (await step_runs(database, key))[0].worker or ""
        return next((worker for worker in cluster.workers if f":{worker.pid}:" in name), None)

    found: Worker = await until(find_worker, "a worker claims the step")
    return found


async def result_hashes(database: Database, key: int) -> list[str]:
    """Return the sha256 of each result of a batch run."""
    async with database.session() as session:
        found = await session.scalars(
            text(
                "SELECT m.sha256 FROM mmifs m JOIN step_runs s ON s.id = m.step_run_id WHERE s.batch_run_id = :id"
            ),
            {"id": key},
        )
        return list(found)


def is_in_store(cluster: Cluster, sha256: str) -> bool:
    return (cluster.store / sha256[:2] / f"{sha256}.mmif").is_file()


async def test_worker_killed_between_store_and_commit_loses_and_duplicates_nothing(
    cluster: Cluster, database: Database, app: FakeClams, name: str
) -> None:
    app.capacity = 0
    key = await start(database, [await register(database, app)], 1, name)
    await until(lambda: _true(bool(app.waiting)), "the call waits")
    worker = await worker_of_first_step(cluster, database, key)
    before = sum(1 for _ in cluster.store.rglob("*.mmif"))
    with psycopg.connect(cluster.postgres.dsn) as lock:
        lock.execute("SELECT FROM pipeline_runs WHERE batch_run_id = %s FOR UPDATE", [key])
        app.release_all_calls()
        eventually(lambda: cluster.postgres.scalar(COUNT_WAITING), "the commit waits for the lock")
        assert sum(1 for _ in cluster.store.rglob("*.mmif")) == before + 1, "the bytes are in the store"
        assert await result_hashes(database, key) == []
        worker.kill()
        assert cluster.postgres.scalar(TERMINATE_WAITING) == 1, (
            "otherwise the server would complete the commit"
        )
    assert (await ended(database, key)).status == "FINISHED"
    [step] = await step_runs(database, key)
    assert (step.attempts, step.error_code, len(app.calls)) == (2, None, 2)
    [sha256] = await result_hashes(database, key)
    assert is_in_store(cluster, sha256)
    await check_invariants(database)


async def test_commit_without_a_notification_is_seen_by_polling(
    cluster: Cluster, database: Database, app: FakeClams, name: str
) -> None:
    """The worker is frozen while its commit waits and killed afterwards, so it commits and sends no notification."""
    app.capacity = 0
    key = await start(database, [await register(database, app)], 1, name)
    await until(lambda: _true(bool(app.waiting)), "the call waits")
    worker = await worker_of_first_step(cluster, database, key)
    query = "subscription ($id: ID!) { batchRun(id: $id) { status counts { finished } } }"
    async with cluster.apis[0].client.subscribe(query, id=opaque(Kind.BATCH_RUN, key)) as events:
        with psycopg.connect(cluster.postgres.dsn) as lock:
            lock.execute("SELECT FROM pipeline_runs WHERE batch_run_id = %s FOR UPDATE", [key])
            app.release_all_calls()
            eventually(lambda: cluster.postgres.scalar(COUNT_WAITING), "the commit waits for the lock")
            worker.freeze()
        worker.kill()
        *_, last = await events.rest()
    assert (last["batchRun"]["status"], last["batchRun"]["counts"]["finished"]) == ("FINISHED", 1)
    assert len(await result_hashes(database, key)) == 1
    await check_invariants(database)


async def test_foreign_locks_for_longer_than_a_lease_only_delay_a_run(
    cluster: Cluster, database: Database, app: FakeClams, name: str
) -> None:
    app.seconds = 0.2
    key = await start(database, [await register(database, app, max_concurrency=3)], 12, name)
    await until(lambda: _true(len(app.calls) >= 2), "two calls")
    with psycopg.connect(cluster.postgres.dsn) as other_session:
        other_session.execute(
            "SELECT FROM pipeline_runs WHERE batch_run_id = %s ORDER BY id LIMIT 6 FOR UPDATE", [key]
        )
        other_session.execute("SELECT pg_current_xact_id()")
        await asyncio.sleep(LEASE_SECONDS * 2)
    assert (await ended(database, key)).status == "FINISHED"
    assert sum(step.attempts for step in await step_runs(database, key)) == len(app.calls) == 12
    assert len(await result_hashes(database, key)) == 12
    assert app.max_open_calls <= 3
    await check_invariants(database)


@pytest.fixture
def worker_without_space(cluster: Cluster) -> Iterator[Worker]:
    """The only running worker cannot write more than 64 KB to a file, as on a full disk."""
    for worker in cluster.workers:
        worker.freeze()
    worker = cluster.worker("worker-without-space")
    worker.start()
    eventually(worker.ready, "the worker is ready")

    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (64 * 1024, resource.RLIM_INFINITY))
    yield worker
    worker.kill()


async def test_step_without_disk_space_fails_and_finishes_once_there_is_space(
    worker_without_space: Worker, cluster: Cluster, database: Database, app: FakeClams, name: str
) -> None:

    app.annotations, app.annotation_text = 50, "x" * 4096
    key = await start(database, [await register(database, app)], 2, name)

    async def failed_once() -> Any:
        steps = await step_runs(database, key)
        return [step for step in steps if step.error_code is not None]

    [step, *_] = await until(failed_once, "a step has failed")
    assert step.error_code == "STORE_UNAVAILABLE"
    assert "File too large" in str(step.error_message)
    assert await result_hashes(database, key) == []
    assert worker_without_space.alive
    # The other workers continue: they always had space.
    for worker in cluster.workers:
        worker.thaw()
    infinity = resource.RLIM_INFINITY
    resource.prlimit(worker_without_space.pid, resource.RLIMIT_FSIZE, (infinity, infinity))
    assert (await ended(database, key)).status == "FINISHED"
    found = await result_hashes(database, key)
    assert len(found) == 2
    assert all(is_in_store(cluster, sha256) for sha256 in found)
    assert not list((cluster.store / ".incoming").iterdir())
    await check_invariants(database)


async def _true(fact: bool) -> bool:
    return fact
