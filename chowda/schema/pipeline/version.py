"""Versions of pipelines, and what differs between them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import cast

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.pipelines import diff as pipeline_diff
from chowda.pipelines import service as pipeline_service
from chowda.pipelines import versions as pipeline_versions
from chowda.pipelines.versions import VersionKey
from chowda.schema.app.type import ClamsApp, read_apps
from chowda.schema.dataloaders import Loaders
from chowda.schema.enums import DocumentFormat, StepChangeKind
from chowda.schema.pipeline.retry_policy import RetryPolicy
from chowda.schema.pipeline.step import PipelineStep, document_of
from chowda.schema.scalars import JSON


@strawberry.type(description="A parameter of a step that differs. Null: it was, or is, not given.")
class ParameterChange:
    name: str
    old: JSON | None
    new: JSON | None


@strawberry.type(
    description="A step's retry policy that differs. Null: it was, or is, that of the table under StepError."
)
class RetryPolicyChange:
    old: RetryPolicy | None
    new: RetryPolicy | None


@strawberry.type(description="A step that differs between two versions of a pipeline.")
class StepChange:
    kind: StepChangeKind
    app: ClamsApp
    old_position: int | None = strawberry.field(description="Null for a step that was added.")
    position: int | None = strawberry.field(description="Null for a step that was removed.")
    parameters: list[ParameterChange]
    retry: RetryPolicyChange | None = strawberry.field(description="Null: it is the same in both.")
    words: str = strawberry.field(description="For a person.")

    @classmethod
    def of(cls, change: pipeline_diff.StepChange, app: ClamsApp) -> StepChange:
        return cls(
            kind=change.kind,
            app=app,
            old_position=change.old_position,
            position=change.position,
            parameters=[
                ParameterChange(
                    name=parameter.name,
                    old=cast("JSON | None", parameter.old),
                    new=cast("JSON | None", parameter.new),
                )
                for parameter in change.parameters
            ],
            retry=RetryPolicyChange(
                old=RetryPolicy.of(change.retry.old), new=RetryPolicy.of(change.retry.new)
            )
            if change.retry is not None
            else None,
            words=change.words(app.name),
        )


@strawberry.type(description="What differs between two versions of a pipeline, from the one to the other.")
class PipelineDiff:
    from_version: int
    to_version: int
    changes: list[StepChange] = strawberry.field(
        description="In the order of the version that is come to; removed steps last. Empty: nothing differs."
    )


@strawberry.type(description="The steps of a pipeline as they were from one edit to the next.")
class PipelineVersion:
    key: strawberry.Private[VersionKey]
    loaders: strawberry.Private[Loaders]
    version: int = strawberry.field(description="Counts from 1.")
    note: str | None = strawberry.field(description="Why it was made.")
    created_at: datetime

    @strawberry.field(description="In order.")
    async def steps(self) -> list[PipelineStep]:
        return await self.loaders.require(read_version_steps, self.key)

    @strawberry.field(description="What differs from the version before; empty for the first.")
    async def changes(self) -> list[StepChange]:
        if self.version == 1:
            return []
        return (await difference(self.loaders, self.key[0], self.version - 1, self.version)).changes

    @strawberry.field(description="As text that importPipeline takes.")
    async def document(self, format: DocumentFormat = DocumentFormat.YAML) -> str:
        pipeline = await self.loaders.require(read_pipeline_rows, self.key[0])
        steps = await self.loaders.require(read_version_steps, self.key)
        return document_of(pipeline.name, pipeline.description, self.version, steps, format)


async def difference(loaders: Loaders, pipeline_id: int, old: int, new: int) -> PipelineDiff:
    """BadUserInput for a version that there is not."""
    pipeline = await loaders.require(read_pipeline_rows, pipeline_id)
    keys = [(pipeline_id, pipeline_versions.check_version(pipeline, version)) for version in (old, new)]
    before, after = await asyncio.gather(*(loaders.require(read_step_rows, key) for key in keys))
    return PipelineDiff(
        from_version=old,
        to_version=new,
        changes=await shown_changes(loaders, pipeline_diff.compare(before, after)),
    )


async def shown_changes(loaders: Loaders, changes: Sequence[pipeline_diff.StepChange]) -> list[StepChange]:
    apps = await asyncio.gather(*(loaders.require(read_apps, change.clams_app_id) for change in changes))
    return [StepChange.of(change, app) for change, app in zip(changes, apps, strict=True)]


async def read_pipeline_rows(
    session: AsyncSession, loaders: Loaders, keys: Sequence[int]
) -> dict[int, models.Pipeline]:
    return await pipeline_service.pipelines_by_id(session, keys)


async def read_versions(
    session: AsyncSession, loaders: Loaders, keys: Sequence[int]
) -> dict[int, list[PipelineVersion]]:
    found = await pipeline_versions.versions_of(session, keys)
    return {
        key: [
            PipelineVersion(
                key=(key, row.version),
                loaders=loaders,
                version=row.version,
                note=row.note,
                created_at=row.created_at,
            )
            for row in rows
        ]
        for key, rows in found.items()
    }


async def read_step_rows(
    session: AsyncSession, loaders: Loaders, keys: Sequence[VersionKey]
) -> dict[VersionKey, list[models.PipelineStep]]:
    return await pipeline_versions.steps_of_versions(session, keys)


async def read_version_steps(
    session: AsyncSession, loaders: Loaders, keys: Sequence[VersionKey]
) -> dict[VersionKey, list[PipelineStep]]:
    rows = await pipeline_versions.steps_of_versions(session, keys)
    apps = await read_apps(session, loaders, {step.clams_app_id for group in rows.values() for step in group})
    return {key: [PipelineStep.of(step, apps) for step in group] for key, group in rows.items()}
