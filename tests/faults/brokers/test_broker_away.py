"""A broker that dies, hangs, is cut off or was never there: calls in flight go on, and the run ends when it is back."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from broker_servers import PASSWORD
from engine import ended, register, start, step_runs, until
from fake_clams import FakeClams
from runs import FILES, finished_without_a_call_too_many, hold_half, let_go, start_batch
from sqlalchemy import text
from transports import InRabbitmq, InRedis, Transport
from worker_processes import LEASE_SECONDS, STOP_SECONDS, THREADS, WorkerProcess, WorkerProcesses

from chowda.db.database import Database
from chowda.engine import leases

pytestmark = pytest.mark.timeout(300)
"Several processes start in each; a busy machine takes its time."


async def finished(database: Database) -> int:
    async with database.session() as session:
        return int(
            await session.scalar(text("SELECT count(*) FROM step_runs WHERE status = 'FINISHED'")) or 0
        )


async def heard(worker: WorkerProcess, pattern: str) -> None:
    async def look() -> bool:
        return worker.said(pattern)

    await until(look, f"the worker says {pattern}")


@contextmanager
def silent(transport: InRabbitmq | InRedis) -> Iterator[None]:
    """The server's process is stopped: its kernel still takes what is sent, and nobody answers."""
    with transport.server.frozen():
        yield


@pytest.mark.parametrize("transport", ["rabbitmq", "redis"], indirect=True)
async def test_a_broker_killed_and_restarted_in_mid_run_costs_time_alone(
    database: Database, transport: InRabbitmq | InRedis, workers: WorkerProcesses, app: FakeClams
) -> None:
    """What is in flight commits while it is away."""
    await workers.working(1)
    run_id = await hold_half(database, transport, [app])
    transport.server.kill()
    app.in_loop(app.let_go(THREADS))

    async def committed() -> bool:
        return await finished(database) == THREADS

    await until(committed, "what was in flight is committed")
    let_go(app)
    transport.server.start()
    await finished_without_a_call_too_many(database, run_id, [app])


async def test_connections_to_the_broker_may_be_cut_in_mid_run(
    database: Database, transport: Transport, workers: WorkerProcesses, app: FakeClams
) -> None:
    with transport.behind_proxy() as (proxy, url):
        await workers.working(1, broker_url=url)
        run_id = await hold_half(database, transport, [app])
        assert proxy.cut() > 0
        let_go(app)
        await finished_without_a_call_too_many(database, run_id, [app])


async def test_while_the_broker_hangs_calls_keep_their_leases_and_commit(
    database: Database, transport: Transport, workers: WorkerProcesses, app: FakeClams
) -> None:
    with transport.behind_proxy() as (proxy, url):
        (worker,) = await workers.working(1, broker_url=url)
        run_id = await hold_half(database, transport, [app])
        proxy.hold()
        await asyncio.sleep(2 * LEASE_SECONDS)
        assert any(worker.is_named(name) for name in await workers.names())
        held = [step for step in await step_runs(database, run_id) if step.status == "RUNNING"]
        assert [step.attempts for step in held] == [1] * THREADS
        app.in_loop(app.let_go(THREADS))

        async def committed() -> bool:
            return await finished(database) == THREADS

        await until(committed, "what was in flight is committed")
        let_go(app)
        proxy.let_flow()
        await finished_without_a_call_too_many(database, run_id, [app])


async def test_a_worker_stops_in_good_order_while_its_broker_hangs(
    database: Database, transport: Transport, workers: WorkerProcesses, app: FakeClams, second_app: FakeClams
) -> None:
    """With messages on their way that the broker does not take."""
    with transport.behind_proxy() as (proxy, url):
        (worker,) = await workers.working(1, broker_url=url, lease_seconds=300)
        run_id = await hold_half(database, transport, [app])
        proxy.hold()
        async with database.session() as session:
            await leases.announce(session, "elsewhere", 2 * FILES, lease_seconds=600)
        next_run = await start(database, [await register(database, second_app, FILES)], FILES, "next")

        async def on_their_way() -> bool:
            return all(step.sent_until is not None for step in await step_runs(database, next_run))

        await until(on_their_way, "the messages of the next run are being sent")
        began = time.monotonic()
        worker.terminate()
        assert worker.exit_status() == 0
        assert time.monotonic() - began < STOP_SECONDS
        assert [(s.status, s.attempts) for s in await step_runs(database, run_id)] == [("WAITING", 0)] * FILES


