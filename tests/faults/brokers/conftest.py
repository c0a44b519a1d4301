"""Fixtures of faults around workers and brokers: each test runs on all three brokers, by the setting alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from fake_clams import FakeClams
from transports import InDatabase, InRabbitmq, InRedis, Transport
from worker_processes import WorkerProcesses

from chowda.db.database import Database


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, name="chowda-test")
    yield database
    await database.close()


@pytest.fixture(params=["database", "rabbitmq", "redis"])
def transport(request: pytest.FixtureRequest, database_url: str) -> Transport:
    """Empty, and the only one that can carry anything."""
    if request.param == "database":
        return InDatabase(database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute("DROP SCHEMA dramatiq CASCADE")
    if request.param == "rabbitmq":
        return InRabbitmq(request.getfixturevalue("rabbitmq_server"))
    return InRedis(request.getfixturevalue("redis_server"))


@pytest.fixture
def workers(
    database: Database, database_url: str, transport: Transport, tmp_path: Path
) -> Iterator[WorkerProcesses]:
    """None yet; whatever is left of them is killed in the end."""
    processes = WorkerProcesses(database, database_url, tmp_path, transport.url)
    yield processes
    processes.end()


@pytest.fixture
def app() -> Iterator[FakeClams]:
    with FakeClams(name="app") as app:
        yield app


@pytest.fixture
def second_app() -> Iterator[FakeClams]:
    with FakeClams(name="second") as app:
        yield app
