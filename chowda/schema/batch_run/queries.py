"""Queries of batch runs."""

from __future__ import annotations

import strawberry

from chowda.ids import Kind, number_of
from chowda.schema.batch_run.dataloaders import read_batch_runs
from chowda.schema.batch_run.filter import BatchRunFilterInput, BatchRunSort
from chowda.schema.batch_run.list import BATCH_RUNS
from chowda.schema.batch_run.type import BatchRun
from chowda.schema.connection import Connection
from chowda.schema.context import Info
from chowda.schema.loaders import Loaders
from chowda.schema.paging import Paging


@strawberry.type
class BatchRunQueries:
    @strawberry.field
    async def batch_run(self, info: Info, id: strawberry.ID) -> BatchRun | None:
        key = number_of(Kind.BATCH_RUN, id)
        return await Loaders.of(info).node_or_none(read_batch_runs, key) if key is not None else None

    @strawberry.field(description="All batch runs, newest first.")
    async def batch_runs(
        self,
        info: Info,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
        filter: BatchRunFilterInput | None = strawberry.UNSET,
        sort: BatchRunSort = BatchRunSort.CREATED,
        descending: bool = True,
    ) -> Connection[BatchRun]:
        conditions = (filter or BatchRunFilterInput()).to_filter()
        query = Paging(first, after, last, before).query(BATCH_RUNS.spec, conditions, sort.name, descending)
        return await BATCH_RUNS.connect(Loaders.of(info), query)
