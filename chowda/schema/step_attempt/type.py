"""Step attempts: the calls of an app for a step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.runs import attempts
from chowda.runs.attempts import AttemptOrdinal
from chowda.schema.dataloaders import Loaders
from chowda.schema.step_run.step_error import StepError

if TYPE_CHECKING:
    from chowda.schema.step_run.type import StepRun


@strawberry.type(description="One call of an app.")
class StepAttempt:
    step_run_key: strawberry.Private[int]
    loaders: strawberry.Private[Loaders]
    number: int = strawberry.field(
        description="Counts from 1, in the order in which those of its step began."
    )
    worker: str = strawberry.field(description="The worker process that held it.")
    started_at: datetime
    ended_at: datetime | None = strawberry.field(
        description="Null while it is under way, and for one that was lost, stopped or canceled in mid-call."
    )
    under_way: bool = strawberry.field(description="Its step waits for its answer just now.")
    error: StepError | None = strawberry.field(description="Null unless the call failed.")

    @strawberry.field(description="What it was called for.")
    async def step_run(self) -> Annotated[StepRun, strawberry.lazy("chowda.schema.step_run.type")]:
        from chowda.schema.step_run.type import read_step_runs

        return await self.loaders.require(read_step_runs, self.step_run_key)

    @classmethod
    def of(cls, row: models.StepAttempt, place: AttemptOrdinal, loaders: Loaders) -> StepAttempt:
        return cls(
            step_run_key=row.step_run_id,
            loaders=loaders,
            number=place.number,
            worker=row.worker,
            started_at=row.started_at,
            ended_at=row.ended_at,
            under_way=place.under_way,
            error=StepError.of(row),
        )


async def read_attempts(
    session: AsyncSession, loaders: Loaders, keys: Sequence[int]
) -> dict[int, list[StepAttempt]]:
    """By step."""
    found = await attempts.attempts_of(session, keys)
    places = await attempts.ordinals_of(session, [row.id for rows in found.values() for row in rows])
    return {
        key: [StepAttempt.of(row, places[row.id], loaders) for row in rows] for key, rows in found.items()
    }


async def with_ordinals(
    session: AsyncSession, loaders: Loaders, rows: Sequence[models.StepAttempt]
) -> list[StepAttempt]:
    places = await attempts.ordinals_of(session, [row.id for row in rows])
    return [StepAttempt.of(row, places[row.id], loaders) for row in rows]
