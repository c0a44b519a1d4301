"""The same change for many: what it would do to each, in numbers, and what became of each.

What nobody can be done to keeps no other from it. Each is changed in a transaction of its own, or up to TOGETHER of
them in one. So what was done stays done whatever becomes of the rest, nobody is kept waiting for long, and those who
watch see it go on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ParamSpec

from chowda.errors import ChowdaError, ErrorCode
from chowda.ids import Kind

P = ParamSpec("P")

TOGETHER = 1_000
"That are changed in one transaction."


@dataclass(frozen=True, slots=True)
class Verb:
    """As in: nothing to cancel; cancels 3 files; canceled 3 files."""

    infinitive: str
    present: str
    past: str

    def told(self, what: str, *, done: bool) -> str:
        return f"{self.past if done else self.present} {what}"


@dataclass(frozen=True, slots=True)
class Unchanged:
    """One to which nothing was done, and why. `id` as clients know it: of a media file its GUID."""

    id: str
    code: ErrorCode
    message: str

    @classmethod
    def because(cls, id: str, refusal: ChowdaError) -> Unchanged:
        """Raises what is no refusal: that the database is away, say, is nothing about this one."""
        if refusal.code is ErrorCode.INTERNAL:
            raise refusal
        return cls(id, refusal.code, refusal.plain_message)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does or would do to one: to how many files, of which so many run just now."""

    id: str
    files: int = 0
    running: int = 0
    batch_run_id: int | None = None
    "Of runs, and the one that a start has made."


Outcome = Effect | Unchanged


def outcome_of(id: str, effect: Callable[P, Effect], *args: P.args, **options: P.kwargs) -> Outcome:
    """The effect, or why there is none."""
    try:
        return effect(*args, **options)
    except ChowdaError as exc:
        return Unchanged.because(id, exc)


def effects_in(outcomes: Sequence[Outcome]) -> list[Effect]:
    return [outcome for outcome in outcomes if isinstance(outcome, Effect)]


def in_words(verb: Verb, kind: Kind, outcomes: Sequence[Outcome], *, done: bool) -> str:
    """For a person: what was done, or what would be done, in numbers."""
    effects = effects_in(outcomes)
    files = sum(effect.files for effect in effects)
    what = kind.counted(len(effects)) + (f" of {Kind.MEDIA_FILE.counted(files)}" if files else "")
    return with_rest(verb, kind, verb.told(what, done=done), outcomes)


def with_rest(verb: Verb, kind: Kind, told: str, outcomes: Sequence[Outcome]) -> str:
    """The sentence about what is changed, and one about what is not."""
    changed = len(effects_in(outcomes))
    unchanged = len(outcomes) - changed
    left = f" Left as before: {kind.counted(unchanged)}." if unchanged else ""
    return f"{told if changed else f'Nothing to {verb.infinitive}'}.{left}"
