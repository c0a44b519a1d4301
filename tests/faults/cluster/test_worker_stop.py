"""A worker stops while its database does not answer."""

from __future__ import annotations

import time

from cluster import Cluster, eventually
from engine import ended, register, start, until
from fake_clams import FakeClams

from chowda.db.database import Database

STOP_SECONDS = 15.0
"A worker waits 3 s for the database; the rest is for a busy machine."


async def test_worker_stops_cleanly_while_the_database_is_frozen(
    cluster: Cluster, database: Database, app: FakeClams, name: str
) -> None:
    app.capacity = 0
    key = await start(database, [await register(database, app, max_concurrency=3)], 3, name)

    async def called() -> bool:
        return len(app.calls) == 3

    await until(called, "all calls run")
    tracebacks = {worker.log: worker.count_log_lines("Traceback") for worker in cluster.workers}
    cluster.postgres.freeze()
    try:
        started = time.monotonic()
        for worker in cluster.workers:
            worker.terminate()
        for worker in cluster.workers:
            eventually(lambda worker=worker: not worker.alive, "the worker has ended", STOP_SECONDS)
        assert time.monotonic() - started < STOP_SECONDS
    finally:
        cluster.postgres.thaw()
    assert {worker.log: worker.count_log_lines("Traceback") for worker in cluster.workers} == tracebacks
    for worker in cluster.workers:
        worker.ensure_running()
    app.release_all_calls()
    assert (await ended(database, key)).status == "FINISHED"
