"""The load of apps: their slots, and the files that wait for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.apps.call_limit import CALL_LIMIT


@dataclass(frozen=True, slots=True)
class Load:
    slots: int
    "The calls that Chowda may hold at once now."
    taken: int
    "Running calls. More than `slots` if the limit was lowered meanwhile."
    waiting: int
    "Files of unfinished batch runs that have not reached this app."
    batch_runs: int
    "The batch runs that these files belong to."


# Reads counters, so it costs the same for 10 files and for 100,000.
READ = text(f"""
    WITH active AS (
        SELECT s.clams_app_id, s.batch_run_id, s.position
        FROM batch_runs b JOIN batch_run_steps s ON s.batch_run_id = b.id
        WHERE b.ended_at IS NULL AND s.clams_app_id = ANY(:ids)
    ), waiting AS (
        SELECT active.clams_app_id, active.batch_run_id, sum(parts.waiting) AS files
        FROM active JOIN LATERAL (
            SELECT waiting FROM run_counters t
            WHERE t.batch_run_id = active.batch_run_id AND t.position = active.position
            UNION ALL
            SELECT waiting FROM run_counter_deltas d
            WHERE d.batch_run_id = active.batch_run_id AND d.position = active.position
        ) AS parts ON true
        GROUP BY active.clams_app_id, active.batch_run_id
    )
    SELECT a.id, {CALL_LIMIT} AS slots,
        (SELECT count(*) FROM app_slots t WHERE t.clams_app_id = a.id AND t.until > now()) AS taken,
        coalesce(sum(w.files), 0)::int AS waiting, count(w.batch_run_id) FILTER (WHERE w.files > 0) AS batch_runs
    FROM clams_apps a LEFT JOIN waiting w ON w.clams_app_id = a.id
    WHERE a.id = ANY(:ids) GROUP BY a.id
""")


def deactivated_words(loads: Iterable[Load]) -> str:
    """The effect of deactivating apps with these loads, for a person."""
    loads = list(loads)
    waiting, taken = sum(load.waiting for load in loads), sum(load.taken for load in loads)
    until = "it is" if len(loads) == 1 else "they are"
    return f"Calls that wait until {until} activated again: {waiting:,}. Running calls, which continue: {taken:,}."


async def read(session: AsyncSession, clams_app_ids: Sequence[int]) -> dict[int, Load]:
    rows = await session.execute(READ, {"ids": list(clams_app_ids)})
    return {row.id: Load(row.slots, row.taken, row.waiting, row.batch_runs) for row in rows}
