"""Lists of pipelines."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.ids import Kind
from chowda.pipelines import list as pipeline_list
from chowda.pipelines.list import PipelineFilter
from chowda.schema.dataloaders import Loaders
from chowda.schema.list_arguments import PeriodInput, keys, period, values
from chowda.schema.list_field import ListField
from chowda.schema.pipeline.type import Pipeline, read_pipelines
from chowda.schema.unset import given


@strawberry.enum(name="PipelineSort", description="By what pipelines are sorted.")
class PipelineSort(Enum):
    NAME = strawberry.enum_value("NAME", description="Letter by letter, capitals first.")
    CREATED = strawberry.enum_value("CREATED", description="When it was made.")


@strawberry.input(name="PipelineFilter", description="What is given must all hold; of a list, one.")
class PipelineFilterInput:
    names: list[str] | None = strawberry.field(default=strawberry.UNSET, description="Exactly one of these.")
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="In its name or description, in whatever case."
    )
    apps: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Whose newest version has a step of one of these apps."
    )
    archived: bool | None = strawberry.field(
        default=False, description="Those that are archived; null: archived or not."
    )
    created: PeriodInput | None = strawberry.UNSET

    def of(self) -> PipelineFilter:
        return PipelineFilter(
            names=values("names", self.names),
            text=given(self.text),
            apps=keys(Kind.APP, self.apps),
            archived=self.archived,
            created=period(self.created),
        )


async def _shape(session: AsyncSession, loaders: Loaders, rows: Sequence[models.Pipeline]) -> list[Pipeline]:
    found = await read_pipelines(session, loaders, [row.id for row in rows])
    return [found[row.id] for row in rows]


PIPELINES = ListField(
    pipeline_list.PIPELINES,
    _shape,
    Kind.PIPELINE,
    Pipeline,
    PipelineFilterInput,
    PipelineSort.NAME,
    descending=False,
)
