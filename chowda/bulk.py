"""Bulk changes: the outcome for each item, and a summary in numbers.

An item that cannot be changed does not block the others. Each item is changed in a transaction of its own, or up to
ITEMS_PER_TRANSACTION of them in one, so that locks are short, progress is visible, and a failure undoes little.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ParamSpec

from chowda.errors import ChowdaError, ErrorCode
from chowda.ids import Kind

P = ParamSpec("P")

ITEMS_PER_TRANSACTION = 1_000


@dataclass(frozen=True, slots=True)
class Verb:
    """The forms for: nothing to cancel; cancels 3 files; canceled 3 files."""

    infinitive: str
    present: str
    past: str

    def phrase(self, items: str, *, done: bool) -> str:
        return f"{self.past if done else self.present} {items}"


@dataclass(frozen=True, slots=True)
class Unchanged:
    """An item that was not changed, and why. `id` is its ID in the API, or the GUID of a media file."""

    id: str
    code: ErrorCode
    message: str

    @classmethod
    def from_error(cls, id: str, error: ChowdaError) -> Unchanged:
        """Raises the error again if it is not about this item, e.g. that the database is unavailable."""
        if error.code is ErrorCode.INTERNAL:
            raise error
        return cls(id, error.code, error.plain_message)


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect of a change on an item: how many files it changes, and how many of these are running."""

    id: str
    files: int = 0
    running: int = 0
    batch_run_id: int | None = None
    "Of an item that is a run, and of the run that a start created."


Outcome = Effect | Unchanged


def outcome_of(id: str, effect: Callable[P, Effect], *args: P.args, **options: P.kwargs) -> Outcome:
    """The effect, or the error as Unchanged."""
    try:
        return effect(*args, **options)
    except ChowdaError as exc:
        return Unchanged.from_error(id, exc)


def effects_in(outcomes: Sequence[Outcome]) -> list[Effect]:
    return [outcome for outcome in outcomes if isinstance(outcome, Effect)]


def summary(verb: Verb, kind: Kind, outcomes: Sequence[Outcome], *, done: bool) -> str:
    """A message with the numbers of changed and unchanged items; `done` is false for a dry run."""
    effects = effects_in(outcomes)
    files = sum(effect.files for effect in effects)
    items = kind.counted(len(effects)) + (f" of {Kind.MEDIA_FILE.counted(files)}" if files else "")
    return with_unchanged(verb, kind, verb.phrase(items, done=done), outcomes)


def with_unchanged(verb: Verb, kind: Kind, changes: str, outcomes: Sequence[Outcome]) -> str:
    """The phrase about the changes as a sentence, and a second one about the unchanged items."""
    changed = len(effects_in(outcomes))
    unchanged = len(outcomes) - changed
    first = changes if changed else f"Nothing to {verb.infinitive}"
    second = f" Unchanged: {kind.counted(unchanged)}." if unchanged else ""
    return f"{first}.{second}"
