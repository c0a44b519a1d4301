"""Change feeds: the rows of a table that changed since a cursor, in pages, with nothing lost.

The current snapshot is read in the same statement as the rows. In a backlog of more than one page the cursor also
carries the snapshot at which the backlog began and the last row sent. Changes after that snapshot are left to the
read that follows the backlog, so no change is sent twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from chowda.models import Base
from chowda.pubsub.snapshot_cursor import CURRENT_SNAPSHOT, SnapshotCursor, changed_since

PAGE_LIMIT = 500

M = TypeVar("M", bound=Base)


@dataclass(frozen=True, slots=True)
class FeedPage(Generic[M]):
    """The current state of rows that changed. `more`: the backlog goes on, so read the next page at once."""

    cursor: str
    as_of: datetime
    rows: Sequence[M]
    more: bool


@dataclass(frozen=True, slots=True)
class ChangeFeed(Generic[M]):
    """The changed rows of a table, or of the part of it for which the SQL condition `scope` holds.

    `key` is an integer column that is unique within the scope; pages are ordered by it. `changed_xid` is the column
    with the transaction that last changed the row.
    """

    model: type[M]
    key: InstrumentedAttribute[int]
    changed_xid: InstrumentedAttribute[Any]
    scope: str = "true"

    async def read_page(
        self,
        session: AsyncSession,
        after: str | None,
        limit: int = PAGE_LIMIT,
        scope_parameters: Mapping[str, Any] | None = None,
    ) -> FeedPage[M]:
        """The rows that changed after the cursor; all rows without a cursor, or with one of another database.

        Raises BadUserInput for a cursor that can't be read.
        """
        cursor = SnapshotCursor.decode(after) if after is not None else None
        scoped = scope_parameters or {}
        current, rows = await self._read(session, cursor, limit, scoped)
        if cursor is not None and cursor.is_foreign(current.incarnation, current.snapshot):
            cursor = None
            current, rows = await self._read(session, None, limit, scoped)
        base = cursor.base if cursor else None
        target = cursor.target if cursor else None
        if len(rows) > limit:
            rows = rows[:limit]
            last = getattr(rows[-1], self.key.key)
            following = SnapshotCursor(current.incarnation, base, target or current.snapshot, last)
            return FeedPage(following.encode(), current.as_of, rows, more=True)
        following = SnapshotCursor(current.incarnation, target or current.snapshot)
        return FeedPage(following.encode(), current.as_of, rows, more=target is not None)

    async def _read(
        self, session: AsyncSession, cursor: SnapshotCursor | None, limit: int, scoped: Mapping[str, Any]
    ) -> tuple[Any, list[M]]:
        """The current snapshot and up to limit + 1 rows, in one statement so that both show the same state."""
        parameters: dict[str, Any] = {**scoped, "last": cursor.last if cursor else 0, "limit": limit + 1}
        statement = text(f"""
            SELECT current.*, changed.* FROM ({CURRENT_SNAPSHOT}) AS current
            LEFT JOIN LATERAL ({self._rows_sql(cursor, parameters)}) AS changed ON true
            ORDER BY changed.{self.key.key}
        """)
        found = (await session.execute(statement, parameters)).all()
        names = [column.key for column in self.model.__table__.columns]
        rows = [
            self.model(**{name: getattr(row, name) for name in names}) for row in found if row.id is not None
        ]
        return found[0], rows

    def _rows_sql(self, cursor: SnapshotCursor | None, parameters: dict[str, Any]) -> str:
        table, key, xid = self.model.__tablename__, self.key.key, self.changed_xid.key
        since_base = (
            changed_since(xid, cursor.base, "base", parameters)
            if cursor and cursor.base is not None
            else "true"
        )
        page = f"{self.scope} AND {key} > :last ORDER BY {key} LIMIT :limit"
        if cursor is None or cursor.target is not None:
            before_target = (
                f"NOT {changed_since(xid, cursor.target, 'target', parameters)}"
                if cursor and cursor.target is not None
                else "true"
            )
            return f"SELECT * FROM {table} WHERE {since_base} AND {before_target} AND {page}"
        # Materialized: asked for so few rows in the order of the key, the planner would rather walk the whole scope.
        return f"""
            WITH changed_rows AS MATERIALIZED (SELECT * FROM {table} WHERE {self.scope} AND {since_base})
            SELECT * FROM changed_rows WHERE {page}
        """
