"""Queries of MMIF."""

from __future__ import annotations

import strawberry

from chowda.ids import Kind, number_of
from chowda.schema.connection import Connection
from chowda.schema.context import Info
from chowda.schema.loaders import Loaders
from chowda.schema.mmif.dataloaders import read_mmifs
from chowda.schema.mmif.filter import MmifFilterInput, MmifSort
from chowda.schema.mmif.list import MMIFS
from chowda.schema.mmif.type import Mmif
from chowda.schema.paging import Paging


@strawberry.type
class MmifQueries:
    @strawberry.field
    async def mmif(self, info: Info, id: strawberry.ID) -> Mmif | None:
        key = number_of(Kind.MMIF, id)
        return await Loaders.of(info).node_or_none(read_mmifs, key) if key is not None else None

    @strawberry.field(description="All MMIF, newest first.")
    async def mmifs(
        self,
        info: Info,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
        filter: MmifFilterInput | None = strawberry.UNSET,
        sort: MmifSort = MmifSort.CREATED,
        descending: bool = True,
    ) -> Connection[Mmif]:
        conditions = (filter or MmifFilterInput()).to_filter()
        query = Paging(first, after, last, before).query(MMIFS.spec, conditions, sort.name, descending)
        return await MMIFS.connect(Loaders.of(info), query)
