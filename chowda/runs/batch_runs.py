"""State changes of batch runs: cancel, pause, resume, retry, priority and end.

Each change locks the batch run first, then its pipeline runs, then their steps. All changes are idempotent: a change
that finds another state than it expects does nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.engine.transitions import RUN_CANCELED, STEP_CANCELED
from chowda.enums import RunStatus
from chowda.errors import BadUserInput, Conflict, NotFound
from chowda.models import BatchRun
from chowda.models.step_key import STEP_KEY_STRIDE, steps_of
from chowda.runs import counters
from chowda.runs.counters import Counts

PRIORITY_LIMIT = 100

# Cancels the files that have not ended. Every statement that locks many files locks them in the order of their keys:
# two that lock in different orders would deadlock.
CANCEL_RUNS = text(f"""
    WITH runs AS MATERIALIZED (
        SELECT id FROM pipeline_runs WHERE batch_run_id = :id AND status IN ('WAITING', 'RUNNING')
        ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE pipeline_runs p SET {RUN_CANCELED} FROM runs WHERE p.id = runs.id
""")

# Cancels the steps that have not ended.
CANCEL_STEPS = text(f"""
    UPDATE step_runs s SET {STEP_CANCELED}
    FROM pipeline_runs p
    WHERE p.batch_run_id = :id AND s.pipeline_run_id = p.id AND s.status IN ('WAITING', 'RUNNING')
""")

# How many steps each file of `runs` has finished. Steps finish in order, so a retry continues with the next one.
COUNT_FINISHED_STEPS = f"""
    SELECT runs.id, runs.input_mmif_id, count(*) FILTER (WHERE s.status = 'FINISHED')::int AS finished
    FROM runs JOIN step_runs s ON {steps_of("runs.id")}
    GROUP BY runs.id, runs.input_mmif_id
"""

# Resets the steps of the files of `runs` from :from_step on, or from the first unfinished step, and makes the first of
# them ready. A file that goes back takes the output of the step before, or its input MMIF. Old results stay in mmifs.
RESET_STEPS = f"""
    progress AS MATERIALIZED ({COUNT_FINISHED_STEPS}), firsts AS MATERIALIZED (
        SELECT id AS pipeline_run_id, input_mmif_id,
            id * {STEP_KEY_STRIDE} + least(finished + 1, coalesce(CAST(:from_step AS bigint), finished + 1)) AS first_id
        FROM progress
    ), steps AS (
        UPDATE step_runs s SET status = 'WAITING', failures = 0, losses = 0, percent = 0,
            progress_source = 'NONE', paused = false, mmif_id = NULL, started_at = NULL, ended_at = NULL,
            attempts = CASE WHEN s.id = firsts.first_id THEN s.attempts ELSE 0 END,
            ready_at = CASE WHEN s.id = firsts.first_id THEN now() END
        FROM firsts
        WHERE s.id >= firsts.first_id AND s.id < (firsts.pipeline_run_id + 1) * {STEP_KEY_STRIDE}
    )
    UPDATE pipeline_runs p SET ended_at = NULL,
        status = CASE WHEN p.started_at IS NULL THEN 'WAITING' ELSE 'RUNNING' END,
        mmif_id = CASE WHEN CAST(:from_step AS bigint) IS NULL THEN p.mmif_id
                       WHEN firsts.first_id = p.id * {STEP_KEY_STRIDE} + 1 THEN firsts.input_mmif_id
                       ELSE (SELECT before.mmif_id FROM step_runs before WHERE before.id = firsts.first_id - 1) END
    FROM firsts WHERE p.id = firsts.pipeline_run_id RETURNING p.id
"""

# Retries all files of a batch run that failed or were canceled.
RETRY = text(f"""
    WITH runs AS MATERIALIZED (
        SELECT id, input_mmif_id FROM pipeline_runs
        WHERE batch_run_id = :id AND status IN ('FAILED', 'CANCELED') ORDER BY id FOR NO KEY UPDATE
    ), {RESET_STEPS}
""")

# Reads the number of steps of each batch run, and the last step that one of its files to retry has reached.
RETRY_RANGES = text(f"""
    SELECT r.id, (SELECT count(*) FROM batch_run_steps WHERE batch_run_id = r.id) AS steps, (
        SELECT max(file.finished) + 1 FROM pipeline_runs p, LATERAL (
            SELECT count(*) FILTER (WHERE s.status = 'FINISHED') AS finished FROM step_runs s
            WHERE {steps_of("p.id")}
        ) AS file WHERE p.batch_run_id = r.id AND p.status IN ('FAILED', 'CANCELED')
    ) AS last_reached FROM unnest(CAST(:ids AS bigint[])) AS r(id)
""")

# Locks batch runs that have not ended.
LOCK_ACTIVE = text("""
    SELECT id FROM batch_runs WHERE id = ANY(:ids) AND ended_at IS NULL ORDER BY id FOR UPDATE SKIP LOCKED
""")

# Reads the newest batch run of each batch, or of each pipeline.
NEWEST_OF_BATCHES, NEWEST_OF_PIPELINES = (
    text(f"""
        SELECT parent.id, r.id AS batch_run_id FROM unnest(CAST(:ids AS bigint[])) AS parent(id), LATERAL (
            SELECT id FROM batch_runs WHERE {column} = parent.id ORDER BY id DESC LIMIT 1
        ) AS r
    """)
    for column in ("batch_id", "pipeline_id")
)


async def cancel_batch_run(session: AsyncSession, batch_run_id: int) -> None:
    """Ends everything that has not ended. Running calls continue; their results are discarded.

    The slot of such a call stays taken until the app answers.
    """
    run = await lock(session, batch_run_id)
    if run.ended_at is not None:
        return
    await session.execute(CANCEL_RUNS, {"id": batch_run_id})
    await session.execute(CANCEL_STEPS, {"id": batch_run_id})
    run.canceled = True
    await _end(session, run, RunStatus.CANCELED)


async def pause_batch_run(session: AsyncSession, batch_run_id: int) -> None:
    """No new call starts; running calls continue."""
    run = await lock(session, batch_run_id)
    if run.ended_at is None:
        run.status = RunStatus.PAUSED
        await session.flush()


async def resume_batch_run(session: AsyncSession, batch_run_id: int) -> None:
    """Ends a pause of the batch run. Files that are paused themselves stay paused."""
    run = await lock(session, batch_run_id)
    if run.status == RunStatus.PAUSED:
        run.status = _active_status(run)
        await session.flush()


async def retry_batch_run(session: AsyncSession, batch_run_id: int, from_step: int | None = None) -> None:
    """Retries the files that failed or were canceled, from their newest valid MMIF and with a fresh retry budget.

    With `from_step` these files go back to that step; a file that has not reached it continues where it stopped.
    Raises Conflict if there is no file to retry, and BadUserInput if the pipeline has no such step or no file to retry
    has reached it.
    """
    run = await lock(session, batch_run_id)
    refuse_retry((await retry_ranges_of(session, [batch_run_id]))[batch_run_id], from_step)
    await session.execute(RETRY, {"id": batch_run_id, "from_step": from_step})
    run.canceled = False
    await reopen(session, run)


@dataclass(frozen=True, slots=True)
class RetryRange:
    """From which steps a batch run can be retried. `last_reached` is None if it has no file to retry."""

    steps: int
    last_reached: int | None


async def retry_ranges_of(session: AsyncSession, batch_run_ids: Sequence[int]) -> dict[int, RetryRange]:
    rows = await session.execute(RETRY_RANGES, {"ids": list(batch_run_ids)})
    return {row.id: RetryRange(row.steps, row.last_reached) for row in rows}


def refuse_retry(range: RetryRange, from_step: int | None) -> None:
    """Raises the errors of retry_batch_run."""
    refuse_missing_step(range.steps, from_step)
    if range.last_reached is None:
        raise Conflict("There is nothing to retry: no file of this run has failed or was canceled.")
    if from_step is not None and from_step > range.last_reached:
        raise BadUserInput(
            f"fromStep is {from_step}, but no file that failed or was canceled has reached a step after "
            f"{range.last_reached}. Use {range.last_reached} or less, or omit fromStep."
        )


def refuse_missing_step(steps: int, from_step: int | None) -> None:
    """Raises BadUserInput if a pipeline with this number of steps has no step `from_step`."""
    if from_step is not None and not 1 <= from_step <= steps:
        raise BadUserInput(f"fromStep is {from_step}; the pipeline of this run has steps 1 to {steps}.")


async def reopen(session: AsyncSession, run: BatchRun) -> None:
    """Makes a batch run that has ended active again, after a retry. The caller has locked it."""
    if run.ended_at is not None:
        run.ended_at = None
        run.status = _active_status(run)
    await session.flush()


def check_priority(priority: int) -> None:
    """Raises BadUserInput if the priority is out of range."""
    if abs(priority) > PRIORITY_LIMIT:
        raise BadUserInput(
            f"priority is {priority}; it must be from -{PRIORITY_LIMIT} to {PRIORITY_LIMIT}. Higher numbers go first."
        )


async def set_batch_run_priority(session: AsyncSession, batch_run_id: int, priority: int) -> None:
    """Sets which of several batch runs goes first at a shared app. Running calls continue."""
    check_priority(priority)
    run = await lock(session, batch_run_id)
    if run.ended_at is None:
        run.priority = priority
        await session.flush()


async def end_batch_runs(session: AsyncSession, batch_run_ids: Sequence[int]) -> list[int]:
    """Ends those of these batch runs whose files have all ended, and returns their ids.

    A batch run that another transaction has locked is skipped.
    """
    complete = _complete(await counters.read(session, batch_run_ids))
    if not complete:
        return []
    locked = list((await session.scalars(LOCK_ACTIVE, {"ids": complete})).all())
    counts = await counters.read(session, locked)
    complete = _complete(counts)
    for run in await session.scalars(select(BatchRun).where(BatchRun.id.in_(complete))):
        await _end(session, run, _final_status(run, counts[run.id][0]))
    return complete


async def active_ids(session: AsyncSession) -> list[int]:
    """Returns the batch runs that are waiting, running or paused, oldest first."""
    return list(
        await session.scalars(select(BatchRun.id).where(BatchRun.ended_at.is_(None)).order_by(BatchRun.id))
    )


async def newest_of_batches(session: AsyncSession, batch_ids: Sequence[int]) -> dict[int, int]:
    """Returns the newest batch run of each batch. Batches that were never started are omitted."""
    rows = await session.execute(NEWEST_OF_BATCHES, {"ids": list(batch_ids)})
    return {row.id: row.batch_run_id for row in rows}


async def newest_of_pipelines(session: AsyncSession, pipeline_ids: Sequence[int]) -> dict[int, int]:
    """Returns the newest batch run of each pipeline, of any version. Pipelines that never ran are omitted."""
    rows = await session.execute(NEWEST_OF_PIPELINES, {"ids": list(pipeline_ids)})
    return {row.id: row.batch_run_id for row in rows}


async def lock(session: AsyncSession, batch_run_id: int) -> BatchRun:
    """Locks the row until the transaction ends. Raises NotFound."""
    run = await session.scalar(
        select(BatchRun)
        .where(BatchRun.id == batch_run_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if run is None:
        raise NotFound("There is no such batch run.")
    return run


def _active_status(run: BatchRun) -> RunStatus:
    return RunStatus.RUNNING if run.started_at is not None else RunStatus.WAITING


def _final_status(run: BatchRun, counts: Counts) -> RunStatus:
    """A file that was canceled on its own is no failure, and does not make its batch run CANCELED."""
    if run.canceled and counts.canceled:
        return RunStatus.CANCELED
    return RunStatus.FAILED if counts.failed else RunStatus.FINISHED


def _complete(counts: Mapping[int, Mapping[int, Counts]]) -> list[int]:
    """The batch runs without a waiting or running file."""
    return [id for id, by_position in counts.items() if by_position[0].waiting == by_position[0].running == 0]


async def _end(session: AsyncSession, run: BatchRun, status: RunStatus) -> None:
    run.status = status
    run.ended_at = await session.scalar(text("SELECT now()"))
    await session.flush()
