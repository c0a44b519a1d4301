"""Fixtures for faults of workers and brokers. Each test runs on all three brokers, selected by CHOWDA_BROKER_URL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from fake_clams import FakeClams
from transports import PostgresTransport, RabbitmqTransport, RedisTransport, Transport
from worker_processes import WorkerProcesses

from chowda.db.database import Database


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, name="chowda-test")
    yield database
    await database.close()


@pytest.fixture(params=["database", "rabbitmq", "redis"])
def transport(request: pytest.FixtureRequest, database_url: str) -> Transport:
    """An empty broker. The other brokers cannot be reached."""
    if request.param == "database":
        return PostgresTransport(database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute("DROP SCHEMA dramatiq CASCADE")
    if request.param == "rabbitmq":
        return RabbitmqTransport(request.getfixturevalue("rabbitmq_server"))
    return RedisTransport(request.getfixturevalue("redis_server"))


@pytest.fixture
def workers(
    database: Database, database_url: str, transport: Transport, tmp_path: Path
) -> Iterator[WorkerProcesses]:
    """No process yet. The test's processes are killed at its end."""
    processes = WorkerProcesses(database, database_url, tmp_path, transport.url)
    yield processes
    processes.kill_all()


@pytest.fixture
def app() -> Iterator[FakeClams]:
    with FakeClams(name="app") as app:
        yield app


@pytest.fixture
def second_app() -> Iterator[FakeClams]:
    with FakeClams(name="second") as app:
        yield app
