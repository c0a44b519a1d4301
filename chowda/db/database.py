"""The database of a process: its engine, and sessions that commit when their block ends."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from chowda.errors import ConfigurationError, DatabaseAway

CONNECT_SECONDS = 10
UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.CannotConnectNowError,  # the server is starting up or shutting down
    asyncpg.TooManyConnectionsError,
    asyncpg.ConnectionDoesNotExistError,  # the connection was lost during its start-up
    asyncpg.ConnectionFailureError,
    asyncpg.InternalClientError,
)
"Errors of asyncpg.connect for a server that can't be reached."
BROKEN = (asyncpg.InternalClientError, asyncpg.InterfaceError)
"asyncpg's errors after the server ended the connection between two statements. SQLAlchemy wraps only some of them."
AWAY_STATES = ("08", "57P", "25P03", "25P04", "53300")
"Prefixes of the SQLSTATEs of a server that shuts down or has ended the connection."
LOCKED_STATE = "55P03"


def driver_url(database_url: str, driver: str) -> URL:
    """The URL with one of SQLAlchemy's drivers, "asyncpg" or "psycopg". Raises ConfigurationError."""
    url = make_url(database_url)
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        raise ConfigurationError(
            f"CHOWDA_DATABASE_URL starts with {url.drivername!r}. Chowda needs PostgreSQL: postgresql://…"
        )
    return url.set(drivername=f"postgresql+{driver}")


def plain_dsn(database_url: str) -> str:
    """The URL as asyncpg and psycopg themselves take it."""
    return make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)


class Database:
    """An engine and its sessions: one Database per process, one session per task."""

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
        """`name` is the connections' application_name; `options` are further server settings for them.

        `wait_seconds` is how long a session waits for a connection of the pool.

        `idle_seconds` is how long a transaction may be idle before the server ends it, so that a process that is
        frozen or cut off does not keep its locks. A process that is frozen between preparing and running a statement
        is not idle for the server, so `transaction_seconds` limits the whole transaction (Postgres 17 and later).

        `pre_ping` tests a connection before each use, for callers that can't simply try again.
        """
        self.dsn = plain_dsn(database_url)
        self.server_settings = {
            "application_name": name,
            "jit": "off",
            "idle_in_transaction_session_timeout": str(int(idle_seconds * 1000)),
            **(options or {}),
        }
        self._open: weakref.WeakSet[asyncpg.Connection[Any]] = weakref.WeakSet()
        self._unresponsive = False
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

        Raises DatabaseAway if the server can't be reached or the connection is lost. After an error at the commit
        it is unknown whether the transaction was committed.
        """
        try:
            async with self._sessions() as session, session.begin():
                yield session
        except PoolTimeout as exc:
            raise DatabaseAway(DatabaseAway.BUSY) from exc
        except BROKEN as exc:
            raise DatabaseAway from exc
        except DBAPIError as exc:
            if (away := _as_database_away(exc)) is None:
                raise
            raise away from exc

    def mark_unresponsive(self) -> None:
        """Fails all statements in flight now, rather than when the network gives the connection up.

        Until mark_responsive, new connections are refused without an attempt.
        """
        self._unresponsive = True
        for connection in list(self._open):
            connection.terminate()

    def mark_responsive(self) -> None:
        """Lets connections be attempted again."""
        self._unresponsive = False

    async def connect(self, *args: Any, **options: Any) -> asyncpg.Connection[Any]:
        """As asyncpg.connect, for a connection that mark_unresponsive ends. Raises DatabaseAway."""
        if self._unresponsive:
            raise DatabaseAway
        try:
            connection = await asyncpg.connect(*args, **options)
        except UNREACHABLE as exc:
            raise DatabaseAway from exc
        self._open.add(connection)
        return connection

    async def open(self, connections: int) -> None:
        """Opens this many connections now, so that the first sessions don't wait for them."""
        all_open = asyncio.Barrier(connections)

        async def open_one() -> None:
            async with self.engine.connect():
                await all_open.wait()

        await asyncio.gather(*(open_one() for _ in range(connections)))

    async def close(self) -> None:
        await self.engine.dispose()


def _as_database_away(exc: DBAPIError) -> DatabaseAway | None:
    """None if the server is available and refused the statement."""
    state = str(getattr(exc.orig, "sqlstate", None) or "")
    if state == LOCKED_STATE:
        return DatabaseAway(DatabaseAway.BUSY)
    broken = isinstance(getattr(exc.orig, "__cause__", None), BROKEN)
    if exc.connection_invalidated or broken or state.startswith(AWAY_STATES):
        return DatabaseAway()
    return None
