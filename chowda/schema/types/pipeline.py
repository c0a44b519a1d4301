"""Pipelines and their steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models, pipelines
from chowda.ids import Kind, opaque
from chowda.retry import ATTEMPTS, Policy
from chowda.schema.loaders import Loaders
from chowda.schema.scalars import JSON
from chowda.schema.types.app import ClamsApp, read_apps
from chowda.schema.types.status import StepErrorCode

StepRow = models.PipelineStep | models.BatchRunStep
"""A step of a pipeline, or of one as it was when a batch run started."""


@strawberry.type(description="Which failures of a step are worth another call, and how many calls.")
class RetryPolicy:
    attempts: int = strawberry.field(description="Calls in all.")
    codes: list[StepErrorCode] | None = strawberry.field(
        description="Those that are retried. Null: those of the table under StepError; APP_TIMEOUT once at most."
    )

    @classmethod
    def of(cls, kept: object) -> RetryPolicy | None:
        policy = Policy.read(kept)
        if policy is None:
            return None
        return cls(
            attempts=policy.attempts,
            codes=[code for code in StepErrorCode if code in policy.codes]
            if policy.codes is not None
            else None,
        )


@strawberry.type(description="One place of a pipeline. The same app may stand in two places.")
class PipelineStep:
    position: int = strawberry.field(description="Counts from 1.")
    app: ClamsApp
    parameters: JSON = strawberry.field(description="An object: the app's parameters in this place.")
    retry: RetryPolicy | None = strawberry.field(description="Null: by the table under StepError.")

    @classmethod
    def of(cls, row: StepRow, apps: dict[int, ClamsApp]) -> PipelineStep:
        return cls(
            position=row.position,
            app=apps[row.clams_app_id],
            parameters=cast(JSON, row.parameters),
            retry=RetryPolicy.of(row.retry),
        )


@strawberry.type(description="Apps in order, through which media files go.")
class Pipeline:
    id: strawberry.ID
    name: str = strawberry.field(description="Unique.")
    description: str | None
    steps: list[PipelineStep] = strawberry.field(description="In order.")


@strawberry.input(
    description="In place of the table under StepError. WORKER_LOST can't be named: a lost worker uses up no attempt, "
    "and ten in a row end a step whatever its policy."
)
class RetryPolicyInput:
    attempts: int | None = strawberry.field(
        default=ATTEMPTS, description="Calls in all, 1 to 100. 1: no retry."
    )
    codes: list[StepErrorCode] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Those that are retried, each up to `attempts` calls. By default those of the table, and "
        "APP_TIMEOUT once at most: name it to have it retried like the others.",
    )


@strawberry.input
class PipelineStepInput:
    app_id: strawberry.ID
    parameters: JSON | None = strawberry.field(
        default=strawberry.UNSET,
        description="An object with values for the app's parameters; what is left out gets the app's default.",
    )
    retry: RetryPolicyInput | None = strawberry.field(
        default=strawberry.UNSET, description="By default the table under StepError."
    )


@strawberry.input
class CreatePipelineInput:
    name: str
    description: str | None = strawberry.UNSET
    steps: list[PipelineStepInput] = strawberry.field(description="1 to 100, in order.")


async def read_pipelines(session: AsyncSession, loaders: Loaders, keys: Sequence[int]) -> dict[int, Pipeline]:
    rows = await pipelines.pipelines_by_id(session, keys)
    steps = await pipelines.steps_of(session, list(rows))
    apps = await read_apps(
        session, loaders, {step.clams_app_id for group in steps.values() for step in group}
    )
    return {
        key: Pipeline(
            id=strawberry.ID(opaque(Kind.PIPELINE, key)),
            name=row.name,
            description=row.description,
            steps=[PipelineStep.of(step, apps) for step in steps[key]],
        )
        for key, row in rows.items()
    }
