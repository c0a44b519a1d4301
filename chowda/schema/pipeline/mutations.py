"""What can be done with pipelines, but for starting batches on them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import cast

import strawberry

from chowda.batches import service as batch_service
from chowda.errors import BadUserInput
from chowda.ids import Kind, opaque, require
from chowda.pipelines import clams_kitchen
from chowda.pipelines import imports as pipeline_imports
from chowda.pipelines import service as pipeline_service
from chowda.pipelines.documents import PipelineDocument, Problem, read_document, read_text
from chowda.schema.app.type import ClamsApp
from chowda.schema.context import Info
from chowda.schema.dataloaders import Loaders
from chowda.schema.media_file.mutations import create_batch
from chowda.schema.pipeline.pipeline_import import (
    BatchDefinitionImport,
    ImportBatchDefinitionInput,
    ImportedStep,
    ImportPipelineInput,
    ImportProblem,
    PipelineImport,
)
from chowda.schema.pipeline.retry_policy import RetryPolicy, policy_of
from chowda.schema.pipeline.type import (
    CreatePipelineInput,
    Pipeline,
    PipelineStepInput,
    UpdatePipelineInput,
    read_pipelines,
)
from chowda.schema.pipeline.version import shown_changes
from chowda.schema.scalars import JSON
from chowda.schema.unset import given, required


def new_steps(steps: Sequence[PipelineStepInput]) -> list[pipeline_service.NewStep]:
    return [
        pipeline_service.NewStep(
            require(Kind.APP, step.app_id), given(step.parameters), policy_of(given(step.retry))
        )
        for step in steps
    ]


async def create_pipeline(info: Info, input: CreatePipelineInput) -> Pipeline:
    new = pipeline_service.NewPipeline(input.name, given(input.description), new_steps(input.steps))
    loaders = Loaders.of(info)
    async with info.context.database.session() as session:
        row = await pipeline_service.create_pipeline(session, new)
        await info.context.audit.record(
            session, "createPipeline", Kind.PIPELINE, row.id, steps=len(new.steps)
        )
        found = await read_pipelines(session, loaders, [row.id])
    return found[row.id]


async def update_pipeline(info: Info, id: strawberry.ID, input: UpdatePipelineInput) -> Pipeline:
    key = require(Kind.PIPELINE, id)
    steps = given(input.steps)
    change = pipeline_service.PipelineChange(
        name=given(input.name),
        description=pipeline_service.KEEP if input.description is strawberry.UNSET else input.description,
        archived=given(input.archived),
        steps=new_steps(steps) if steps is not None else None,
        note=given(input.note),
        expected_version=given(input.expected_version),
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


async def delete_pipeline(info: Info, id: strawberry.ID) -> strawberry.ID:
    key = require(Kind.PIPELINE, id)
    async with info.context.database.session() as session:
        await info.context.audit.record(session, "deletePipeline", Kind.PIPELINE, key)
        await pipeline_service.delete_pipeline(session, key)
    return strawberry.ID(opaque(Kind.PIPELINE, key))


async def import_pipeline(info: Info, input: ImportPipelineInput) -> PipelineImport:
    document = await asyncio.to_thread(_read, input)
    loaders = Loaders.of(info)
    async with info.context.database.session() as session:
        result = await pipeline_imports.import_pipeline(
            session,
            document,
            name=given(input.name),
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
            pipeline = (await read_pipelines(session, loaders, [result.pipeline.id]))[result.pipeline.id]
    return PipelineImport(
        outcome=result.outcome,
        name=result.name,
        pipeline=pipeline,
        steps=[_step(step, loaders) for step in result.steps],
        problems=[
            ImportProblem(message=str(problem), step=problem.step, line=problem.line)
            for problem in result.problems
        ],
        ignored=list(result.ignored),
        changes=await shown_changes(loaders, result.changes),
    )


def _step(step: pipeline_imports.ImportedStep, loaders: Loaders) -> ImportedStep:
    return ImportedStep(
        position=step.position,
        wanted=step.wanted,
        app=ClamsApp.of(step.app, loaders) if step.app is not None else None,
        choices=[ClamsApp.of(app, loaders) for app in step.choices],
        parameters=cast(JSON, step.parameters),
        retry=RetryPolicy.of(step.retry),
    )


def _read(input: ImportPipelineInput) -> PipelineDocument:
    try:
        value, lines = read_text(input.text, given(input.format))
    except BadUserInput as exc:
        return PipelineDocument(None, None, (), [Problem(exc.message)])
    if clams_kitchen.is_recipe(value):
        return clams_kitchen.read_recipe(value)
    return read_document(value, lines)


async def import_batch_definition(info: Info, input: ImportBatchDefinitionInput) -> BatchDefinitionImport:
    definition = clams_kitchen.read_batch(input.text)
    new = batch_service.NewBatch(
        name=input.name,
        description=given(input.description),
        pipeline_id=required(Kind.PIPELINE, input.pipeline_id),
        guids=definition.guids,
    )
    batch = await create_batch(info, "importBatchDefinition", new)
    return BatchDefinitionImport(batch=batch, ignored=definition.ignored)
