"""Reading pipelines by their keys."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.ids import Kind, opaque
from chowda.pipelines import service as pipeline_service
from chowda.schema.app.dataloaders import read_apps
from chowda.schema.loaders import Loaders
from chowda.schema.pipeline.pipeline_step import PipelineStep
from chowda.schema.pipeline.type import Pipeline


async def read_pipelines(session: AsyncSession, loaders: Loaders, keys: Sequence[int]) -> dict[int, Pipeline]:
    rows = await pipeline_service.pipelines_by_id(session, keys)
    steps = await pipeline_service.steps_of(session, list(rows))
    apps = await read_apps(
        session, loaders, {step.clams_app_id for group in steps.values() for step in group}
    )
    return {
        key: Pipeline(
            key=key,
            loaders=loaders,
            id=strawberry.ID(opaque(Kind.PIPELINE, key)),
            name=row.name,
            description=row.description,
            version=row.version,
            steps=[PipelineStep.of(step, apps) for step in steps[key]],
        )
        for key, row in rows.items()
    }
