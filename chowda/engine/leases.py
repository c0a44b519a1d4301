"""Leases: how a worker keeps what it has claimed, gives it back, or loses it.

A lease is a time on the database's clock. A worker prolongs all its leases in one statement and learns so
which steps are no longer its own; a step whose lease has run out goes back to the queue. Nothing here waits
for a lock that a long change holds: what is locked is left for the next time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.engine.transitions import STEP_WAITS_AGAIN
from chowda.enums import ProgressSource
from chowda.errors import StepErrorCode
from chowda.models.step_key import STEP_KEY_STRIDE, steps_of
from chowda.pipelines import retry_policy

LOST_MESSAGE = "'The worker that held this call died or was cut off before the app had answered.'"


@dataclass(frozen=True, slots=True)
class LeaseKey:
    """What a worker has in its hands: a step under a fence, and with it a slot of the step's app."""

    step_run_id: int
    fence: int


@dataclass(frozen=True, slots=True)
class Requeued:
    """A step whose worker was lost; `failed` once that has happened too often."""

    step_run_id: int
    batch_run_id: int
    failed: bool


HELD = "unnest(CAST(:ids AS bigint[]), CAST(:fences AS bigint[])) AS held(id, fence)"
RUNS_OF_HELD = f"""
    runs AS MATERIALIZED (
        SELECT p.id FROM pipeline_runs p
        WHERE p.id IN (SELECT s.pipeline_run_id FROM {HELD} JOIN step_runs s USING (id, fence)
                       WHERE s.status = 'RUNNING')
        ORDER BY p.id FOR NO KEY UPDATE
"""

ANNOUNCE = text("""
    INSERT INTO workers (name, threads, until) VALUES (:worker, :threads, now() + make_interval(secs => :lease_seconds))
    ON CONFLICT (name) DO UPDATE SET threads = excluded.threads, until = excluded.until
""")

RETIRE = text("DELETE FROM workers WHERE name = :worker OR until < now() - interval '1 day'")

GIVE_BACK = text(f"""
    WITH {RUNS_OF_HELD}), steps AS (
        UPDATE step_runs s SET {STEP_WAITS_AGAIN}, attempts = s.attempts - 1, ready_at = now(),
            started_at = CASE WHEN s.attempts > 1 THEN s.started_at END
        FROM {HELD}, runs
        WHERE s.id = held.id AND s.fence = held.fence AND s.status = 'RUNNING' AND runs.id = s.pipeline_run_id
        RETURNING s.id, s.fence
    ), attempts AS (
        DELETE FROM step_attempts a USING steps WHERE a.step_run_id = steps.id AND a.fence = steps.fence
    ) SELECT id FROM steps
""")

PROLONG_STEPS = text(f"""
    WITH mine AS MATERIALIZED (
        SELECT s.id FROM {HELD} JOIN step_runs s USING (id, fence) WHERE s.status = 'RUNNING'
        ORDER BY s.id FOR NO KEY UPDATE OF s SKIP LOCKED
    ) UPDATE step_runs s SET lease_until = now() + make_interval(secs => :lease_seconds)
    FROM mine WHERE s.id = mine.id
""")

PROLONG_SLOTS = text(f"""
    WITH mine AS MATERIALIZED (
        SELECT t.clams_app_id, t.n FROM {HELD} JOIN app_slots t ON t.step_run_id = held.id AND t.fence = held.fence
        ORDER BY t.clams_app_id, t.n FOR NO KEY UPDATE OF t SKIP LOCKED
    ) UPDATE app_slots t SET until = greatest(t.until, now() + make_interval(secs => :lease_seconds))
    FROM mine WHERE t.clams_app_id = mine.clams_app_id AND t.n = mine.n
""")

GONE = text(f"""
    SELECT held.id, held.fence FROM {HELD}
    WHERE NOT EXISTS (SELECT FROM step_runs s WHERE s.id = held.id AND s.fence = held.fence AND s.status = 'RUNNING')
""")

PROGRESS = text(f"""
    WITH {RUNS_OF_HELD} SKIP LOCKED)
    UPDATE step_runs s SET percent = greatest(s.percent, told.percent), progress_source = told.source
    FROM unnest(CAST(:ids AS bigint[]), CAST(:fences AS bigint[]), CAST(:percents AS float[]),
                CAST(:sources AS text[])) AS told(id, fence, percent, source), runs
    WHERE s.id = told.id AND s.fence = told.fence AND s.status = 'RUNNING' AND runs.id = s.pipeline_run_id
""")

