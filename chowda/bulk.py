"""The same change for many batch runs: what it would do, in numbers, and what became of each.

Each batch run is changed in a transaction of its own, by the very function that changes one: what was done stays
done whatever becomes of the others, and those who watch see it go on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import runs, tallies
from chowda.errors import ChowdaError, Conflict, ErrorCode
from chowda.ids import Kind, not_found, opaque
from chowda.lists.keyset import Listing, matching
from chowda.models import BatchRun
from chowda.models.status import RunStatus
from chowda.tallies import Counts


class Action(StrEnum):
    """What can be done with many runs at once."""

    CANCEL = "cancel"  # end what has not ended
    PAUSE = "pause"  # start nothing new
    RESUME = "resume"  # go on after a pause
    RETRY = "retry"  # what failed or was canceled goes on


CHANGES: Mapping[Action, Callable[[AsyncSession, int], Awaitable[None]]] = {
    Action.CANCEL: runs.cancel_batch_run,
    Action.PAUSE: runs.pause_batch_run,
    Action.RESUME: runs.resume_batch_run,
    Action.RETRY: runs.retry_batch_run,
}


VERBS: Mapping[Action, tuple[str, str]] = {
    Action.CANCEL: ("Cancels", "Canceled"),
    Action.PAUSE: ("Pauses", "Paused"),
    Action.RESUME: ("Resumes", "Resumed"),
    Action.RETRY: ("Retries", "Retried"),
}
"What it would do, and what it did."


@dataclass(frozen=True, slots=True)
class Unchanged:
    """One to which nothing was done, and why."""

    key: int
    code: ErrorCode
    message: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does or would do to one batch run: to how many of its files, of which so many run just now."""

    key: int
    files: int
    running: int


async def keys_of(session: AsyncSession, listing: Listing) -> list[int]:
    """All that a list holds, oldest first."""
    model = listing.noun.model
    return list(await session.scalars(matching(listing).with_only_columns(model.id).order_by(model.id)))


async def change_batch_run(session: AsyncSession, action: Action, key: int) -> Effect | Unchanged:
    """Changes one, in this transaction, or says why not; to be called for one after the other."""
    await session.execute(select(BatchRun.id).where(BatchRun.id == key).with_for_update())
    [foreseen] = await foresee(session, action, [key])
    if isinstance(foreseen, Effect):
        await CHANGES[action](session, key)
    return foreseen


async def foresee(session: AsyncSession, action: Action, keys: Sequence[int]) -> list[Effect | Unchanged]:
    """What the change would do to each, in a fixed number of statements; nothing is changed."""
    found = await session.execute(
        select(BatchRun.id, BatchRun.status).where(text("batch_runs.id = ANY(:ids)")), {"ids": list(keys)}
    )
    states = {row.id: RunStatus(row.status) for row in found}
    counts = await tallies.read(session, list(states))
    effects: list[Effect | Unchanged] = []
    for key in keys:
        try:
            effects.append(_effect(action, key, states.get(key), counts.get(key, {}).get(0, Counts())))
        except ChowdaError as exc:
            effects.append(Unchanged(key, exc.code, exc.message))
    return effects


def _effect(action: Action, key: int, status: RunStatus | None, counts: Counts) -> Effect:
    """Raises NotFound, or Conflict where there is nothing to do."""
    if status is None:
        raise not_found(Kind.BATCH_RUN, opaque(Kind.BATCH_RUN, key))
    if action is Action.RETRY:
        if not counts.failed + counts.canceled:
            raise Conflict("There is nothing to retry: no file of this run has failed or was canceled.")
        return Effect(key, counts.failed + counts.canceled, counts.running)
    if status.ended:
        raise Conflict(f"It has ended already: {status}.")
    if action is Action.PAUSE and status is RunStatus.PAUSED:
        raise Conflict("It is paused already.")
    if action is Action.RESUME and status is not RunStatus.PAUSED:
        raise Conflict(f"It is not paused, but {status}.")
    return Effect(key, counts.waiting + counts.running, counts.running)


def in_words(action: Action, effects: Sequence[Effect], unchanged: int, *, done: bool) -> str:
    """For a person: what was done, or what would be done, in numbers."""
    left = f" Left as before: {_number(unchanged, 'batch run')}." if unchanged else ""
    if not effects:
        return f"Nothing to {action}.{left}"
    files = _number(sum(effect.files for effect in effects), "file")
    running = sum(effect.running for effect in effects)
    be = ("was" if running == 1 else "were") if done else ("is" if running == 1 else "are")
    told = f"{VERBS[action][done]} {files} of {_number(len(effects), 'batch run')}"
    if running and action is Action.CANCEL:
        told += f"; {running:,} {be} running"
    if running and action is Action.PAUSE:
        told += f"; {running:,} {be} running and may end what is in work"
    return f"{told}.{left}"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
