"""Batch runs: one start of a batch on a pipeline, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.ids import Kind, opaque
from chowda.pagination.keyset import PAGE_SIZE, Parent
from chowda.pubsub.snapshot_cursor import current_cursor
from chowda.runs import batch_runs, counters, wait_reasons
from chowda.runs.counters import Counts
from chowda.runs.wait_reasons import StepPosition, Waiting
from chowda.schema.app.type import ClamsApp, read_apps
from chowda.schema.batch.type import Batch, read_batches
from chowda.schema.connection import Connection
from chowda.schema.dataloaders import Loaders, one_snapshot
from chowda.schema.enums import RunStatus
from chowda.schema.list_arguments import Paging, paged
from chowda.schema.pipeline.step import PipelineStep
from chowda.schema.pipeline.type import Pipeline
from chowda.schema.step_attempt.list import ATTEMPTS
from chowda.schema.step_attempt.type import StepAttempt
from chowda.schema.step_run.waiting_for import WaitingFor

if TYPE_CHECKING:
    from chowda.schema.pipeline_run.type import PipelineRun


@strawberry.type(description="How many are in each state.")
class RunCounts:
    total: int
    waiting: int
    running: int
    finished: int
    failed: int
    canceled: int

    @classmethod
    def of(cls, counts: Counts) -> RunCounts:
        return cls(
            total=counts.total,
            waiting=counts.waiting,
            running=counts.running,
            finished=counts.finished,
            failed=counts.failed,
            canceled=counts.canceled,
        )


@strawberry.type(description="How far one step of the pipeline has come over all media files.")
class StepProgress:
    position: int = strawberry.field(description="Counts from 1.")
    app: ClamsApp
    percent: float = strawberry.field(description="0 to 100; ended steps count as done.")
    counts: RunCounts = strawberry.field(description="Of its step runs.")
    waiting_for: WaitingFor | None = strawberry.field(
        description="Why none of its step runs runs, though one is ready: of the one that is next. Null while one runs."
    )


@strawberry.type(description="One start of a batch on a pipeline.")
class BatchRun:
    key: strawberry.Private[int]
    batch_key: strawberry.Private[int]
    loaders: strawberry.Private[Loaders]
    id: strawberry.ID
    pipeline: Pipeline = strawberry.field(description="As it was at the start.")
    status: RunStatus
    percent: float = strawberry.field(
        description="0 to 100, over all steps of all its pipeline runs. Ended parts count as done, so it is 100 "
        "when all has ended; it falls only on a retry."
    )
    priority: int = strawberry.field(
        description="Where batch runs share an app, the higher goes first; equal ones take turns."
    )
    counts: RunCounts = strawberry.field(description="Of its pipeline runs.")
    steps: list[StepProgress] = strawberry.field(description="One for each step of the pipeline, in order.")
    cursor: str = strawberry.field(
        description="Read this state, then subscribe to pipelineRuns(after: cursor): nothing is missed."
    )
    as_of: datetime = strawberry.field(description="When this was the state, by the database's clock.")
    stale: bool = strawberry.field(
        description="In a subscription: Chowda can't read its database just now, and this is the last state that it "
        "knows, as of `asOf`. The present state follows by itself. Never true in a query."
    )
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @strawberry.field
    async def batch(self) -> Batch:
        return await self.loaders.require(read_batches, self.batch_key)

    @strawberry.field(description="One for each media file; `first` is at most 500.")
    async def pipeline_runs(
        self,
        first: int | None = PAGE_SIZE,
        after: str | None = strawberry.UNSET,
        status: RunStatus | None = strawberry.UNSET,
    ) -> Connection[Annotated[PipelineRun, strawberry.lazy("chowda.schema.pipeline_run.type")]]:
        from chowda.runs.pipeline_run_list import PipelineRunFilter
        from chowda.schema.pipeline_run.list import PIPELINE_RUNS, PipelineRunSort

        asked = Paging(first, after).listing(
            PIPELINE_RUNS,
            PipelineRunFilter(statuses=(status,) if status else None),
            PipelineRunSort.CREATED,
            descending=False,
            parent=Parent("batch_run_id", self.key),
        )
        return await PIPELINE_RUNS.connect(self.loaders, asked)

    @strawberry.field(
        description="The calls of its apps, the one that began last first: what ran when on which worker."
    )
    @paged
    async def attempts(self, paging: Paging) -> Connection[StepAttempt]:
        asked = paging.listing(ATTEMPTS, None, "BEGUN", parent=Parent("batch_run_id", self.key))
        return await ATTEMPTS.connect(self.loaders, asked)

    @strawberry.field(
        description="What may keep it from going well, as far as it is known now: see Pipeline.warnings. Empty once it "
        "has ended."
    )
    async def warnings(self) -> list[str]:
        return [] if self.ended_at is not None else await self.pipeline.find_warnings()

    def out_of_date(self) -> BatchRun:
        """To be sent again while nothing newer can be read. What was read for it before is not read again."""
        self.loaders.begin_again()
        return replace(self, stale=True)

    @property
    def visible_state(self) -> object:
        """What a client sees of it, but for the cursor and its pipeline runs: equal states look the same."""
        return (
            self.status,
            self.priority,
            self.percent,
            self.counts,
            [(step.percent, step.counts, step.waiting_for) for step in self.steps],
            self.started_at,
            self.ended_at,
        )


async def read_batch_runs(
    session: AsyncSession, loaders: Loaders, keys: Sequence[int]
) -> dict[int, BatchRun]:
    """In a session of its own."""
    await one_snapshot(session)
    return await batch_runs_in(session, loaders, keys)


async def read_last_runs(
    session: AsyncSession, loaders: Loaders, batch_keys: Sequence[int]
) -> dict[int, BatchRun]:
    """By batch; those that were never started are left out. In a session of its own."""
    await one_snapshot(session)
    newest = await batch_runs.newest_of_batches(session, batch_keys)
    found = await batch_runs_in(session, loaders, list(newest.values()))
    return {batch_key: found[key] for batch_key, key in newest.items()}


async def read_last_runs_of_pipelines(
    session: AsyncSession, loaders: Loaders, pipeline_keys: Sequence[int]
) -> dict[int, BatchRun]:
    """By pipeline; those that were never started are left out. In a session of its own."""
    await one_snapshot(session)
    newest = await batch_runs.newest_of_pipelines(session, pipeline_keys)
    found = await batch_runs_in(session, loaders, list(newest.values()))
    return {pipeline_key: found[key] for pipeline_key, key in newest.items()}


async def batch_runs_in(session: AsyncSession, loaders: Loaders, keys: Sequence[int]) -> dict[int, BatchRun]:
    """In a session that sees one snapshot: so what they show is exactly what their cursor says was seen."""
    here = await current_cursor(session)
    ids = {"ids": list(keys)}
    rows = (
        await session.scalars(select(models.BatchRun).where(text("batch_runs.id = ANY(:ids)")), ids)
    ).all()
    counts = await counters.read(session, keys)
    running = await counters.running_percent(session, [row.id for row in rows if row.ended_at is None])
    steps: dict[int, list[models.BatchRunStep]] = {row.id: [] for row in rows}
    for step in await session.scalars(
        select(models.BatchRunStep)
        .where(text("batch_run_steps.batch_run_id = ANY(:ids)"))
        .order_by(models.BatchRunStep.batch_run_id, models.BatchRunStep.position),
        ids,
    ):
        steps[step.batch_run_id].append(step)
    apps = await read_apps(
        session, loaders, {step.clams_app_id for group in steps.values() for step in group}
    )
    waits = await _waits(session, rows, steps, counts) if "waitingFor" in loaders.names else {}
    return {
        row.id: _batch_run(
            row, steps[row.id], apps, counts.get(row.id, {}), running.get(row.id, {}), waits, here, loaders
        )
        for row in rows
    }


async def _waits(
    session: AsyncSession,
    rows: Sequence[models.BatchRun],
    steps: Mapping[int, Sequence[models.BatchRunStep]],
    counts: Mapping[int, Mapping[int, Counts]],
) -> dict[StepPosition, Waiting]:
    places = [
        _place(step)
        for row in rows
        if row.ended_at is None
        for step in steps[row.id]
        if (tally := counts.get(row.id, {}).get(step.position)) and tally.waiting and not tally.running
    ]
    return await wait_reasons.read_next(session, places) if places else {}


def _place(step: models.BatchRunStep) -> StepPosition:
    return StepPosition(step.batch_run_id, step.position, step.clams_app_id)


def _batch_run(
    row: models.BatchRun,
    steps: Sequence[models.BatchRunStep],
    apps: dict[int, ClamsApp],
    counts: Mapping[int, Counts],
    running: Mapping[int, float],
    waits: Mapping[StepPosition, Waiting],
    here: tuple[str, datetime],
    loaders: Loaders,
) -> BatchRun:
    cursor, as_of = here
    by_step = [(step, counts.get(step.position, Counts()), running.get(step.position, 0.0)) for step in steps]
    return BatchRun(
        key=row.id,
        batch_key=row.batch_id,
        loaders=loaders,
        id=strawberry.ID(opaque(Kind.BATCH_RUN, row.id)),
        pipeline=Pipeline(
            key=row.pipeline_id,
            loaders=loaders,
            id=strawberry.ID(opaque(Kind.PIPELINE, row.pipeline_id)),
            name=row.pipeline_name,
            description=row.pipeline_description,
            version=row.pipeline_version,
            steps=[PipelineStep.of(step, apps) for step in steps],
        ),
        status=RunStatus(row.status),
        percent=percent_of([(tally, running_sum) for _, tally, running_sum in by_step]),
        priority=row.priority,
        counts=RunCounts.of(counts.get(0, Counts())),
        steps=[
            StepProgress(
                position=step.position,
                app=apps[step.clams_app_id],
                percent=percent_of([(tally, running_sum)]),
                counts=RunCounts.of(tally),
                waiting_for=WaitingFor.of(waits.get(_place(step))),
            )
            for step, tally, running_sum in by_step
        ],
        cursor=cursor,
        as_of=as_of,
        stale=False,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


def percent_of(parts: Sequence[tuple[Counts, float]]) -> float:
    """Of all steps in these tallies: ended ones count as done, running ones by the sum of their percents.

    Exactly 100.0 when all have ended.
    """
    total = sum(tally.total for tally, _ in parts)
    ended = sum(tally.ended for tally, _ in parts)
    if ended == total:
        return 100.0
    return (100.0 * ended + sum(running_sum for _, running_sum in parts)) / total
