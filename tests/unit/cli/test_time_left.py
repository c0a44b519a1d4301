from __future__ import annotations

import pytest

from chowda.cli.output import duration
from chowda.cli.time_left import WINDOW_SECONDS, TimeLeft, roughly


def test_the_time_left_follows_from_how_the_percent_grew() -> None:
    left = TimeLeft()
    left.note(100, 0)
    left.note(110, 20)

    assert left.seconds(110) == pytest.approx(40)


def test_while_nothing_comes_in_the_estimate_grows() -> None:
    left = TimeLeft()
    left.note(100, 0)
    left.note(110, 20)

    assert left.seconds(120) == pytest.approx(80)


def test_nothing_is_told_before_anything_has_moved_for_a_while() -> None:
    left = TimeLeft()
    assert left.seconds(100) is None

    left.note(100, 30)
    assert left.seconds(200) is None

    left.note(101, 40)
    assert left.seconds(101) is None
    assert left.seconds(104) is not None


def test_only_the_last_minutes_count() -> None:
    left = TimeLeft()
    left.note(0, 0)
    for second in range(1000, 1000 + int(WINDOW_SECONDS) + 1):
        left.note(second, 10 + (second - 1000) * 0.1)

    assert left.seconds(1000 + WINDOW_SECONDS) == pytest.approx((100 - 40) / 0.1)


def test_a_retry_begins_the_estimate_anew() -> None:
    left = TimeLeft()
    left.note(0, 0)
    left.note(10, 90)
    left.note(20, 50)

    assert left.seconds(20) is None
    left.note(30, 60)
    assert left.seconds(30) == pytest.approx(40)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "about 5 s"),
        (42, "about 40 s"),
        (56, "about 1 min"),
        (60 * 59.9, "about 1 h"),
        (60 * 130, "about 2 h 10 min"),
        (60 * 118, "about 2 h"),
        (86400 * 2.6, "about 3 days"),
    ],
)
def test_a_time_is_told_roughly(seconds: float, words: str) -> None:
    assert roughly(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(-3, "0:00"), (7.9, "0:07"), (760, "12:40"), (10929, "3:02:09")]
)
def test_a_clock_shows_hours_only_where_there_are_any(seconds: float, words: str) -> None:
    assert duration(seconds) == words
