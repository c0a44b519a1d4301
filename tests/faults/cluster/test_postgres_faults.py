"""A run survives each fault of Postgres: no result is lost or duplicated."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest
from broker_servers import BrokerServer
from cluster import LEASE_SECONDS, Cluster, eventually, frozen
from engine import check_invariants, ended, register, start, step_runs
from fake_clams import FakeClams
from sqlalchemy import text

from chowda.db.database import Database

FILES = 16


async def restart(cluster: Cluster) -> None:
    cluster.postgres.stop()
    await asyncio.sleep(0.5)
    cluster.postgres.start()


async def kill(cluster: Cluster) -> None:
    cluster.postgres.kill()
    await asyncio.sleep(0.5)
    cluster.postgres.start()


async def terminate_all_connections(cluster: Cluster) -> None:
    """Several times, as an unreliable firewall does."""
    for _ in range(6):
        assert cluster.postgres.terminate_connections("chowda-%") > 0
        await asyncio.sleep(0.3)


async def terminate_listeners(cluster: Cluster) -> None:
    for _ in range(6):
        cluster.postgres.terminate_connections("chowda-hub")
        await asyncio.sleep(0.3)


async def freeze(cluster: Cluster) -> None:
    """For longer than a lease. Each worker must assume that only its own connection failed."""
    with frozen(cluster.postgres):
        await asyncio.sleep(LEASE_SECONDS * 2)


FAULTS = [restart, kill, terminate_all_connections, terminate_listeners, freeze]


async def count_results(database: Database, run_id: int) -> int:
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


async def wait_for_calls(app: FakeClams, count: int) -> None:
    async with asyncio.timeout(60):
        while len(app.calls) < count:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("fault", FAULTS)
async def test_run_finishes_despite_a_fault_of_postgres(
    fault: Callable[[Cluster], Awaitable[None]],
    cluster: Cluster,
    database: Database,
    app: FakeClams,
    name: str,
) -> None:
    await run_through(fault, cluster, database, app, name)


@pytest.fixture(params=["rabbitmq_server", "redis_server"])
def cluster_with_broker(request: pytest.FixtureRequest, cluster: Cluster) -> Iterator[Cluster]:
    """The only running workers are two that use this broker."""
    broker: BrokerServer = request.getfixturevalue(request.param)
    for worker in cluster.workers:
        worker.kill()
    workers = [
        cluster.worker(f"worker-{request.param}-{number}", CHOWDA_BROKER_URL=broker.url) for number in (1, 2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        eventually(worker.ready, "the worker is ready")
    yield cluster
    for worker in workers:
        worker.kill()


@pytest.mark.parametrize("fault", [restart, kill])
async def test_run_finishes_despite_a_fault_of_postgres_with_another_broker(
    fault: Callable[[Cluster], Awaitable[None]],
    cluster_with_broker: Cluster,
    database: Database,
    app: FakeClams,
    name: str,
) -> None:
    messages_in_database = "SELECT count(*) FROM dramatiq.queue"
    before = cluster_with_broker.postgres.scalar(messages_in_database)
    await run_through(fault, cluster_with_broker, database, app, name)
    assert cluster_with_broker.postgres.scalar(messages_in_database) == before


async def run_through(
    fault: Callable[[Cluster], Awaitable[None]],
    cluster: Cluster,
    database: Database,
    app: FakeClams,
    name: str,
) -> None:
    """Short calls end while the database is away; long ones continue after it is back."""
    app.seconds = 0.4
    app.behave("good", calls=[2, 5], seconds=5.0)
    run_id = await start(database, [await register(database, app, max_concurrency=4)], FILES, name)
    await wait_for_calls(app, 5)
    await fault(cluster)
    run = await ended(database, run_id)
    assert run.status == "FINISHED"
    steps = await step_runs(database, run_id)
    assert await count_results(database, run_id) == FILES
    # Workers keep their steps: an outage of the database must not lose a call.
    assert len(app.calls) == FILES
    # A claim that was committed while its connection broke counts as an attempt without a call.
    assert {step.attempts for step in steps} <= {1, 2}
    assert [step.losses for step in steps] == [0] * FILES
    assert app.max_open_calls <= 4
    await check_invariants(database)
