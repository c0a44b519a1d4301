"""Pipelines and their steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models, pipelines
from chowda.ids import Kind, opaque
from chowda.schema.loaders import Loaders
from chowda.schema.scalars import JSON
from chowda.schema.types.app import ClamsApp, read_apps

StepRow = models.PipelineStep | models.BatchRunStep
"""A step of a pipeline, or of one as it was when a batch run started."""


@strawberry.type(description="One place of a pipeline. The same app may stand in two places.")
class PipelineStep:
    position: int = strawberry.field(description="Counts from 1.")
    app: ClamsApp
    parameters: JSON = strawberry.field(description="An object: the app's parameters in this place.")

    @classmethod
    def of(cls, row: StepRow, apps: dict[int, ClamsApp]) -> PipelineStep:
        return cls(position=row.position, app=apps[row.clams_app_id], parameters=cast(JSON, row.parameters))


@strawberry.type(description="Apps in order, through which media files go.")
class Pipeline:
    id: strawberry.ID
    name: str = strawberry.field(description="Unique.")
    description: str | None
    steps: list[PipelineStep] = strawberry.field(description="In order.")


@strawberry.input
class PipelineStepInput:
    app_id: strawberry.ID
    parameters: JSON | None = strawberry.field(
        default=strawberry.UNSET,
        description="An object with values for the app's parameters; what is left out gets the app's default.",
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
