"""The filter and the sort order of lists of collections."""

from __future__ import annotations

from enum import Enum

import strawberry

from chowda.media.collection_list import CollectionFilter
from chowda.schema.filter_values import PeriodInput, period, values
from chowda.schema.optional_values import value_or_none


@strawberry.enum(name="CollectionSort", description="The sort order of collections.")
class CollectionSort(Enum):
    NAME = strawberry.enum_value("NAME", description="By name, letter by letter, capitals first.")
    CREATED = strawberry.enum_value("CREATED", description="By the time of creation.")


@strawberry.input(
    name="CollectionFilter",
    description="Conditions that a collection must all meet. A list is met by any one of its values.",
)
class CollectionFilterInput:
    names: list[str] | None = strawberry.field(default=strawberry.UNSET, description="The exact name.")
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="Part of the name or the description, in any case."
    )
    guids: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Collections that contain one of these media files."
    )
    created: PeriodInput | None = strawberry.UNSET

    def to_filter(self) -> CollectionFilter:
        return CollectionFilter(
            names=values("names", self.names),
            text=value_or_none(self.text),
            guids=values("guids", self.guids),
            created=period(self.created),
        )
