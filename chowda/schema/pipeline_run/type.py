"""Pipeline runs: one media file on its way through the pipeline of a batch run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.ids import Kind, opaque
from chowda.media.mmifs import mmifs_by_id
from chowda.models.step_key import steps_of
from chowda.runs import wait_reasons
from chowda.runs.wait_reasons import Waiting
from chowda.schema.app.type import read_apps
from chowda.schema.dataloaders import Loaders, one_snapshot
from chowda.schema.enums import RunStatus
from chowda.schema.media_file.type import MediaFile, read_media_files
from chowda.schema.mmif.type import Mmif
from chowda.schema.step_run.type import StepRun

if TYPE_CHECKING:
    from chowda.schema.batch_run.type import BatchRun

STEPS_OF = text(f"""
    SELECT s.* FROM unnest(CAST(:ids AS bigint[])) AS p(id), LATERAL (
        SELECT * FROM step_runs
        WHERE {steps_of("p.id", "id")} ORDER BY id
    ) AS s ORDER BY s.id
""")


@strawberry.type(description="One media file on its way through the pipeline of a batch run.")
class PipelineRun:
    media_file_key: strawberry.Private[int]
    batch_run_key: strawberry.Private[int]
    loaders: strawberry.Private[Loaders]
    id: strawberry.ID
    media_file: MediaFile
    status: RunStatus
    paused: bool = strawberry.field(
        description="A person paused this file: nothing new of it starts, what is in flight goes on. False when it has "
        "ended, and of no account for a pause of the whole batch run."
    )
    percent: float = strawberry.field(description="0 to 100, over all its steps.")
    steps: list[StepRun] = strawberry.field(description="One for each step of the pipeline, in order.")
    mmif: Mmif | None = strawberry.field(
        description="The newest good one: the input at first, the last step's output in the end."
    )
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @strawberry.field
    async def batch_run(self) -> Annotated[BatchRun, strawberry.lazy("chowda.schema.batch_run.type")]:
        from chowda.schema.batch_run.type import read_batch_runs

        return await self.loaders.require(read_batch_runs, self.batch_run_key)


async def with_their_parts(
    session: AsyncSession, loaders: Loaders, rows: Sequence[models.PipelineRun]
) -> list[PipelineRun]:
    """The runs with their steps, apps, files and MMIF, in a fixed number of statements.

    Plain attributes, since pages hold hundreds of runs and a resolver of its own costs each field twice as
    much. The session should see one snapshot, so that the steps are those of these very runs.
    """
    if not rows:
        return []
    files = await read_media_files(session, loaders, [row.media_file_id for row in rows])
    steps: dict[int, list[models.StepRun]] = defaultdict(list)
    for step in await session.scalars(
        select(models.StepRun).from_statement(STEPS_OF), {"ids": [row.id for row in rows]}
    ):
        steps[step.pipeline_run_id].append(step)
    apps = await read_apps(
        session, loaders, {step.clams_app_id for group in steps.values() for step in group}
    )
    mmifs = await _mmifs(session, loaders, rows, steps.values(), files) if "mmif" in loaders.names else {}
    waits = await _waits(session, steps.values()) if "waitingFor" in loaders.names else {}
    runs = []
    for row in rows:
        step_runs = [StepRun.of(step, loaders, apps, mmifs, waits) for step in steps[row.id]]
        runs.append(
            PipelineRun(
                media_file_key=row.media_file_id,
                batch_run_key=row.batch_run_id,
                loaders=loaders,
                id=strawberry.ID(opaque(Kind.PIPELINE_RUN, row.id)),
                media_file=files[row.media_file_id],
                status=RunStatus(row.status),
                paused=any(step.paused for step in steps[row.id] if step.ended_at is None),
                percent=sum(step.percent for step in step_runs) / len(step_runs),
                steps=step_runs,
                mmif=mmifs.get(row.mmif_id) if row.mmif_id is not None else None,
                created_at=row.created_at,
                started_at=row.started_at,
                ended_at=row.ended_at,
            )
        )
    return runs


async def _waits(session: AsyncSession, steps: Iterable[Sequence[models.StepRun]]) -> dict[int, Waiting]:
    waiting_steps = [step.id for group in steps for step in group if step.status == RunStatus.WAITING]
    return await wait_reasons.read(session, waiting_steps)


async def _mmifs(
    session: AsyncSession,
    loaders: Loaders,
    rows: Sequence[models.PipelineRun],
    steps: Iterable[Sequence[models.StepRun]],
    files: dict[int, MediaFile],
) -> dict[int, Mmif]:
    keys = {row.mmif_id for row in rows} | {step.mmif_id for group in steps for step in group}
    found = await mmifs_by_id(session, [key for key in keys if key is not None])
    return {key: Mmif.of(row, files[row.media_file_id], loaders) for key, row in found.items()}


async def read_pipeline_runs(
    session: AsyncSession, loaders: Loaders, keys: Sequence[int]
) -> dict[int, PipelineRun]:
    await one_snapshot(session)
    rows = await session.scalars(
        select(models.PipelineRun).where(text("pipeline_runs.id = ANY(:ids)")), {"ids": list(keys)}
    )
    ordered = rows.all()
    runs = await with_their_parts(session, loaders, ordered)
    return {row.id: run for row, run in zip(ordered, runs, strict=True)}
