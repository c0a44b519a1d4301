"""Bulk changes of batch runs, one by one, and of files, up to ITEMS_PER_TRANSACTION of a batch run together."""

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
from chowda.runs import batch_runs as runs
from chowda.runs import counters, pipeline_runs
from chowda.runs.batch_runs import Furthest
from chowda.runs.counters import Counts


class Action(StrEnum):
    """What can be done with many runs at once."""

    CANCEL = "cancel"  # end what has not ended
    PAUSE = "pause"  # start nothing new
    RESUME = "resume"  # go on after a pause
    RETRY = "retry"  # what failed or was canceled goes on
    PRIORITIZE = "prioritize"  # batch runs alone: which goes first


VERBS: Mapping[Action, Verb] = {
    Action.CANCEL: Verb("cancel", "Cancels", "Canceled"),
    Action.PAUSE: Verb("pause", "Pauses", "Paused"),
    Action.RESUME: Verb("resume", "Resumes", "Resumed"),
    Action.RETRY: Verb("retry", "Retries", "Retried"),
    Action.PRIORITIZE: Verb("prioritize", "Prioritizes", "Prioritized"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """`from_step`: of a RETRY, the step to which files go back; `priority`: of PRIORITIZE."""

    action: Action
    from_step: int | None = None
    priority: int = 0

    @property
    def details(self) -> dict[str, Any]:
        """What was asked for beside the action, for the audit."""
        told = {"fromStep": self.from_step} if self.from_step is not None else {}
        return told | ({"priority": self.priority} if self.action is Action.PRIORITIZE else {})


@dataclass(frozen=True, slots=True)
class _State:
    """Of a batch run. `furthest`: None where nobody asked."""

    status: RunStatus
    priority: int
    counts: Counts
    furthest: Furthest | None


async def preview_batch_runs(session: AsyncSession, change: Change, keys: Sequence[int]) -> list[Outcome]:
    """What the change would do to each, in a fixed number of statements; nothing is changed."""
    found = await session.execute(
        select(BatchRun.id, BatchRun.status, BatchRun.priority).where(text("batch_runs.id = ANY(:ids)")),
        {"ids": list(keys)},
    )
    rows = {row.id: row for row in found}
    counts = await counters.read(session, list(rows))
    retried = change.action is Action.RETRY
    furthest = await runs.furthest_of(session, list(rows)) if retried else {}
    states = {
        key: _State(
            RunStatus(row.status), row.priority, counts.get(key, {}).get(0, Counts()), furthest.get(key)
        )
        for key, row in rows.items()
    }
    return [
        outcome_of(opaque(Kind.BATCH_RUN, key), _of_batch_run, change, key, states.get(key)) for key in keys
    ]


async def change_batch_run(session: AsyncSession, change: Change, key: int) -> Outcome:
    """Changes one, in this transaction, or says why not."""
    await session.execute(select(BatchRun.id).where(BatchRun.id == key).with_for_update())
    [outcome] = await preview_batch_runs(session, change, [key])
    if isinstance(outcome, Effect):
        match change.action:
            case Action.CANCEL:
                await runs.cancel_batch_run(session, key)
            case Action.PAUSE:
                await runs.pause_batch_run(session, key)
            case Action.RESUME:
                await runs.resume_batch_run(session, key)
            case Action.RETRY:
                await runs.retry_batch_run(session, key, change.from_step)
            case Action.PRIORITIZE:
                await runs.set_batch_run_priority(session, key, change.priority)
            case _:
                assert_never(change.action)
    return outcome


async def preview_pipeline_runs(session: AsyncSession, change: Change, keys: Sequence[int]) -> list[Outcome]:
    """As batch_runs_foreseen, for files."""
    return _of_states(change, keys, await pipeline_runs.states_of(session, keys))


async def change_pipeline_runs(
    session: AsyncSession, change: Change, batch_run_id: int, keys: Sequence[int]
) -> list[Outcome]:
    """Changes up to ITEMS_PER_TRANSACTION files of one batch run in this transaction. Returns the outcome of each."""
    if change.action is Action.RETRY:
        batch_run = await runs.lock(session, batch_run_id)
    outcomes = _of_states(change, keys, await pipeline_runs.states_of(session, keys, lock=True))
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
                await runs.reopen(session, batch_run)
            case Action.PRIORITIZE:
                raise ValueError("batch runs have a priority, their files have none")
            case _:
                assert_never(change.action)
    return outcomes


def _of_states(change: Change, keys: Sequence[int], states: Mapping[int, Any]) -> list[Outcome]:
    return [
        outcome_of(opaque(Kind.PIPELINE_RUN, key), _of_file, change, key, states.get(key)) for key in keys
    ]


def _of_batch_run(change: Change, key: int, state: _State | None) -> Effect:
    """Raises NotFound, or Conflict where there is nothing to do; BadUserInput for a step to go back to."""
    if state is None:
        raise not_found(Kind.BATCH_RUN, opaque(Kind.BATCH_RUN, key))
    counts = state.counts
    if state.furthest is not None:
        runs.refuse_retry(state.furthest, change.from_step)
        return Effect(opaque(Kind.BATCH_RUN, key), counts.failed + counts.canceled, counts.running, key)
    _refuse(change.action, state.status, paused=state.status is RunStatus.PAUSED)
    if change.action is Action.PRIORITIZE and state.priority == change.priority:
        raise Conflict(f"Its priority is {change.priority} already.")
    return Effect(opaque(Kind.BATCH_RUN, key), counts.waiting + counts.running, counts.running, key)


def _of_file(change: Change, key: int, state: Any) -> Effect:
    """As _of_batch_run."""
    if state is None:
        raise not_found(Kind.PIPELINE_RUN, opaque(Kind.PIPELINE_RUN, key))
    if change.action is Action.RETRY:
        pipeline_runs.refuse_retry(state, change.from_step)
    else:
        _refuse(change.action, RunStatus(state.status), state.paused)
    return Effect(opaque(Kind.PIPELINE_RUN, key), 1, int(state.calls), state.batch_run_id)


def _refuse(action: Action, status: RunStatus, paused: bool) -> None:
    if status.ended:
        raise Conflict(f"It has ended already: {status}.")
    if action is Action.PAUSE and paused:
        raise Conflict("It is paused already.")
    if action is Action.RESUME and not paused:
        raise Conflict(f"It is not paused, but {status}.")


def summary(change: Change, kind: Kind, outcomes: Sequence[Outcome], *, done: bool) -> str:
    """For a person: what was done to files of so many batch runs, or what would be done, in numbers."""
    effects = effects_in(outcomes)
    files, running = sum(effect.files for effect in effects), sum(effect.running for effect in effects)
    batch_runs = len({effect.batch_run_id for effect in effects})
    be = ("was" if running == 1 else "were") if done else ("is" if running == 1 else "are")
    verb = VERBS[change.action]
    told = verb.phrase(
        f"{files:,} file{'' if files == 1 else 's'} of {Kind.BATCH_RUN.counted(batch_runs)}", done=done
    )
    if running and change.action is Action.CANCEL:
        told += f"; {running:,} {be} running"
    if running and change.action is Action.PAUSE:
        told += f"; {running:,} {be} running and may end what is in work"
    return with_unchanged(verb, kind, told, outcomes)
