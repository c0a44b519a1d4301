"""Mutations of pipelines."""

from __future__ import annotations

import asyncio

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.bulk import Effect, Verb
from chowda.ids import Kind, opaque, require
from chowda.pipelines import imports as pipeline_imports
from chowda.pipelines import list as pipeline_list
from chowda.pipelines import service as pipeline_service
from chowda.schema.bulk_changes import BulkResult, change_each, delete_each, selected_keys
from chowda.schema.context import Info
from chowda.schema.loaders import Loaders
from chowda.schema.optional_values import value_or_none
from chowda.schema.pipeline.dataloaders import read_pipelines
from chowda.schema.pipeline.filter import PipelineFilterInput
from chowda.schema.pipeline.inputs import CreatePipelineInput, UpdatePipelineInput, new_steps
from chowda.schema.pipeline.pipeline_import import (
    ImportedStep,
    ImportPipelineInput,
    ImportProblem,
    PipelineImport,
)
from chowda.schema.pipeline.pipeline_version import step_changes
from chowda.schema.pipeline.type import Pipeline

ARCHIVE = Verb("archive", "Archives", "Archived")
UNARCHIVE = Verb("unarchive", "Unarchives", "Unarchived")


@strawberry.type
class PipelineMutations:
    @strawberry.mutation(
        description="Creates a pipeline. The parameters, inputs and outputs of its steps are checked against the apps' "
        "metadata."
    )
    async def create_pipeline(self, info: Info, input: CreatePipelineInput) -> Pipeline:
        new = pipeline_service.NewPipeline(
            input.name, value_or_none(input.description), new_steps(input.steps)
        )
        loaders = Loaders.of(info)
        async with info.context.database.session() as session:
            row = await pipeline_service.create_pipeline(session, new)
            await info.context.audit.record(
                session, "createPipeline", Kind.PIPELINE, row.id, steps=len(new.steps)
            )
            found = await read_pipelines(session, loaders, [row.id])
        return found[row.id]

    @strawberry.mutation(
        description="Changes a pipeline. A change of its steps creates a new version; batch runs keep the version that "
        "they were started with."
    )
    async def update_pipeline(self, info: Info, id: strawberry.ID, input: UpdatePipelineInput) -> Pipeline:
        key = require(Kind.PIPELINE, id)
        steps = value_or_none(input.steps)
        change = pipeline_service.PipelineChange(
            name=value_or_none(input.name),
            description=pipeline_service.KEEP if input.description is strawberry.UNSET else input.description,
            archived=value_or_none(input.archived),
            steps=new_steps(steps) if steps is not None else None,
            note=value_or_none(input.note),
            expected_version=value_or_none(input.expected_version),
        )
        loaders = Loaders.of(info)
        async with info.context.database.session() as session:
            row = await pipeline_service.update_pipeline(session, key, change)
            await info.context.audit.record(
                session,
                "updatePipeline",
                Kind.PIPELINE,
                key,
                version=row.version,
                archived=row.archived_at is not None,
            )
            found = await read_pipelines(session, loaders, [key])
        return found[key]

    @strawberry.mutation(
        description="Deletes a pipeline and returns its ID. CONFLICT if it has run or is the default pipeline of a "
        "batch: archive it instead."
    )
    async def delete_pipeline(self, info: Info, id: strawberry.ID) -> strawberry.ID:
        key = require(Kind.PIPELINE, id)
        async with info.context.database.session() as session:
            await info.context.audit.record(session, "deletePipeline", Kind.PIPELINE, key)
            await pipeline_service.delete_pipeline(session, key)
        return strawberry.ID(opaque(Kind.PIPELINE, key))

    @strawberry.mutation(
        description="Creates a pipeline, or a new version, from a text: a text from Pipeline.document, or a recipe of "
        "clams-kitchen. A document with a problem is refused as a whole."
    )
    async def import_pipeline(self, info: Info, input: ImportPipelineInput) -> PipelineImport:
        document = await asyncio.to_thread(input.read)
        loaders = Loaders.of(info)
        async with info.context.database.session() as session:
            result = await pipeline_imports.import_pipeline(
                session,
                document,
                name=value_or_none(input.name),
                chosen={choice.position: require(Kind.APP, choice.app_id) for choice in input.apps},
                as_new_version=input.as_new_version,
                dry_run=input.dry_run,
            )
            pipeline = None
            if result.pipeline is not None:
                if not input.dry_run:
                    await info.context.audit.record(
                        session,
                        "importPipeline",
                        Kind.PIPELINE,
                        result.pipeline.id,
                        outcome=result.outcome.value,
                        version=result.pipeline.version,
                    )
                found = await read_pipelines(session, loaders, [result.pipeline.id])
                pipeline = found[result.pipeline.id]
        return PipelineImport(
            outcome=result.outcome,
            name=result.name,
            pipeline=pipeline,
            steps=[ImportedStep.of(step, loaders) for step in result.steps],
            problems=[
                ImportProblem(message=str(problem), step=problem.step, line=problem.line)
                for problem in result.problems
            ],
            ignored=list(result.ignored),
            changes=await step_changes(loaders, result.changes),
        )

    @strawberry.mutation(
        description="Deletes the pipelines that have not run and are not the default pipeline of a batch. With dryRun: "
        "previews which pipelines would be deleted."
    )
    async def delete_pipelines(
        self,
        info: Info,
        ids: list[strawberry.ID] | None = strawberry.UNSET,
        filter: PipelineFilterInput | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        keys = await selected_keys(info, Kind.PIPELINE, pipeline_list.PIPELINES, ids, filter)
        delete = pipeline_service.delete_pipeline
        return await delete_each(info, "deletePipelines", Kind.PIPELINE, keys, delete, dry_run)

    @strawberry.mutation(
        description="Archives pipelines, so that they cannot be started or, with `archived: false`, unarchives them. "
        "With dryRun: previews which pipelines would change."
    )
    async def archive_pipelines(
        self,
        info: Info,
        ids: list[strawberry.ID] | None = strawberry.UNSET,
        filter: PipelineFilterInput | None = strawberry.UNSET,
        archived: bool = True,
        dry_run: bool = False,
    ) -> BulkResult:
        async def change(session: AsyncSession, key: int) -> Effect:
            await pipeline_service.archive(session, key, archived)
            if not dry_run:
                await info.context.audit.record(
                    session, "archivePipelines", Kind.PIPELINE, key, archived=archived
                )
            return Effect(opaque(Kind.PIPELINE, key))

        keys = await selected_keys(info, Kind.PIPELINE, pipeline_list.PIPELINES, ids, filter)
        verb = ARCHIVE if archived else UNARCHIVE
        return await change_each(info, Kind.PIPELINE, verb, keys, change, dry_run)
