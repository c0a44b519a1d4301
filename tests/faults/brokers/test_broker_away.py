"""A broker that dies, hangs, or cannot be reached: calls in flight continue, and the run ends once it is back."""

from __future__ import annotations

import asyncio
import re
import time

import pytest
from broker_servers import PASSWORD
from engine import ended, register, start, step_runs, until
from fake_clams import FakeClams
from interrupted_runs import FILES, assert_finished_without_extra_calls, start_batch, start_half
from sqlalchemy import text
from transports import RabbitmqTransport, RedisTransport, Transport
from worker_processes import LEASE_SECONDS, STOP_SECONDS, THREADS, WorkerProcess, WorkerProcesses

from chowda.db.database import Database
from chowda.engine import leases

pytestmark = pytest.mark.timeout(300)
"Each test starts several processes, which takes time on a busy machine."


async def count_finished_steps(database: Database) -> int:
    async with database.session() as session:
        return int(
            await session.scalar(text("SELECT count(*) FROM step_runs WHERE status = 'FINISHED'")) or 0
        )


async def wait_for_log(worker: WorkerProcess, pattern: str) -> None:
    async def is_logged() -> bool:
        return worker.has_logged(pattern)

    await until(is_logged, f"the worker logs {pattern}")


@pytest.mark.parametrize("transport", ["rabbitmq", "redis"], indirect=True)
async def test_broker_restart_during_a_run_only_costs_time(
    database: Database,
    transport: RabbitmqTransport | RedisTransport,
    workers: WorkerProcesses,
    app: FakeClams,
) -> None:
    """Calls in flight commit while the broker is away."""
    await workers.start_ready(1)
    run_id = await start_half(database, transport, [app])
    transport.server.kill()
    app.release_calls(THREADS)

    async def committed() -> bool:
        return await count_finished_steps(database) == THREADS

    await until(committed, "the calls in flight are committed")
    app.release_all_calls()
    transport.server.start()
    await assert_finished_without_extra_calls(database, run_id, [app])


async def test_run_finishes_after_connections_to_the_broker_are_reset(
    database: Database, transport: Transport, workers: WorkerProcesses, app: FakeClams
) -> None:
    with transport.behind_proxy() as (proxy, url):
        await workers.start_ready(1, broker_url=url)
        run_id = await start_half(database, transport, [app])
        assert proxy.reset_connections() > 0
        app.release_all_calls()
        await assert_finished_without_extra_calls(database, run_id, [app])


async def test_calls_keep_their_leases_and_commit_while_the_broker_hangs(
    database: Database, transport: Transport, workers: WorkerProcesses, app: FakeClams
) -> None:
    with transport.behind_proxy() as (proxy, url):
        (worker,) = await workers.start_ready(1, broker_url=url)
        run_id = await start_half(database, transport, [app])
        proxy.stall()
        await asyncio.sleep(2 * LEASE_SECONDS)
        assert any(worker.is_named(name) for name in await workers.live_names())
        running = [step for step in await step_runs(database, run_id) if step.status == "RUNNING"]
        assert [step.attempts for step in running] == [1] * THREADS
        app.release_calls(THREADS)

        async def committed() -> bool:
            return await count_finished_steps(database) == THREADS

        await until(committed, "the calls in flight are committed")
        app.release_all_calls()
        proxy.resume()
        await assert_finished_without_extra_calls(database, run_id, [app])


async def test_worker_stops_cleanly_while_its_broker_hangs(
    database: Database, transport: Transport, workers: WorkerProcesses, app: FakeClams, second_app: FakeClams
) -> None:
    """While it sends messages that the broker does not accept."""
    with transport.behind_proxy() as (proxy, url):
        (worker,) = await workers.start_ready(1, broker_url=url, lease_seconds=300)
        run_id = await start_half(database, transport, [app])
        proxy.stall()
        async with database.session() as session:
            await leases.register_worker(session, "idle-worker", 2 * FILES, lease_seconds=600)
        next_run = await start(database, [await register(database, second_app, FILES)], FILES, "next")

        async def are_being_sent() -> bool:
            return all(step.sent_until is not None for step in await step_runs(database, next_run))

        await until(are_being_sent, "the messages of the next run are being sent")
        started = time.monotonic()
        worker.terminate()
        assert worker.exit_status() == 0
        assert time.monotonic() - started < STOP_SECONDS
        assert [(s.status, s.attempts) for s in await step_runs(database, run_id)] == [("WAITING", 0)] * FILES


