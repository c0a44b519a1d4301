"""Batch runs: the runs of a pipeline on a batch."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import strawberry

from chowda.pagination.keyset import PAGE_SIZE, Parent
from chowda.runs import attempt_list, pipeline_run_list
from chowda.runs.pipeline_run_list import PipelineRunFilter
from chowda.schema.batch.dataloaders import read_batches
from chowda.schema.batch.type import Batch
from chowda.schema.batch_run.progress import RunCounts, StepProgress
from chowda.schema.connection import Connection
from chowda.schema.enums import RunStatus
from chowda.schema.loaders import Loaders
from chowda.schema.paging import Paging
from chowda.schema.pipeline.type import Pipeline
from chowda.schema.pipeline_run.list import PIPELINE_RUNS
from chowda.schema.pipeline_run.type import PipelineRun
from chowda.schema.step_attempt.list import ATTEMPTS
from chowda.schema.step_attempt.type import StepAttempt


@strawberry.type(description="The run of a pipeline on a batch. Each start of a batch creates one.")
class BatchRun:
    key: strawberry.Private[int]
    batch_key: strawberry.Private[int]
    loaders: strawberry.Private[Loaders]
    id: strawberry.ID
    pipeline: Pipeline = strawberry.field(description="The pipeline as it was at the start.")
    status: RunStatus
    percent: float = strawberry.field(
        description="0 to 100, over all steps of all pipeline runs. Parts that have ended count as done, so it is 100 "
        "when all have ended. It decreases only after a retry."
    )
    priority: int = strawberry.field(
        description="If batch runs share an app, the one with the higher priority goes first. Batch runs with the same "
        "priority take turns."
    )
    counts: RunCounts = strawberry.field(description="How many of its pipeline runs are in each state.")
    steps: list[StepProgress] = strawberry.field(description="One for each step of the pipeline, in order.")
    cursor: str = strawberry.field(
        description="Read this state, then subscribe to pipelineRuns(after: cursor): no change is lost between the two."
    )
    as_of: datetime = strawberry.field(description="The time of this state, by the database's clock.")
    stale: bool = strawberry.field(
        description="true, only in a subscription: Chowda cannot read its database, and this is the last state that it "
        "knows, as of `asOf`. The present state follows once the database is back."
    )
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @strawberry.field
    async def batch(self) -> Batch:
        return await self.loaders.node(read_batches, self.batch_key)

    @strawberry.field(description="One for each media file. `first` is at most 500.")
    async def pipeline_runs(
        self,
        first: int | None = PAGE_SIZE,
        after: str | None = strawberry.UNSET,
        status: RunStatus | None = strawberry.UNSET,
    ) -> Connection[PipelineRun]:
        query = Paging(first, after).query(
            pipeline_run_list.PIPELINE_RUNS,
            PipelineRunFilter(statuses=(status,) if status else None),
            "CREATED",
            descending=False,
            parent=Parent("batch_run_id", self.key),
        )
        return await PIPELINE_RUNS.connect(self.loaders, query)

    @strawberry.field(
        description="All calls of apps, the one that started last first: what ran, when, and on which worker."
    )
    async def attempts(
        self,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
    ) -> Connection[StepAttempt]:
        query = Paging(first, after, last, before).query(
            attempt_list.ATTEMPTS, None, "BEGUN", parent=Parent("batch_run_id", self.key)
        )
        return await ATTEMPTS.connect(self.loaders, query)

    @strawberry.field(
        description="Problems, as far as Chowda knows now, that may make the run fail: see Pipeline.warnings. Empty "
        "after the run has ended."
    )
    async def warnings(self) -> list[str]:
        return [] if self.ended_at is not None else await self.pipeline.find_warnings()

    def marked_stale(self) -> BatchRun:
        """The same state, to be sent again. Fields that were loaded for it are not read again."""
        self.loaders.reset_node_count()
        return replace(self, stale=True)

    @property
    def visible_state(self) -> object:
        """All that a client can see of it, except its cursor and its pipeline runs: equal states look the same."""
        return (
            self.status,
            self.priority,
            self.percent,
            self.counts,
            [(step.percent, step.counts, step.waiting_for) for step in self.steps],
            self.started_at,
            self.ended_at,
        )
