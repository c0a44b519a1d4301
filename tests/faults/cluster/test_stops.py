"""A worker that is told to end while its database says nothing."""

from __future__ import annotations

import time

from cluster import Chowda, eventually
from engine import ended, register, start, until
from fake_clams import FakeClams

from chowda.db.database import Database

ENDED_SECONDS = 15.0
"It waits 3 s for the database; the rest is for a busy machine."


async def test_a_worker_that_is_told_to_end_while_the_database_is_frozen_ends_in_good_order(
    chowda: Chowda, database: Database, app: FakeClams, name: str
) -> None:
    app.capacity = 0
    key = await start(database, [await register(database, app, max_concurrency=3)], 3, name)

    async def called() -> bool:
        return len(app.calls) == 3

    await until(called, "all calls are under way")
    broke = {worker.log: worker.said("Traceback") for worker in chowda.workers}
    chowda.postgres.freeze()
    try:
        began = time.monotonic()
        for worker in chowda.workers:
            worker.tell_to_end()
        for worker in chowda.workers:
            eventually(lambda worker=worker: not worker.alive, "the worker has ended", ENDED_SECONDS)
        assert time.monotonic() - began < ENDED_SECONDS
    finally:
        chowda.postgres.thaw()
    assert {worker.log: worker.said("Traceback") for worker in chowda.workers} == broke
    for worker in chowda.workers:
        worker.revive()
    app.capacity = None
    app.in_loop(app.let_go())
    assert (await ended(database, key)).status == "FINISHED"