@pytest.mark.parametrize("transport", ["rabbitmq", "redis"], indirect=True)
async def test_broker_that_freezes_and_continues_only_costs_time(
    database: Database,
    transport: RabbitmqTransport | RedisTransport,
    workers: WorkerProcesses,
    app: FakeClams,
) -> None:
    """It freezes for longer than a Redis client waits for an answer."""
    (worker,) = await workers.start_ready(1)
    run_id = await start_half(database, transport, [app])
    with transport.server.frozen():  # the kernel still accepts data, and no answer comes
        app.release_all_calls()
        await asyncio.sleep(8)
    await assert_finished_without_extra_calls(database, run_id, [app])
    assert not worker.has_logged("found a bug in Dramatiq")


@pytest.mark.parametrize(
    ("transport", "option"),
    [("rabbitmq", "?heartbeat=2"), ("redis", "?socket_timeout=1")],
    indirect=["transport"],
    ids=["rabbitmq", "redis"],
)
async def test_abandoned_connection_is_closed_and_replaced(
    database: Database, transport: Transport, workers: WorkerProcesses, app: FakeClams, option: str
) -> None:
    with transport.behind_proxy() as (proxy, url):
        await workers.start_ready(1, broker_url=url + option)
        run_id = await start_half(database, transport, [app])
        proxy.abandon_connections()
        app.release_all_calls()
        await assert_finished_without_extra_calls(database, run_id, [app])


async def test_worker_that_starts_before_its_broker_logs_it_and_connects_later(
    database: Database, transport: Transport, workers: WorkerProcesses, app: FakeClams
) -> None:
    with transport.behind_proxy() as (proxy, url):
        proxy.refuse()
        (worker,) = await workers.start_ready(1, broker_url=url)
        await wait_for_log(worker, r"broker\.away")
        run_id = await start_batch(database, [app])
        await wait_for_log(worker, r"dispatch\.delayed|Consumer encountered|broker\.away")
        proxy.accept()
        await assert_finished_without_extra_calls(database, run_id, [app])
        assert PASSWORD not in worker.output()


async def test_refused_login_ends_the_worker_with_a_clear_error(
    transport: Transport, workers: WorkerProcesses
) -> None:
    with transport.behind_proxy() as (_, url):
        wrong = re.sub(r":[^:@/]+@", ":not-the-password@", url, count=1)
        worker = workers.start(broker_url=wrong)
        assert worker.exit_status(60) == 2
        output = worker.output()
        assert "CHOWDA_BROKER_URL" in output and "refuses" in output and ":***@" in output
        assert "not-the-password" not in output and "Traceback" not in output


@pytest.mark.parametrize("transport", ["rabbitmq"], indirect=True)
async def test_step_longer_than_rabbitmqs_consumer_timeout_runs_once(
    database: Database, transport: RabbitmqTransport, workers: WorkerProcesses, app: FakeClams
) -> None:
    """The server closes the channel of a consumer that keeps a message for more than two seconds.

    Slot reuse needs no message, so only the next run shows that the worker fetches messages again.
    """
    transport.server.kill()
    transport.server.consumer_timeout_seconds = 2
    try:
        transport.server.start()
        (worker,) = await workers.start_ready(1)
        app.seconds = 6.0
        run_id = await start_batch(database, [app])
        await assert_finished_without_extra_calls(database, run_id, [app])
        assert len(app.calls) == FILES
        assert worker.has_logged("PRECONDITION_FAILED")
        app.seconds = 0.0
        next_run = await start(database, [await register(database, app, FILES)], FILES, "next")
        assert (await ended(database, next_run)).status == "FINISHED"
        assert len(app.calls) == 2 * FILES
    finally:
        transport.server.kill()
        transport.server.consumer_timeout_seconds = 1800
