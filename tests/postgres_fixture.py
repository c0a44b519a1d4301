"""A real Postgres for the tests: one server per test session (and per xdist worker), databases by cloning.

A session prepares a template once and each test takes a copy of its own:

    @pytest.fixture(scope="session")
    def migrated(postgres_server):
        return template_database(postgres_server.dsn_of("postgres"), "migrated", migrate)

    @pytest.fixture
    def database_url(migrated):
        with migrated.clone() as dsn:
            yield dsn
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from chowda.postgres import EmbeddedPostgres

UNSAFE_BUT_FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@contextlib.contextmanager
def temporary_data_dir(prefix: str = "chowda-test-") -> Iterator[Path]:
    """Below /tmp and passable: pytest's own directories are 0700, so Postgres under root can't reach them."""
    path = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    path.chmod(0o711)
    try:
        yield path
    finally:
        shutil.rmtree(path)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedPostgres]:
    """The server of this session; it writes nothing out for safety."""
    with temporary_data_dir() as data_dir, EmbeddedPostgres(data_dir, settings=UNSAFE_BUT_FAST) as server:
        yield server


class TemplateDatabase:
    """A database that nobody connects to, only copies of it."""

    def __init__(self, admin_dsn: str, name: str) -> None:
        self.admin_dsn = admin_dsn
        self.name = name
        self._numbers = itertools.count(1)

    @contextlib.contextmanager
    def clone(self) -> Iterator[str]:
        """The DSN of a new copy, which is dropped afterwards whoever is still connected."""
        name = f"{self.name}_{os.getpid()}_{next(self._numbers)}"
        with psycopg.connect(self.admin_dsn, autocommit=True) as admin:
            admin.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                    sql.Identifier(name), sql.Identifier(self.name)
                )
            )
        try:
            yield database_dsn(self.admin_dsn, name)
        finally:
            with psycopg.connect(self.admin_dsn, autocommit=True) as admin:
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def template_database(admin_dsn: str, name: str, prepare: Callable[[str], None]) -> TemplateDatabase:
    """Makes the database, lets `prepare` fill it through its DSN, and closes it to connections."""
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        prepare(database_dsn(admin_dsn, name))
        admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
    return TemplateDatabase(admin_dsn, name)


def database_dsn(dsn: str, name: str) -> str:
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{quote(name)}"))
