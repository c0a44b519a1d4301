"""State changes of pipeline runs, one media file each: cancel, pause, resume and retry.

All changes are idempotent, and a run that has ended changes only by a retry. The lock order is batch run (a retry may
reopen it), pipeline run, steps. The changes of one run return the key of its batch run, for the notification.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.engine.transitions import RUN_CANCELED, STEP_CANCELED
from chowda.enums import RunStatus
from chowda.errors import BadUserInput, Conflict, Hint, NotFound
from chowda.ids import Kind, not_found, opaque
from chowda.models.step_key import steps_of
from chowda.runs import batch_runs

# Reads the batch run of a pipeline run.
BATCH_RUN_OF = text("SELECT batch_run_id FROM pipeline_runs WHERE id = :id")

# Reads the batch runs of pipeline runs, in lock order.
BATCH_RUNS_OF = text(
    "SELECT id, batch_run_id FROM pipeline_runs WHERE id = ANY(:ids) ORDER BY batch_run_id, id"
)

# Locks pipeline runs in the order of their keys.
LOCK = text("SELECT id FROM pipeline_runs WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")

# Reads the states of pipeline runs.
STATES = text(f"""
    SELECT p.id, p.batch_run_id, p.status, s.paused, s.running, s.finished, s.steps FROM pipeline_runs p, LATERAL (
        SELECT coalesce(bool_or(paused) FILTER (WHERE ended_at IS NULL), false) AS paused,
               count(*) FILTER (WHERE status = 'RUNNING') AS running,
               count(*) FILTER (WHERE status = 'FINISHED') AS finished, count(*) AS steps
        FROM step_runs WHERE {steps_of("p.id", "id")}
    ) s WHERE p.id = ANY(CAST(:ids AS bigint[])) ORDER BY p.id
""")

# The steps `s` of pipeline runs that have not ended, as the end of an UPDATE.
OF_ACTIVE_STEPS = f"""
    FROM unnest(CAST(:ids AS bigint[])) AS r(id)
    WHERE {steps_of("r.id")} AND s.status IN ('WAITING', 'RUNNING')
"""

CANCEL_RUNS = text(f"UPDATE pipeline_runs SET {RUN_CANCELED} WHERE id = ANY(:ids)")
CANCEL_STEPS = text(f"UPDATE step_runs s SET {STEP_CANCELED} {OF_ACTIVE_STEPS}")

# Pauses all steps, not only the one that is ready: nothing that makes a step ready has to know of the pause. A message
# in transit leads to no claim.
PAUSE = text(f"UPDATE step_runs s SET paused = true, sent_until = NULL {OF_ACTIVE_STEPS} AND NOT s.paused")
RESUME = text(f"UPDATE step_runs s SET paused = false {OF_ACTIVE_STEPS} AND s.paused")

# Retries pipeline runs that have ended.
RETRY = text(f"""
    WITH runs AS MATERIALIZED (SELECT id, input_mmif_id FROM pipeline_runs WHERE id = ANY(:ids)),
    {batch_runs.RESET_STEPS}
