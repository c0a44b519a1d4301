"""Times that no time zone can show are refused wherever a time is sent."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import typer
from graphql import GraphQLError

from chowda.cli.options import parse_time
from chowda.schema.scalars import SCALARS
from chowda.utc_time import TimeOutOfRange, parse_utc

FAR = [
    "9999-12-31T20:00-05:00",
    "9999-12-31T23:59:59.999999+00:00",
    "9999-12-30T23:00-05:00",
    "0001-01-01T00:00+00:00",
    "0001-01-01T00:00+14:00",
    "0001-01-01T23:59+00:00",
]


@pytest.mark.parametrize("text", FAR)
def test_far_times_are_refused(text: str) -> None:
    with pytest.raises(TimeOutOfRange, match="from 0001-01-02 to 9999-12-30"):
        parse_utc(text)
    with pytest.raises(typer.BadParameter, match="from 0001-01-02 to 9999-12-30"):
        parse_time(text)
    with pytest.raises(GraphQLError, match="from 0001-01-02 to 9999-12-30"):
        SCALARS[datetime].parse_value(text)


@pytest.mark.parametrize("text", ["9999-12-31", "0001-01-01", "0001-01-01T00:00", "9999-12-31T23:59"])
def test_far_local_times_are_refused_on_the_command_line(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="from 0001-01-02 to 9999-12-30"):
        parse_time(text)


def test_times_in_range_are_read() -> None:
    assert parse_utc("2026-01-31T02:00+02:00") == datetime(2026, 1, 31, tzinfo=UTC)
    assert parse_utc("0001-01-02T00:00+00:00") == datetime(1, 1, 2, tzinfo=UTC)
    assert parse_utc("2026-01-31T12:00", assume_local=True).tzinfo is UTC
    with pytest.raises(ValueError, match="no time zone"):
        parse_utc("2026-01-31T12:00")
