"""What can be done with a batch run as a whole: cancel, pause, resume, retry, its priority, and its end.

Every change locks the batch run first, then its pipeline runs, then their steps. All of it is idempotent: a
change that finds another state than it expects leaves it alone.
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

# In the order of their ids, as all who lock many files do: two that lock in different orders wait in a circle.
CANCEL_RUNS = text(f"""
    WITH runs AS MATERIALIZED (
        SELECT id FROM pipeline_runs WHERE batch_run_id = :id AND status IN ('WAITING', 'RUNNING')
        ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE pipeline_runs p SET {RUN_CANCELED} FROM runs WHERE p.id = runs.id
""")

CANCEL_STEPS = text(f"""
    UPDATE step_runs s SET {STEP_CANCELED}
    FROM pipeline_runs p
    WHERE p.batch_run_id = :id AND s.pipeline_run_id = p.id AND s.status IN ('WAITING', 'RUNNING')
""")

# How many steps each of these files has finished in a row, from the first on: it can go on from the one after.
DONE = f"""
    SELECT runs.id, runs.input_mmif_id, count(*) FILTER (WHERE s.status = 'FINISHED')::int AS done
    FROM runs JOIN step_runs s ON {steps_of("runs.id")}
    GROUP BY runs.id, runs.input_mmif_id
"""

# The steps from there on begin anew; the first of them is ready. Who goes back takes the MMIF of the step before,
# or what the file was started with. The results that are left behind stay as rows of mmifs.
GO_BACK = f"""
    firsts AS MATERIALIZED (
        SELECT id AS pipeline_run_id, input_mmif_id,
            id * {STEP_KEY_STRIDE} + least(done + 1, coalesce(CAST(:from_step AS bigint), done + 1)) AS first_id
        FROM done
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

UNSUCCESSFUL = """
    runs AS MATERIALIZED (
        SELECT id, input_mmif_id FROM pipeline_runs
        WHERE batch_run_id = :id AND status IN ('FAILED', 'CANCELED') ORDER BY id FOR NO KEY UPDATE
    )
"""
RETRY = text(f"WITH {UNSUCCESSFUL}, done AS MATERIALIZED ({DONE}), {GO_BACK}")

# Of each batch run: how many steps it has, and up to which one those of its files have come that a retry takes up.
FURTHEST = text(f"""
    SELECT r.id, (SELECT count(*) FROM batch_run_steps WHERE batch_run_id = r.id) AS steps, (
        SELECT max(file.done) + 1 FROM pipeline_runs p, LATERAL (
            SELECT count(*) FILTER (WHERE s.status = 'FINISHED') AS done FROM step_runs s
            WHERE {steps_of("p.id")}
        ) AS file WHERE p.batch_run_id = r.id AND p.status IN ('FAILED', 'CANCELED')
    ) AS furthest FROM unnest(CAST(:ids AS bigint[])) AS r(id)
""")

LOCK_UNENDED = text("""
    SELECT id FROM batch_runs WHERE id = ANY(:ids) AND ended_at IS NULL ORDER BY id FOR UPDATE SKIP LOCKED
""")


NEWEST_OF_BATCHES, NEWEST_OF_PIPELINES = (
    text(f"""
        SELECT parent.id, r.id AS batch_run_id FROM unnest(CAST(:ids AS bigint[])) AS parent(id), LATERAL (
            SELECT id FROM batch_runs WHERE {column} = parent.id ORDER BY id DESC LIMIT 1
        ) AS r
    """)
    for column in ("batch_id", "pipeline_id")
)


async def cancel_batch_run(session: AsyncSession, batch_run_id: int) -> None:
    """Ends all that has not ended. The apps' calls in flight go on unseen; their slots stay taken meanwhile."""
    run = await lock(session, batch_run_id)
    if run.ended_at is not None:
        return
    await session.execute(CANCEL_RUNS, {"id": batch_run_id})
    await session.execute(CANCEL_STEPS, {"id": batch_run_id})
    run.canceled = True
    await _end(session, run, RunStatus.CANCELED)


async def pause_batch_run(session: AsyncSession, batch_run_id: int) -> None:
    """Nothing new starts; what is in flight goes on."""
    run = await lock(session, batch_run_id)
    if run.ended_at is None:
        run.status = RunStatus.PAUSED
        await session.flush()


async def resume_batch_run(session: AsyncSession, batch_run_id: int) -> None:
    """What was paused goes on, but for files that are paused themselves."""
    run = await lock(session, batch_run_id)
    if run.status == RunStatus.PAUSED:
        run.status = RunStatus.RUNNING if run.started_at is not None else RunStatus.WAITING
        await session.flush()


async def retry_batch_run(session: AsyncSession, batch_run_id: int, from_step: int | None = None) -> None:
    """What failed or was canceled goes on from its last good MMIF, with a fresh retry budget.

    With `from_step` each such file goes back to that step; one that had not come so far goes on where it was.
    BadUserInput for a step that there is not or that none of them had come to, Conflict where none is.
    """
    run = await lock(session, batch_run_id)
    refuse_retry((await furthest_of(session, [batch_run_id]))[batch_run_id], from_step)
    await session.execute(RETRY, {"id": batch_run_id, "from_step": from_step})
    run.canceled = False
    await reopen(session, run)


@dataclass(frozen=True, slots=True)
class Furthest:
    """How many steps a batch run has, and how far its files have come that failed or were canceled; None: none has."""

    steps: int
    come_to: int | None


async def furthest_of(session: AsyncSession, batch_run_ids: Sequence[int]) -> dict[int, Furthest]:
    rows = await session.execute(FURTHEST, {"ids": list(batch_run_ids)})
    return {row.id: Furthest(row.steps, row.furthest) for row in rows}


def refuse_retry(furthest: Furthest, from_step: int | None) -> None:
    """Conflict where there is nothing to retry; BadUserInput for a step that none of its files had come to."""
    refuse_missing_step(furthest.steps, from_step)
    if furthest.come_to is None:
        raise Conflict("There is nothing to retry: no file of this run has failed or was canceled.")
    if from_step is not None and from_step > furthest.come_to:
        raise BadUserInput(
            f"fromStep is {from_step}, but of the files that failed or were canceled none has come further than "
            f"step {furthest.come_to}. Say {furthest.come_to} or less, or leave fromStep out."
        )


def refuse_missing_step(steps: int, from_step: int | None) -> None:
    """BadUserInput for a step that the pipeline, which has so many, does not have."""
    if from_step is not None and not 1 <= from_step <= steps:
        raise BadUserInput(f"fromStep is {from_step}; the pipeline of this run has the steps 1 to {steps}.")


async def reopen(session: AsyncSession, run: BatchRun) -> None:
    """A batch run that had ended goes on: something in it waits again. Call it with the batch run locked."""
    if run.ended_at is not None:
        run.ended_at = None
        run.status = RunStatus.RUNNING if run.started_at is not None else RunStatus.WAITING
    await session.flush()


def check_priority(priority: int) -> None:
    """Refuses, with BadUserInput, what is out of range."""
    if abs(priority) > PRIORITY_LIMIT:
        raise BadUserInput(
            f"priority is {priority}; it must be from -{PRIORITY_LIMIT} to {PRIORITY_LIMIT}: the higher goes first."
        )


async def set_batch_run_priority(session: AsyncSession, batch_run_id: int, priority: int) -> None:
    """Which of several batch runs goes first at an app that they share; what is in flight goes on."""
    check_priority(priority)
    run = await lock(session, batch_run_id)
    if run.ended_at is None:
        run.priority = priority
        await session.flush()


async def end_batch_runs(session: AsyncSession, batch_run_ids: Sequence[int]) -> list[int]:
    """Ends those of these batch runs in which nothing waits or runs any more; their ids.

    One that a change holds locked just now is left for the next time.
    """
    still = _still(await counters.read(session, batch_run_ids))
    if not still:
        return []
    locked = list((await session.scalars(LOCK_UNENDED, {"ids": still})).all())
    counts = await counters.read(session, locked)
    over = _still(counts)
    for run in await session.scalars(select(BatchRun).where(BatchRun.id.in_(over))):
        await _end(session, run, _end_state(run, counts[run.id][0]))
    return over


def _end_state(run: BatchRun, counts: Counts) -> RunStatus:
    """A file that a person canceled by itself is no failure, and does not make the batch run a canceled one."""
    if run.canceled and counts.canceled:
        return RunStatus.CANCELED
    return RunStatus.FAILED if counts.failed else RunStatus.FINISHED


def _still(counts: Mapping[int, Mapping[int, Counts]]) -> list[int]:
    """The batch runs of which no pipeline run waits or runs."""
    return [id for id, of in counts.items() if of[0].waiting == 0 and of[0].running == 0]


async def unended(session: AsyncSession) -> list[int]:
    """The batch runs that wait, run or are paused, oldest first."""
    return list(
        await session.scalars(select(BatchRun.id).where(BatchRun.ended_at.is_(None)).order_by(BatchRun.id))
    )


async def newest_of_batches(session: AsyncSession, batch_ids: Sequence[int]) -> dict[int, int]:
    """The newest batch run of each batch; those that were never started are left out."""
    rows = await session.execute(NEWEST_OF_BATCHES, {"ids": list(batch_ids)})
    return {row.id: row.batch_run_id for row in rows}


async def newest_of_pipelines(session: AsyncSession, pipeline_ids: Sequence[int]) -> dict[int, int]:
    """The newest batch run on each pipeline, in whatever version; those that were never started are left out."""
    rows = await session.execute(NEWEST_OF_PIPELINES, {"ids": list(pipeline_ids)})
    return {row.id: row.batch_run_id for row in rows}


async def lock(session: AsyncSession, batch_run_id: int) -> BatchRun:
    """The row, kept from others until the transaction ends. Raises NotFound."""
    run = await session.scalar(
        select(BatchRun)
        .where(BatchRun.id == batch_run_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if run is None:
        raise NotFound("There is no such batch run.")
    return run


async def _end(session: AsyncSession, run: BatchRun, status: RunStatus) -> None:
    run.status = status
    run.ended_at = await session.scalar(text("SELECT now()"))
    await session.flush()
