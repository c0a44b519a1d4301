"""Each broker carries a run to its end, by the setting alone, whatever becomes of its messages."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from broker_servers import ALL_QUEUES
from engine import step_runs, until
from fake_clams import FakeClams
from runs import finished_without_a_call_too_many, hold_half, let_go, start_batch
from transports import InRabbitmq, Transport
from worker_processes import WorkerProcesses

from chowda.config import Settings
from chowda.db.database import Database
from chowda.workers.broker import QUEUE, make_broker, step_message

pytestmark = pytest.mark.timeout(300)
"Several processes start in each; a busy machine takes its time."


async def test_a_batch_finishes_on_each_broker_by_its_setting_alone(
    database: Database,
    transport: Transport,
    workers: WorkerProcesses,
    app: FakeClams,
    second_app: FakeClams,
) -> None:
    assert not transport.carried()
    await workers.working(1)
    run_id = await start_batch(database, [app, second_app])
    await finished_without_a_call_too_many(database, run_id, [app, second_app])
    assert transport.carried()


async def test_messages_that_a_purge_swallows_are_sent_again(
    database: Database, transport: Transport, workers: WorkerProcesses, app: FakeClams
) -> None:
    await workers.working(1)
    run_id = await hold_half(database, transport, [app])
    assert transport.purge() > 0
    let_go(app)
    await finished_without_a_call_too_many(database, run_id, [app])


@pytest.mark.parametrize("transport", ["rabbitmq"], indirect=True)
@pytest.mark.parametrize("names", [(QUEUE,), (f"{QUEUE}.DQ",), ALL_QUEUES], ids=["steps", "delayed", "all"])
async def test_a_queue_deleted_under_its_consumers_is_made_again(
    database: Database,
    transport: InRabbitmq,
    workers: WorkerProcesses,
    app: FakeClams,
    names: tuple[str, ...],
) -> None:
    await workers.working(1)
    run_id = await hold_half(database, transport, [app])
    transport.delete(names)
    let_go(app)
    await finished_without_a_call_too_many(database, run_id, [app])


async def test_messages_that_come_many_times_and_in_any_order_run_each_step_once(
    database: Database,
    database_url: str,
    transport: Transport,
    workers: WorkerProcesses,
    app: FakeClams,
    second_app: FakeClams,
    tmp_path: Path,
) -> None:
    """Whether its step has yet to wait for an earlier one, can run, runs, or has run."""
    app.seconds = 0.1
    second_app.capacity = 0
    run_id = await start_batch(database, [app, second_app], second_at_once=2)
    steps = [step.id for step in await step_runs(database, run_id)]
    broker = make_broker(Settings(database_url=database_url, broker_url=transport.url, data_dir=tmp_path))

    def send(ids: list[int]) -> None:
        for step_run_id in ids:
            broker.enqueue(step_message(step_run_id))

    async def second_steps_run_and_nothing_waits() -> bool:
        return second_app.open_calls == 2 and await asyncio.to_thread(transport.waiting) == 0

    try:
        send(steps[::-1] * 3)  # the last step of the last file first
        assert transport.waiting() == 3 * len(steps)
        await workers.working(1)
        await until(second_steps_run_and_nothing_waits, "two second steps in work")
        send(steps + steps[::-1])
        await until(second_steps_run_and_nothing_waits, "every message taken")
        let_go(second_app)
        await finished_without_a_call_too_many(database, run_id, [app, second_app])
    finally:
        broker.close()
    by_id = {step.id: step for step in await step_runs(database, run_id)}
    for first in steps[::2]:
        ended_at, started_at = by_id[first].ended_at, by_id[first + 1].started_at
        assert ended_at is not None and started_at is not None and ended_at <= started_at
