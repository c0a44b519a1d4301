"""Bulk changes of runs: each batch run in its own transaction, and the files of one batch run together, up to
ITEMS_PER_TRANSACTION of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, assert_never

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.bulk import Effect, Outcome, Verb, effects_in, outcome_of, with_unchanged
from chowda.enums import RunStatus
from chowda.errors import Conflict
from chowda.ids import Kind, not_found, opaque
from chowda.models import BatchRun
from chowda.runs import batch_runs, counters, pipeline_runs
from chowda.runs.batch_runs import RetryRange
from chowda.runs.counters import Counts
from chowda.runs.pipeline_runs import PipelineRunState


class Action(StrEnum):
    """A change of many runs. PRIORITIZE is for batch runs only."""

    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"
    RETRY = "retry"
    PRIORITIZE = "prioritize"


VERBS: Mapping[Action, Verb] = {
    Action.CANCEL: Verb("cancel", "Cancels", "Canceled"),
    Action.PAUSE: Verb("pause", "Pauses", "Paused"),
    Action.RESUME: Verb("resume", "Resumes", "Resumed"),
    Action.RETRY: Verb("retry", "Retries", "Retried"),
    Action.PRIORITIZE: Verb("prioritize", "Prioritizes", "Prioritized"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """`from_step` belongs to RETRY, `priority` to PRIORITIZE."""

    action: Action
    from_step: int | None = None
    priority: int = 0

    @property
    def details(self) -> dict[str, Any]:
        """The arguments of the action, for the audit log."""
        if self.action is Action.PRIORITIZE:
            return {"priority": self.priority}
        return {"fromStep": self.from_step} if self.from_step is not None else {}


@dataclass(frozen=True, slots=True)
class _BatchRunState:
    """What decides whether a batch run can be changed. `retry_range` is None unless the action is RETRY."""

    status: RunStatus
    priority: int
    counts: Counts
    retry_range: RetryRange | None


async def preview_batch_runs(session: AsyncSession, change: Change, keys: Sequence[int]) -> list[Outcome]:
    """Returns the outcome that the change would have for each batch run, in a fixed number of statements."""
    result = await session.execute(
        select(BatchRun.id, BatchRun.status, BatchRun.priority).where(text("batch_runs.id = ANY(:ids)")),
        {"ids": list(keys)},
    )
    rows = {row.id: row for row in result}
    counts = await counters.read(session, list(rows))
    is_retry = change.action is Action.RETRY
    retry_ranges = await batch_runs.retry_ranges_of(session, list(rows)) if is_retry else {}
    states = {
        key: _BatchRunState(
            RunStatus(row.status), row.priority, counts.get(key, {}).get(0, Counts()), retry_ranges.get(key)
        )
        for key, row in rows.items()
    }
    return [
        outcome_of(opaque(Kind.BATCH_RUN, key), _batch_run_effect, change, key, states.get(key))
        for key in keys
    ]


async def change_batch_run(session: AsyncSession, change: Change, key: int) -> Outcome:
    """Changes one batch run in this transaction. Returns the outcome."""
    await session.execute(select(BatchRun.id).where(BatchRun.id == key).with_for_update())
    [outcome] = await preview_batch_runs(session, change, [key])
    if isinstance(outcome, Effect):
        match change.action:
            case Action.CANCEL:
                await batch_runs.cancel_batch_run(session, key)
            case Action.PAUSE:
                await batch_runs.pause_batch_run(session, key)
            case Action.RESUME:
                await batch_runs.resume_batch_run(session, key)
            case Action.RETRY:
                await batch_runs.retry_batch_run(session, key, change.from_step)
            case Action.PRIORITIZE:
                await batch_runs.set_batch_run_priority(session, key, change.priority)
            case _:
                assert_never(change.action)
    return outcome


async def preview_pipeline_runs(session: AsyncSession, change: Change, keys: Sequence[int]) -> list[Outcome]:
    """Returns the outcome that the change would have for each pipeline run."""
    return _pipeline_run_outcomes(change, keys, await pipeline_runs.states_of(session, keys))


async def change_pipeline_runs(
    session: AsyncSession, change: Change, batch_run_id: int, keys: Sequence[int]
) -> list[Outcome]:
    """Changes up to ITEMS_PER_TRANSACTION files of one batch run in this transaction. Returns the outcome of each."""
    if change.action is Action.RETRY:
        batch_run = await batch_runs.lock(session, batch_run_id)
    outcomes = _pipeline_run_outcomes(change, keys, await pipeline_runs.states_of(session, keys, lock=True))
    changed = [key for key, outcome in zip(keys, outcomes, strict=True) if isinstance(outcome, Effect)]
    if changed:
        match change.action:
            case Action.CANCEL:
                await pipeline_runs.cancel_many(session, changed)
            case Action.PAUSE:
                await pipeline_runs.pause_many(session, changed)
            case Action.RESUME:
                await pipeline_runs.resume_many(session, changed)
            case Action.RETRY:
                await pipeline_runs.retry_many(session, changed, change.from_step)
                await batch_runs.reopen(session, batch_run)
            case Action.PRIORITIZE:
                raise ValueError("pipeline runs have no priority")
            case _:
                assert_never(change.action)
    return outcomes


def _pipeline_run_outcomes(
    change: Change, keys: Sequence[int], states: Mapping[int, PipelineRunState]
) -> list[Outcome]:
    return [
        outcome_of(opaque(Kind.PIPELINE_RUN, key), _pipeline_run_effect, change, key, states.get(key))
        for key in keys
    ]


def _batch_run_effect(change: Change, key: int, state: _BatchRunState | None) -> Effect:
    """Raises NotFound, Conflict if there is nothing to change, and the errors of a retry."""
    if state is None:
        raise not_found(Kind.BATCH_RUN, opaque(Kind.BATCH_RUN, key))
    counts = state.counts
    if state.retry_range is not None:
        batch_runs.refuse_retry(state.retry_range, change.from_step)
        return Effect(opaque(Kind.BATCH_RUN, key), counts.failed + counts.canceled, counts.running, key)
    _refuse_no_change(change.action, state.status, paused=state.status is RunStatus.PAUSED)
    if change.action is Action.PRIORITIZE and state.priority == change.priority:
        raise Conflict(f"Its priority is already {change.priority}.")
    return Effect(opaque(Kind.BATCH_RUN, key), counts.waiting + counts.running, counts.running, key)


def _pipeline_run_effect(change: Change, key: int, state: PipelineRunState | None) -> Effect:
    """Raises the errors of _batch_run_effect."""
    if state is None:
        raise not_found(Kind.PIPELINE_RUN, opaque(Kind.PIPELINE_RUN, key))
    if change.action is Action.RETRY:
        pipeline_runs.refuse_retry(state, change.from_step)
    else:
        _refuse_no_change(change.action, state.status, state.paused)
    return Effect(opaque(Kind.PIPELINE_RUN, key), 1, state.running, state.batch_run_id)


def _refuse_no_change(action: Action, status: RunStatus, paused: bool) -> None:
    if status.ended:
        raise Conflict(f"It has already ended: {status}.")
    if action is Action.PAUSE and paused:
        raise Conflict("It is already paused.")
    if action is Action.RESUME and not paused:
        raise Conflict(f"It is not paused: {status}.")


def summary(change: Change, kind: Kind, outcomes: Sequence[Outcome], *, done: bool) -> str:
    """A message with the numbers of changed files and batch runs; `done` is false for a dry run."""
    effects = effects_in(outcomes)
    files, running = sum(effect.files for effect in effects), sum(effect.running for effect in effects)
    batch_run_count = len({effect.batch_run_id for effect in effects})
    be = ("was" if running == 1 else "were") if done else ("is" if running == 1 else "are")
    verb = VERBS[change.action]
    changes = verb.phrase(
        f"{files:,} file{'' if files == 1 else 's'} of {Kind.BATCH_RUN.counted(batch_run_count)}", done=done
    )
    if running and change.action is Action.CANCEL:
        changes += f"; {running:,} {be} running"
    if running and change.action is Action.PAUSE:
        changes += f"; {running:,} {be} running and may finish the current step"
    return with_unchanged(verb, kind, changes, outcomes)
