"""A real Postgres for the tests: one server per test session (and xdist worker), one cloned database per test.

A session prepares a template once, and each test clones it:

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
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from chowda.standalone.directory_lock import DirectoryInUse, DirectoryLock
from chowda.standalone.embedded_postgres import EmbeddedPostgres

UNSAFE_BUT_FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_wal_size": "256MB",
    "min_wal_size": "32MB",
}
MEMORY = Path("/dev/shm")
ROOM_IN_MEMORY_BYTES = 2 * 1024**3
"With this much free memory, the session's server is kept in memory. It takes about 150 MB."


@contextlib.contextmanager
def temporary_data_dir(parent: Path) -> Iterator[Path]:
    """A directory that every account can access. Those of pytest have mode 0700, which excludes root's Postgres."""
    path = Path(tempfile.mkdtemp(prefix="chowda-test-", dir=parent))
    path.chmod(0o711)
    try:
        yield path
    finally:
        shutil.rmtree(path)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedPostgres]:
    """The server of this session, without durability."""
    parent = fastest_parent()
    _remove_left_overs(parent)
    with (
        temporary_data_dir(parent) as data_dir,
        EmbeddedPostgres(data_dir, settings=UNSAFE_BUT_FAST) as server,
    ):
        yield server


@contextlib.contextmanager
def data_dir_with_cluster() -> Iterator[Path]:
    """A data directory to copy: its database has a table `kept`, and no server runs."""
    with temporary_data_dir(fastest_parent()) as data_dir:
        server = EmbeddedPostgres(data_dir, settings=UNSAFE_BUT_FAST)
        with server, psycopg.connect(server.dsn) as connection:
            connection.execute("CREATE TABLE kept (what text)")
            connection.execute("INSERT INTO kept VALUES ('before')")
        yield data_dir


@contextlib.contextmanager
def copy_of(data_dir: Path) -> Iterator[Path]:
    """A copy as restored from a backup: under root, the files of the cluster belong to root."""
    with temporary_data_dir(data_dir.parent) as path:
        shutil.copytree(data_dir, path, dirs_exist_ok=True)
        yield path


def fastest_parent() -> Path:
    """Memory if there is room: a clone takes 15 ms there, 80 to 400 ms on a disk."""
    return MEMORY if _is_suitable(MEMORY) else Path("/tmp")


def _is_suitable(directory: Path) -> bool:
    """Whether there is enough room, and programs can run: under root they may be copied there from a private .venv."""
    if not os.access(directory, os.W_OK):
        return False
    forbids_programs = os.statvfs(directory).f_flag & os.ST_NOEXEC
    return not forbids_programs and shutil.disk_usage(directory).free > ROOM_IN_MEMORY_BYTES


def _remove_left_overs(parent: Path) -> None:
    """Removes the directories of killed sessions. A running session holds the lock; a new one may not have it yet."""
    for path in parent.glob("chowda-test-*"):
        lock = DirectoryLock(path / "postgres/lock")
        with contextlib.suppress(OSError, DirectoryInUse):
            if time.time() - path.stat().st_mtime > 600:
                lock.acquire(0, lambda _owner: None)
                lock.release()
                shutil.rmtree(path)


class TemplateDatabase:
    """A database to clone. It accepts no connections itself."""

    def __init__(self, admin_dsn: str, name: str) -> None:
        self.admin_dsn = admin_dsn
        self.name = name
        self._numbers = itertools.count(1)

    @contextlib.contextmanager
    def clone(self) -> Iterator[str]:
        """The DSN of a new clone, which is dropped afterwards, even with open connections."""
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
    """Creates the database, fills it with `prepare`, which gets its DSN, and closes it to connections."""
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        prepare(database_dsn(admin_dsn, name))
        admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
    return TemplateDatabase(admin_dsn, name)


def database_dsn(dsn: str, name: str) -> str:
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{quote(name)}"))
