"""Snapshot cursors: which changes a reader of a change feed has seen.

Transactions don't commit in the order of their ids, so "the last id seen" would lose rows. The cursor holds a whole
transaction snapshot instead: a row has changed since snapshot c if its transaction is `>= pg_snapshot_xmax(c)`, or
was still in progress in c.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.pagination import cursor_codec

CURSOR_LIMIT = 100_000
"In characters. A cursor holds one number for each transaction that was in progress."

_XID = r"(?:0|[1-9][0-9]{0,19})"  # no leading zeros: Postgres reads 010 as octal 8
_SNAPSHOT = re.compile(rf"{_XID}:{_XID}:({_XID}(,{_XID})*)?")
_HINT = "Use one that a page or BatchRun.cursor gave, or none."

CURRENT_SNAPSHOT = """
    SELECT pg_current_snapshot()::text AS snapshot, now() AS as_of,
           (SELECT system_identifier FROM pg_control_system())::text
               || '-' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)
               || '-' || (SELECT oid FROM pg_database WHERE datname = current_database())::text
               || coalesce((SELECT '-' || id FROM restores ORDER BY at DESC, id LIMIT 1), '') AS incarnation
"""
"""The snapshot, the time, and the incarnation of this database.

Transaction ids are only comparable within one incarnation: server, WAL timeline, database, and the last restore.
Postgres itself shows no trace of a restore in place, so `chowda doctor --restored` records it.
"""


class SnapshotCursor(msgspec.Struct, frozen=True, array_like=True):
    """The position of a reader in a change feed.

    All changes up to snapshot `base` have been sent (None: nothing has). While the reader works through a backlog,
    `target` is the snapshot at which the backlog began and `last` the key of the last row sent.
    """

    incarnation: str
    base: str | None
    target: str | None = None
    last: int = 0

    def encode(self) -> str:
        return cursor_codec.encode(self)

    @classmethod
    def decode(cls, cursor: str) -> SnapshotCursor:
        """Raises BadUserInput for a cursor that this class did not encode."""
        decoded = cursor_codec.decode(cursor, cls, limit=CURSOR_LIMIT, hint=_HINT)
        snapshots = [snapshot for snapshot in (decoded.base, decoded.target) if snapshot is not None]
        if not snapshots or not all(map(_is_snapshot, snapshots)) or not 0 <= decoded.last < 2**63:
            raise cursor_codec.UnreadableCursor(cursor, _HINT)
        return decoded

    def is_foreign(self, incarnation: str, snapshot: str) -> bool:
        """Whether the cursor is from another database, or from this one before it was restored."""
        seen = (self.base, self.target)
        return self.incarnation != incarnation or any(
            _xmax(s) > _xmax(snapshot) for s in seen if s is not None
        )


def _is_snapshot(value: str) -> bool:
    return bool(_SNAPSHOT.fullmatch(value)) and all(
        int(xid) < 2**64 for xid in re.split("[:,]", value) if xid
    )


def _xmax(snapshot: str) -> int:
    return int(snapshot.split(":")[1])


async def current_cursor(session: AsyncSession) -> tuple[str, datetime]:
    """A cursor after all changes that the session's next statements see, and its time. Needs a new transaction."""
    current = (await session.execute(text(CURRENT_SNAPSHOT))).one()
    return SnapshotCursor(current.incarnation, current.snapshot).encode(), current.as_of


def changed_since(column: str, snapshot: str, name: str, parameters: dict[str, Any]) -> str:
    """An SQL condition: the transaction in `column` is not part of the snapshot.

    Adds the condition's parameters, whose names begin with `name`, to `parameters`.
    """
    _, xmax, in_progress = snapshot.split(":")
    parameters |= {f"{name}_xmax": xmax, f"{name}_xip": in_progress.split(",") if in_progress else []}
    return (
        f"({column} >= CAST(:{name}_xmax AS text)::xid8"
        f" OR {column} = ANY(CAST(:{name}_xip AS text[])::xid8[]))"
    )
