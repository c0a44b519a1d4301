"""The filter and the sort order of lists of MMIF."""

from __future__ import annotations

from enum import Enum

import strawberry

from chowda.ids import Kind
from chowda.media.mmif_list import MmifFilter
from chowda.schema.enums import MmifOrigin
from chowda.schema.filter_values import PeriodInput, keys, period, values
from chowda.schema.optional_values import value_or_none


@strawberry.enum(name="MmifSort", description="The sort order of MMIF.")
class MmifSort(Enum):
    CREATED = strawberry.enum_value("CREATED", description="By the time of creation.")
    SIZE = strawberry.enum_value("SIZE", description="By size.")


@strawberry.input(
    name="MmifFilter",
    description="Conditions that a MMIF must all meet. A list is met by any one of its values.",
)
class MmifFilterInput:
    origins: list[MmifOrigin] | None = strawberry.UNSET
    apps: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="MMIF produced by one of these apps, in any version."
    )
    guids: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="MMIF of one of these media files."
    )
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="Part of the media file's GUID, in any case."
    )
    collections: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="MMIF of a media file in one of these collections."
    )
    created: PeriodInput | None = strawberry.UNSET

    def to_filter(self) -> MmifFilter:
        return MmifFilter(
            origins=values("origins", self.origins),
            apps=keys(Kind.APP, self.apps),
            guids=values("guids", self.guids),
            text=value_or_none(self.text),
            collections=keys(Kind.COLLECTION, self.collections),
            created=period(self.created),
        )
