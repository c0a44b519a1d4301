"""What is worth a retry: the table under StepError in the API's contract."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chowda import retry
from chowda.errors import StepErrorCode

CONTRACT = Path(__file__).parents[1] / "contract/core.graphql"
RETRIED = {"yes": 3, "yes, once": 2, "yes, alone": 3, "no": 1}


def calls_by_contract() -> dict[str, int]:
    """Calls in all, by code, as the table says."""
    lines = re.findall(
        r"^# ([A-Z_]+) {2,}.* {2,}(yes, once|yes, alone|yes|no|\(ten\))$", CONTRACT.read_text(), re.M
    )
    return {code: RETRIED[word] for code, word in lines if word != "(ten)"}


def test_the_table_names_every_code() -> None:
    assert {*calls_by_contract(), "WORKER_LOST"} == set(StepErrorCode)


@pytest.mark.parametrize(("code", "calls"), calls_by_contract().items())
def test_each_code_is_tried_as_often_as_the_contract_says(code: str, calls: int) -> None:
    tried = 1
    while retry.delay_seconds(StepErrorCode(code), tried) is not None:
        tried += 1
    assert tried == calls


def test_delays_double_from_a_second_to_five_minutes_with_full_jitter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(retry.RETRIED, StepErrorCode.APP_BUSY, 100)
    monkeypatch.setattr(retry.random, "uniform", lambda low, high: (low, high))  # type: ignore[attr-defined]
    monkeypatch.setattr(retry, "max", lambda delay, wish: delay, raising=False)
    ranges = [retry.delay_seconds(StepErrorCode.APP_BUSY, failures) for failures in (1, 2, 3, 9, 10, 60)]
    assert ranges == [(0, 1), (0, 2), (0, 4), (0, 256), (0, 300), (0, 300)]


def test_an_apps_own_wish_is_a_lower_bound_and_cut_at_an_hour() -> None:
    wished = retry.delay_seconds(StepErrorCode.APP_BUSY, 1, wish_seconds=30)
    assert wished == 30
    assert retry.delay_seconds(StepErrorCode.APP_BUSY, 1, wish_seconds=1e9) == 3600
