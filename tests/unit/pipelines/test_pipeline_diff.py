from __future__ import annotations

from typing import Any

from chowda.errors import StepErrorCode
from chowda.pipelines.diff import RetryChange, StepChange, StepChangeKind, compare
from chowda.pipelines.retry_policy import Policy
from chowda.pipelines.service import CheckedStep

ERRORS = Policy(5, frozenset({StepErrorCode.APP_ERROR, StepErrorCode.APP_BUSY}))


def steps(*given: str | tuple[str, dict[str, Any]], retry: Policy | None = None) -> list[CheckedStep]:
    """Apps by a letter, with their parameters, all with this retry policy."""
    pairs = [(step, {}) if isinstance(step, str) else step for step in given]
    return [
        CheckedStep(position, ord(app), parameters, retry.kept if retry else None)
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
    assert change.kind is StepChangeKind.CHANGED
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


def test_another_retry_policy_is_a_change_and_told_in_words() -> None:
    plain, patient, errors = steps("a"), steps("a", retry=Policy(9)), steps("a", retry=ERRORS)
    [change] = compare(patient, errors)
    assert (change.kind, change.parameters) == (StepChangeKind.CHANGED, ())
    assert change.retry == RetryChange(Policy(9), ERRORS)
    assert told([change]) == [
        "Step 1 (a): its retry policy is 5 calls in all, after APP_BUSY, APP_ERROR (before: 9 calls in all)."
    ]
    assert told(compare(plain, patient)) == ["Step 1 (a): its retry policy is 9 calls in all."]
    assert told(compare(patient, plain)) == [
        "Step 1 (a): its retry policy is the usual one again (before: 9 calls in all)."
    ]
    assert compare(errors, steps("a", retry=ERRORS)) == []


def test_a_step_that_is_new_or_moved_tells_its_retry_policy_too() -> None:
    added = compare([], steps(("a", {"x": 1}), retry=Policy(1, frozenset())))
    assert told(added) == [
        "Step 1 (a) was added: x is 1; its retry policy is 1 call in all, after no failure."
    ]
    moved = compare(steps("a", "b", "c"), [*steps("b", "c"), *steps("c", "c", "a", retry=Policy(2))[2:]])
    assert told(moved) == ["Step 1 (a) is step 3 now: its retry policy is 2 calls in all."]


def test_of_two_places_of_one_app_the_one_with_the_same_retry_policy_is_the_same() -> None:
    before = [*steps("a"), *steps("b", "a", retry=ERRORS)[1:]]
    assert told(compare(before, steps("a", retry=ERRORS))) == ["Step 1 (a) was removed."]
    assert told(compare(before, steps("a"))) == ["Step 2 (a) was removed."]
