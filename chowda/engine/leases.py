"""Leases: how a worker keeps, releases or loses the steps that it has claimed.

A lease ends at a time on the database's clock. A worker extends all its leases in one statement and learns which
steps it has lost; a step whose lease has expired is requeued. Except for `release`, nothing here waits for a row lock:
locked rows are skipped and come again next time.
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

LOST_MESSAGE = "'The worker of this call stopped or lost its connection before the app had answered.'"


@dataclass(frozen=True, slots=True)
class LeaseKey:
    """A step as it was claimed: the lease, and the slot of the step's app, belong to this fence."""

    step_run_id: int
    fence: int


@dataclass(frozen=True, slots=True)
class Requeued:
    """A step whose worker was lost. `failed`: too many workers were lost in a row, and the step has ended."""

    step_run_id: int
    batch_run_id: int
    failed: bool


# The lease keys of one statement, as a table.
LEASED = "unnest(CAST(:ids AS bigint[]), CAST(:fences AS bigint[])) AS leased(id, fence)"

# Locks the pipeline runs of the leased steps that are still claimed. The statement adds SKIP LOCKED or not.
LOCK_LEASED_RUNS = f"""
    runs AS MATERIALIZED (
        SELECT p.id FROM pipeline_runs p
        WHERE p.id IN (SELECT s.pipeline_run_id FROM {LEASED} JOIN step_runs s USING (id, fence)
                       WHERE s.status = 'RUNNING')
        ORDER BY p.id FOR NO KEY UPDATE
"""

# Records that the worker is alive.
REGISTER_WORKER = text("""
    INSERT INTO workers (name, threads, until) VALUES (:worker, :threads, now() + make_interval(secs => :lease_seconds))
    ON CONFLICT (name) DO UPDATE SET threads = excluded.threads, until = excluded.until
""")

# Removes the worker, and every worker that has not been alive for a day.
UNREGISTER_WORKER = text("DELETE FROM workers WHERE name = :worker OR until < now() - interval '1 day'")

# Requeues the leased steps and removes their attempts.
RELEASE = text(f"""
    WITH {LOCK_LEASED_RUNS}), steps AS (
        UPDATE step_runs s SET {STEP_WAITS_AGAIN}, attempts = s.attempts - 1, ready_at = now(),
            started_at = CASE WHEN s.attempts > 1 THEN s.started_at END
        FROM {LEASED}, runs
        WHERE s.id = leased.id AND s.fence = leased.fence AND s.status = 'RUNNING' AND runs.id = s.pipeline_run_id
        RETURNING s.id, s.fence
    ), attempts AS (
        DELETE FROM step_attempts a USING steps WHERE a.step_run_id = steps.id AND a.fence = steps.fence
    ) SELECT id FROM steps
""")

# Extends the leases of steps that are still claimed.
EXTEND_STEPS = text(f"""
    WITH mine AS MATERIALIZED (
        SELECT s.id FROM {LEASED} JOIN step_runs s USING (id, fence) WHERE s.status = 'RUNNING'
        ORDER BY s.id FOR NO KEY UPDATE OF s SKIP LOCKED
    ) UPDATE step_runs s SET lease_until = now() + make_interval(secs => :lease_seconds)
    FROM mine WHERE s.id = mine.id
""")

# Extends the leases of slots, also those of lost steps: the app still works on the call.
EXTEND_SLOTS = text(f"""
    WITH mine AS MATERIALIZED (
        SELECT t.clams_app_id, t.n FROM {LEASED}
        JOIN app_slots t ON t.step_run_id = leased.id AND t.fence = leased.fence
        ORDER BY t.clams_app_id, t.n FOR NO KEY UPDATE OF t SKIP LOCKED
    ) UPDATE app_slots t SET until = greatest(t.until, now() + make_interval(secs => :lease_seconds))
    FROM mine WHERE t.clams_app_id = mine.clams_app_id AND t.n = mine.n
""")

# Finds the lease keys whose step was canceled, requeued or claimed again.
LOST = text(f"""
    SELECT leased.id, leased.fence FROM {LEASED}
    WHERE NOT EXISTS (
        SELECT FROM step_runs s WHERE s.id = leased.id AND s.fence = leased.fence AND s.status = 'RUNNING')
""")

# Writes the progress of many claimed steps; a percent never goes down.
REPORT_PROGRESS = text(f"""
    WITH {LOCK_LEASED_RUNS} SKIP LOCKED)
    UPDATE step_runs s SET percent = greatest(s.percent, reported.percent), progress_source = reported.source
    FROM unnest(CAST(:ids AS bigint[]), CAST(:fences AS bigint[]), CAST(:percents AS float[]),
                CAST(:sources AS text[])) AS reported(id, fence, percent, source), runs
    WHERE s.id = reported.id AND s.fence = reported.fence AND s.status = 'RUNNING' AND runs.id = s.pipeline_run_id
""")

# Requeues steps whose lease has expired. After too many losses in a row the step fails, the later steps of its file
# are canceled and the file's pipeline run fails.
REQUEUE_EXPIRED = text(f"""
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
    """Returns the time of the database in seconds: leases are measured on this clock."""
    return float(await session.scalar(text("SELECT extract(epoch FROM clock_timestamp())::float")) or 0.0)


async def register_worker(session: AsyncSession, worker: str, threads: int, lease_seconds: float) -> None:
    """Records that the worker is alive for one more lease and can run `threads` calls at once."""
    await session.execute(
        REGISTER_WORKER, {"worker": worker, "threads": threads, "lease_seconds": lease_seconds}
    )


async def unregister_worker(session: AsyncSession, worker: str) -> None:
    """Removes a worker that stops, and those that stopped responding more than a day ago."""
    await session.execute(UNREGISTER_WORKER, {"worker": worker})


async def release(session: AsyncSession, keys: Sequence[LeaseKey]) -> list[int]:
    """Requeues the steps of a worker that stops, and counts no attempt. Returns the steps that were still its own.

    The fence stays raised, and the slots stay taken until their leases end: the apps still work on the calls.
    """
    return list((await session.scalars(RELEASE, _parameters(keys))).all())


async def extend(session: AsyncSession, keys: Sequence[LeaseKey], lease_seconds: float) -> set[LeaseKey]:
    """Extends the leases of steps and slots. Returns the keys whose step the worker has lost."""
    parameters = _parameters(keys) | {"lease_seconds": lease_seconds}
    await session.execute(EXTEND_STEPS, parameters)
    await session.execute(EXTEND_SLOTS, parameters)
    return {LeaseKey(row.id, row.fence) for row in await session.execute(LOST, _parameters(keys))}


async def report_progress(
    session: AsyncSession, progress: Mapping[LeaseKey, tuple[float, ProgressSource]]
) -> None:
    """Writes the percent of many running steps, and its source, in one statement."""
    keys = list(progress)
    await session.execute(
        REPORT_PROGRESS,
        _parameters(keys)
        | {
            "percents": [progress[key][0] for key in keys],
            "sources": [progress[key][1].value for key in keys],
        },
    )


async def requeue_expired(session: AsyncSession) -> list[Requeued]:
    """Requeues up to 500 steps whose lease has expired. The tenth loss in a row ends a step."""
    rows = await session.execute(
        REQUEUE_EXPIRED, {"losses": retry_policy.LOSSES, "code": StepErrorCode.WORKER_LOST}
    )
    return [Requeued(row.id, row.batch_run_id, row.status == "FAILED") for row in rows]


def _parameters(keys: Sequence[LeaseKey]) -> dict[str, Any]:
    return {"ids": [key.step_run_id for key in keys], "fences": [key.fence for key in keys]}
