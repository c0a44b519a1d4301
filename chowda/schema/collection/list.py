"""Lists of collections."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.ids import Kind
from chowda.media import collection_list
from chowda.media.collection_list import CollectionFilter
from chowda.schema.collection.type import Collection
from chowda.schema.dataloaders import Loaders
from chowda.schema.list_arguments import PeriodInput, period, values
from chowda.schema.list_field import ListField
from chowda.schema.unset import given


@strawberry.enum(name="CollectionSort", description="By what collections are sorted.")
class CollectionSort(Enum):
    NAME = strawberry.enum_value("NAME", description="Letter by letter, capitals first.")
    CREATED = strawberry.enum_value("CREATED", description="When it was made.")


@strawberry.input(name="CollectionFilter", description="What is given must all hold; of a list, one.")
class CollectionFilterInput:
    names: list[str] | None = strawberry.field(default=strawberry.UNSET, description="Exactly one of these.")
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="In its name or description, in whatever case."
    )
    guids: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="With one of these media files."
    )
    created: PeriodInput | None = strawberry.UNSET

    def of(self) -> CollectionFilter:
        return CollectionFilter(
            names=values("names", self.names),
            text=given(self.text),
            guids=values("guids", self.guids),
            created=period(self.created),
        )


async def _shape(
    session: AsyncSession, loaders: Loaders, rows: Sequence[models.Collection]
) -> list[Collection]:
    return [Collection.of(row) for row in rows]


COLLECTIONS = ListField(
    collection_list.COLLECTIONS,
    _shape,
    Kind.COLLECTION,
    Collection,
    CollectionFilterInput,
    CollectionSort.NAME,
    descending=False,
)
