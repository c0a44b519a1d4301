"""The database: engine, sessions that commit at the edge, migrations."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import dramatiq_postgres.schema
import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from chowda.config import Settings
from chowda.errors import ConfigurationError, DatabaseAway

CONNECT_SECONDS = 10
UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.CannotConnectNowError,  # it starts, or shuts down
    asyncpg.TooManyConnectionsError,
    asyncpg.ConnectionDoesNotExistError,  # it went while it was being greeted
    asyncpg.ConnectionFailureError,
    asyncpg.InternalClientError,
)
BROKEN = (asyncpg.InternalClientError, asyncpg.InterfaceError)
"What asyncpg says where the server has ended the connection between two statements; SQLAlchemy wraps it, or not."
AWAY_STATES = ("08", "57P", "25P03", "25P04", "53300")
"How SQLSTATEs begin with which a server that goes, or one that has cut us off, ends a statement."
LOCKED_STATE = "55P03"


def driver_url(database_url: str, driver: str) -> URL:
    """The same database for one of SQLAlchemy's drivers ("asyncpg", "psycopg")."""
    url = make_url(database_url)
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        raise ConfigurationError(
            f"CHOWDA_DATABASE_URL starts with {url.drivername!r}. Chowda needs PostgreSQL: postgresql://…"
        )
    return url.set(drivername=f"postgresql+{driver}")


def plain_dsn(database_url: str) -> str:
    """For asyncpg and psycopg themselves."""
    return make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)


class Database:
    """An engine and its sessions. One per process, one session per task."""

    def __init__(
        self,
        database_url: str,
        *,
        name: str,
        pool_size: int = 10,
        wait_seconds: float = 30.0,
        pre_ping: bool = True,
        idle_seconds: float = 60.0,
        transaction_seconds: float | None = None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        """`options` are settings of the server for these connections.

        `wait_seconds`: for one of the pool's connections.

        `idle_seconds` in the midst of a transaction end it: a process that is frozen there, or cut off, must
        not keep its locks from all others. A process that is frozen between preparing a statement and
        running it is not idle to the server, so where locks are everybody's, `transaction_seconds` ends
        whatever takes longer (Postgres 17 and later).

        `pre_ping` asks each connection whether it lives: for those who can't simply try again.
        """
        self.dsn = plain_dsn(database_url)
        self.server_settings = {
            "application_name": name,
            "jit": "off",
            "idle_in_transaction_session_timeout": str(int(idle_seconds * 1000)),
            **(options or {}),
        }
        self._open: weakref.WeakSet[asyncpg.Connection[Any]] = weakref.WeakSet()
        self._silent = False
        self.engine = create_async_engine(
            driver_url(database_url, "asyncpg"),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=wait_seconds,
            pool_pre_ping=pre_ping,
            connect_args={
                "server_settings": self.server_settings,
                "timeout": CONNECT_SECONDS,
                "async_creator_fn": self.connect,
            },
        )
        if transaction_seconds is not None:
            limit = f"SET transaction_timeout = {int(transaction_seconds * 1000)}"

            async def limit_transactions(connection: asyncpg.Connection[Any]) -> None:
                if connection.get_server_version().major >= 17:
                    await connection.execute(limit)

            @event.listens_for(self.engine.sync_engine, "connect")
            def connected(connection: Any, _record: object) -> None:
                connection.run_async(limit_transactions)

        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False, autoflush=False)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A transaction: committed when the block ends, rolled back when it raises.

        Raises DatabaseAway when the server can't be reached or goes in the midst of it. If that was at the end,
        nobody knows whether it was committed.
        """
        try:
            async with self._sessions() as session, session.begin():
                yield session
        except PoolTimeout as exc:
            raise DatabaseAway(DatabaseAway.BUSY) from exc
        except BROKEN as exc:
            raise DatabaseAway from exc
        except DBAPIError as exc:
            if (away := _meaning(exc)) is None:
                raise
            raise away from exc

    def mark_unresponsive(self) -> None:
        """The server does not answer. What waits for it on an open connection fails now, instead of when the
        network gives it up, and nobody waits for a new connection until it `speaks`."""
        self._silent = True
        for connection in list(self._open):
            connection.terminate()

    def mark_responsive(self) -> None:
        """Whoever wants a connection finds out by themselves, and at once: they get one, or are refused."""
        self._silent = False

    async def connect(self, *args: Any, **options: Any) -> asyncpg.Connection[Any]:
        """As asyncpg.connect, for a connection that fails when the server is silent. Raises DatabaseAway."""
        if self._silent:
            raise DatabaseAway
        try:
            connection = await asyncpg.connect(*args, **options)
        except UNREACHABLE as exc:
            raise DatabaseAway from exc
        self._open.add(connection)
        return connection

    async def open(self, connections: int) -> None:
        """Opens so many connections now, which the first sessions would otherwise wait for."""
        all_open = asyncio.Barrier(connections)

        async def open_one() -> None:
            async with self.engine.connect():
                await all_open.wait()

        await asyncio.gather(*(open_one() for _ in range(connections)))

    async def close(self) -> None:
        await self.engine.dispose()


def _meaning(exc: DBAPIError) -> DatabaseAway | None:
    """None: the server is there, and did not like what it was asked."""
    state = str(getattr(exc.orig, "sqlstate", None) or "")
    if state == LOCKED_STATE:
        return DatabaseAway(DatabaseAway.BUSY)
    broken = isinstance(getattr(exc.orig, "__cause__", None), BROKEN)
    if exc.connection_invalidated or broken or state.startswith(AWAY_STATES):
        return DatabaseAway()
    return None


def migrations_dir() -> Path:
    """Inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    packaged = package / "migrations"
    return packaged if packaged.is_dir() else package.parent / "migrations"


def alembic_config(database_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_dir()))
    config.set_main_option(
        "file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s"
    )
    config.attributes["url"] = driver_url(database_url, "psycopg")
    return config


def migrate(settings: Settings, revision: str = "head") -> None:
    """Brings tables and, where the database is also the broker, its queue up to date. Safe to repeat."""
    database_url = settings.require_database_url()
    command.upgrade(alembic_config(database_url), revision)
    broker_url = settings.broker_url or database_url
    if broker_url.startswith("postgres"):
        with psycopg.connect(plain_dsn(broker_url)) as connection, connection.cursor() as cursor:
            dramatiq_postgres.schema.init(cursor)
