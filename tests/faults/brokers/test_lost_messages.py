"""A run finishes on each broker, even if messages are lost, repeated or reordered."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from broker_servers import ALL_QUEUES
from engine import step_runs, until
from fake_clams import FakeClams
from interrupted_runs import assert_finished_without_extra_calls, start_batch, start_half
from transports import RabbitmqTransport, Transport
from worker_processes import WorkerProcesses

from chowda.config import Settings
from chowda.db.database import Database
from chowda.workers.broker import QUEUE, make_broker, step_message

pytestmark = pytest.mark.timeout(300)
"Each test starts several processes, which takes time on a busy machine."


async def test_batch_finishes_on_each_broker(
    database: Database,
    transport: Transport,
    workers: WorkerProcesses,
    app: FakeClams,
    second_app: FakeClams,
) -> None:
    assert not transport.was_used()
    await workers.start_ready(1)
    run_id = await start_batch(database, [app, second_app])
    await assert_finished_without_extra_calls(database, run_id, [app, second_app])
    assert transport.was_used()


async def test_purged_messages_are_sent_again(
    database: Database, transport: Transport, workers: WorkerProcesses, app: FakeClams
) -> None:
    await workers.start_ready(1)
    run_id = await start_half(database, transport, [app])
    assert transport.purge() > 0
    app.release_all_calls()
    await assert_finished_without_extra_calls(database, run_id, [app])


@pytest.mark.parametrize("transport", ["rabbitmq"], indirect=True)
@pytest.mark.parametrize("names", [(QUEUE,), (f"{QUEUE}.DQ",), ALL_QUEUES], ids=["steps", "delayed", "all"])
async def test_deleted_queue_is_created_again(
    database: Database,
    transport: RabbitmqTransport,
    workers: WorkerProcesses,
    app: FakeClams,
    names: tuple[str, ...],
) -> None:
    await workers.start_ready(1)
    run_id = await start_half(database, transport, [app])
    transport.delete(names)
    app.release_all_calls()
    await assert_finished_without_extra_calls(database, run_id, [app])


async def test_repeated_and_reordered_messages_run_each_step_once(
    database: Database,
    database_url: str,
    transport: Transport,
    workers: WorkerProcesses,
    app: FakeClams,
    second_app: FakeClams,
    tmp_path: Path,
) -> None:
    """Messages for steps that wait for an earlier one, that are ready, that run, and that have finished."""
    app.seconds = 0.1
    second_app.capacity = 0
    run_id = await start_batch(database, [app, second_app], second_concurrency=2)
    steps = [step.id for step in await step_runs(database, run_id)]
    broker = make_broker(Settings(database_url=database_url, broker_url=transport.url, data_dir=tmp_path))

    def send(ids: list[int]) -> None:
        for step_run_id in ids:
            broker.enqueue(step_message(step_run_id))

    async def second_steps_run_and_queue_is_empty() -> bool:
        return second_app.open_calls == 2 and await asyncio.to_thread(transport.queued_count) == 0

    try:
        send(steps[::-1] * 3)  # the last step of the last file first
        assert transport.queued_count() == 3 * len(steps)
        await workers.start_ready(1)
        await until(second_steps_run_and_queue_is_empty, "two second steps run")
        send(steps + steps[::-1])
        await until(second_steps_run_and_queue_is_empty, "every message is fetched")
        second_app.release_all_calls()
        await assert_finished_without_extra_calls(database, run_id, [app, second_app])
    finally:
        broker.close()
    by_id = {step.id: step for step in await step_runs(database, run_id)}
    for first in steps[::2]:
        ended_at, started_at = by_id[first].ended_at, by_id[first + 1].started_at
        assert ended_at is not None and started_at is not None and ended_at <= started_at
