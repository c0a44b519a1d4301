"""Pipelines: apps in order, through which media files go."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

import strawberry

from chowda.pipelines import service as pipeline_service
from chowda.pipelines import versions as pipeline_versions
from chowda.runs import batch_runs
from chowda.schema.enums import DocumentFormat
from chowda.schema.loaders import Loaders
from chowda.schema.node_registry import BATCH_RUN
from chowda.schema.pipeline.pipeline_step import PipelineStep, document_of
from chowda.schema.pipeline.pipeline_version import PipelineDiff, PipelineVersion, difference


@strawberry.type(description="A pipeline: apps that process media files one after the other.")
class Pipeline:
    key: strawberry.Private[int]
    loaders: strawberry.Private[Loaders]
    id: strawberry.ID
    name: str = strawberry.field(description="Unique.")
    description: str | None
    version: int = strawberry.field(
        description="The newest version or, for a batch run, the version that it was started with. Counts from 1. A "
        "change of the steps creates a new version; a version never changes."
    )
    steps: list[PipelineStep] = strawberry.field(description="In order.")

    @strawberry.field(
        description="true: the pipeline is kept for its runs. It cannot be started or be the default pipeline of a new "
        "batch until it is unarchived."
    )
    async def archived(self) -> bool:
        row = await self.loaders.value(pipeline_service.pipelines_by_id, self.key)
        return row.archived_at is not None

    @strawberry.field(description="When the pipeline was created.")
    async def created_at(self) -> datetime:
        return (await self.loaders.value(pipeline_service.pipelines_by_id, self.key)).created_at

    @strawberry.field(
        graphql_type=BATCH_RUN.type | None,
        description="The newest batch run of the pipeline, with any version. Null if there is none.",
    )
    async def last_run(self) -> object | None:
        key = await self.loaders.value_or_none(batch_runs.newest_of_pipelines, self.key)
        return await BATCH_RUN.node_or_none(self.loaders, key) if key is not None else None

    @strawberry.field(description="All versions, newest first.")
    async def versions(self) -> list[PipelineVersion]:
        rows = await self.loaders.value(pipeline_versions.versions_of, self.key)
        return [PipelineVersion.of(row, self.loaders) for row in rows]

    @strawberry.field(description="The differences between two versions. `to` is this version by default.")
    async def diff(
        self, from_: Annotated[int, strawberry.argument(name="from")], to: int | None = strawberry.UNSET
    ) -> PipelineDiff:
        return await difference(self.loaders, self.key, from_, to or self.version)

    @strawberry.field(
        description="Problems, as far as Chowda knows now, that may make the pipeline fail: apps that are deactivated, "
        "have no endpoint or now answer as another version, and parameters that an app no longer accepts."
    )
    async def warnings(self) -> list[str]:
        return await self.find_warnings()

    async def find_warnings(self) -> list[str]:
        found = await asyncio.gather(*(step.warnings() for step in self.steps))
        return [warning for warnings in found for warning in warnings]

    @strawberry.field(description="The pipeline as text that importPipeline accepts.")
    def document(self, format: DocumentFormat = DocumentFormat.YAML) -> str:
        return document_of(self.name, self.description, self.version, self.steps, format)
