"""Each broker carries a run to its end, chosen by the setting alone, whatever becomes of its messages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pika
import psycopg
import pytest
from broker_servers import ALL_QUEUES, RabbitmqServer, RedisServer
from engine import check_invariants, ended, pipeline_runs, register, start, step_runs, until
from fake_clams import FakeClams
from sqlalchemy import text

from chowda import leases
from chowda.config import Settings
from chowda.db import Database
from chowda.workers.broker import QUEUE, make_broker, message
from chowda.workers.main import working

FILES = 8
THREADS = 4


class Transport(Protocol):
    """A broker as its operator sees it."""

    url: str | None

    def waiting(self) -> int:
        """Messages that no worker has fetched."""

    def purge(self) -> int:
        """Drops these; how many there were."""

    def carried(self) -> bool:
        """Whether anything ever went through it."""


@dataclass
class InDatabase:
    dsn: str
    url: str | None = None

    def waiting(self) -> int:
        return int(
            self._ask(
                f"SELECT count(*) FROM dramatiq.queue WHERE state = 'queued' AND queue_name = '{QUEUE}'"
            )
        )

    def purge(self) -> int:
        """All of them, those in work too."""
        with psycopg.connect(self.dsn) as connection:
            return connection.execute("DELETE FROM dramatiq.queue").rowcount

    def carried(self) -> bool:
        return bool(
            self._ask("SELECT last_value FROM pg_sequences WHERE schemaname = 'dramatiq'") is not None
        )

    def _ask(self, statement: str) -> Any:
        with psycopg.connect(self.dsn) as connection:
            row = connection.execute(statement).fetchone()
        return row and row[0]


@dataclass
class InRabbitmq:
    server: RabbitmqServer

    @property
    def url(self) -> str:
        return self.server.url

    def waiting(self) -> int:
        with self.server.channel() as channel:
            return int(channel.queue_declare(QUEUE, passive=True).method.message_count)

    def purge(self) -> int:
        with self.server.channel() as channel:
            return int(channel.queue_purge(QUEUE).method.message_count)

    def carried(self) -> bool:
        try:
            return self.waiting() >= 0
        except pika.exceptions.ChannelClosedByBroker:
            return False

    def delete(self, names: tuple[str, ...]) -> None:
        with self.server.channel() as channel:
            for name in names:
                channel.queue_delete(name)


@dataclass
class InRedis:
    server: RedisServer

    @property
    def url(self) -> str:
        return self.server.url

    def waiting(self) -> int:
        with self.server.client() as client:
            return int(client.llen(f"dramatiq:{QUEUE}"))

    def purge(self) -> int:
        """Everything, those in work and the heartbeats of Dramatiq too."""
        waiting = self.waiting()
        self.server.empty()
        return waiting

    def carried(self) -> bool:
        with self.server.client() as client:
            return bool(client.exists("dramatiq:__heartbeats__"))


@pytest.fixture(params=["database", "rabbitmq", "redis"])
def transport(request: pytest.FixtureRequest, database_url: str) -> Transport:
    if request.param == "database":
        return InDatabase(database_url)
    with psycopg.connect(database_url) as connection:  # then the database can't be what carries them
        connection.execute("DROP SCHEMA dramatiq CASCADE")
    if request.param == "rabbitmq":
        return InRabbitmq(request.getfixturevalue("rabbitmq_server"))
    return InRedis(request.getfixturevalue("redis_server"))


@pytest.fixture
def settings(database_url: str, transport: Transport, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database_url,
        broker_url=transport.url,
        data_dir=tmp_path,
        lease_seconds=2,
        poll_seconds=1,
        flush_seconds=0.05,
        threads=THREADS,
    )


@pytest.fixture
def apps() -> Iterator[list[FakeClams]]:
    with FakeClams(name="one") as one, FakeClams(name="two") as two:
        yield [one, two]


async def start_batch(database: Database, apps: list[FakeClams], two_at_once: int = FILES) -> int:
    registered = [
        await register(database, app, at_once)
        for app, at_once in zip(apps, (FILES, two_at_once), strict=True)
    ]
    return await start(database, registered, FILES)


async def finished_without_a_call_too_many(database: Database, run_id: int, apps: list[FakeClams]) -> None:
    """A call may be repeated only where its worker was so slow that it lost its lease."""
    run = await ended(database, run_id)
    assert run.status == "FINISHED"
    assert [(r.status) for r in await pipeline_runs(database, run_id)] == ["FINISHED"] * FILES
    assert [(s.status, s.error_code) for s in await step_runs(database, run_id)] == [("FINISHED", None)] * (
        FILES * len(apps)
    )
    async with database.session() as session:
        kept, attempts, results = (
            await session.execute(
                text(
                    "SELECT (SELECT count(*) FROM step_attempts WHERE error_code IS DISTINCT FROM 'WORKER_LOST'), "
                    "(SELECT count(*) FROM step_attempts), (SELECT count(*) FROM mmifs WHERE origin = 'STEP')"
                )
            )
        ).one()
    assert (kept, results) == (FILES * len(apps), FILES * len(apps))
    assert sum(len(app.calls) for app in apps) == attempts
    await check_invariants(database)


async def hold_half(database: Database, transport: Transport, apps: list[FakeClams]) -> int:
    """A batch run with as many calls in work as there are threads, and the rest of its messages in the queue."""
    async with database.session() as session:  # they are sent for a worker that doesn't fetch them
        await leases.announce(session, "elsewhere", FILES, lease_seconds=600)
    apps[0].capacity = 0
    run_id = await start_batch(database, apps)

    async def half_waits() -> bool:
        return apps[0].open_calls == THREADS and transport.waiting() >= FILES - THREADS

    await until(half_waits, f"{THREADS} calls in work and {FILES - THREADS} messages in the queue")
    return run_id


def let_go(app: FakeClams) -> None:
    app.capacity = None
    app.in_loop(app.let_go(1))  # each that ends starts the next


async def test_a_batch_finishes_on_each_broker_by_its_setting_alone(
    settings: Settings, transport: Transport, database: Database, apps: list[FakeClams]
) -> None:
    assert not transport.carried()
    with working(settings):
        run_id = await start_batch(database, apps)
        await finished_without_a_call_too_many(database, run_id, apps)
    assert transport.carried()


async def test_messages_that_a_purge_swallows_are_sent_again(
    settings: Settings, transport: Transport, database: Database, apps: list[FakeClams]
) -> None:
    with working(settings):
        run_id = await hold_half(database, transport, apps)
        assert transport.purge() >= FILES - THREADS
        let_go(apps[0])
        await finished_without_a_call_too_many(database, run_id, apps)


@pytest.mark.parametrize("transport", ["rabbitmq"], indirect=True)
@pytest.mark.parametrize("names", [(QUEUE,), (f"{QUEUE}.DQ",), ALL_QUEUES], ids=["steps", "delayed", "all"])
async def test_a_queue_deleted_under_its_consumers_is_made_again(
    settings: Settings,
    transport: InRabbitmq,
    database: Database,
    apps: list[FakeClams],
    names: tuple[str, ...],
) -> None:
    with working(settings):
        run_id = await hold_half(database, transport, apps)
        transport.delete(names)
        let_go(apps[0])
        await finished_without_a_call_too_many(database, run_id, apps)


async def test_a_message_that_comes_many_times_runs_its_step_once(
    settings: Settings, transport: Transport, database: Database, apps: list[FakeClams]
) -> None:
    """Whether its step has yet to wait for an earlier one, can run, runs, or has run."""
    one, two = apps
    one.seconds = 0.1
    two.capacity = 0
    run_id = await start_batch(database, apps, two_at_once=2)
    steps = [step.id for step in await step_runs(database, run_id)]
    broker = make_broker(settings)

    def send_all(times: int) -> None:
        for step_run_id in steps:
            for _ in range(times):
                broker.enqueue(message(step_run_id))

    async def second_steps_run_and_nothing_waits() -> bool:
        return two.open_calls == 2 and transport.waiting() == 0

    try:
        send_all(3)
        assert transport.waiting() == 3 * len(steps)
        with working(settings):
            await until(second_steps_run_and_nothing_waits, "two second steps in work")
            send_all(2)
            await until(second_steps_run_and_nothing_waits, "every message taken")
            let_go(two)
            await finished_without_a_call_too_many(database, run_id, apps)
    finally:
        broker.close()
    by_id = {step.id: step for step in await step_runs(database, run_id)}
    for first in steps[::2]:
        ended_at, started_at = by_id[first].ended_at, by_id[first + 1].started_at
        assert ended_at is not None and started_at is not None and ended_at <= started_at
