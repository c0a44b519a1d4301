"""Queries of batches."""

from __future__ import annotations

import strawberry

from chowda.ids import Kind, number_of
from chowda.schema.batch.dataloaders import read_batches
from chowda.schema.batch.filter import BatchFilterInput, BatchSort
from chowda.schema.batch.list import BATCHES
from chowda.schema.batch.type import Batch
from chowda.schema.connection import Connection
from chowda.schema.context import Info
from chowda.schema.loaders import Loaders
from chowda.schema.paging import Paging


@strawberry.type
class BatchQueries:
    @strawberry.field
    async def batch(self, info: Info, id: strawberry.ID) -> Batch | None:
        key = number_of(Kind.BATCH, id)
        return await Loaders.of(info).node_or_none(read_batches, key) if key is not None else None

    @strawberry.field(description="All batches, newest first.")
    async def batches(
        self,
        info: Info,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
        filter: BatchFilterInput | None = strawberry.UNSET,
        sort: BatchSort = BatchSort.CREATED,
        descending: bool = True,
    ) -> Connection[Batch]:
        conditions = (filter or BatchFilterInput()).to_filter()
        query = Paging(first, after, last, before).query(BATCHES.spec, conditions, sort.name, descending)
        return await BATCHES.connect(Loaders.of(info), query)
