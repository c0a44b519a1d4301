"""A run goes on through whatever happens to Postgres, with real processes: nothing lost, nothing doubled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest
from broker_servers import BrokerServer
from cluster import LEASE_SECONDS, Chowda, eventually, frozen
from engine import check_invariants, ended, register, start, step_runs
from fake_clams import FakeClams
from sqlalchemy import text

from chowda.db.database import Database

FILES = 16


async def restart(chowda: Chowda) -> None:
    chowda.postgres.stop()
    await asyncio.sleep(0.5)
    chowda.postgres.start()


async def kill(chowda: Chowda) -> None:
    chowda.postgres.kill()
    await asyncio.sleep(0.5)
    chowda.postgres.start()


async def cut_everything(chowda: Chowda) -> None:
    """Again and again, as a firewall with a mood does."""
    for _ in range(6):
        assert chowda.postgres.cut("chowda-%") > 0
        await asyncio.sleep(0.3)


async def cut_listening(chowda: Chowda) -> None:
    for _ in range(6):
        chowda.postgres.cut("chowda-hub")
        await asyncio.sleep(0.3)


async def freeze(chowda: Chowda) -> None:
    """For longer than a lease: to each worker it looks as if it alone was cut off."""
    with frozen(chowda.postgres):
        await asyncio.sleep(LEASE_SECONDS * 2)


FAULTS = [restart, kill, cut_everything, cut_listening, freeze]


async def results(database: Database, run_id: int) -> int:
    async with database.session() as session:
        return int(
            await session.scalar(
                text(
                    "SELECT count(*) FROM mmifs m JOIN step_runs s ON s.id = m.step_run_id "
                    "WHERE s.batch_run_id = :id AND m.origin = 'STEP'"
                ),
                {"id": run_id},
            )
            or 0
        )


async def begun(app: FakeClams, calls: int) -> None:
    async with asyncio.timeout(60):
        while len(app.calls) < calls:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_run_comes_to_its_end_through_it(
    fault: Callable[[Chowda], Awaitable[None]],
    chowda: Chowda,
    database: Database,
    app: FakeClams,
    name: str,
) -> None:
    await run_through(fault, chowda, database, app, name)


@pytest.fixture(params=["rabbitmq_server", "redis_server"])
def carried(request: pytest.FixtureRequest, chowda: Chowda) -> Iterator[Chowda]:
    """No worker lives but two whose messages this broker carries."""
    broker: BrokerServer = request.getfixturevalue(request.param)
    for worker in chowda.workers:
        worker.kill()
    workers = [
        chowda.worker(f"worker-{request.param}-{number}", CHOWDA_BROKER_URL=broker.url) for number in (1, 2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        eventually(worker.ready, "the worker is ready")
    yield chowda
    for worker in workers:
        worker.kill()


@pytest.mark.parametrize("fault", [restart, kill])
async def test_so_it_does_while_another_server_carries_the_messages(
    fault: Callable[[Chowda], Awaitable[None]],
    carried: Chowda,
    database: Database,
    app: FakeClams,
    name: str,
) -> None:
    in_the_database = "SELECT count(*) FROM dramatiq.queue"
    before = carried.postgres.one(in_the_database)
    await run_through(fault, carried, database, app, name)
    assert carried.postgres.one(in_the_database) == before


async def run_through(
    fault: Callable[[Chowda], Awaitable[None]], chowda: Chowda, database: Database, app: FakeClams, name: str
) -> None:
    """Short calls end while the database is away; long ones last through it."""
    app.seconds = 0.4
    app.behave("good", calls=[2, 5], seconds=5.0)
    run_id = await start(database, [await register(database, app, max_concurrency=4)], FILES, name)
    await begun(app, 5)
    await fault(chowda)
    run = await ended(database, run_id)
    assert run.status == "FINISHED"
    steps = await step_runs(database, run_id)
    assert await results(database, run_id) == FILES
    # What a worker held it holds still: no call is taken for lost because the database was.
    assert len(app.calls) == FILES
    # A claim that was on its way when the connection broke may count, though nobody knew of it.
    assert {step.attempts for step in steps} <= {1, 2}
    assert [step.losses for step in steps] == [0] * FILES
    assert app.most_at_once <= 4
    await check_invariants(database)
