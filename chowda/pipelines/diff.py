"""The differences between two versions of a pipeline, step by step."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chowda.pipelines.retry_policy import Policy
from chowda.pipelines.versions import Step

SHOWN_CHARACTERS = 80


class StepChangeKind(StrEnum):
    ADDED = "ADDED"
    REMOVED = "REMOVED"
    MOVED = "MOVED"  # relative to the steps that stayed; parameters and retry policy may differ too
    CHANGED = "CHANGED"  # same order, but other parameters or another retry policy


@dataclass(frozen=True, slots=True)
class ParameterChange:
    """`old` or `new` is None if the parameter was not set, so that the app's default applies."""

    name: str
    old: Any
    new: Any

    def __str__(self) -> str:
        match self.old, self.new:
            case None, new:
                return f"{self.name} is now {_short_json(new)}"
            case old, None:
                return f"{self.name} is back to the app's default (before: {_short_json(old)})"
            case old, new:
                return f"{self.name} is now {_short_json(new)} (before: {_short_json(old)})"


@dataclass(frozen=True, slots=True)
class RetryChange:
    """`old` or `new` is None if the step had, or has, the default policy."""

    old: Policy | None
    new: Policy | None

    def __str__(self) -> str:
        match self.old, self.new:
            case None, new:
                return f"the retry policy is now {new}"
            case old, None:
                return f"the retry policy is back to the default (before: {old})"
            case old, new:
                return f"the retry policy is now {new} (before: {old})"


@dataclass(frozen=True, slots=True)
class StepChange:
    """`old_position` is None for an added step, `position` for a removed one."""

    kind: StepChangeKind
    clams_app_id: int
    old_position: int | None
    position: int | None
    parameters: tuple[ParameterChange, ...] = ()
    retry: RetryChange | None = None
    "None if the policy is unchanged."

    def words(self, app_name: str) -> str:
        """A sentence, such as "Step 2 (Tesseract) was added."."""
        details = "; ".join(map(str, [*self.parameters, *([self.retry] if self.retry else [])]))
        match self.kind:
            case StepChangeKind.ADDED:
                return f"Step {self.position} ({app_name}) was added{f': {details}' if details else ''}."
            case StepChangeKind.REMOVED:
                return f"Step {self.old_position} ({app_name}) was removed."
            case StepChangeKind.MOVED:
                moved = f"Step {self.old_position} ({app_name}) is now step {self.position}"
                return f"{moved}{f': {details}' if details else ''}."
            case StepChangeKind.CHANGED:
                return f"Step {self.position} ({app_name}): {details}."


def compare(old: Sequence[Step], new: Sequence[Step]) -> list[StepChange]:
    """The changes from `old` to `new`, in the order of the new steps, then the removed steps.

    A step that only has another position, because steps were added or removed before it, has not changed.
    """
    old_indexes = {new_index: old_index for old_index, new_index in _longest_common(old, new)}
    stayed = set(old_indexes.values())
    unmatched = [step for index, step in enumerate(old) if index not in stayed]
    changes = []
    for index, step in enumerate(new):
        if index in old_indexes:
            change = _changed(StepChangeKind.CHANGED, old[old_indexes[index]], step)
            if change.parameters or change.retry:
                changes.append(change)
            continue
        moves = [_changed(StepChangeKind.MOVED, other, step) for other in unmatched if _same_app(other, step)]
        if moves:
            moved = min(moves, key=lambda move: len(move.parameters) + (move.retry is not None))
            unmatched = [other for other in unmatched if other.position != moved.old_position]
            changes.append(moved)
        else:
            changes.append(
                StepChange(
                    StepChangeKind.ADDED,
                    step.clams_app_id,
                    None,
                    step.position,
                    parameter_changes({}, step.parameters),
                    _retry_change(None, step.retry),
                )
            )
    changes += [
        StepChange(StepChangeKind.REMOVED, step.clams_app_id, step.position, None) for step in unmatched
    ]
    return changes


def _changed(kind: StepChangeKind, old: Step, new: Step) -> StepChange:
    return StepChange(
        kind,
        new.clams_app_id,
        old.position,
        new.position,
        parameter_changes(old.parameters, new.parameters),
        _retry_change(old.retry, new.retry),
    )


def _retry_change(old: dict[str, Any] | None, new: dict[str, Any] | None) -> RetryChange | None:
    before, after = Policy.read(old), Policy.read(new)
    return RetryChange(before, after) if before != after else None


def parameter_changes(old: dict[str, Any], new: dict[str, Any]) -> tuple[ParameterChange, ...]:
    """In the order of `new`, then the parameters that are no longer set."""
    names = [*new, *(name for name in old if name not in new)]
    return tuple(
        ParameterChange(name, old.get(name), new.get(name))
        for name in names
        if _json(old.get(name)) != _json(new.get(name))
    )


def _longest_common(old: Sequence[Step], new: Sequence[Step]) -> Iterator[tuple[int, int]]:
    """Pairs of old and new index of a longest common subsequence, which prefers unchanged steps."""
    best = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], _similarity(old[i], new[j]) + best[i + 1][j + 1])
    i = j = 0
    while i < len(old) and j < len(new):
        similarity = _similarity(old[i], new[j])
        if similarity and best[i][j] == similarity + best[i + 1][j + 1]:
            yield i, j
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1


def _similarity(old: Step, new: Step) -> int:
    """0 for different apps. With at most 100 steps, one more pair outweighs any number of unchanged steps."""
    if not _same_app(old, new):
        return 0
    return 1000 + (_json([old.parameters, old.retry]) == _json([new.parameters, new.retry]))


def _same_app(old: Step, new: Step) -> bool:
    return old.clams_app_id == new.clams_app_id


def _json(value: Any) -> str:
    """For comparison: unlike in Python, true differs from 1."""
    return json.dumps(value, sort_keys=True)


def _short_json(value: Any) -> str:
    written = json.dumps(value, ensure_ascii=False)
    return written if len(written) <= SHOWN_CHARACTERS else f"{written[:SHOWN_CHARACTERS]}…"
