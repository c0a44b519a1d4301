"""The feed of a batch run's pipeline runs: what changed since a cursor, with nothing lost.

Sequence order is not commit order, so the cursor is not "the last id seen" but a whole transaction
snapshot: changed since snapshot c are the rows stamped `>= pg_snapshot_xmax(c)` or by a transaction that
was still in progress in c. The new snapshot is read in the same statement as the rows. Inside a backlog of
more than one page the cursor also carries the snapshot at which the backlog began and the last file sent;
what changes after that snapshot is left to the read that follows the backlog, so nothing is sent twice.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.errors import BadUserInput
from chowda.models import PipelineRun

PAGE_LIMIT = 500
CURSOR_LIMIT = 100_000
"Characters; a cursor holds one number for each transaction that was in progress."
_XID = r"(?:0|[1-9][0-9]{0,19})"  # Postgres reads 010 as eight
SNAPSHOT = re.compile(rf"{_XID}:{_XID}:({_XID}(,{_XID})*)?")

HERE = """
    SELECT pg_current_snapshot()::text AS snapshot, now() AS as_of,
           (SELECT system_identifier FROM pg_control_system())::text
               || '-' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)
               || '-' || (SELECT oid FROM pg_database WHERE datname = current_database())::text
               || coalesce((SELECT '-' || id FROM restores ORDER BY at DESC, id LIMIT 1), '') AS incarnation
"""
"""The snapshot, and which database this is: a restored one counts its transactions anew. Where it was set back in its
own place nothing shows that, so `chowda doctor --restored` says it."""

OF_RUN = "batch_run_id = :batch_run_id AND media_file_id > :last"

# The planner, asked for 500 of these in order, would rather go through all files of the batch run.
CHANGES = f"""
    WITH changed AS MATERIALIZED (
        SELECT * FROM pipeline_runs WHERE batch_run_id = :batch_run_id AND {{since_base}}
    ) SELECT * FROM changed WHERE {OF_RUN} ORDER BY media_file_id LIMIT :limit
"""
BACKLOG = f"SELECT * FROM pipeline_runs WHERE {OF_RUN} AND {{conditions}} ORDER BY media_file_id LIMIT :limit"


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where a reader stands. `base`: what was seen whole; `target`, `last`: how far in the backlog since."""

    incarnation: str
    base: str | None
    target: str | None = None
    last: int = 0

    def encode(self) -> str:
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).rstrip(b"=").decode()

    @classmethod
    def decode(cls, cursor: str) -> Cursor:
        if len(cursor) > CURSOR_LIMIT:
            raise _unreadable(cursor)
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            decoded = msgspec.json.decode(raw, type=cls)
        except (ValueError, RecursionError, binascii.Error, msgspec.MsgspecError):
            raise _unreadable(cursor) from None
        for snapshot in (decoded.base, decoded.target):
            if snapshot is not None and not _is_snapshot(snapshot):
                raise _unreadable(cursor)
        if (decoded.base is None and decoded.target is None) or not 0 <= decoded.last < 2**63:
            raise _unreadable(cursor)
        return decoded

    def is_foreign(self, incarnation: str, snapshot: str) -> bool:
        """Whether it was given by another database than this one, or by this one before it was set back."""
        seen = (self.base, self.target)
        return self.incarnation != incarnation or any(
            _xmax(s) > _xmax(snapshot) for s in seen if s is not None
        )


def _is_snapshot(told: str) -> bool:
    """Written as Postgres writes one, of numbers that it takes."""
    return bool(SNAPSHOT.fullmatch(told)) and all(int(xid) < 2**64 for xid in re.split("[:,]", told) if xid)


def _unreadable(cursor: str) -> BadUserInput:
    return BadUserInput(
        f"The cursor {cursor[:80]!r} can't be read. Use one that a page or BatchRun.cursor gave, or none."
    )


@dataclass(frozen=True, slots=True)
class FeedPage:
    """The newest state of runs that changed. `more`: the backlog goes on, read again at once."""

    cursor: str
    as_of: datetime
    pipeline_runs: Sequence[PipelineRun]
    more: bool


def _xmax(snapshot: str) -> int:
    return int(snapshot.split(":")[1])


async def current_cursor(session: AsyncSession) -> tuple[str, datetime]:
    """A cursor for what the next statements of a fresh transaction will show at least, and when that is."""
    here = (await session.execute(text(HERE))).one()
    return Cursor(here.incarnation, here.snapshot).encode(), here.as_of


async def read_page(
    session: AsyncSession, batch_run_id: int, after: str | None, limit: int = PAGE_LIMIT
) -> FeedPage:
    """What changed in a batch run after the cursor; without one, every run. BadUserInput for a bad cursor."""
    cursor = Cursor.decode(after) if after is not None else None
    here, runs = await _read(session, batch_run_id, cursor, limit)
    if cursor is not None and cursor.is_foreign(here.incarnation, here.snapshot):
        cursor = None
        here, runs = await _read(session, batch_run_id, None, limit)
    base = cursor.base if cursor else None
    target = cursor.target if cursor else None
    if len(runs) > limit:
        runs = runs[:limit]
        following = Cursor(here.incarnation, base, target or here.snapshot, runs[-1].media_file_id)
        return FeedPage(following.encode(), here.as_of, runs, more=True)
    following = Cursor(here.incarnation, target or here.snapshot)
    return FeedPage(following.encode(), here.as_of, runs, more=target is not None)


async def _read(
    session: AsyncSession, batch_run_id: int, cursor: Cursor | None, limit: int
) -> tuple[Any, list[PipelineRun]]:
    """The present snapshot and up to limit + 1 runs, in one statement: one snapshot serves both."""
    parameters: dict[str, Any] = {
        "batch_run_id": batch_run_id,
        "last": cursor.last if cursor else 0,
        "limit": limit + 1,
    }
    conditions = ["true"]
    if cursor is not None and cursor.base is not None:
        conditions.append(changed_since("base", cursor.base, parameters))
    if cursor is not None and cursor.target is not None:
        conditions.append(f"NOT {changed_since('target', cursor.target, parameters)}")
    in_backlog = cursor is None or cursor.target is not None
    runs_sql = (
        BACKLOG.format(conditions=" AND ".join(conditions))
        if in_backlog
        else CHANGES.format(since_base=conditions[-1])
    )
    statement = text(f"""
        SELECT here.*, runs.* FROM ({HERE}) AS here LEFT JOIN LATERAL ({runs_sql}) AS runs ON true
        ORDER BY runs.media_file_id
    """)
    rows = (await session.execute(statement, parameters)).all()
    fields = [column.key for column in PipelineRun.__table__.columns]
    runs = [PipelineRun(**{f: getattr(row, f) for f in fields}) for row in rows if row.id is not None]
    return rows[0], runs


def changed_since(name: str, snapshot: str, parameters: dict[str, Any], column: str = "changed_xid") -> str:
    """The condition that a row has changed since a snapshot; puts what it needs into `parameters`."""
    _, xmax, in_progress = snapshot.split(":")
    parameters |= {f"{name}_xmax": xmax, f"{name}_xip": in_progress.split(",") if in_progress else []}
    return (
        f"({column} >= CAST(:{name}_xmax AS text)::xid8"
        f" OR {column} = ANY(CAST(:{name}_xip AS text[])::xid8[]))"
    )
