"""Durations as archives write them: seconds, or hours, minutes and seconds."""

from __future__ import annotations

import re

from chowda.errors import BadUserInput

_SECONDS = re.compile(r"\d+(?:\.\d*)?(?:[eE][+-]?\d{1,3})?|\.\d+", re.ASCII)
_CLOCK = re.compile(r"(?P<hours>\d{1,4}):(?P<minutes>[0-5]?\d):(?P<seconds>[0-5]?\d(?:\.\d+)?)", re.ASCII)


def parse_duration(what: str, text: str) -> float:
    """Seconds, from a number such as 1800.5 or from HH:MM:SS(.mmm). Raises BadUserInput, which begins with `what`.

    MM:SS is refused, since it could be hours and minutes, and so are frames, since their rate is unknown.
    """
    clock = _CLOCK.fullmatch(text)
    if clock:
        seconds = int(clock["hours"]) * 3600 + int(clock["minutes"]) * 60 + float(clock["seconds"])
        return round(seconds, 6)
    if _SECONDS.fullmatch(text):
        return float(text)
    raise BadUserInput(
        f"{what} is {text[:80]!r}. Enter seconds, such as 1800.5, or HH:MM:SS, such as 00:30:00.5."
    )
