"""What can be done with one pipeline run, a file on its way: cancel, pause, resume, retry.

As with a batch run, all of it is idempotent, and what has ended stays as it is, but for a retry. Locks are taken
in the order of all: batch run (for a retry, which may make one go on that had ended), pipeline run, steps. Each
of these gives the key of the batch run, to notification those who watch it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.engine.transitions import RUN_CANCELED, STEP_CANCELED
from chowda.enums import RunStatus
from chowda.errors import BadUserInput, Conflict, Hint, NotFound
from chowda.models.step_key import steps_of
from chowda.runs import batch_runs

BATCH_RUN = text("SELECT batch_run_id FROM pipeline_runs WHERE id = :id")
LOCK = text("SELECT id, batch_run_id, status, ended_at FROM pipeline_runs WHERE id = :id FOR NO KEY UPDATE")

# Of many, by their keys and in that order; who calls has locked them and knows that each can be changed. `calls`:
# how many calls of apps are under way for it; `done`: how many steps have finished.
STATES = text(f"""
    SELECT p.id, p.batch_run_id, p.status, s.paused, s.calls, s.done, s.steps FROM pipeline_runs p, LATERAL (
        SELECT coalesce(bool_or(paused) FILTER (WHERE ended_at IS NULL), false) AS paused,
               count(*) FILTER (WHERE status = 'RUNNING') AS calls,
               count(*) FILTER (WHERE status = 'FINISHED') AS done, count(*) AS steps
        FROM step_runs WHERE {steps_of("p.id", "id")}
    ) s WHERE p.id = ANY(CAST(:ids AS bigint[])) ORDER BY p.id
""")
LOCK_ALL = text("SELECT id FROM pipeline_runs WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")
UNENDED = f"""
    FROM unnest(CAST(:ids AS bigint[])) AS r(id)
    WHERE {steps_of("r.id")} AND s.status IN ('WAITING', 'RUNNING')
"""
CANCEL_RUNS = text(f"UPDATE pipeline_runs SET {RUN_CANCELED} WHERE id = ANY(:ids)")
CANCEL_STEPS = text(f"UPDATE step_runs s SET {STEP_CANCELED} {UNENDED}")
# All their steps, so that whatever makes one ready needn't know. A message that is under way comes to nothing.
PAUSE = text(f"UPDATE step_runs s SET paused = true, sent_until = NULL {UNENDED} AND NOT s.paused")
RESUME = text(f"UPDATE step_runs s SET paused = false {UNENDED} AND s.paused")
RETRY = text(f"""
    WITH runs AS MATERIALIZED (SELECT id, input_mmif_id FROM pipeline_runs WHERE id = ANY(:ids)),
    done AS MATERIALIZED ({batch_runs.DONE}), {batch_runs.GO_BACK}
""")
BATCH_RUNS_OF = text(
    "SELECT id, batch_run_id FROM pipeline_runs WHERE id = ANY(:ids) ORDER BY batch_run_id, id"
)


async def cancel_pipeline_run(session: AsyncSession, pipeline_run_id: int) -> int:
    """Ends it. The app's call in flight goes on unseen; its slot stays taken meanwhile."""
    run = await _lock(session, pipeline_run_id)
    if run.ended_at is None:
        await cancel_many(session, [run.id])
    return int(run.batch_run_id)


async def pause_pipeline_run(session: AsyncSession, pipeline_run_id: int) -> int:
    """Nothing new of it starts; a call in flight goes on. Its status stays: only batch runs are PAUSED."""
    run = await _lock(session, pipeline_run_id)
    await pause_many(session, [run.id])
    return int(run.batch_run_id)


async def resume_pipeline_run(session: AsyncSession, pipeline_run_id: int) -> int:
    """Goes on after a pause of its own; that of its batch run is another."""
    run = await _lock(session, pipeline_run_id)
    await resume_many(session, [run.id])
    return int(run.batch_run_id)