REAP = text(f"""
    WITH expired AS MATERIALIZED (
        SELECT pipeline_run_id FROM step_runs WHERE status = 'RUNNING' AND lease_until < now()
        ORDER BY lease_until LIMIT 500
    ), runs AS MATERIALIZED (
        SELECT p.id FROM pipeline_runs p WHERE p.id IN (SELECT pipeline_run_id FROM expired)
        ORDER BY p.id FOR NO KEY UPDATE SKIP LOCKED
    ), lost AS MATERIALIZED (
        SELECT s.id, s.fence, s.pipeline_run_id, s.batch_run_id, s.losses + 1 >= :losses AS failed
        FROM runs
        JOIN step_runs s ON {steps_of("runs.id")}
        WHERE s.status = 'RUNNING' AND s.lease_until < now() FOR NO KEY UPDATE OF s SKIP LOCKED
    ), steps AS (
        UPDATE step_runs s SET
            status = CASE WHEN s.id > lost.id THEN 'CANCELED' WHEN lost.failed THEN 'FAILED' ELSE 'WAITING' END,
            ended_at = CASE WHEN lost.failed THEN now() END,
            ready_at = CASE WHEN NOT lost.failed THEN now() END,
            sent_until = NULL, worker = NULL, lease_until = NULL,
            percent = CASE WHEN lost.failed THEN s.percent ELSE 0 END, progress_source = 'NONE',
            losses = CASE WHEN s.id = lost.id THEN s.losses + 1 ELSE s.losses END,
            error_code = CASE WHEN s.id = lost.id THEN :code ELSE s.error_code END,
            error_message = CASE WHEN s.id = lost.id THEN {LOST_MESSAGE} ELSE s.error_message END,
            error_detail = CASE WHEN s.id = lost.id THEN NULL ELSE s.error_detail END
        FROM lost
        WHERE s.id = lost.id OR (lost.failed AND s.status = 'WAITING'
                                 AND s.id > lost.id AND s.id < (lost.pipeline_run_id + 1) * {STEP_KEY_STRIDE})
        RETURNING s.id, s.batch_run_id, s.status
    ), ended AS (
        UPDATE pipeline_runs p SET status = 'FAILED', ended_at = now()
        FROM lost WHERE p.id = lost.pipeline_run_id AND lost.failed
    ), attempts AS (
        UPDATE step_attempts a SET ended_at = now(), error_code = :code, error_message = {LOST_MESSAGE}
        FROM lost WHERE a.step_run_id = lost.id AND a.fence = lost.fence
    )
    SELECT steps.id, steps.batch_run_id, steps.status FROM steps JOIN lost USING (id)
""")


async def clock(session: AsyncSession) -> float:
    """Seconds on the clock that leases are measured with."""
    return float(await session.scalar(text("SELECT extract(epoch FROM clock_timestamp())::float")) or 0.0)


async def announce(session: AsyncSession, worker: str, threads: int, lease_seconds: float) -> None:
    """This worker lives, and can hold so many calls at once."""
    await session.execute(ANNOUNCE, {"worker": worker, "threads": threads, "lease_seconds": lease_seconds})


async def retire(session: AsyncSession, worker: str) -> None:
    """This worker stops, or one long dead is forgotten."""
    await session.execute(RETIRE, {"worker": worker})


async def release(session: AsyncSession, holds: Sequence[LeaseKey]) -> list[int]:
    """A worker that stops returns its steps: ready again, no attempt counted; the ids that were still its own.

    The fence stays raised, and the slots stay taken until their lease ends: the apps work on.
    """
    return list((await session.scalars(GIVE_BACK, _holds(holds))).all())


async def extend(session: AsyncSession, holds: Sequence[LeaseKey], lease_seconds: float) -> set[LeaseKey]:
    """Prolongs the leases of steps and slots; the holds whose step is no longer theirs.

    Never waits for a lock: what somebody is changing just now is left for the next beat.
    """
    parameters = _holds(holds) | {"lease_seconds": lease_seconds}
    await session.execute(PROLONG_STEPS, parameters)
    await session.execute(PROLONG_SLOTS, parameters)
    return {LeaseKey(row.id, row.fence) for row in await session.execute(GONE, _holds(holds))}


async def report(session: AsyncSession, progress: Mapping[LeaseKey, tuple[float, ProgressSource]]) -> None:
    """Writes the percents of many running steps in one statement; what is locked just now is left out."""
    holds = list(progress)
    await session.execute(
        PROGRESS,
        _holds(holds)
        | {
            "percents": [progress[hold][0] for hold in holds],
            "sources": [progress[hold][1].value for hold in holds],
        },
    )


async def requeue_expired(session: AsyncSession) -> list[Requeued]:
    """Returns up to 500 steps whose lease has expired to the queue; the tenth loss in a row ends a step."""
    rows = await session.execute(REAP, {"losses": retry_policy.LOSSES, "code": StepErrorCode.WORKER_LOST})
    return [Requeued(row.id, row.batch_run_id, row.status == "FAILED") for row in rows]


def _holds(holds: Sequence[LeaseKey]) -> dict[str, Any]:
    return {"ids": [hold.step_run_id for hold in holds], "fences": [hold.fence for hold in holds]}
