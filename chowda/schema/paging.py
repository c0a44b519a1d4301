"""The paging arguments that every list has: first, after, last and before."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from chowda.pagination.keyset import ListQuery, ListSpec, PageRequest, Parent
from chowda.schema.optional_values import value_or_none


@dataclass(frozen=True, slots=True)
class Paging:
    first: int | None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    def query(
        self,
        spec: ListSpec[Any],
        filter: Hashable,
        order: str,
        descending: bool = True,
        parent: Parent | None = None,
    ) -> ListQuery:
        """The page of a list. `parent` restricts the list to the rows of one parent.

        Raises BadUserInput for a cursor of another list and for arguments that exclude each other, LimitExceeded
        for too large a page.
        """
        page = PageRequest.of(
            value_or_none(self.first),
            value_or_none(self.after),
            value_or_none(self.last),
            value_or_none(self.before),
        )
        query = ListQuery(spec, filter, order, descending, page, parent, bound_to_filter=parent is None)
        query.position()  # raises for a cursor of another list
        return query
