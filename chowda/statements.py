"""Single statements, each a transaction of its own: for the few that every step of a run needs.

A session costs three round trips and most of a millisecond of Python for one statement; this costs one round trip and
a tenth of that (docs/decisions/single-statements.md).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Self

import asyncpg
import msgspec
from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.db import CONNECT_SECONDS, Database


class Rows(list[Mapping[str, Any]]):
    """What a statement gave, by the names of its columns; read as a session's result is read."""

    def mappings(self) -> Self:
        return self

    def first(self) -> Mapping[str, Any] | None:
        return self[0] if self else None


class Statements:
    """A few connections beside those of a `Database`, with the same settings. Open it before use."""

    def __init__(self, database: Database, connections: int) -> None:
        self._pool = asyncpg.create_pool(
            database.dsn,
            min_size=connections,
            max_size=connections,
            server_settings=database.server_settings,
            timeout=CONNECT_SECONDS,
            connect=database.connect,
            init=_read_json,
            reset=_leave_as_it_is,
        )

    async def execute(self, statement: TextClause, parameters: Mapping[str, Any]) -> Rows:
        """Raises DatabaseAway, and what asyncpg raises: PostgresError, InterfaceError, OSError."""
        sql, names = _compiled(statement)
        return Rows(await self._pool.fetch(sql, *[parameters[name] for name in names]))

    async def open(self) -> None:
        """Raises DatabaseAway; each connection is then opened when it is needed."""
        await self._pool

    async def close(self) -> None:
        self._pool.terminate()


Executor = AsyncSession | Statements
"Where a function needs one statement, it may be a part of a session or stand for itself."


@functools.cache
def _compiled(statement: TextClause) -> tuple[str, list[str]]:
    """The statement with its :names as $1, $2 …, and the names in that order."""
    compiled = statement.compile(dialect=PGDialect_asyncpg())  # type: ignore[no-untyped-call]
    return str(compiled), list(compiled.positiontup or ())


async def _read_json(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "json", schema="pg_catalog", encoder=msgspec.json.encode, decoder=msgspec.json.decode
    )


async def _leave_as_it_is(_connection: asyncpg.Connection) -> None:
    """A statement that stands for itself leaves nothing behind that would have to be reset."""
