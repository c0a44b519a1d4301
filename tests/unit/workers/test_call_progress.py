"""The progress of a call: estimated from its expected duration until the app reports it."""

from __future__ import annotations

import pytest

from chowda.enums import ProgressSource
from chowda.workers import call_progress
from chowda.workers.call_progress import CallProgress


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(call_progress, "time", clock)
    return clock


def test_estimate_follows_the_expected_duration_and_stays_below_100(clock: Clock) -> None:
    progress = CallProgress(expected_seconds=10.0)
    clock.now += 5.0
    assert progress.take_change() == (50.0, ProgressSource.ESTIMATED)
    assert progress.take_change() is None, "it has not changed since"
    clock.now += 60.0
    assert progress.take_change() == (99.0, ProgressSource.ESTIMATED)


def test_reported_progress_replaces_the_estimate(clock: Clock) -> None:
    progress = CallProgress(expected_seconds=10.0)
    clock.now += 5.0
    progress.report(12.34)
    assert progress.take_change() == (12.3, ProgressSource.REPORTED)


def test_progress_is_unknown_without_a_report_and_an_expected_duration(clock: Clock) -> None:
    progress = CallProgress(expected_seconds=None)
    clock.now += 5.0
    assert (progress.is_known, progress.take_change()) == (False, None)
    progress.expect(20.0)
    assert (progress.is_known, progress.take_change()) == (True, (25.0, ProgressSource.ESTIMATED))
