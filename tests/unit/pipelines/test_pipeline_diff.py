from __future__ import annotations

from typing import Any

from chowda.errors import StepErrorCode
from chowda.pipelines.diff import RetryChange, StepChange, StepChangeKind, compare
from chowda.pipelines.retry_policy import Policy
from chowda.pipelines.service import CheckedStep

ERRORS = Policy(5, frozenset({StepErrorCode.APP_ERROR, StepErrorCode.APP_BUSY}))


def steps(*apps: str | tuple[str, dict[str, Any]], retry: Policy | None = None) -> list[CheckedStep]:
    """`apps`: each a letter, or a letter and parameters."""
    pairs = [(step, {}) if isinstance(step, str) else step for step in apps]
    return [
        CheckedStep(position, ord(app), parameters, retry.stored if retry else None)
        for position, (app, parameters) in enumerate(pairs, start=1)
    ]


def sentences(changes: list[StepChange]) -> list[str]:
    return [change.words(chr(change.clams_app_id)) for change in changes]


def test_equal_steps_have_no_changes() -> None:
    assert compare(steps("a", ("b", {"x": [1]})), steps("a", ("b", {"x": [1]}))) == []


def test_shifted_step_is_not_a_change() -> None:
    assert sentences(compare(steps("a", "b", "c"), steps("n", "a", "b", "c"))) == ["Step 1 (n) was added."]
    assert sentences(compare(steps("a", "b", "c"), steps("b", "c"))) == ["Step 1 (a) was removed."]


def test_changed_parameters_are_listed_one_by_one() -> None:
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
    assert sentences([change]) == [
        'Step 1 (a): x is now true (before: 1); y is now "new" (before: "old"); w is now 2; '
        "z is back to the app's default (before: true)."
    ]


def test_moved_step_may_have_other_parameters() -> None:
    changes = compare(steps("a", "b", "c"), steps("b", "c", ("a", {"x": 1})))
    assert [(c.kind, c.old_position, c.position) for c in changes] == [(StepChangeKind.MOVED, 1, 3)]
    assert sentences(changes) == ["Step 1 (a) is now step 3: x is now 1."]


def test_repeated_app_is_matched_by_its_parameters() -> None:
    before = steps(("a", {"x": 1}), ("a", {"x": 2}))
    assert sentences(compare(before, steps(("a", {"x": 2})))) == ["Step 1 (a) was removed."]
    assert sentences(compare(before, steps(("a", {"x": 1})))) == ["Step 2 (a) was removed."]


def test_replaced_app_is_one_addition_and_one_removal() -> None:
    assert sentences(compare(steps("a", "b"), steps("a", ("c", {"x": 1})))) == [
        "Step 2 (c) was added: x is now 1.",
        "Step 2 (b) was removed.",
    ]


def test_changed_retry_policy_is_described() -> None:
    plain, patient, errors = steps("a"), steps("a", retry=Policy(9)), steps("a", retry=ERRORS)
    [change] = compare(patient, errors)
    assert (change.kind, change.parameters) == (StepChangeKind.CHANGED, ())
    assert change.retry == RetryChange(Policy(9), ERRORS)
    assert sentences([change]) == [
        "Step 1 (a): the retry policy is now 5 calls in total, after APP_BUSY, APP_ERROR (before: 9 calls in total)."
    ]
    assert sentences(compare(plain, patient)) == ["Step 1 (a): the retry policy is now 9 calls in total."]
    assert sentences(compare(patient, plain)) == [
        "Step 1 (a): the retry policy is back to the default (before: 9 calls in total)."
    ]
    assert compare(errors, steps("a", retry=ERRORS)) == []


def test_added_and_moved_steps_show_their_retry_policy() -> None:
    added = compare([], steps(("a", {"x": 1}), retry=Policy(1, frozenset())))
    assert sentences(added) == [
        "Step 1 (a) was added: x is now 1; the retry policy is now 1 call in total, after no failure."
    ]
    moved = compare(steps("a", "b", "c"), [*steps("b", "c"), *steps("c", "c", "a", retry=Policy(2))[2:]])
    assert sentences(moved) == ["Step 1 (a) is now step 3: the retry policy is now 2 calls in total."]


def test_repeated_app_is_matched_by_its_retry_policy() -> None:
    before = [*steps("a"), *steps("b", "a", retry=ERRORS)[1:]]
    assert sentences(compare(before, steps("a", retry=ERRORS))) == ["Step 1 (a) was removed."]
    assert sentences(compare(before, steps("a"))) == ["Step 2 (a) was removed."]
