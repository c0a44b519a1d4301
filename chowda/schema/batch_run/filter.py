"""The filter and the sort order of lists of batch runs."""

from __future__ import annotations

from enum import Enum

import strawberry

from chowda.ids import Kind
from chowda.runs.batch_run_list import BatchRunFilter
from chowda.schema.enums import RunStatus
from chowda.schema.filter_values import PeriodInput, keys, period, values
from chowda.schema.optional_values import value_or_none


@strawberry.enum(name="BatchRunSort", description="The sort order of batch runs.")
class BatchRunSort(Enum):
    CREATED = strawberry.enum_value("CREATED", description="By the time when someone started the batch.")
    ENDED = strawberry.enum_value(
        "ENDED", description="By the time when the run ended. The list contains only runs that have ended."
    )
    DURATION = strawberry.enum_value(
        "DURATION",
        description="By the time from the first call to the end. The list contains only runs with both.",
    )


@strawberry.input(
    name="BatchRunFilter",
    description="Conditions that a batch run must all meet. A list is met by any one of its values.",
)
class BatchRunFilterInput:
    status: list[RunStatus] | None = strawberry.UNSET
    batches: list[strawberry.ID] | None = strawberry.UNSET
    pipelines: list[strawberry.ID] | None = strawberry.UNSET
    apps: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Runs with a step of one of these apps."
    )
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="Part of the batch's name, in any case."
    )
    collections: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Runs with a media file from one of these collections."
    )
    created: PeriodInput | None = strawberry.UNSET
    started: PeriodInput | None = strawberry.UNSET
    ended: PeriodInput | None = strawberry.UNSET

    def to_filter(self) -> BatchRunFilter:
        return BatchRunFilter(
            statuses=values("status", self.status),
            batches=keys(Kind.BATCH, self.batches),
            pipelines=keys(Kind.PIPELINE, self.pipelines),
            apps=keys(Kind.APP, self.apps),
            text=value_or_none(self.text),
            collections=keys(Kind.COLLECTION, self.collections),
            created=period(self.created),
            started=period(self.started),
            ended=period(self.ended),
        )