""")


@dataclass(frozen=True, slots=True)
class PipelineRunState:
    """What decides whether a pipeline run can be changed. `running`, `finished` and `steps` are numbers of steps."""

    id: int
    batch_run_id: int
    status: RunStatus
    paused: bool
    running: int
    finished: int
    steps: int


async def cancel_pipeline_run(session: AsyncSession, pipeline_run_id: int) -> int:
    """Ends the run. A running call continues, and its slot stays taken until the app answers; the result is discarded.

    Raises NotFound.
    """
    run = await _locked(session, pipeline_run_id)
    if not run.status.ended:
        await cancel_many(session, [run.id])
    return run.batch_run_id


async def pause_pipeline_run(session: AsyncSession, pipeline_run_id: int) -> int:
    """No new call starts; a running call continues. The status does not change: only batch runs are PAUSED."""
    run = await _locked(session, pipeline_run_id)
    await pause_many(session, [run.id])
    return run.batch_run_id


async def resume_pipeline_run(session: AsyncSession, pipeline_run_id: int) -> int:
    """Ends a pause of the run itself, not one of its batch run."""
    run = await _locked(session, pipeline_run_id)
    await resume_many(session, [run.id])
    return run.batch_run_id


async def retry_pipeline_run(
    session: AsyncSession, pipeline_run_id: int, from_step: int | None = None
) -> int:
    """Retries the run from its newest valid MMIF, or from an earlier step, with a fresh retry budget.

    Raises NotFound; Conflict if the run has not ended, or has finished and `from_step` is None; BadUserInput if the
    pipeline has no such step, or the run has not reached it.
    """
    batch_run_id = await session.scalar(BATCH_RUN_OF, {"id": pipeline_run_id})
    if batch_run_id is None:
        raise _not_found(pipeline_run_id)
    batch_run = await batch_runs.lock(session, batch_run_id)
    run = await _locked(session, pipeline_run_id)
    refuse_retry(run, from_step)
    await retry_many(session, [run.id], from_step)
    await batch_runs.reopen(session, batch_run)
    return run.batch_run_id


def refuse_retry(run: PipelineRunState, from_step: int | None) -> None:
    """Raises the errors of retry_pipeline_run."""
    batch_runs.refuse_missing_step(run.steps, from_step)
    if not run.status.ended:
        raise Conflict("There is nothing to retry: this file has not ended. Cancel it first to go back.")
    if run.status is RunStatus.FINISHED and from_step is None:
        raise Conflict("There is nothing to retry: this file has finished.", hint=Hint.CHOOSE_FIRST_STEP)
    last_reached = run.finished + 1
    if from_step is not None and from_step > last_reached:
        raise BadUserInput(
            f"fromStep is {from_step}, but this file has reached no step after {last_reached}. "
            f"Use {last_reached} or less, or omit fromStep."
        )


async def batch_runs_of(session: AsyncSession, pipeline_run_ids: Sequence[int]) -> dict[int, list[int]]:
    """Returns the pipeline runs by batch run, in lock order. Unknown ids are omitted."""
    by_batch_run: dict[int, list[int]] = defaultdict(list)
    for row in await session.execute(BATCH_RUNS_OF, {"ids": list(pipeline_run_ids)}):
        by_batch_run[row.batch_run_id].append(row.id)
    return dict(by_batch_run)


async def states_of(
    session: AsyncSession, pipeline_run_ids: Sequence[int], *, lock: bool = False
) -> Mapping[int, PipelineRunState]:
    """Returns the states by id, with `lock` after locking the runs. Unknown ids are omitted."""
    ids = {"ids": list(pipeline_run_ids)}
    if lock:
        await session.execute(LOCK, ids)
    return {
        row.id: PipelineRunState(
            row.id,
            row.batch_run_id,
            RunStatus(row.status),
            row.paused,
            row.running,
            row.finished,
            row.steps,
        )
        for row in await session.execute(STATES, ids)
    }


async def cancel_many(session: AsyncSession, pipeline_run_ids: Sequence[int]) -> None:
    """Cancels runs that the caller has locked and that have not ended."""
    await session.execute(CANCEL_RUNS, {"ids": list(pipeline_run_ids)})
    await session.execute(CANCEL_STEPS, {"ids": list(pipeline_run_ids)})


async def pause_many(session: AsyncSession, pipeline_run_ids: Sequence[int]) -> None:
    """Pauses runs that the caller has locked."""
    await session.execute(PAUSE, {"ids": list(pipeline_run_ids)})


async def resume_many(session: AsyncSession, pipeline_run_ids: Sequence[int]) -> None:
    """Resumes runs that the caller has locked."""
    await session.execute(RESUME, {"ids": list(pipeline_run_ids)})


async def retry_many(
    session: AsyncSession, pipeline_run_ids: Sequence[int], from_step: int | None = None
) -> None:
    """Retries runs that have ended. The caller has locked them and their batch run, and reopens the batch run."""
    await session.execute(RETRY, {"ids": list(pipeline_run_ids), "from_step": from_step})


async def _locked(session: AsyncSession, pipeline_run_id: int) -> PipelineRunState:
    run = (await states_of(session, [pipeline_run_id], lock=True)).get(pipeline_run_id)
    if run is None:
        raise _not_found(pipeline_run_id)
    return run


def _not_found(pipeline_run_id: int) -> NotFound:
    return not_found(Kind.PIPELINE_RUN, opaque(Kind.PIPELINE_RUN, pipeline_run_id))
