"""What differs between two versions of a pipeline, step by step and in words."""

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
    MOVED = "MOVED"  # past other steps that stayed; its parameters and retry policy may differ too
    CHANGED = "CHANGED"  # in the same order as before, with other parameters or another retry policy


@dataclass(frozen=True, slots=True)
class ParameterChange:
    """`old` or `new` is None where the parameter was not given: the app's default counted, or counts."""

    name: str
    old: Any
    new: Any

    def __str__(self) -> str:
        match self.old, self.new:
            case None, new:
                return f"{self.name} is {_shown(new)}"
            case old, None:
                return f"{self.name} is the app's default again, not {_shown(old)}"
            case old, new:
                return f"{self.name} is {_shown(new)}, not {_shown(old)}"


@dataclass(frozen=True, slots=True)
class RetryChange:
    """`old` or `new` is None where the step had, or has, no policy of its own."""

    old: Policy | None
    new: Policy | None

    def __str__(self) -> str:
        match self.old, self.new:
            case None, new:
                return f"its retry policy is {new}"
            case old, None:
                return f"its retry policy is the usual one again (before: {old})"
            case old, new:
                return f"its retry policy is {new} (before: {old})"


@dataclass(frozen=True, slots=True)
class StepChange:
    """`old_position` is None for a step that was added, `position` for one that was removed."""

    kind: StepChangeKind
    clams_app_id: int
    old_position: int | None
    position: int | None
    parameters: tuple[ParameterChange, ...] = ()
    retry: RetryChange | None = None
    "None: the same in both."

    def words(self, app_name: str) -> str:
        """For a person, e.g. "Step 2 (Tesseract) was added"."""
        told = "; ".join(map(str, [*self.parameters, *([self.retry] if self.retry else [])]))
        match self.kind:
            case StepChangeKind.ADDED:
                return f"Step {self.position} ({app_name}) was added{f': {told}' if told else ''}."
            case StepChangeKind.REMOVED:
                return f"Step {self.old_position} ({app_name}) was removed."
            case StepChangeKind.MOVED:
                moved = f"Step {self.old_position} ({app_name}) is step {self.position} now"
                return f"{moved}{f': {told}' if told else ''}."
            case StepChangeKind.CHANGED:
                return f"Step {self.position} ({app_name}): {told}."


def compare(old: Sequence[Step], new: Sequence[Step]) -> list[StepChange]:
    """From the old steps to the new ones, in the order of the new; removed steps come last.

    A step that only has another number since others came or went before it has not changed.
    """
    stayed = dict(_longest_common(old, new))
    left_old = [step for index, step in enumerate(old) if index not in stayed]
    kept_new = {there: here for here, there in stayed.items()}
    changes = []
    for index, step in enumerate(new):
        if index in kept_new:
            change = _changed(StepChangeKind.CHANGED, old[kept_new[index]], step)
            if change.parameters or change.retry:
                changes.append(change)
            continue
        moves = [_changed(StepChangeKind.MOVED, other, step) for other in left_old if _same_app(other, step)]
        if moves:
            moved = min(moves, key=lambda move: len(move.parameters) + (move.retry is not None))
            left_old = [other for other in left_old if other.position != moved.old_position]
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
        StepChange(StepChangeKind.REMOVED, step.clams_app_id, step.position, None) for step in left_old
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
    """In the order of the new ones, then those that are no longer given."""
    names = [*new, *(name for name in old if name not in new)]
    return tuple(
        ParameterChange(name, old.get(name), new.get(name))
        for name in names
        if _written(old.get(name)) != _written(new.get(name))
    )


def _longest_common(old: Sequence[Step], new: Sequence[Step]) -> Iterator[tuple[int, int]]:
    """Indexes of steps that stand in both in the same order: as many as can be, unchanged ones if it can be."""
    best = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for here in reversed(range(len(old))):
        for there in reversed(range(len(new))):
            best[here][there] = max(
                best[here + 1][there],
                best[here][there + 1],
                _likeness(old[here], new[there]) + best[here + 1][there + 1],
            )
    here = there = 0
    while here < len(old) and there < len(new):
        likeness = _likeness(old[here], new[there])
        if likeness and best[here][there] == likeness + best[here + 1][there + 1]:
            yield here, there
            here, there = here + 1, there + 1
        elif best[here][there] == best[here + 1][there]:
            here += 1
        else:
            there += 1


def _likeness(old: Step, new: Step) -> int:
    """Of 100 steps no number of unchanged ones outweighs one step more that stayed."""
    if not _same_app(old, new):
        return 0
    return 1000 + (_written([old.parameters, old.retry]) == _written([new.parameters, new.retry]))


def _same_app(old: Step, new: Step) -> bool:
    return old.clams_app_id == new.clams_app_id


def _written(value: Any) -> str:
    """As JSON: true is not 1."""
    return json.dumps(value, sort_keys=True)


def _shown(value: Any) -> str:
    shown = json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= SHOWN_CHARACTERS else f"{shown[:SHOWN_CHARACTERS]}…"
