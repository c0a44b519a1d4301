"""Retention: removes attempts and events after some days, and finds stored bytes that no row names.

Every function is one short transaction over a limited number of rows, and costs the same in a large database as in a
small one: attempts are read in the order of their keys, which is the order in which they began.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

ROWS = 1000
"Rows that one transaction reads, and the most that it removes."

# Removes old attempts from a page of them. The last attempt of a failed step stays: it explains the step's error.
DELETE_ATTEMPTS = text("""
    WITH page AS MATERIALIZED (
        SELECT id, step_run_id, fence, started_at FROM step_attempts WHERE id > :after ORDER BY id LIMIT :rows
    ), gone AS (
        DELETE FROM step_attempts a USING page, step_runs s, batch_runs b
        WHERE a.id = page.id AND s.id = page.step_run_id AND b.id = s.batch_run_id
          AND page.started_at < now() - make_interval(days => :days)
          AND s.ended_at < now() - make_interval(days => :days) AND b.ended_at IS NOT NULL
          AND NOT (s.error_code IS NOT NULL AND page.fence = s.fence)
        RETURNING a.id
    )
    SELECT (SELECT count(*) FROM gone) AS removed, (SELECT max(id) FROM page) AS last, (SELECT count(*) FROM page)
        AS rows_read, (SELECT max(started_at) FROM page) < now() - make_interval(days => :days) AS old
""")

# Removes the oldest events.
DELETE_EVENTS = text("""
    DELETE FROM events WHERE id IN (
        SELECT id FROM events WHERE at < now() - make_interval(days => :days) ORDER BY at, id LIMIT :rows)
    RETURNING id
""")

# Finds which hashes a row names.
NAMED = text("SELECT DISTINCT sha256 FROM mmifs WHERE sha256 = ANY(:sha256s)")

# Reads the period in which orphans were stored. Bytes from before the first row may belong to another database that
# used the same store.
ORPHAN_PERIOD = text("""
    SELECT now() - make_interval(days => :days) AS cutoff,
           (SELECT created_at FROM mmifs ORDER BY id LIMIT 1) AS first_row_at
""")


@dataclass(frozen=True, slots=True)
class PrunedPage:
    """`after` is the key to continue from. None: all attempts that are old enough have been read."""

    removed: int
    after: int | None


async def prune_attempts(session: AsyncSession, after: int, days: int) -> PrunedPage:
    """Removes attempts that are older than `days` from the page after the key `after`."""
    row = (await session.execute(DELETE_ATTEMPTS, {"after": after, "rows": ROWS, "days": days})).one()
    has_more = row.rows_read == ROWS and row.old
    return PrunedPage(row.removed, row.last if has_more else None)


async def prune_events(session: AsyncSession, days: int) -> int:
    """Removes the oldest events that are older than `days`. Returns their number."""
    return len((await session.execute(DELETE_EVENTS, {"days": days, "rows": ROWS})).all())


async def named(session: AsyncSession, sha256s: Sequence[str]) -> set[str]:
    """Returns those of these hashes that a row names."""
    return set((await session.scalars(NAMED, {"sha256s": list(sha256s)})).all())


async def orphan_period(session: AsyncSession, days: int) -> tuple[datetime, datetime] | None:
    """Returns the period in which bytes must have been stored to count as orphans. None if there is no row yet."""
    row = (await session.execute(ORPHAN_PERIOD, {"days": days})).one()
    return (row.first_row_at, row.cutoff) if row.first_row_at is not None else None
