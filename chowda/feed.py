"""The feed of a batch run's pipeline runs: what changed since a cursor, with nothing lost.

Sequence order is not commit order, so the cursor is not "the last id seen" but a whole transaction
snapshot: changed since snapshot c are the rows stamped `>= pg_snapshot_xmax(c)` or by a transaction that
was still in progress in c. The new snapshot is read in the same statement as the rows. Inside a backlog of
more than one page the cursor also carries the snapshot at which the backlog began and the last file sent.
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
from sqlalchemy.orm import aliased

from chowda.errors import BadUserInput
from chowda.models import PipelineRun

PAGE_LIMIT = 500
SNAPSHOT = re.compile(r"[0-9]{1,20}:[0-9]{1,20}:([0-9]{1,20}(,[0-9]{1,20})*)?")

HERE = """
    SELECT pg_current_snapshot()::text AS snapshot, now() AS as_of,
           (SELECT system_identifier FROM pg_control_system())::text
               || '-' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) AS incarnation
"""
"The snapshot, and which database this is: a restored one counts its transactions anew."


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
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            decoded = msgspec.json.decode(raw, type=cls)
        except (ValueError, binascii.Error, msgspec.MsgspecError):
            raise _unreadable(cursor) from None
        for snapshot in (decoded.base, decoded.target):
            if snapshot is not None and not SNAPSHOT.fullmatch(snapshot):
                raise _unreadable(cursor)
        if (decoded.base is None and decoded.target is None) or not 0 <= decoded.last < 2**63:
            raise _unreadable(cursor)
        return decoded


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


async def current_cursor(session: AsyncSession) -> str:
    """A cursor for what the next statements of a fresh transaction will show at least."""
    here = (await session.execute(text(HERE))).one()
    return Cursor(here.incarnation, here.snapshot).encode()


async def read_page(
    session: AsyncSession, batch_run_id: int, after: str | None, limit: int = PAGE_LIMIT
) -> FeedPage:
    """What changed in a batch run after the cursor; without one, every run. BadUserInput for a bad cursor."""
    cursor = Cursor.decode(after) if after is not None else None
    here, runs = await _read(session, batch_run_id, cursor, limit)
    if cursor is not None and (
        cursor.incarnation != here.incarnation
        or any(_xmax(s) > _xmax(here.snapshot) for s in (cursor.base, cursor.target) if s is not None)
    ):
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
    changed = ""
    if cursor is not None and cursor.base is not None:
        _, xmax, in_progress = cursor.base.split(":")
        changed = (
            "AND (changed_xid >= CAST(:xmax AS text)::xid8"
            " OR changed_xid = ANY(CAST(:in_progress AS text[])::xid8[]))"
        )
        parameters |= {"xmax": xmax, "in_progress": in_progress.split(",") if in_progress else []}
    statement = text(f"""
        SELECT here.*, runs.* FROM ({HERE}) AS here LEFT JOIN LATERAL (
            SELECT * FROM pipeline_runs
            WHERE batch_run_id = :batch_run_id AND media_file_id > :last {changed}
            ORDER BY media_file_id LIMIT :limit
        ) AS runs ON true ORDER BY runs.media_file_id
    """)
    rows = (await session.execute(statement, parameters)).all()
    fields = [column.key for column in aliased(PipelineRun).__table__.columns]
    runs = [PipelineRun(**{f: getattr(row, f) for f in fields}) for row in rows if row.id is not None]
    return rows[0], runs