async def retry_pipeline_run(
    session: AsyncSession, pipeline_run_id: int, from_step: int | None = None
) -> int:
    """Goes on from its last good MMIF with a fresh retry budget, or again from an earlier step, in the same batch run.

    What has finished goes again from `from_step` alone. Conflict where there is nothing to retry, or while it
    is under way; BadUserInput for a step that there is not, or that it had not come to.
    """
    batch_run_id = await session.scalar(BATCH_RUN, {"id": pipeline_run_id})
    if batch_run_id is None:
        raise NotFound("There is no such pipeline run.")
    batch_run = await batch_runs.lock(session, batch_run_id)
    states = await states_of(session, [pipeline_run_id], lock=True)
    refuse_retry(states[pipeline_run_id], from_step)
    await retry_many(session, [pipeline_run_id], from_step)
    await batch_runs.reopen(session, batch_run)
    return int(batch_run_id)


def refuse_retry(state: Any, from_step: int | None) -> None:
    """As retry_pipeline_run, for a file in this state: see states_of."""
    batch_runs.refuse_missing_step(state.steps, from_step)
    status = RunStatus(state.status)
    if not status.ended:
        raise Conflict("There is nothing to retry: this file is still under way. Cancel it first to go back.")
    if status is RunStatus.FINISHED and from_step is None:
        raise Conflict("There is nothing to retry: this file has finished.", hint=Hint.CHOOSE_FIRST_STEP)
    if from_step is not None and from_step > state.done + 1:
        raise BadUserInput(
            f"fromStep is {from_step}, but this file has come no further than step {state.done + 1}. "
            f"Say {state.done + 1} or less, or leave fromStep out."
        )


async def batch_runs_of(session: AsyncSession, pipeline_run_ids: Sequence[int]) -> dict[int, list[int]]:
    """Those of them that there are, by batch run, in the order in which they are to be locked."""
    found: dict[int, list[int]] = defaultdict(list)
    for row in await session.execute(BATCH_RUNS_OF, {"ids": list(pipeline_run_ids)}):
        found[row.batch_run_id].append(row.id)
    return dict(found)


async def states_of(
    session: AsyncSession, pipeline_run_ids: Sequence[int], *, lock: bool = False
) -> dict[int, Any]:
    """By key: id, batch_run_id, status, paused, calls, done, steps. `lock` keeps the runs from others meanwhile."""
    ids = {"ids": list(pipeline_run_ids)}
    if lock:
        await session.execute(LOCK_ALL, ids)
    return {row.id: row for row in await session.execute(STATES, ids)}


async def cancel_many(session: AsyncSession, pipeline_run_ids: Sequence[int]) -> None:
    """As cancel_pipeline_run, for locked runs of which none has ended; so too the others."""
    await session.execute(CANCEL_RUNS, {"ids": list(pipeline_run_ids)})
    await session.execute(CANCEL_STEPS, {"ids": list(pipeline_run_ids)})


async def pause_many(session: AsyncSession, pipeline_run_ids: Sequence[int]) -> None:
    await session.execute(PAUSE, {"ids": list(pipeline_run_ids)})


async def resume_many(session: AsyncSession, pipeline_run_ids: Sequence[int]) -> None:
    await session.execute(RESUME, {"ids": list(pipeline_run_ids)})


async def retry_many(
    session: AsyncSession, pipeline_run_ids: Sequence[int], from_step: int | None = None
) -> None:
    """Each goes on from its last good MMIF, or again from a step. Their batch run is locked, and reopened by the
    caller."""
    await session.execute(RETRY, {"ids": list(pipeline_run_ids), "from_step": from_step})


async def _lock(session: AsyncSession, pipeline_run_id: int) -> Any:
    run = (await session.execute(LOCK, {"id": pipeline_run_id})).one_or_none()
    if run is None:
        raise NotFound("There is no such pipeline run.")
    return run
