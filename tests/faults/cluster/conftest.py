"""Fixtures of the fault tests: one cluster per session, healed before each test."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from cluster import Cluster
from fake_clams import FakeClams
from postgres_fixture import UNSAFE_BUT_FAST, fastest_parent, temporary_data_dir

from chowda.config import Settings
from chowda.db.database import Database
from chowda.db.migrate import migrate
from chowda.standalone.embedded_postgres import EmbeddedPostgres

NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def migrated_data_dir() -> Iterator[Path]:
    """A Postgres data directory with Chowda's tables, without a running server."""
    with temporary_data_dir(fastest_parent()) as data_dir:
        with EmbeddedPostgres(data_dir, settings=UNSAFE_BUT_FAST) as server:
            migrate(Settings(database_url=server.dsn))
        yield data_dir


@pytest.fixture(scope="session")
def shared_cluster(migrated_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(migrated_data_dir, tmp_path_factory.mktemp("cluster"), apis=2, workers=3) as cluster:
        yield cluster


@pytest.fixture
def cluster(shared_cluster: Cluster) -> Iterator[Cluster]:
    """Two APIs and three workers on one database."""
    shared_cluster.heal()
    yield shared_cluster
    shared_cluster.postgres.thaw()
    for process in shared_cluster.processes:
        process.thaw()


@pytest.fixture
async def database(cluster: Cluster) -> AsyncIterator[Database]:
    database = Database(cluster.postgres.dsn, name="chowda-test")
    yield database
    await database.close()


@pytest.fixture
def name() -> str:
    """A name that no other test of this session uses."""
    return f"fault-{os.getpid()}-{next(NUMBERS)}"


@pytest.fixture
def app(name: str) -> Iterator[FakeClams]:
    with FakeClams(name=name) as app:
        yield app


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test waits until a server and five processes have started, which takes time on a busy machine."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.timeout(300))
