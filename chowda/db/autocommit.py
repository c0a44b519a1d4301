"""Single statements, each in a transaction of its own, for the few that every step of a run needs.

A session costs three round trips and most of a millisecond of Python for one statement. This costs one round trip and
a tenth of that (docs/decisions/single-statements.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Mapping
from typing import Any, Self

import asyncpg
import msgspec
from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.db.database import AWAY_STATES, BROKEN, CONNECT_SECONDS, UNREACHABLE, Database
from chowda.errors import DatabaseAway

CLOSE_SECONDS = 1.0
"How long a close waits for running statements and for the server."


class Rows(list[Mapping[str, Any]]):
    """The rows of a statement, by column name; read like the result of a session."""

    def mappings(self) -> Self:
        return self

    def first(self) -> Mapping[str, Any] | None:
        return self[0] if self else None


class Statements:
    """A pool of connections beside that of a `Database`, with the same settings. Open it before use."""

    _pool: asyncpg.Pool

    def __init__(self, database: Database, connections: int) -> None:
        self._database = database
        self._connections = connections

    async def execute(self, statement: TextClause, parameters: Mapping[str, Any]) -> Rows:
        """The rows, committed. Waits for a free connection, without a limit.

        Raises DatabaseAway, after which the statement may have been committed, and asyncpg.PostgresError.
        """
        sql, names = _compiled(statement)
        try:
            async with self._pool.acquire() as connection:
                try:
                    return Rows(await connection.fetch(sql, *[parameters[name] for name in names]))
                except asyncpg.PostgresError:
                    raise  # the server answered, so the connection is good or already closed
                except BaseException:
                    # If cancelled, asyncpg would wait for a server that may be unresponsive.
                    _terminate(connection)
                    raise
        except asyncpg.PostgresError as exc:
            if str(exc.sqlstate).startswith(AWAY_STATES):
                raise DatabaseAway from exc
            raise
        except (*BROKEN, OSError) as exc:
            raise DatabaseAway from exc

    async def open(self) -> None:
        """Opens all connections. Raises DatabaseAway, and then opens them as they are needed."""
        try:
            self._pool = await self._create_pool(opened=self._connections)
        except DatabaseAway:  # A pool that fails to open is closed for good.
            self._pool = await self._create_pool(opened=0)
            raise

    async def close(self) -> None:
        """Waits a moment for running statements; those that take longer fail with DatabaseAway."""
        with contextlib.suppress(
            *BROKEN, *UNREACHABLE
        ):  # after an error, the pool terminates all connections
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._pool.close()

    def _create_pool(self, opened: int) -> asyncpg.Pool:
        return asyncpg.create_pool(
            self._database.dsn,
            connect=self._database.connect,
            init=_set_json_codec,
            reset=_keep,
            init_size=opened,
            min_size=0,  # A higher floor would reconnect in the background and log a traceback per attempt.
            max_size=self._connections,
            max_inactive_connection_lifetime=0,
            server_settings=self._database.server_settings,
            timeout=CONNECT_SECONDS,
        )


async def _set_json_codec(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "json", schema="pg_catalog", encoder=msgspec.json.encode, decoder=msgspec.json.decode
    )


async def _keep(_connection: asyncpg.Connection) -> None:
    """Instead of the pool's own reset, which is one more round trip: single statements leave nothing to reset."""


def _terminate(connection: asyncpg.Connection) -> None:
    with contextlib.suppress(asyncpg.InterfaceError):  # Database.mark_unresponsive has terminated it
        connection.terminate()


Executor = AsyncSession | Statements
"For functions that execute one statement, in a session's transaction or in one of its own."


@functools.cache
def _compiled(statement: TextClause) -> tuple[str, list[str]]:
    """The statement with its :names as $1, $2 …, and the names in that order."""
    compiled = statement.compile(dialect=PGDialect_asyncpg())  # type: ignore[no-untyped-call]
    return str(compiled), list(compiled.positiontup or ())
