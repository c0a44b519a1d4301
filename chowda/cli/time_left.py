"""An estimate of the time that a run still takes, from the recent growth of its percentage."""

from __future__ import annotations

from collections import deque

WINDOW_SECONDS = 300.0
SHORTEST_SECONDS = 3.0
"A shorter period gives no estimate."


class TimeLeft:
    """Times are seconds on a monotonic clock of the caller."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque()

    def add_sample(self, at_seconds: float, percent: float) -> None:
        """A lower percentage, after a retry, restarts the estimate."""
        if self._samples and percent < self._samples[-1][1]:
            self._samples.clear()
        self._samples.append((at_seconds, percent))
        # Keeps one sample from before the window, so that rare samples give an estimate too.
        while len(self._samples) > 2 and self._samples[1][0] <= at_seconds - WINDOW_SECONDS:
            self._samples.popleft()

    def seconds(self, now_seconds: float) -> float | None:
        """None if there is no estimate yet. The estimate grows while no samples arrive."""
        if not self._samples:
            return None
        first_seconds, first_percent = self._samples[0]
        growth = self._samples[-1][1] - first_percent
        if growth <= 0 or now_seconds - first_seconds < SHORTEST_SECONDS:
            return None
        return (100 - self._samples[-1][1]) * (now_seconds - first_seconds) / growth


def rough_duration(seconds: float) -> str:
    """`about 40 s`, `about 7 min`, `about 2 h 10 min`, `about 3 days`."""
    if seconds < 55:
        return f"about {max(5, round(seconds / 5) * 5)} s"
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"about {minutes} min"
    if minutes < 36 * 60:
        tens = round(minutes % 60 / 10) * 10
        hours = minutes // 60 + (tens == 60)
        return f"about {hours} h" if tens in {0, 60} else f"about {hours} h {tens} min"
    return f"about {round(minutes / 1440)} days"
