"""Lists of pipeline runs."""

from __future__ import annotations

from enum import Enum

import strawberry

from chowda.ids import Kind
from chowda.runs import pipeline_run_list
from chowda.runs.pipeline_run_list import PipelineRunFilter
from chowda.schema.enums import RunStatus, StepErrorCode
from chowda.schema.list_arguments import PeriodInput, keys, period, values
from chowda.schema.list_field import ListField
from chowda.schema.pipeline_run.type import PipelineRun, with_their_parts
from chowda.schema.unset import given


@strawberry.enum(name="PipelineRunSort", description="By what pipeline runs are sorted.")
class PipelineRunSort(Enum):
    CREATED = strawberry.enum_value(
        "CREATED",
        description="When their batch run was started; within one, in the order in which their media files were added.",
    )
    ENDED = strawberry.enum_value("ENDED", description="When it ended; lists those alone that have ended.")


@strawberry.input(name="PipelineRunFilter", description="What is given must all hold; of a list, one.")
class PipelineRunFilterInput:
    status: list[RunStatus] | None = strawberry.UNSET
    batch_runs: list[strawberry.ID] | None = strawberry.UNSET
    batches: list[strawberry.ID] | None = strawberry.UNSET
    pipelines: list[strawberry.ID] | None = strawberry.UNSET
    apps: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="With a step of one of these apps."
    )
    guids: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Of one of these media files."
    )
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="In the GUID of its media file, in whatever case."
    )
    error_codes: list[StepErrorCode] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Of the step that failed; failed runs alone have one.",
    )
    collections: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Of a media file of one of these collections."
    )
    created: PeriodInput | None = strawberry.UNSET
    ended: PeriodInput | None = strawberry.UNSET

    def of(self) -> PipelineRunFilter:
        return PipelineRunFilter(
            statuses=values("status", self.status),
            batch_runs=keys(Kind.BATCH_RUN, self.batch_runs),
            batches=keys(Kind.BATCH, self.batches),
            pipelines=keys(Kind.PIPELINE, self.pipelines),
            apps=keys(Kind.APP, self.apps),
            guids=values("guids", self.guids),
            text=given(self.text),
            error_codes=values("errorCodes", self.error_codes),
            collections=keys(Kind.COLLECTION, self.collections),
            created=period(self.created),
            ended=period(self.ended),
        )


PIPELINE_RUNS = ListField(
    pipeline_run_list.PIPELINE_RUNS,
    with_their_parts,
    Kind.PIPELINE_RUN,
    PipelineRun,
    PipelineRunFilterInput,
    PipelineRunSort.CREATED,
    descending=True,
)
