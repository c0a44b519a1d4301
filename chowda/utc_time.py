"""Times that people and clients send, in the range that Python and Postgres share."""

from __future__ import annotations

from datetime import UTC, datetime

FIRST = datetime(1, 1, 2, tzinfo=UTC)
LAST = datetime(9999, 12, 30, tzinfo=UTC)
"A day less than Python's range, so that every time zone can show the time."


class TimeOutOfRange(ValueError):
    """A time that not every time zone can show."""

    def __init__(self) -> None:
        super().__init__("It must be from 0001-01-02 to 9999-12-30.")


def parse_utc(text: str, *, assume_local: bool = False) -> datetime:
    """A time in ISO 8601, in UTC. Raises ValueError, and TimeOutOfRange.

    A time without a zone is an error, or with `assume_local` in the zone of this machine.
    """
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None and not assume_local:
        raise ValueError("The time has no time zone.")
    try:
        utc = parsed.astimezone(UTC)
    except (OverflowError, OSError, ValueError):
        raise TimeOutOfRange from None
    if not FIRST <= utc <= LAST:
        raise TimeOutOfRange
    return utc