@pytest.mark.parametrize("transport", ["rabbitmq", "redis"], indirect=True)
async def test_a_broker_that_is_stopped_and_goes_on_later_costs_time_alone(
    database: Database, transport: InRabbitmq | InRedis, workers: WorkerProcesses, app: FakeClams
) -> None:
    """For longer than a Redis client waits for an answer."""
    (worker,) = await workers.working(1)
    run_id = await hold_half(database, transport, [app])
    with silent(transport):
        let_go(app)
        await asyncio.sleep(8)
    await finished_without_a_call_too_many(database, run_id, [app])
    assert not worker.said("found a bug in Dramatiq")


@pytest.mark.parametrize(
    ("transport", "option"),
    [("rabbitmq", "?heartbeat=2"), ("redis", "?socket_timeout=1")],
    indirect=["transport"],
    ids=["rabbitmq", "redis"],
)
async def test_a_connection_that_nobody_is_at_the_other_end_of_is_given_up(
    database: Database, transport: Transport, workers: WorkerProcesses, app: FakeClams, option: str
) -> None:
    with transport.behind_proxy() as (proxy, url):
        await workers.working(1, broker_url=url + option)
        run_id = await hold_half(database, transport, [app])
        proxy.forget()
        let_go(app)
        await finished_without_a_call_too_many(database, run_id, [app])


async def test_a_worker_that_starts_before_its_broker_says_so_and_works_when_that_is_there(
    database: Database, transport: Transport, workers: WorkerProcesses, app: FakeClams
) -> None:
    with transport.behind_proxy() as (proxy, url):
        proxy.refuse()
        (worker,) = await workers.working(1, broker_url=url)
        await heard(worker, r"broker\.away")
        run_id = await start_batch(database, [app])
        await heard(worker, r"dispatch\.delayed|Consumer encountered|broker\.away")
        proxy.accept()
        await finished_without_a_call_too_many(database, run_id, [app])
        assert PASSWORD not in worker.words()


async def test_a_broker_that_refuses_the_login_ends_the_worker_with_a_word_about_it(
    transport: Transport, workers: WorkerProcesses
) -> None:
    with transport.behind_proxy() as (_, url):
        wrong = re.sub(r":[^:@/]+@", ":not-the-password@", url, count=1)
        worker = workers.start(broker_url=wrong)
        assert worker.exit_status(60) == 2
        words = worker.words()
        assert "CHOWDA_BROKER_URL" in words and "refuses" in words and ":***@" in words
        assert "not-the-password" not in words and "Traceback" not in words


@pytest.mark.parametrize("transport", ["rabbitmq"], indirect=True)
async def test_a_step_longer_than_rabbitmqs_consumer_timeout_is_called_once_and_commits_once(
    database: Database, transport: InRabbitmq, workers: WorkerProcesses, app: FakeClams
) -> None:
    """The server looks every second, and closes the channel of whoever holds a message for longer than two.

    A slot is handed on without a message: only the next run shows that they are fetched again.
    """
    transport.server.kill()
    transport.server.consumer_timeout_seconds = 2
    try:
        transport.server.start()
        (worker,) = await workers.working(1)
        app.seconds = 6.0
        run_id = await start_batch(database, [app])
        await finished_without_a_call_too_many(database, run_id, [app])
        assert len(app.calls) == FILES
        assert worker.said("PRECONDITION_FAILED")
        app.seconds = 0.0
        next_run = await start(database, [await register(database, app, FILES)], FILES, "next")
        assert (await ended(database, next_run)).status == "FINISHED"
        assert len(app.calls) == 2 * FILES
    finally:
        transport.server.kill()
        transport.server.consumer_timeout_seconds = 1800
