"""The versions of pipelines, and the differences between them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import cast

import strawberry

from chowda import models
from chowda.pipelines import diff as pipeline_diff
from chowda.pipelines import service as pipeline_service
from chowda.pipelines import versions as pipeline_versions
from chowda.pipelines.versions import VersionKey
from chowda.schema.app.dataloaders import read_apps
from chowda.schema.app.type import ClamsApp
from chowda.schema.enums import DocumentFormat, StepChangeKind
from chowda.schema.loaders import Loaders
from chowda.schema.pipeline.pipeline_step import PipelineStep, document_of
from chowda.schema.pipeline.retry_policy import RetryPolicy
from chowda.schema.scalars import JSON


@strawberry.type(
    description="A parameter of a step that differs between two versions. Null: it is not set in that version."
)
class ParameterChange:
    name: str
    old: JSON | None
    new: JSON | None


@strawberry.type(
    description="The retry policy of a step that differs between two versions. Null: the table of StepError applies."
)
class RetryPolicyChange:
    old: RetryPolicy | None
    new: RetryPolicy | None


@strawberry.type(description="A step that differs between two versions of a pipeline.")
class StepChange:
    kind: StepChangeKind
    app: ClamsApp
    old_position: int | None = strawberry.field(description="Null for an added step.")
    position: int | None = strawberry.field(description="Null for a removed step.")
    parameters: list[ParameterChange]
    retry: RetryPolicyChange | None = strawberry.field(description="Null: both versions have the same.")
    words: str = strawberry.field(description="The change in words, for people.")

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


@strawberry.type(description="The differences between two versions of a pipeline.")
class PipelineDiff:
    from_version: int
    to_version: int
    changes: list[StepChange] = strawberry.field(
        description="In the order of the steps in `toVersion`; removed steps last. Empty: the steps are the same."
    )


@strawberry.type(description="A version of a pipeline: its steps as they were from one edit to the next.")
class PipelineVersion:
    key: strawberry.Private[VersionKey]
    loaders: strawberry.Private[Loaders]
    version: int = strawberry.field(description="Counts from 1.")
    note: str | None = strawberry.field(description="The reason for the edit.")
    created_at: datetime

    @strawberry.field(description="In order.")
    async def steps(self) -> list[PipelineStep]:
        return await self.read_steps()

    async def read_steps(self) -> list[PipelineStep]:
        rows = await self.loaders.value(pipeline_versions.steps_of_versions, self.key)
        app_keys = list({row.clams_app_id for row in rows})
        found = await asyncio.gather(*(self.loaders.node(read_apps, key) for key in app_keys))
        apps = dict(zip(app_keys, found, strict=True))
        return [PipelineStep.of(row, apps) for row in rows]

    @strawberry.field(description="The differences from the version before. Empty for the first version.")
    async def changes(self) -> list[StepChange]:
        if self.version == 1:
            return []
        return (await difference(self.loaders, self.key[0], self.version - 1, self.version)).changes

    @strawberry.field(description="The version as text that importPipeline accepts.")
    async def document(self, format: DocumentFormat = DocumentFormat.YAML) -> str:
        pipeline = await self.loaders.value(pipeline_service.pipelines_by_id, self.key[0])
        return document_of(pipeline.name, pipeline.description, self.version, await self.read_steps(), format)

    @classmethod
    def of(cls, row: models.PipelineVersion, loaders: Loaders) -> PipelineVersion:
        return cls(
            key=(row.pipeline_id, row.version),
            loaders=loaders,
            version=row.version,
            note=row.note,
            created_at=row.created_at,
        )


async def difference(loaders: Loaders, pipeline_key: int, old: int, new: int) -> PipelineDiff:
    """Raises BadUserInput for a version that does not exist."""
    pipeline = await loaders.value(pipeline_service.pipelines_by_id, pipeline_key)
    keys = [(pipeline_key, pipeline_versions.check_version(pipeline, version)) for version in (old, new)]
    before, after = await asyncio.gather(
        *(loaders.value(pipeline_versions.steps_of_versions, key) for key in keys)
    )
    changes = await step_changes(loaders, pipeline_diff.compare(before, after))
    return PipelineDiff(from_version=old, to_version=new, changes=changes)


async def step_changes(loaders: Loaders, changes: Sequence[pipeline_diff.StepChange]) -> list[StepChange]:
    apps = await asyncio.gather(*(loaders.node(read_apps, change.clams_app_id) for change in changes))
    return [StepChange.of(change, app) for change, app in zip(changes, apps, strict=True)]
