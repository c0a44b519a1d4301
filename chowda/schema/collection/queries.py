"""Queries of collections."""

from __future__ import annotations

import strawberry

from chowda.ids import Kind, number_of
from chowda.schema.collection.dataloaders import read_collections
from chowda.schema.collection.filter import CollectionFilterInput, CollectionSort
from chowda.schema.collection.list import COLLECTIONS
from chowda.schema.collection.type import Collection
from chowda.schema.connection import Connection
from chowda.schema.context import Info
from chowda.schema.loaders import Loaders
from chowda.schema.paging import Paging


@strawberry.type
class CollectionQueries:
    @strawberry.field
    async def collection(self, info: Info, id: strawberry.ID) -> Collection | None:
        key = number_of(Kind.COLLECTION, id)
        return await Loaders.of(info).node_or_none(read_collections, key) if key is not None else None

    @strawberry.field(description="All collections, by name.")
    async def collections(
        self,
        info: Info,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
        filter: CollectionFilterInput | None = strawberry.UNSET,
        sort: CollectionSort = CollectionSort.NAME,
        descending: bool = False,
    ) -> Connection[Collection]:
        conditions = (filter or CollectionFilterInput()).to_filter()
        query = Paging(first, after, last, before).query(COLLECTIONS.spec, conditions, sort.name, descending)
        return await COLLECTIONS.connect(Loaders.of(info), query)
