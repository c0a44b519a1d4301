"""Values of list filters, from what clients send to what chowda.pagination takes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol, TypeVar

import strawberry

from chowda.errors import BadUserInput, LimitExceeded
from chowda.ids import Kind, number_of
from chowda.pagination.filters import Keys, Period
from chowda.schema.optional_values import value_or_none

T = TypeVar("T")

VALUES_LIMIT = 10_000
"Values in one list of a filter."


class FilterInput(Protocol):
    """A filter as clients send it."""

    def to_filter(self) -> Any:
        """The filter of the domain: a frozen dataclass. Raises BadUserInput and LimitExceeded."""


@strawberry.input(description="A period. Either end may be left out.")
class PeriodInput:
    begin: datetime | None = strawberry.field(
        default=strawberry.UNSET, name="from", description="At this time or later."
    )
    end: datetime | None = strawberry.field(
        default=strawberry.UNSET, name="to", description="Before this time."
    )


def values(name: str, sent: Iterable[T] | None) -> tuple[T, ...] | None:
    """The values of a list of a filter, or None for any value. Raises LimitExceeded for too many."""
    present = value_or_none(sent)
    if present is None:
        return None
    found = tuple(present)
    if len(found) > VALUES_LIMIT:
        raise LimitExceeded(f"{name} has {len(found):,} values; at most {VALUES_LIMIT:,} are allowed.")
    return found


def keys(kind: Kind, ids: Iterable[str] | None) -> Keys:
    """The database keys of these IDs. Raises BadUserInput for an ID of another kind, LimitExceeded for too many."""
    present = values(f"The list of {kind.noun} IDs", ids)
    if present is None:
        return None
    found = []
    for opaque_id in present:
        number = number_of(kind, opaque_id)
        if number is None:
            raise BadUserInput(f"{opaque_id[:80]!r} is not the ID of a {kind.noun}.", {"id": opaque_id[:80]})
        found.append(number)
    return tuple(found)


def period(sent: PeriodInput | None) -> Period | None:
    """Raises BadUserInput if the period ends before it begins."""
    present = value_or_none(sent)
    if present is None:
        return None
    begin, end = value_or_none(present.begin), value_or_none(present.end)
    if begin is not None and end is not None and end < begin:
        raise BadUserInput(f"The period ends ({end.isoformat()}) before it begins ({begin.isoformat()}).")
    return Period(begin, end)
