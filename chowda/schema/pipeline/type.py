"""Pipelines: apps in order, through which media files go."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.ids import Kind, opaque
from chowda.pipelines import service as pipeline_service
from chowda.schema.app.type import read_apps
from chowda.schema.dataloaders import Loaders
from chowda.schema.enums import DocumentFormat
from chowda.schema.pipeline.retry_policy import RetryPolicyInput
from chowda.schema.pipeline.step import PipelineStep, document_of
from chowda.schema.pipeline.version import (
    PipelineDiff,
    PipelineVersion,
    difference,
    read_pipeline_rows,
    read_versions,
)
from chowda.schema.scalars import JSON

if TYPE_CHECKING:
    from chowda.schema.batch_run.type import BatchRun


@strawberry.type(description="Apps in order, through which media files go.")
class Pipeline:
    key: strawberry.Private[int]
    loaders: strawberry.Private[Loaders]
    id: strawberry.ID
    name: str = strawberry.field(description="Unique.")
    description: str | None
    version: int = strawberry.field(
        description="The newest, or, of a batch run, the one that it was started on. Counts from 1; other steps make "
        "a new version, and a version is never changed."
    )
    steps: list[PipelineStep] = strawberry.field(description="In order.")

    @strawberry.field(
        description="It is kept for its runs: it can't be started, and no batch be made for it, until it is brought "
        "back."
    )
    async def archived(self) -> bool:
        return (await self.loaders.require(read_pipeline_rows, self.key)).archived_at is not None

    @strawberry.field(description="When it was made.")
    async def created_at(self) -> datetime:
        return (await self.loaders.require(read_pipeline_rows, self.key)).created_at

    @strawberry.field(
        description="The newest start of a batch on it, in whatever version; null if there was none."
    )
    async def last_run(self) -> Annotated[BatchRun, strawberry.lazy("chowda.schema.batch_run.type")] | None:
        from chowda.schema.batch_run.type import read_last_runs_of_pipelines

        return await self.loaders.load(read_last_runs_of_pipelines, self.key)

    @strawberry.field(description="All its versions, newest first.")
    async def versions(self) -> list[PipelineVersion]:
        return await self.loaders.require(read_versions, self.key)

    @strawberry.field(
        description="What differs between two versions; `to` is this one unless another is named."
    )
    async def diff(
        self, from_: Annotated[int, strawberry.argument(name="from")], to: int | None = strawberry.UNSET
    ) -> PipelineDiff:
        return await difference(self.loaders, self.key, from_, to or self.version)

    @strawberry.field(
        description="What may keep it from running well, as far as it is known now: apps that are deactivated, have "
        "no endpoint or answer in another version by now, and parameters that an app no longer takes."
    )
    async def warnings(self) -> list[str]:
        return await self.find_warnings()

    async def find_warnings(self) -> list[str]:
        found = await asyncio.gather(*(step.warnings() for step in self.steps))
        return [warning for warnings in found for warning in warnings]

    @strawberry.field(description="As text that importPipeline takes.")
    def document(self, format: DocumentFormat = DocumentFormat.YAML) -> str:
        return document_of(self.name, self.description, self.version, self.steps, format)


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


@strawberry.input
class UpdatePipelineInput:
    """What is left out stays as it is."""

    name: str | None = strawberry.UNSET
    description: str | None = strawberry.field(default=strawberry.UNSET, description="null: none.")
    steps: list[PipelineStepInput] | None = strawberry.field(
        default=strawberry.UNSET,
        description="All steps, 1 to 100, in order. Other steps make a new version, the same ones none.",
    )
    note: str | None = strawberry.field(
        default=strawberry.UNSET, description="Kept with the new version: why the steps were changed."
    )
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="The newest version that you have seen: if there is a newer one, CONFLICT, and nothing changes.",
    )
    archived: bool | None = strawberry.field(
        default=strawberry.UNSET, description="true: it can't be started any more; false: it can again."
    )


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
