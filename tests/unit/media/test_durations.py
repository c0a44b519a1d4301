"""Durations in imports and on the command line."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from chowda.guid_rule import GuidRule
from chowda.media.import_rows import Defaults, RowFormat, read_rows

INTAKE = Path(__file__).parents[4] / "shared" / "data" / "intake"


def imported(data: bytes) -> list[float | str | None]:
    """The duration of each row, or the reason why it is bad."""
    rows = read_rows(io.BytesIO(data), RowFormat.CSV, Defaults(GuidRule.parse("aapb")))
    return [getattr(row, "reason", None) or row.document.duration_seconds for row in rows]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:29:44.838", 1784.838),
        ("1:02:03", 3723.0),
        ("100:00:00", 360_000.0),
        ("0:0:1", 1.0),
        ("1800.5", 1800.5),
        ("1800.", 1800.0),
        (".5", 0.5),
        ("1.8e3", 1800.0),
        ("\u200b00:00:02 ", 2.0),
    ],
)
def test_seconds_and_clock_times_are_durations(text: str, seconds: float) -> None:
    assert imported(f"guid,location,duration\na,/a.mp4,{text}\n".encode()) == [seconds]


@pytest.mark.parametrize(
    "text",
    ["1_000", "29:44", "00:29:44:12", "00:29:44;12", "00:60:00", "00:00:75", "-1", "+1", "inf", "nan", "1,5", "1,000",
     "0x10", "\uff11\uff12", "PT29M", "29 min", "1e", "1:2:3:4"],
)  # fmt: skip
def test_what_is_not_a_duration_is_refused(text: str) -> None:
    [reason] = imported(f'guid,location,duration\na,/a.mp4,"{text}"\n'.encode())
    assert reason == (
        f"duration_seconds is {text!r}. Enter seconds, such as 1800.5, or HH:MM:SS, such as 00:30:00.5."
    )


def test_durations_of_the_intake_file() -> None:
    path = INTAKE / "durations.csv"
    if not path.exists():
        pytest.skip("durations.csv is not in ../shared/data/intake")
    first, second, third = imported(path.read_bytes())
    assert (first, second) == (1784.838, 3723.0)
    assert "'1_000'" in str(third)
