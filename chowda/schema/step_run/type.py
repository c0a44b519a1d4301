"""Step runs: one CLAMS app on one media file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import cast

import strawberry

from chowda import models
from chowda.ids import Kind, opaque
from chowda.models.step_key import pipeline_run_id_of
from chowda.runs.attempts import parameters_of
from chowda.runs.wait_reasons import Waiting
from chowda.schema.app.type import ClamsApp
from chowda.schema.enums import ProgressSource, RunStatus
from chowda.schema.loaders import Loaders
from chowda.schema.mmif.type import Mmif
from chowda.schema.node_registry import PIPELINE_RUN
from chowda.schema.scalars import JSON
from chowda.schema.step_attempt.dataloaders import read_attempts
from chowda.schema.step_attempt.step_error import StepError
from chowda.schema.step_attempt.type import StepAttempt
from chowda.schema.step_run.waiting_for import WaitingFor


@strawberry.type(description="One step of a pipeline run: one CLAMS app on one media file.")
class StepRun:
    key: strawberry.Private[int]
    loaders: strawberry.Private[Loaders]
    id: strawberry.ID = strawberry.field(description="Also the X-Request-ID of the calls of the app.")
    position: int = strawberry.field(description="Counts from 1.")
    app: ClamsApp
    status: RunStatus
    percent: float = strawberry.field(description="0 to 100; 100 when the step has ended.")
    progress_source: ProgressSource
    attempts: int = strawberry.field(
        description="How many calls have started, including those lost with a worker. 0 again after a retry from this "
        "step or an earlier one."
    )
    error: StepError | None = strawberry.field(
        description="The error of the last failed attempt. Null once the step is FINISHED."
    )
    mmif: Mmif | None = strawberry.field(description="The output.")
    waiting_for: WaitingFor | None = strawberry.field(description="Null unless the step is WAITING.")
    started_at: datetime | None
    ended_at: datetime | None

    @strawberry.field(
        description="An object: the parameters of the app in this step, as they were when the batch run was started."
    )
    async def parameters(self) -> JSON:
        return cast(JSON, await self.loaders.value(parameters_of, self.key))

    @strawberry.field(description="All calls of the app, in the order in which they started.")
    async def attempt_list(self) -> list[StepAttempt]:
        return await self.loaders.node_or_none(read_attempts, self.key) or []

    @strawberry.field(
        graphql_type=PIPELINE_RUN.type, description="The pipeline run that this step belongs to."
    )
    async def pipeline_run(self) -> object:
        return await PIPELINE_RUN.node(self.loaders, pipeline_run_id_of(self.key))

    @classmethod
    def of(
        cls,
        row: models.StepRun,
        loaders: Loaders,
        apps: Mapping[int, ClamsApp],
        mmifs: Mapping[int, Mmif],
        waits: Mapping[int, Waiting],
    ) -> StepRun:
        """`apps` and `mmifs` are by their keys, `waits` by the key of the step run."""
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
