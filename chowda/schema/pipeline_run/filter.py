"""The filter and the sort order of lists of pipeline runs."""

from __future__ import annotations

from enum import Enum

import strawberry

from chowda.ids import Kind
from chowda.runs.pipeline_run_list import PipelineRunFilter
from chowda.schema.enums import RunStatus, StepErrorCode
from chowda.schema.filter_values import PeriodInput, keys, period, values
from chowda.schema.optional_values import value_or_none


@strawberry.enum(name="PipelineRunSort", description="The sort order of pipeline runs.")
class PipelineRunSort(Enum):
    CREATED = strawberry.enum_value(
        "CREATED",
        description="By the time when the batch run was started and, within a batch run, in the order in which the "
        "media files were added to the batch.",
    )
    ENDED = strawberry.enum_value(
        "ENDED", description="By the time when the run ended. The list contains only runs that have ended."
    )


@strawberry.input(
    name="PipelineRunFilter",
    description="Conditions that a pipeline run must all meet. A list is met by any one of its values.",
)
class PipelineRunFilterInput:
    status: list[RunStatus] | None = strawberry.UNSET
    batch_runs: list[strawberry.ID] | None = strawberry.UNSET
    batches: list[strawberry.ID] | None = strawberry.UNSET
    pipelines: list[strawberry.ID] | None = strawberry.UNSET
    apps: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Runs with a step of one of these apps."
    )
    guids: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Runs of one of these media files."
    )
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="Part of the media file's GUID, in any case."
    )
    error_codes: list[StepErrorCode] | None = strawberry.field(
        default=strawberry.UNSET,
        description="The error code of the failed step. Only failed runs have one.",
    )
    collections: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Runs of a media file in one of these collections."
    )
    created: PeriodInput | None = strawberry.UNSET
    ended: PeriodInput | None = strawberry.UNSET

    def to_filter(self) -> PipelineRunFilter:
        return PipelineRunFilter(
            statuses=values("status", self.status),
            batch_runs=keys(Kind.BATCH_RUN, self.batch_runs),
            batches=keys(Kind.BATCH, self.batches),
            pipelines=keys(Kind.PIPELINE, self.pipelines),
            apps=keys(Kind.APP, self.apps),
            guids=values("guids", self.guids),
            text=value_or_none(self.text),
            error_codes=values("errorCodes", self.error_codes),
            collections=keys(Kind.COLLECTION, self.collections),
            created=period(self.created),
            ended=period(self.ended),
        )
