"""Workers that are killed at the worst moments of a commit, foreigners that hold locks, a store that is full.

There are no hooks in the product for it: the test holds a lock on a row that the commit needs, so that the worker
waits exactly there.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from cluster import LEASE_SECONDS, Chowda, Worker, eventually
from engine import check_invariants, ended, register, start, step_runs, until
from fake_clams import FakeClams
from sqlalchemy import text

from chowda.db.database import Database
from chowda.ids import Kind, opaque

WHO_WAITS = "FROM pg_stat_activity WHERE application_name = 'chowda-worker' AND wait_event_type = 'Lock'"
WAITERS = f"SELECT count(*) {WHO_WAITS}"
CUT_WAITERS = f"SELECT count(pg_terminate_backend(pid)) {WHO_WAITS}"


async def holder(chowda: Chowda, database: Database, key: int) -> Worker:
    """Which of the workers holds the first step."""

    async def look() -> Worker | None:
        name = (await step_runs(database, key))[0].worker or ""
        return next((worker for worker in chowda.workers if f":{worker.pid}:" in name), None)

    found: Worker = await until(look, "a worker holds the step")
    return found


async def stored(database: Database, key: int) -> list[str]:
    """The sha256 of the results of a batch run."""
    async with database.session() as session:
        found = await session.scalars(
            text(
                "SELECT m.sha256 FROM mmifs m JOIN step_runs s ON s.id = m.step_run_id WHERE s.batch_run_id = :id"
            ),
            {"id": key},
        )
        return list(found)


def store_holds(chowda: Chowda, sha256: str) -> bool:
    return (chowda.store / sha256[:2] / f"{sha256}.mmif").is_file()


async def test_a_worker_killed_between_the_store_and_the_commit_loses_and_doubles_nothing(
    chowda: Chowda, database: Database, app: FakeClams, name: str
) -> None:
    app.capacity = 0
    key = await start(database, [await register(database, app)], 1, name)
    await until(lambda: _true(bool(app.waiting)), "the call waits")
    worker = await holder(chowda, database, key)
    before = sum(1 for _ in chowda.store.rglob("*.mmif"))
    with psycopg.connect(chowda.postgres.dsn) as lock:
        lock.execute("SELECT FROM pipeline_runs WHERE batch_run_id = %s FOR UPDATE", [key])
        app.capacity = None
        app.in_loop(app.let_go())
        eventually(lambda: chowda.postgres.one(WAITERS), "the commit waits for the lock")
        assert sum(1 for _ in chowda.store.rglob("*.mmif")) == before + 1, "the bytes are in the store"
        assert await stored(database, key) == []
        worker.kill()
        assert chowda.postgres.one(CUT_WAITERS) == 1, "else the server would do what it was sent"
    assert (await ended(database, key)).status == "FINISHED"
    [step] = await step_runs(database, key)
    assert (step.attempts, step.error_code, len(app.calls)) == (2, None, 2)
    [sha256] = await stored(database, key)
    assert store_holds(chowda, sha256)
    await check_invariants(database)


async def test_a_commit_that_nobody_was_told_of_is_seen_all_the_same(
    chowda: Chowda, database: Database, app: FakeClams, name: str
) -> None:
    """The worker is frozen while its commit waits, so that it commits and says nothing; then it is killed."""
    app.capacity = 0
    key = await start(database, [await register(database, app)], 1, name)
    await until(lambda: _true(bool(app.waiting)), "the call waits")
    worker = await holder(chowda, database, key)
    query = "subscription ($id: ID!) { batchRun(id: $id) { status counts { finished } } }"
    async with chowda.apis[0].client.subscribe(query, id=opaque(Kind.BATCH_RUN, key)) as events:
        with psycopg.connect(chowda.postgres.dsn) as lock:
            lock.execute("SELECT FROM pipeline_runs WHERE batch_run_id = %s FOR UPDATE", [key])
            app.capacity = None
            app.in_loop(app.let_go())
            eventually(lambda: chowda.postgres.one(WAITERS), "the commit waits for the lock")
            worker.freeze()
        worker.kill()
        *_, last = await events.rest()
    assert (last["batchRun"]["status"], last["batchRun"]["counts"]["finished"]) == ("FINISHED", 1)
    assert len(await stored(database, key)) == 1
    await check_invariants(database)


async def test_a_foreigner_that_holds_rows_for_longer_than_a_lease_delays_and_does_nothing_else(
    chowda: Chowda, database: Database, app: FakeClams, name: str
) -> None:
    app.seconds = 0.2
    key = await start(database, [await register(database, app, max_concurrency=3)], 12, name)
    await until(lambda: _true(len(app.calls) >= 2), "two calls")
    with psycopg.connect(chowda.postgres.dsn) as foreigner:
        foreigner.execute(
            "SELECT FROM pipeline_runs WHERE batch_run_id = %s ORDER BY id LIMIT 6 FOR UPDATE", [key]
        )
        foreigner.execute("SELECT pg_current_xact_id()")
        await asyncio.sleep(LEASE_SECONDS * 2)
    assert (await ended(database, key)).status == "FINISHED"
    assert sum(step.attempts for step in await step_runs(database, key)) == len(app.calls) == 12
    assert len(await stored(database, key)) == 12
    assert app.most_at_once <= 3
    await check_invariants(database)


@pytest.fixture
def small_files(chowda: Chowda) -> Iterator[Worker]:
    """The only worker that lives can write no file above 64 KB: as on a disk that is full."""
    for worker in chowda.workers:
        worker.freeze()
    worker = chowda.worker("worker-small-files")
    worker.start()
    eventually(worker.ready, "the worker is ready")

    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (64 * 1024, resource.RLIM_INFINITY))
    yield worker
    worker.kill()


async def test_a_step_whose_answer_finds_no_room_says_so_and_is_done_when_there_is_room_again(
    small_files: Worker, chowda: Chowda, database: Database, app: FakeClams, name: str
) -> None:

    app.annotations, app.annotation_text = 50, "x" * 4096
    key = await start(database, [await register(database, app)], 2, name)

    async def failed_once() -> Any:
        steps = await step_runs(database, key)
        return [step for step in steps if step.error_code is not None]

    [step, *_] = await until(failed_once, "a step has failed")
    assert step.error_code == "STORE_UNAVAILABLE"
    assert "File too large" in str(step.error_message)
    assert await stored(database, key) == []
    assert small_files.alive
    # The frozen ones come back: to them there was always room.
    for worker in chowda.workers:
        worker.thaw()
    infinity = resource.RLIM_INFINITY
    resource.prlimit(small_files.pid, resource.RLIMIT_FSIZE, (infinity, infinity))
    assert (await ended(database, key)).status == "FINISHED"
    found = await stored(database, key)
    assert len(found) == 2
    assert all(store_holds(chowda, sha256) for sha256 in found)
    assert not list((chowda.store / ".incoming").iterdir())
    await check_invariants(database)


async def _true(fact: bool) -> bool:
    return fact
