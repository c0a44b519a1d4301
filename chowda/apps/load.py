"""How busy apps are: their slots, and what waits for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.apps.call_limit import CALL_LIMIT


@dataclass(frozen=True, slots=True)
class Load:
    slots: int
    "Calls that Chowda may hold at once just now."
    taken: int
    "Calls in hand; more than `slots` where the limit was lowered under them."
    waiting: int
    "Files of batch runs that have not ended, which have not come to this app yet."
    batch_runs: int
    "Those that they belong to."


# Waiting steps are read from the counters (chowda.runs.counters): the cost does not depend on the number of files.
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
    """What it means that apps with these loads are deactivated, in numbers."""
    loads = list(loads)
    waiting, taken = sum(load.waiting for load in loads), sum(load.taken for load in loads)
    until = "it is" if len(loads) == 1 else "they are"
    return (
        f"Calls that wait until {until} activated again: {waiting:,}. Calls in hand, which go on: {taken:,}."
    )


async def read(session: AsyncSession, clams_app_ids: Sequence[int]) -> dict[int, Load]:
    rows = await session.execute(READ, {"ids": list(clams_app_ids)})
    return {row.id: Load(row.slots, row.taken, row.waiting, row.batch_runs) for row in rows}
