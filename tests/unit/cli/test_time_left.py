from __future__ import annotations

import pytest

from chowda.cli.output import duration
from chowda.cli.time_left import WINDOW_SECONDS, TimeLeft, rough_duration


def test_the_estimate_follows_the_growth_of_the_percentage() -> None:
    left = TimeLeft()
    left.add_sample(100, 0)
    left.add_sample(110, 20)

    assert left.seconds(110) == pytest.approx(40)


def test_the_estimate_grows_while_no_samples_arrive() -> None:
    left = TimeLeft()
    left.add_sample(100, 0)
    left.add_sample(110, 20)

    assert left.seconds(120) == pytest.approx(80)


def test_there_is_no_estimate_before_the_percentage_has_grown() -> None:
    left = TimeLeft()
    assert left.seconds(100) is None

    left.add_sample(100, 30)
    assert left.seconds(200) is None

    left.add_sample(101, 40)
    assert left.seconds(101) is None
    assert left.seconds(104) is not None


def test_only_the_last_minutes_count() -> None:
    left = TimeLeft()
    left.add_sample(0, 0)
    for second in range(1000, 1000 + int(WINDOW_SECONDS) + 1):
        left.add_sample(second, 10 + (second - 1000) * 0.1)

    assert left.seconds(1000 + WINDOW_SECONDS) == pytest.approx((100 - 40) / 0.1)


def test_a_retry_restarts_the_estimate() -> None:
    left = TimeLeft()
    left.add_sample(0, 0)
    left.add_sample(10, 90)
    left.add_sample(20, 50)

    assert left.seconds(20) is None
    left.add_sample(30, 60)
    assert left.seconds(30) == pytest.approx(40)


@pytest.mark.parametrize(
    ("seconds", "text"),
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
def test_a_time_is_told_rough_duration(seconds: float, text: str) -> None:
    assert rough_duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(-3, "0:00"), (7.9, "0:07"), (760, "12:40"), (10929, "3:02:09")]
)
def test_a_duration_shows_hours_only_if_there_are_any(seconds: float, text: str) -> None:
    assert duration(seconds) == text
