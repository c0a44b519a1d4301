"""Queries of pipelines."""

from __future__ import annotations

import strawberry

from chowda.ids import Kind, number_of
from chowda.pipelines import validation
from chowda.schema.connection import Connection
from chowda.schema.context import Info
from chowda.schema.loaders import Loaders
from chowda.schema.paging import Paging
from chowda.schema.pipeline.check import StepCheck
from chowda.schema.pipeline.dataloaders import read_pipelines
from chowda.schema.pipeline.filter import PipelineFilterInput, PipelineSort
from chowda.schema.pipeline.inputs import PipelineStepInput, new_steps
from chowda.schema.pipeline.list import PIPELINES
from chowda.schema.pipeline.type import Pipeline


@strawberry.type
class PipelineQueries:
    @strawberry.field
    async def pipeline(self, info: Info, id: strawberry.ID) -> Pipeline | None:
        key = number_of(Kind.PIPELINE, id)
        return await Loaders.of(info).node_or_none(read_pipelines, key) if key is not None else None

    @strawberry.field(description="All pipelines.")
    async def pipelines(
        self,
        info: Info,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
        filter: PipelineFilterInput | None = strawberry.UNSET,
        sort: PipelineSort = PipelineSort.NAME,
        descending: bool = False,
    ) -> Connection[Pipeline]:
        conditions = (filter or PipelineFilterInput()).to_filter()
        query = Paging(first, after, last, before).query(PIPELINES.spec, conditions, sort.name, descending)
        return await PIPELINES.connect(Loaders.of(info), query)

    @strawberry.field(
        description="Checks the steps of a pipeline before it is created: what is wrong with each step, and what "
        "produces its inputs. Returns one check for each step, in order. NOT_FOUND for an unknown app."
    )
    async def check_pipeline(self, info: Info, steps: list[PipelineStepInput]) -> list[StepCheck]:
        async with info.context.database.session() as session:
            checks = await validation.check(session, new_steps(steps))
        return [StepCheck.of(check) for check in checks]
