"""What is forgotten when it is old: attempts of steps that have ended, events, and which bytes no row names.

Everything here is done in small steps, each a short transaction, and costs the same in a large database as in
a small one: attempts are gone through in the order in which they were begun, which is that of their keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

ROWS = 1000
"Looked at, and at most removed, in one transaction."

# What a step says of its last error is said by its last attempt too: that one stays.
ATTEMPTS = text("""
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
        AS looked_at, (SELECT max(started_at) FROM page) < now() - make_interval(days => :days) AS old
""")

EVENTS = text("""
    DELETE FROM events WHERE id IN (
        SELECT id FROM events WHERE at < now() - make_interval(days => :days) ORDER BY at, id LIMIT :rows)
    RETURNING id
""")

NAMED = text("SELECT DISTINCT sha256 FROM mmifs WHERE sha256 = ANY(:sha256s)")

# What is older than the first row is not this database's: a store may be older than the database beside it.
KEEP_FROM = text("""
    SELECT now() - make_interval(days => :days) AS cutoff,
           (SELECT created_at FROM mmifs ORDER BY id LIMIT 1) AS first_row_at
""")


@dataclass(frozen=True, slots=True)
class Attempts:
    """`after` is where to go on; None: all that are old enough have been looked at."""

    removed: int
    after: int | None


async def prune_attempts(session: AsyncSession, after: int, days: int) -> Attempts:
    """The next attempts after this key that are older than so many days."""
    row = (await session.execute(ATTEMPTS, {"after": after, "rows": ROWS, "days": days})).one()
    more = row.looked_at == ROWS and row.old
    return Attempts(row.removed, row.last if more else None)


async def prune_events(session: AsyncSession, days: int) -> int:
    """How many of the oldest events were removed."""
    return len((await session.execute(EVENTS, {"days": days, "rows": ROWS})).all())


async def named(session: AsyncSession, sha256s: Sequence[str]) -> set[str]:
    """Which of these bytes a row names."""
    return set((await session.scalars(NAMED, {"sha256s": list(sha256s)})).all())


async def orphans_between(session: AsyncSession, days: int) -> tuple[datetime, datetime] | None:
    """Bytes that were put between these times may be orphans to remove; None: there is no row yet."""
    row = (await session.execute(KEEP_FROM, {"days": days})).one()
    return (row.first_row_at, row.cutoff) if row.first_row_at is not None else None
