"""Arguments of lists that several nouns share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

import strawberry

from chowda.errors import BadUserInput, LimitExceeded
from chowda.ids import Kind, number_of
from chowda.pagination.filters import Keys, Period
from chowda.pagination.keyset import ListQuery, PageRequest, Parent
from chowda.schema.connection import Nodes
from chowda.schema.grouped_arguments import Resolver, gathered, optional
from chowda.schema.unset import given

T = TypeVar("T")

VALUES_LIMIT = 10_000
"In one list of a filter."


@strawberry.input(description="A stretch of time; either end may be left open.")
class PeriodInput:
    begin: datetime | None = strawberry.field(
        default=strawberry.UNSET, name="from", description="From this time on."
    )
    end: datetime | None = strawberry.field(
        default=strawberry.UNSET, name="to", description="Before this time."
    )


@dataclass(frozen=True, slots=True)
class Paging:
    """The four arguments of every list, as they were given."""

    first: int | None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    def listing(
        self,
        nodes: Nodes[Any, Any],
        filter: Hashable,
        sort: Enum | str,
        descending: bool = True,
        parent: Parent | None = None,
    ) -> ListQuery:
        """What they ask for. Raises BadUserInput for a cursor that is not of this list, LimitExceeded."""
        page = PageRequest.of(given(self.first), given(self.after), given(self.last), given(self.before))
        query = ListQuery(
            nodes.spec,
            filter,
            sort.value if isinstance(sort, Enum) else sort,
            descending,
            page,
            parent,
            bound_to_filter=parent is None,
        )
        query.position()  # raises for a cursor that is not valid
        return query


PAGING = [optional("first", int), optional("after", str), optional("last", int), optional("before", str)]

paged: Callable[[Resolver[Any]], Resolver[Any]] = gathered("paging", PAGING, Paging)
"""A list within something: its resolver takes the four arguments as one, called `paging`."""


def values(what: str, told: Iterable[T] | None) -> tuple[T, ...] | None:
    """Any of these; None: whichever."""
    chosen = given(told)
    if chosen is None:
        return None
    found = tuple(chosen)
    if len(found) > VALUES_LIMIT:
        raise LimitExceeded(f"{what} has {len(found):,} values; at most {VALUES_LIMIT:,} are allowed.")
    return found


def keys(kind: Kind, told: Iterable[str] | None) -> Keys:
    """The rows that these IDs name. BadUserInput for what can't be an ID of this kind."""
    chosen = values(f"The list of {kind.noun} IDs", told)
    if chosen is None:
        return None
    found = []
    for opaque_id in chosen:
        number = number_of(kind, opaque_id)
        if number is None:
            raise BadUserInput(f"{opaque_id[:80]!r} is not the ID of a {kind.noun}.", {"id": opaque_id[:80]})
        found.append(number)
    return tuple(found)


def period(told: PeriodInput | None) -> Period | None:
    """BadUserInput for one that ends before it begins."""
    chosen = given(told)
    if chosen is None:
        return None
    begin, end = given(chosen.begin), given(chosen.end)
    if begin is not None and end is not None and end < begin:
        raise BadUserInput(f"The period ends ({end.isoformat()}) before it begins ({begin.isoformat()}).")
    return Period(begin, end)
