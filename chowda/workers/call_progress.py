"""The progress of one app call: what the app reports, or an estimate."""

from __future__ import annotations

import time

from chowda.enums import ProgressSource

ESTIMATE_LIMIT_PERCENT = 99.0
"An estimate never reaches 100 before the step is done."


class CallProgress:
    def __init__(self, expected_seconds: float | None) -> None:
        """`expected_seconds` is the expected duration of the call, if known."""
        self._expected_seconds = expected_seconds
        self._started = time.monotonic()
        self._reported: float | None = None
        self._last: tuple[float, ProgressSource] = (0.0, ProgressSource.NONE)

    @property
    def elapsed_seconds(self) -> float:
        return time.monotonic() - self._started

    @property
    def is_known(self) -> bool:
        """Whether a percentage can be computed."""
        return self._reported is not None or self._expected_seconds is not None

    def report(self, percent: float) -> None:
        """Record what the app reports, 0 to 100. It replaces the estimate."""
        self._reported = percent

    def expect(self, seconds: float) -> None:
        """Set the expected duration of a call that began before its app had finished another one."""
        self._expected_seconds = seconds

    def take_change(self) -> tuple[float, ProgressSource] | None:
        """Return percent and source, or None if they are unknown or the same as at the last call."""
        if self._reported is not None:
            current = (round(self._reported, 1), ProgressSource.REPORTED)
        elif self._expected_seconds:
            estimate = min(100 * self.elapsed_seconds / self._expected_seconds, ESTIMATE_LIMIT_PERCENT)
            current = (round(estimate, 1), ProgressSource.ESTIMATED)
        else:
            return None
        if current == self._last:
            return None
        self._last = current
        return current
