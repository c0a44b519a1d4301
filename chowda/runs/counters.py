"""Counters: how many parts of a batch run are in each state.

Triggers append each change to run_counter_deltas, and `roll_up` adds the deltas to run_counters from time to time.
A read sums both in one statement, so a count is always exact and costs the same for 10 files as for 100,000.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.db.advisory_locks import AdvisoryLock


@dataclass(frozen=True, slots=True)
class Counts:
    """How many parts of a batch run are in each state."""

    waiting: int = 0
    running: int = 0
    finished: int = 0
    failed: int = 0
    canceled: int = 0

    @property
    def ended(self) -> int:
        return self.finished + self.failed + self.canceled

    @property
    def total(self) -> int:
        return self.waiting + self.running + self.ended


STATES = ("waiting", "running", "finished", "failed", "canceled")
"The columns of run_counters and run_counter_deltas that count."

COLUMNS = ", ".join(STATES)
SUMS = ", ".join(f"sum({state})::int AS {state}" for state in STATES)

# Reads the exact counts: the counters plus the deltas that are not rolled up yet.
READ = text(f"""
    SELECT batch_run_id, position, {SUMS} FROM (
        SELECT batch_run_id, position, {COLUMNS} FROM run_counters WHERE batch_run_id = ANY(:ids)
        UNION ALL
        SELECT batch_run_id, position, {COLUMNS} FROM run_counter_deltas WHERE batch_run_id = ANY(:ids)
    ) AS parts GROUP BY batch_run_id, position
""")

# Sums the percents of running steps.
RUNNING_PERCENT = text("""
    SELECT batch_run_id, position, sum(percent) FROM step_runs
    WHERE batch_run_id = ANY(:ids) AND status = 'RUNNING' GROUP BY batch_run_id, position
""")

# Fails at once if another process rolls up.
TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(:lock)").bindparams(lock=AdvisoryLock.ROLL_UP_COUNTERS)

# Removes the oldest deltas and adds them to their counters.
ROLL_UP = text(f"""
    WITH taken AS (
        DELETE FROM run_counter_deltas WHERE id IN (
            SELECT id FROM run_counter_deltas ORDER BY id LIMIT 10000 FOR UPDATE SKIP LOCKED
        ) RETURNING batch_run_id, position, {COLUMNS}
    ), summed AS (
        SELECT batch_run_id, position, {SUMS}
        FROM taken GROUP BY batch_run_id, position
    ), rolled_up AS (
        UPDATE run_counters t SET {", ".join(f"{state} = t.{state} + s.{state}" for state in STATES)}
        FROM summed s WHERE t.batch_run_id = s.batch_run_id AND t.position = s.position
        RETURNING t.batch_run_id
    )
    SELECT DISTINCT batch_run_id FROM rolled_up
""")


async def read(session: AsyncSession, batch_run_ids: Sequence[int]) -> dict[int, dict[int, Counts]]:
    """Returns the counts by batch run and position. Position 0 counts the pipeline runs, n the runs of step n."""
    result: dict[int, dict[int, Counts]] = defaultdict(dict)
    for batch_run_id, position, *counts in await session.execute(READ, {"ids": list(batch_run_ids)}):
        result[batch_run_id][position] = Counts(*counts)
    return dict(result)


async def running_percent(session: AsyncSession, batch_run_ids: Sequence[int]) -> dict[int, dict[int, float]]:
    """Returns the sum of the percents of running steps by batch run and position."""
    result: dict[int, dict[int, float]] = defaultdict(dict)
    for batch_run_id, position, percent in await session.execute(
        RUNNING_PERCENT, {"ids": list(batch_run_ids)}
    ):
        result[batch_run_id][position] = float(percent)
    return dict(result)


async def roll_up(session: AsyncSession) -> list[int]:
    """Adds up to 10,000 deltas to their counters. Returns the batch runs of these deltas.

    One process does this at a time: the others get an empty list meanwhile.
    """
    if not await session.scalar(TRY_LOCK):
        return []
    return list((await session.scalars(ROLL_UP)).all())
