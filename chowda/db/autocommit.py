"""Single statements, each a transaction of its own: for the few that every step of a run needs.

A session costs three round trips and most of a millisecond of Python for one statement; this costs one round trip and
a tenth of that (docs/decisions/single-statements.md).
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping
from typing import Any, Self

import asyncpg
import msgspec
from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.db.database import CONNECT_SECONDS, Database
from chowda.errors import DatabaseAway


class Rows(list[Mapping[str, Any]]):
    """What a statement gave, by the names of its columns; read as a session's result is read."""

    def mappings(self) -> Self:
        return self

    def first(self) -> Mapping[str, Any] | None:
        return self[0] if self else None


class Statements:
    """A few connections beside those of a `Database`, with the same settings. Open it before use."""

    def __init__(self, database: Database, connections: int) -> None:
        self._database = database
        self._connections = connections
        self._places = asyncio.Semaphore(connections)
        self._free: list[asyncpg.Connection] = []

    async def execute(self, statement: TextClause, parameters: Mapping[str, Any]) -> Rows:
        """Raises DatabaseAway, and what asyncpg raises: PostgresError, InterfaceError, OSError."""
        sql, names = _compiled(statement)
        async with self._places:
            connection = await self._take()
            try:
                rows = await connection.fetch(sql, *[parameters[name] for name in names])
            except asyncpg.PostgresError:  # it answers: the connection is as good as before
                self._free.append(connection)
                raise
            except asyncpg.InternalClientError as exc:  # the server has just ended the connection
                connection.terminate()
                raise DatabaseAway from exc
            except BaseException:
                connection.terminate()
                raise
            self._free.append(connection)
        return Rows(rows)

    async def open(self) -> None:
        """All connections, so that nobody has to wait for one. Raises DatabaseAway; they are then opened as needed."""
        self._free += await asyncio.gather(*[self._connect() for _ in range(self._connections)])

    def close(self) -> None:
        for connection in self._free:
            connection.terminate()
        self._free.clear()

    async def _take(self) -> asyncpg.Connection:
        while self._free:
            connection = self._free.pop()
            if not connection.is_closed():
                return connection
        return await self._connect()

    async def _connect(self) -> asyncpg.Connection:
        connection = await self._database.connect(
            self._database.dsn, server_settings=self._database.server_settings, timeout=CONNECT_SECONDS
        )
        try:
            await connection.set_type_codec(
                "json", schema="pg_catalog", encoder=msgspec.json.encode, decoder=msgspec.json.decode
            )
        except BaseException:
            connection.terminate()
            raise
        return connection


Executor = AsyncSession | Statements
"Where a function needs one statement, it may be a part of a session or stand for itself."


@functools.cache
def _compiled(statement: TextClause) -> tuple[str, list[str]]:
    """The statement with its :names as $1, $2 …, and the names in that order."""
    compiled = statement.compile(dialect=PGDialect_asyncpg())  # type: ignore[no-untyped-call]
    return str(compiled), list(compiled.positiontup or ())
