"""The filter and the sort order of lists of batches."""

from __future__ import annotations

from enum import Enum

import strawberry

from chowda.batches.list import BatchFilter
from chowda.ids import Kind
from chowda.schema.filter_values import PeriodInput, keys, period, values
from chowda.schema.optional_values import value_or_none


@strawberry.enum(name="BatchSort", description="The sort order of batches.")
class BatchSort(Enum):
    CREATED = strawberry.enum_value("CREATED", description="By the time of creation.")
    NAME = strawberry.enum_value("NAME", description="By name, letter by letter, capitals first.")
    SIZE = strawberry.enum_value("SIZE", description="By the number of media files.")


@strawberry.input(
    name="BatchFilter",
    description="Conditions that a batch must all meet. A list is met by any one of its values.",
)
class BatchFilterInput:
    names: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="The exact name. Names of batches need not be unique."
    )
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="Part of the name, in any case."
    )
    pipelines: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Batches whose default pipeline is one of these."
    )
    guids: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Batches that contain one of these media files."
    )
    collections: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Batches that contain a media file from one of these collections.",
    )
    created: PeriodInput | None = strawberry.UNSET

    def to_filter(self) -> BatchFilter:
        return BatchFilter(
            names=values("names", self.names),
            text=value_or_none(self.text),
            pipelines=keys(Kind.PIPELINE, self.pipelines),
            guids=values("guids", self.guids),
            collections=keys(Kind.COLLECTION, self.collections),
            created=period(self.created),
        )
