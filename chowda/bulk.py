"""The same change for many runs: what it would do to each, in numbers, and what became of each.

What nobody can be done to keeps no other from it. Each call changes a part in the caller's transaction: a batch run, or
up to TOGETHER files of one. So what was done stays done whatever becomes of the rest, nobody is kept waiting for
long, and those who watch see it go on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import pipeline_runs, runs, tallies
from chowda.errors import ChowdaError, Conflict, ErrorCode
from chowda.ids import Kind, not_found, opaque
from chowda.lists.keyset import Listing, matching
from chowda.models import BatchRun
from chowda.models.status import RunStatus
from chowda.tallies import Counts

TOGETHER = 1_000
"Files that are changed in one transaction."


class Action(StrEnum):
    """What can be done with many runs at once."""

    CANCEL = "cancel"  # end what has not ended
    PAUSE = "pause"  # start nothing new
    RESUME = "resume"  # go on after a pause
    RETRY = "retry"  # what failed or was canceled goes on


VERBS: Mapping[Action, tuple[str, str]] = {
    Action.CANCEL: ("Cancels", "Canceled"),
    Action.PAUSE: ("Pauses", "Paused"),
    Action.RESUME: ("Resumes", "Resumed"),
    Action.RETRY: ("Retries", "Retried"),
}
"What it would do, and what it did."

BATCH_RUN_CHANGES: Mapping[Action, Callable[[AsyncSession, int], Awaitable[None]]] = {
    Action.CANCEL: runs.cancel_batch_run,
    Action.PAUSE: runs.pause_batch_run,
    Action.RESUME: runs.resume_batch_run,
    Action.RETRY: runs.retry_batch_run,
}

FILE_CHANGES: Mapping[Action, Callable[[AsyncSession, Sequence[int]], Awaitable[None]]] = {
    Action.CANCEL: pipeline_runs.cancel_many,
    Action.PAUSE: pipeline_runs.pause_many,
    Action.RESUME: pipeline_runs.resume_many,
    Action.RETRY: pipeline_runs.retry_many,
}


@dataclass(frozen=True, slots=True)
class Unchanged:
    """One to which nothing was done, and why."""

    key: int
    code: ErrorCode
    message: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does or would do to one: to how many files, of which so many run just now."""

    key: int
    batch_run_id: int
    files: int
    running: int


Outcome = Effect | Unchanged


async def keys_of(session: AsyncSession, listing: Listing) -> list[int]:
    """All that a list holds, oldest first."""
    model = listing.noun.model
    return list(await session.scalars(matching(listing).with_only_columns(model.id).order_by(model.id)))


async def batch_runs_foreseen(session: AsyncSession, action: Action, keys: Sequence[int]) -> list[Outcome]:
    """What the change would do to each, in a fixed number of statements; nothing is changed."""
    found = await session.execute(
        select(BatchRun.id, BatchRun.status).where(text("batch_runs.id = ANY(:ids)")), {"ids": list(keys)}
    )
    states = {row.id: RunStatus(row.status) for row in found}
    counts = await tallies.read(session, list(states))

    def effect(key: int) -> Effect:
        return _of_batch_run(action, key, states.get(key), counts.get(key, {}).get(0, Counts()))

    return [_outcome(effect, key) for key in keys]


async def change_batch_run(session: AsyncSession, action: Action, key: int) -> Outcome:
    """Changes one, in this transaction, or says why not."""
    await session.execute(select(BatchRun.id).where(BatchRun.id == key).with_for_update())
    [outcome] = await batch_runs_foreseen(session, action, [key])
    if isinstance(outcome, Effect):
        await BATCH_RUN_CHANGES[action](session, key)
    return outcome


async def pipeline_runs_foreseen(session: AsyncSession, action: Action, keys: Sequence[int]) -> list[Outcome]:
    """As batch_runs_foreseen. Those that there are not come last, the others by batch run."""
    return _of_states(action, keys, await pipeline_runs.states_of(session, keys))


async def change_pipeline_runs(
    session: AsyncSession, action: Action, batch_run_id: int, keys: Sequence[int]
) -> list[Outcome]:
    """Changes up to TOGETHER files of one batch run, set by set, in this transaction; what became of each."""
    if action is Action.RETRY:
        batch_run = await runs.lock(session, batch_run_id)
    states = await pipeline_runs.states_of(session, keys, lock=True)
    outcomes = _of_states(action, keys, states)
    changed = [outcome.key for outcome in outcomes if isinstance(outcome, Effect)]
    if changed:
        await FILE_CHANGES[action](session, changed)
        if action is Action.RETRY:
            await runs.reopen(session, batch_run)
    return outcomes


def _of_states(action: Action, keys: Sequence[int], states: Mapping[int, Any]) -> list[Outcome]:
    return [_outcome(lambda key: _of_file(action, key, states.get(key)), key) for key in keys]


def _outcome(effect: Callable[[int], Effect], key: int) -> Outcome:
    try:
        return effect(key)
    except ChowdaError as exc:
        return Unchanged(key, exc.code, exc.message)


def _of_batch_run(action: Action, key: int, status: RunStatus | None, counts: Counts) -> Effect:
    """Raises NotFound, or Conflict where there is nothing to do."""
    if status is None:
        raise not_found(Kind.BATCH_RUN, opaque(Kind.BATCH_RUN, key))
    if action is Action.RETRY:
        if not counts.failed + counts.canceled:
            raise Conflict("There is nothing to retry: no file of this run has failed or was canceled.")
        return Effect(key, key, counts.failed + counts.canceled, counts.running)
    _refuse(action, status, paused=status is RunStatus.PAUSED)
    return Effect(key, key, counts.waiting + counts.running, counts.running)


def _of_file(action: Action, key: int, state: Any) -> Effect:
    """Raises NotFound, or Conflict where there is nothing to do."""
    if state is None:
        raise not_found(Kind.PIPELINE_RUN, opaque(Kind.PIPELINE_RUN, key))
    status = RunStatus(state.status)
    if action is Action.RETRY:
        if status not in {RunStatus.FAILED, RunStatus.CANCELED}:
            raise Conflict(f"There is nothing to retry: it is {status}.")
    else:
        _refuse(action, status, state.paused)
    return Effect(key, state.batch_run_id, 1, int(state.calls))


def _refuse(action: Action, status: RunStatus, paused: bool) -> None:
    if status.ended:
        raise Conflict(f"It has ended already: {status}.")
    if action is Action.PAUSE and paused:
        raise Conflict("It is paused already.")
    if action is Action.RESUME and not paused:
        raise Conflict(f"It is not paused, but {status}.")


def in_words(action: Action, outcomes: Sequence[Outcome], kind: Kind, *, done: bool) -> str:
    """For a person: what was done, or what would be done, in numbers."""
    effects = [outcome for outcome in outcomes if isinstance(outcome, Effect)]
    unchanged = len(outcomes) - len(effects)
    left = f" Left as before: {_number(unchanged, kind.noun)}." if unchanged else ""
    if not effects:
        return f"Nothing to {action}.{left}"
    files = _number(sum(effect.files for effect in effects), "file")
    batch_runs = _number(len({effect.batch_run_id for effect in effects}), "batch run")
    running = sum(effect.running for effect in effects)
    be = ("was" if running == 1 else "were") if done else ("is" if running == 1 else "are")
    told = f"{VERBS[action][done]} {files} of {batch_runs}"
    if running and action is Action.CANCEL:
        told += f"; {running:,} {be} running"
    if running and action is Action.PAUSE:
        told += f"; {running:,} {be} running and may end what is in work"
    return f"{told}.{left}"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
