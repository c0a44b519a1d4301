"""Retry policies, and the table under StepError in the API's contract."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chowda.errors import BadUserInput, StepErrorCode
from chowda.pipelines import retry_policy
from chowda.pipelines.retry_policy import Policy

CONTRACT = Path(__file__).parents[2] / "contract/core.graphql"
RETRIED = {"yes": 3, "yes, once": 2, "yes, alone": 3, "no": 1}


def calls_by_contract() -> dict[str, int]:
    """The total number of calls by code, from the table."""
    lines = re.findall(
        r"^# ([A-Z_]+) {2,}.* {2,}(yes, once|yes, alone|yes|no|\(ten\))$", CONTRACT.read_text(), re.M
    )
    return {code: RETRIED[word] for code, word in lines if word != "(ten)"}


def test_the_table_names_every_code() -> None:
    assert {*calls_by_contract(), "WORKER_LOST"} == set(StepErrorCode)


@pytest.mark.parametrize(("code", "calls"), calls_by_contract().items())
def test_each_code_is_tried_as_often_as_in_the_contract(code: str, calls: int) -> None:
    tried = 1
    while retry_policy.delay_seconds(StepErrorCode(code), tried) is not None:
        tried += 1
    assert tried == calls


@pytest.mark.parametrize(
    ("policy", "code", "calls"),
    [
        (Policy(), "APP_BUSY", 3),
        (Policy(), "APP_TIMEOUT", 2),
        (Policy(7), "APP_BUSY", 7),
        (Policy(7), "APP_TIMEOUT", 2),
        (Policy(1), "APP_TIMEOUT", 1),
        (Policy(7), "WRONG_DOCUMENTS", 7),
        (Policy(7), "APP_ERROR", 1),
        (Policy(7, frozenset({StepErrorCode.APP_ERROR, StepErrorCode.APP_TIMEOUT})), "APP_ERROR", 7),
        (Policy(7, frozenset({StepErrorCode.APP_ERROR, StepErrorCode.APP_TIMEOUT})), "APP_TIMEOUT", 7),
        (Policy(7, frozenset({StepErrorCode.APP_ERROR})), "APP_BUSY", 1),
        (Policy(7, frozenset()), "APP_BUSY", 1),
    ],
)
def test_policy_sets_the_number_of_calls_and_the_codes(policy: Policy, code: str, calls: int) -> None:
    tried = 1
    while retry_policy.delay_seconds(StepErrorCode(code), tried, policy=policy) is not None:
        tried += 1
    assert tried == calls
    assert Policy.read(policy.stored) == policy


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (Policy(0), "attempts is 0; it must be from 1"),
        (Policy(101), "attempts is 101; .* to 100"),
        (Policy(3, frozenset({StepErrorCode.WORKER_LOST})), "WORKER_LOST, which a policy cannot change"),
    ],
)
def test_invalid_policy_is_refused(policy: Policy, words: str) -> None:
    with pytest.raises(BadUserInput, match=words):
        policy.check()


def test_delays_double_from_a_second_to_five_minutes_with_full_jitter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(retry_policy.RETRIED, StepErrorCode.APP_BUSY, 100)
    monkeypatch.setattr(retry_policy.random, "uniform", lambda low, high: (low, high))  # type: ignore[attr-defined]
    monkeypatch.setattr(retry_policy, "max", lambda delay, wish: delay, raising=False)
    ranges = [
        retry_policy.delay_seconds(StepErrorCode.APP_BUSY, failures) for failures in (1, 2, 3, 9, 10, 60)
    ]
    assert ranges == [(0, 1), (0, 2), (0, 4), (0, 256), (0, 300), (0, 300)]


def test_retry_after_is_a_lower_bound_of_at_most_an_hour() -> None:
    delay = retry_policy.delay_seconds(StepErrorCode.APP_BUSY, 1, retry_after_seconds=30)
    assert delay == 30
    assert retry_policy.delay_seconds(StepErrorCode.APP_BUSY, 1, retry_after_seconds=1e9) == 3600
