"""Reading batch runs by their keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import strawberry
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.ids import Kind, opaque
from chowda.pubsub.snapshot_cursor import current_cursor
from chowda.runs import counters, wait_reasons
from chowda.runs.counters import Counts
from chowda.runs.wait_reasons import StepPosition, Waiting
from chowda.schema.app.dataloaders import read_apps
from chowda.schema.app.type import ClamsApp
from chowda.schema.batch_run.progress import RunCounts, StepProgress, percent_of
from chowda.schema.batch_run.type import BatchRun
from chowda.schema.enums import RunStatus
from chowda.schema.loaders import Loaders, use_one_snapshot
from chowda.schema.pipeline.pipeline_step import PipelineStep
from chowda.schema.pipeline.type import Pipeline
from chowda.schema.step_run.waiting_for import WaitingFor


async def read_batch_runs(
    session: AsyncSession, loaders: Loaders, keys: Sequence[int]
) -> dict[int, BatchRun]:
    """Needs a session of its own."""
    await use_one_snapshot(session)
    return await build_batch_runs(session, loaders, keys)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What batch runs consist of beside their rows."""

    steps: Mapping[int, Sequence[models.BatchRunStep]]
    apps: Mapping[int, ClamsApp]
    counts: Mapping[int, Mapping[int, Counts]]
    "By batch run and step; position 0 counts the pipeline runs."
    running: Mapping[int, Mapping[int, float]]
    "By batch run and step: the sum of the percentages of the running step runs."
    waits: Mapping[StepPosition, Waiting]
    cursor: str
    as_of: datetime


async def build_batch_runs(
    session: AsyncSession, loaders: Loaders, keys: Sequence[int]
) -> dict[int, BatchRun]:
    """The session must see one snapshot, so that the cursors match the states exactly."""
    cursor, as_of = await current_cursor(session)
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
    waits = await _waits(session, rows, steps, counts) if "waitingFor" in loaders.field_names else {}
    parts = _Parts(steps, apps, counts, running, waits, cursor, as_of)
    return {row.id: _batch_run(row, parts, loaders) for row in rows}


async def _waits(
    session: AsyncSession,
    rows: Sequence[models.BatchRun],
    steps: Mapping[int, Sequence[models.BatchRunStep]],
    counts: Mapping[int, Mapping[int, Counts]],
) -> dict[StepPosition, Waiting]:
    """The wait reasons of steps that have waiting step runs and no running one."""
    positions = [
        _position(step)
        for row in rows
        if row.ended_at is None
        for step in steps[row.id]
        if (of_step := counts.get(row.id, {}).get(step.position)) and of_step.waiting and not of_step.running
    ]
    return await wait_reasons.read_next(session, positions) if positions else {}


def _position(step: models.BatchRunStep) -> StepPosition:
    return StepPosition(step.batch_run_id, step.position, step.clams_app_id)


def _batch_run(row: models.BatchRun, parts: _Parts, loaders: Loaders) -> BatchRun:
    steps = parts.steps[row.id]
    counts, running = parts.counts.get(row.id, {}), parts.running.get(row.id, {})
    by_step = [(counts.get(step.position, Counts()), running.get(step.position, 0.0)) for step in steps]
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
            steps=[PipelineStep.of(step, parts.apps) for step in steps],
        ),
        status=RunStatus(row.status),
        percent=percent_of(by_step),
        priority=row.priority,
        counts=RunCounts.of(counts.get(0, Counts())),
        steps=[
            StepProgress(
                position=step.position,
                app=parts.apps[step.clams_app_id],
                percent=percent_of([of_step]),
                counts=RunCounts.of(of_step[0]),
                waiting_for=WaitingFor.of(parts.waits.get(_position(step))),
            )
            for step, of_step in zip(steps, by_step, strict=True)
        ],
        cursor=parts.cursor,
        as_of=parts.as_of,
        stale=False,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )
