"""What can be done with a batch run as a whole: cancel, pause, resume, retry, and its end.

Every change locks the batch run first, then its pipeline runs, then their steps. All of it is idempotent: a
change that finds another state than it expects leaves it alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import tallies
from chowda.errors import Conflict, NotFound
from chowda.models import BatchRun
from chowda.models.run import STEPS_LIMIT
from chowda.models.status import RunStatus
from chowda.tallies import Counts

# In the order of their ids, as all who lock many files do: two that lock in different orders wait in a circle.
CANCEL_RUNS = text("""
    WITH runs AS MATERIALIZED (
        SELECT id FROM pipeline_runs WHERE batch_run_id = :id AND status IN ('WAITING', 'RUNNING')
        ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE pipeline_runs p SET status = 'CANCELED', ended_at = now() FROM runs WHERE p.id = runs.id
""")

CANCEL_STEPS = text("""
    UPDATE step_runs s SET status = 'CANCELED', ended_at = now(), ready_at = NULL, sent_until = NULL,
        worker = NULL, lease_until = NULL
    FROM pipeline_runs p
    WHERE p.batch_run_id = :id AND s.pipeline_run_id = p.id AND s.status IN ('WAITING', 'RUNNING')
""")

# In each failed or canceled run the steps that did not finish go back to waiting; the first of them is ready.
RETRY = text(f"""
    WITH runs AS MATERIALIZED (
        SELECT id FROM pipeline_runs WHERE batch_run_id = :id AND status IN ('FAILED', 'CANCELED')
        ORDER BY id FOR NO KEY UPDATE
    ), firsts AS MATERIALIZED (
        SELECT runs.id AS pipeline_run_id, min(s.id) AS first_id, bool_or(s.attempts > 0) AS started
        FROM runs JOIN step_runs s ON s.id > runs.id * {STEPS_LIMIT} AND s.id < (runs.id + 1) * {STEPS_LIMIT}
        WHERE s.status <> 'FINISHED' GROUP BY runs.id
    ), steps AS (
        UPDATE step_runs s SET status = 'WAITING', failures = 0, losses = 0, percent = 0,
            progress_source = 'NONE', started_at = NULL, ended_at = NULL,
            ready_at = CASE WHEN s.id = firsts.first_id THEN now() END
        FROM firsts
        WHERE s.id >= firsts.first_id AND s.id < (firsts.pipeline_run_id + 1) * {STEPS_LIMIT}
    )
    UPDATE pipeline_runs p SET ended_at = NULL,
        status = CASE WHEN p.started_at IS NULL THEN 'WAITING' ELSE 'RUNNING' END
    FROM firsts WHERE p.id = firsts.pipeline_run_id RETURNING p.id
""")

LOCK_UNENDED = text("""
    SELECT id FROM batch_runs WHERE id = ANY(:ids) AND ended_at IS NULL ORDER BY id FOR UPDATE SKIP LOCKED
""")


async def cancel_batch_run(session: AsyncSession, batch_run_id: int) -> None:
    """Ends all that has not ended. The apps' calls in flight go on unseen; their slots stay taken meanwhile."""
    run = await _lock(session, batch_run_id)
    if run.ended_at is not None:
        return
    await session.execute(CANCEL_RUNS, {"id": batch_run_id})
    await session.execute(CANCEL_STEPS, {"id": batch_run_id})
    await _end(session, run, RunStatus.CANCELED)


async def pause_batch_run(session: AsyncSession, batch_run_id: int) -> None:
    """Nothing new starts; what is in flight goes on."""
    run = await _lock(session, batch_run_id)
    if run.ended_at is None:
        run.status = RunStatus.PAUSED
        await session.flush()


async def resume_batch_run(session: AsyncSession, batch_run_id: int) -> None:
    run = await _lock(session, batch_run_id)
    if run.status == RunStatus.PAUSED:
        run.status = RunStatus.RUNNING if run.started_at is not None else RunStatus.WAITING
        await session.flush()


async def retry_batch_run(session: AsyncSession, batch_run_id: int) -> None:
    """What failed or was canceled goes on from its last good MMIF, with a fresh retry budget."""
    run = await _lock(session, batch_run_id)
    retried = (await session.execute(RETRY, {"id": batch_run_id})).all()
    if not retried:
        raise Conflict("There is nothing to retry: no file of this run has failed or was canceled.")
    if run.ended_at is not None:
        run.ended_at = None
        run.status = RunStatus.RUNNING if run.started_at is not None else RunStatus.WAITING
        await session.flush()


async def end_batch_runs(session: AsyncSession, batch_run_ids: Sequence[int]) -> list[int]:
    """Ends those of these batch runs in which nothing waits or runs any more; their ids.

    One that a change holds locked just now is left for the next time.
    """
    still = _still(await tallies.read(session, batch_run_ids))
    if not still:
        return []
    locked = list((await session.scalars(LOCK_UNENDED, {"ids": still})).all())
    counts = await tallies.read(session, locked)
    over = _still(counts)
    for run in await session.scalars(select(BatchRun).where(BatchRun.id.in_(over))):
        await _end(session, run, RunStatus.FAILED if counts[run.id][0].failed else RunStatus.FINISHED)
    return over


def _still(counts: Mapping[int, Mapping[int, Counts]]) -> list[int]:
    """The batch runs of which no pipeline run waits or runs."""
    return [id for id, of in counts.items() if of[0].waiting == 0 and of[0].running == 0]


async def unended(session: AsyncSession) -> list[int]:
    """The batch runs that wait, run or are paused, oldest first."""
    return list(
        await session.scalars(select(BatchRun.id).where(BatchRun.ended_at.is_(None)).order_by(BatchRun.id))
    )


async def _lock(session: AsyncSession, batch_run_id: int) -> BatchRun:
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
