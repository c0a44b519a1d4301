"""Queries of pipeline runs."""

from __future__ import annotations

import strawberry

from chowda.ids import Kind, number_of
from chowda.schema.connection import Connection
from chowda.schema.context import Info
from chowda.schema.loaders import Loaders
from chowda.schema.paging import Paging
from chowda.schema.pipeline_run.dataloaders import read_pipeline_runs
from chowda.schema.pipeline_run.filter import PipelineRunFilterInput, PipelineRunSort
from chowda.schema.pipeline_run.list import PIPELINE_RUNS
from chowda.schema.pipeline_run.type import PipelineRun


@strawberry.type
class PipelineRunQueries:
    @strawberry.field
    async def pipeline_run(self, info: Info, id: strawberry.ID) -> PipelineRun | None:
        key = number_of(Kind.PIPELINE_RUN, id)
        return await Loaders.of(info).node_or_none(read_pipeline_runs, key) if key is not None else None

    @strawberry.field(description="The pipeline runs of all batch runs, newest first.")
    async def pipeline_runs(
        self,
        info: Info,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
        filter: PipelineRunFilterInput | None = strawberry.UNSET,
        sort: PipelineRunSort = PipelineRunSort.CREATED,
        descending: bool = True,
    ) -> Connection[PipelineRun]:
        conditions = (filter or PipelineRunFilterInput()).to_filter()
        query = Paging(first, after, last, before).query(
            PIPELINE_RUNS.spec, conditions, sort.name, descending
        )
        return await PIPELINE_RUNS.connect(Loaders.of(info), query)
