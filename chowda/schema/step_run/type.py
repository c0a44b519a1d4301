"""Step runs: one CLAMS app on one media file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, cast

import strawberry
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.ids import Kind, opaque
from chowda.media.mmifs import mmifs_by_id
from chowda.models.step_key import pipeline_run_id_of
from chowda.runs import attempts, wait_reasons
from chowda.runs.wait_reasons import Waiting
from chowda.schema.app.type import ClamsApp, read_apps
from chowda.schema.dataloaders import Loaders, one_snapshot
from chowda.schema.enums import ProgressSource, RunStatus
from chowda.schema.media_file.type import read_media_files
from chowda.schema.mmif.type import Mmif
from chowda.schema.scalars import JSON
from chowda.schema.step_attempt.type import StepAttempt, read_attempts
from chowda.schema.step_run.step_error import StepError
from chowda.schema.step_run.waiting_for import WaitingFor

if TYPE_CHECKING:
    from chowda.schema.pipeline_run.type import PipelineRun


@strawberry.type(description="One CLAMS app on one media file.")
class StepRun:
    key: strawberry.Private[int]
    loaders: strawberry.Private[Loaders]
    id: strawberry.ID = strawberry.field(description="Also the X-Request-ID of the calls of the app.")
    position: int = strawberry.field(description="Counts from 1.")
    app: ClamsApp
    status: RunStatus
    percent: float = strawberry.field(description="0 to 100; 100 when it has ended.")
    progress_source: ProgressSource
    attempts: int = strawberry.field(
        description="Calls begun, those lost with a worker included. 0 again when its file goes back beyond it."
    )
    error: StepError | None = strawberry.field(
        description="Of the last attempt that failed; null once the step is FINISHED."
    )
    mmif: Mmif | None = strawberry.field(description="Its output.")
    waiting_for: WaitingFor | None = strawberry.field(description="Null unless the step is WAITING.")
    started_at: datetime | None
    ended_at: datetime | None

    @strawberry.field(description="An object: the app's parameters in this place, as they were at the start.")
    async def parameters(self) -> JSON:
        return await self.loaders.require(read_parameters, self.key)

    @strawberry.field(description="Every call that began, in that order.")
    async def attempt_list(self) -> list[StepAttempt]:
        return await self.loaders.load(read_attempts, self.key) or []

    @strawberry.field(description="The media file's way through the pipeline that it is a step of.")
    async def pipeline_run(
        self,
    ) -> Annotated[PipelineRun, strawberry.lazy("chowda.schema.pipeline_run.type")]:
        from chowda.schema.pipeline_run.type import read_pipeline_runs

        return await self.loaders.require(read_pipeline_runs, pipeline_run_id_of(self.key))

    @classmethod
    def of(
        cls,
        row: models.StepRun,
        loaders: Loaders,
        apps: Mapping[int, ClamsApp],
        mmifs: Mapping[int, Mmif],
        waits: Mapping[int, Waiting],
    ) -> StepRun:
        status = RunStatus(row.status)
        return cls(
            key=row.id,
            loaders=loaders,
            id=strawberry.ID(opaque(Kind.STEP_RUN, row.id)),
            position=row.position,
            app=apps[row.clams_app_id],
            status=status,
            percent=100.0 if status.ended else row.percent,
            progress_source=ProgressSource(row.progress_source),
            attempts=row.attempts,
            error=StepError.of(row),
            mmif=mmifs.get(row.mmif_id) if row.mmif_id is not None else None,
            waiting_for=WaitingFor.of(waits.get(row.id)),
            started_at=row.started_at,
            ended_at=row.ended_at,
        )


async def read_step_runs(session: AsyncSession, loaders: Loaders, keys: Sequence[int]) -> dict[int, StepRun]:
    await one_snapshot(session)
    rows = (
        await session.scalars(
            select(models.StepRun).where(text("step_runs.id = ANY(:ids)")), {"ids": list(keys)}
        )
    ).all()
    apps = await read_apps(session, loaders, {row.clams_app_id for row in rows})
    outputs = await _outputs(session, loaders, rows) if "mmif" in loaders.names else {}
    waits = await wait_reasons.read(session, [row.id for row in rows if row.status == RunStatus.WAITING])
    return {row.id: StepRun.of(row, loaders, apps, outputs, waits) for row in rows}


async def _outputs(
    session: AsyncSession, loaders: Loaders, rows: Sequence[models.StepRun]
) -> dict[int, Mmif]:
    found = await mmifs_by_id(session, [row.mmif_id for row in rows if row.mmif_id is not None])
    files = await read_media_files(session, loaders, list({row.media_file_id for row in found.values()}))
    return {key: Mmif.of(row, files[row.media_file_id], loaders) for key, row in found.items()}


async def read_parameters(session: AsyncSession, loaders: Loaders, keys: Sequence[int]) -> dict[int, JSON]:
    return {key: cast(JSON, told) for key, told in (await attempts.parameters_of(session, keys)).items()}
