from __future__ import annotations

from typing import Any

from chowda.pipeline_diff import StepChange, StepChangeKind, compare
from chowda.pipelines import CheckedStep


def steps(*given: str | tuple[str, dict[str, Any]]) -> list[CheckedStep]:
    """Apps by a letter, with their parameters."""
    pairs = [(step, {}) if isinstance(step, str) else step for step in given]
    return [
        CheckedStep(position, ord(app), parameters)
        for position, (app, parameters) in enumerate(pairs, start=1)
    ]


def told(changes: list[StepChange]) -> list[str]:
    return [change.words(chr(change.clams_app_id)) for change in changes]


def test_equal_steps_differ_in_nothing() -> None:
    assert compare(steps("a", ("b", {"x": [1]})), steps("a", ("b", {"x": [1]}))) == []


def test_a_step_that_only_got_another_number_has_not_changed() -> None:
    assert told(compare(steps("a", "b", "c"), steps("n", "a", "b", "c"))) == ["Step 1 (n) was added."]
    assert told(compare(steps("a", "b", "c"), steps("b", "c"))) == ["Step 1 (a) was removed."]


def test_parameters_that_changed_are_told_one_by_one() -> None:
    before, after = (
        steps(("a", {"x": 1, "y": "old", "z": True})),
        steps(("a", {"x": True, "y": "new", "w": 2})),
    )
    [change] = compare(before, after)
    assert change.kind is StepChangeKind.PARAMETERS
    assert [(p.name, p.old, p.new) for p in change.parameters] == [
        ("x", 1, True),
        ("y", "old", "new"),
        ("w", None, 2),
        ("z", True, None),
    ]
    assert told([change]) == [
        'Step 1 (a): x is true, not 1; y is "new", not "old"; w is 2; z is the app\'s default again, not true.'
    ]


def test_a_step_that_passed_others_was_moved_and_may_have_other_parameters_too() -> None:
    changes = compare(steps("a", "b", "c"), steps("b", "c", ("a", {"x": 1})))
    assert [(c.kind, c.old_position, c.position) for c in changes] == [(StepChangeKind.MOVED, 1, 3)]
    assert told(changes) == ["Step 1 (a) is step 3 now: x is 1."]


def test_of_two_places_of_one_app_the_one_with_the_same_parameters_is_the_same() -> None:
    before = steps(("a", {"x": 1}), ("a", {"x": 2}))
    assert told(compare(before, steps(("a", {"x": 2})))) == ["Step 1 (a) was removed."]
    assert told(compare(before, steps(("a", {"x": 1})))) == ["Step 2 (a) was removed."]


def test_another_app_in_a_place_is_one_added_and_one_removed() -> None:
    assert told(compare(steps("a", "b"), steps("a", ("c", {"x": 1})))) == [
        "Step 2 (c) was added: x is 1.",
        "Step 2 (b) was removed.",
    ]
