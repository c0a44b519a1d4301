"""Step attempts: the calls of an app for a step."""

from __future__ import annotations

from datetime import datetime

import strawberry

from chowda import models
from chowda.runs.attempts import AttemptOrdinal
from chowda.schema.loaders import Loaders
from chowda.schema.node_registry import STEP_RUN
from chowda.schema.step_attempt.step_error import StepError


@strawberry.type(description="One call of an app.")
class StepAttempt:
    step_run_key: strawberry.Private[int]
    loaders: strawberry.Private[Loaders]
    number: int = strawberry.field(
        description="Counts from 1, in the order in which the calls of the step run started."
    )
    worker: str = strawberry.field(description="The worker process that made the call.")
    started_at: datetime
    ended_at: datetime | None = strawberry.field(
        description="Null while the call is running, and for a call that was lost, stopped or canceled."
    )
    under_way: bool = strawberry.field(description="The call is running.")
    error: StepError | None = strawberry.field(description="Null unless the call failed.")

    @strawberry.field(graphql_type=STEP_RUN.type, description="The step run that the call belongs to.")
    async def step_run(self) -> object:
        return await STEP_RUN.node(self.loaders, self.step_run_key)

    @classmethod
    def of(cls, row: models.StepAttempt, ordinal: AttemptOrdinal, loaders: Loaders) -> StepAttempt:
        return cls(
            step_run_key=row.step_run_id,
            loaders=loaders,
            number=ordinal.number,
            worker=row.worker,
            started_at=row.started_at,
            ended_at=row.ended_at,
            under_way=ordinal.is_running,
            error=StepError.of(row),
        )
