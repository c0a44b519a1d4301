"""The filter and the sort order of lists of pipelines."""

from __future__ import annotations

from enum import Enum

import strawberry

from chowda.ids import Kind
from chowda.pipelines.list import PipelineFilter
from chowda.schema.filter_values import PeriodInput, keys, period, values
from chowda.schema.optional_values import value_or_none


@strawberry.enum(name="PipelineSort", description="The sort order of pipelines.")
class PipelineSort(Enum):
    NAME = strawberry.enum_value("NAME", description="By name, letter by letter, capitals first.")
    CREATED = strawberry.enum_value("CREATED", description="By the time of creation.")


@strawberry.input(
    name="PipelineFilter",
    description="Conditions that a pipeline must all meet. A list is met by any one of its values.",
)
class PipelineFilterInput:
    names: list[str] | None = strawberry.field(default=strawberry.UNSET, description="The exact name.")
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="Part of the name or the description, in any case."
    )
    apps: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Pipelines whose newest version has a step of one of these apps.",
    )
    archived: bool | None = strawberry.field(
        default=False, description="true: archived pipelines. Null: archived or not."
    )
    created: PeriodInput | None = strawberry.UNSET

    def to_filter(self) -> PipelineFilter:
        return PipelineFilter(
            names=values("names", self.names),
            text=value_or_none(self.text),
            apps=keys(Kind.APP, self.apps),
            archived=self.archived,
            created=period(self.created),
        )
