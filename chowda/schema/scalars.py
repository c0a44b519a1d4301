"""The scalars of the API, in addition to GraphQL's own."""

from __future__ import annotations

from datetime import datetime
from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from chowda.utc_time import TimeOutOfRange, parse_utc

LARGEST_BIG_INT = 2**53

BigInt = NewType("BigInt", int)


def _big_int(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST_BIG_INT:
        raise GraphQLError(f"BigInt must be a whole number from -2^53 to 2^53, not {value!r:.60}.")
    return value


def _date_time(value: object) -> str:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise GraphQLError(f"DateTime must have a time zone, not {value!r:.60}.")
    return value.isoformat()


def _parse_date_time(value: object) -> datetime:
    try:
        if isinstance(value, str):
            return parse_utc(value)
    except TimeOutOfRange as exc:
        raise GraphQLError(f"DateTime is {value!r:.60}. {exc}") from None
    except ValueError:
        pass
    raise GraphQLError(f'DateTime must be like "2026-01-31T12:00:00+00:00", not {value!r:.60}.')


SCALARS: dict[object, ScalarDefinition] = {
    BigInt: strawberry.scalar(
        name="BigInt",
        description="A whole number from -2^53 to 2^53, as a JSON number.",
        serialize=_big_int,
        parse_value=_big_int,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="A time in ISO 8601 with a time zone, e.g. 2026-01-31T12:00:00+00:00.",
        serialize=_date_time,
        parse_value=_parse_date_time,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value.",
        serialize=lambda value: value,
        parse_value=lambda value: value,
    ),
}

__all__ = ["JSON", "SCALARS", "BigInt"]
