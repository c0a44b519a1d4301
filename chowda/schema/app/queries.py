"""Queries of apps."""

from __future__ import annotations

import strawberry

from chowda.ids import Kind, number_of
from chowda.schema.app.dataloaders import read_apps
from chowda.schema.app.filter import AppFilterInput, AppSort
from chowda.schema.app.list import APPS
from chowda.schema.app.type import ClamsApp
from chowda.schema.connection import Connection
from chowda.schema.context import Info
from chowda.schema.loaders import Loaders
from chowda.schema.paging import Paging


@strawberry.type
class AppQueries:
    @strawberry.field
    async def app(self, info: Info, id: strawberry.ID) -> ClamsApp | None:
        key = number_of(Kind.APP, id)
        return await Loaders.of(info).node_or_none(read_apps, key) if key is not None else None

    @strawberry.field(description="All CLAMS apps.")
    async def apps(
        self,
        info: Info,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
        filter: AppFilterInput | None = strawberry.UNSET,
        sort: AppSort = AppSort.NAME,
        descending: bool = False,
    ) -> Connection[ClamsApp]:
        conditions = (filter or AppFilterInput()).to_filter()
        query = Paging(first, after, last, before).query(APPS.spec, conditions, sort.name, descending)
        return await APPS.connect(Loaders.of(info), query)
