"""Fixtures of the fault tests: one little Chowda for a session, healed before each test."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from cluster import Chowda
from fake_clams import FakeClams
from postgres_fixture import UNSAFE_BUT_FAST, fastest_parent, temporary_data_dir

from chowda.config import Settings
from chowda.db.database import Database
from chowda.db.migrate import migrate
from chowda.standalone.embedded_postgres import EmbeddedPostgres

NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def migrated_data_dir() -> Iterator[Path]:
    """Holds a cluster whose tables are there; no server runs on it."""
    with temporary_data_dir(fastest_parent()) as data_dir:
        with EmbeddedPostgres(data_dir, settings=UNSAFE_BUT_FAST) as server:
            migrate(Settings(database_url=server.dsn))
        yield data_dir


@pytest.fixture(scope="session")
def shared_chowda(migrated_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chowda]:
    with Chowda(migrated_data_dir, tmp_path_factory.mktemp("chowda"), apis=2, workers=3) as chowda:
        yield chowda


@pytest.fixture
def chowda(shared_chowda: Chowda) -> Iterator[Chowda]:
    """Two APIs and three workers on one database."""
    shared_chowda.heal()
    yield shared_chowda
    shared_chowda.postgres.thaw()
    for part in shared_chowda.parts:
        part.thaw()


@pytest.fixture
async def database(chowda: Chowda) -> AsyncIterator[Database]:
    database = Database(chowda.postgres.dsn, name="chowda-test")
    yield database
    await database.close()


@pytest.fixture
def name() -> str:
    """That no other test of this session uses."""
    return f"fault-{os.getpid()}-{next(NUMBERS)}"


@pytest.fixture
def app(name: str) -> Iterator[FakeClams]:
    with FakeClams(name=name) as app:
        yield app


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first waits until a server and five processes have started; on a busy machine that takes its time."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.timeout(300))
