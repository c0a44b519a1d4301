"""What can be done. Resolvers translate; what happens is decided in the modules of each noun."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import apps, batches, media, pipelines, runs
from chowda.errors import NotFound
from chowda.ids import Kind, not_found, require
from chowda.schema.context import Info
from chowda.schema.loaders import Loaders
from chowda.schema.types.app import ClamsApp, RegisterAppInput
from chowda.schema.types.batch import Batch, CreateBatchInput, StartBatchInput
from chowda.schema.types.batch_run import BatchRun, read_batch_runs
from chowda.schema.types.media import MediaFile, MediaFileInput, with_their_documents
from chowda.schema.types.pipeline import CreatePipelineInput, Pipeline, read_pipelines

T = TypeVar("T")


def given(value: T | None) -> T | None:
    """The value of an input's field; None for one that was left out."""
    return None if value is strawberry.UNSET else value


@strawberry.type(description="An unknown ID is NOT_FOUND.")
class Mutation:
    @strawberry.mutation(
        description="Asks the app for its metadata; refuses what does not answer as a CLAMS app. "
        "The same endpoint again updates the app."
    )
    async def register_app(self, info: Info, input: RegisterAppInput) -> ClamsApp:
        registration = apps.check_registration(
            runtime=input.runtime,
            endpoint=given(input.endpoint),
            name=given(input.name),
            max_concurrency=input.max_concurrency,
            timeout_seconds=input.timeout_seconds,
        )
        metadata, described = await apps.ask(registration)
        async with info.context.database.session() as session:
            row = await apps.save_app(session, registration, metadata, described)
        info.context.nudges.apps()
        return ClamsApp.of(row, Loaders.of(info))

    @strawberry.mutation(
        description="Checks parameters and the apps' inputs and outputs against their metadata."
    )
    async def create_pipeline(self, info: Info, input: CreatePipelineInput) -> Pipeline:
        new = pipelines.NewPipeline(
            name=input.name,
            description=given(input.description),
            steps=[
                pipelines.NewStep(require(Kind.APP, step.app_id), given(step.parameters))
                for step in input.steps
            ],
        )
        loaders = Loaders.of(info)
        async with info.context.database.session() as session:
            row = await pipelines.create_pipeline(session, new)
            found = await read_pipelines(session, loaders, [row.id])
        return found[row.id]

    @strawberry.mutation(
        description="A GUID that is there already with the same documents is left as it is; with other documents: "
        "CONFLICT. All or nothing. Up to 20,000 in one call."
    )
    async def add_media_files(self, info: Info, input: list[MediaFileInput]) -> list[MediaFile]:
        files = [
            media.NewMediaFile(
                guid=file.guid,
                documents=tuple(
                    media.NewDocument(
                        document.type,
                        document.location,
                        given(document.mime),
                        given(document.duration_seconds),
                    )
                    for document in file.documents
                ),
            )
            for file in input
        ]
        async with info.context.database.session() as session:
            rows = await media.add_media_files(session, files)
            found = await with_their_documents(session, Loaders.of(info), rows)
        return [found[row.id] for row in rows]

    @strawberry.mutation
    async def create_batch(self, info: Info, input: CreateBatchInput) -> Batch:
        pipeline_id = given(input.pipeline_id)
        new = batches.NewBatch(
            name=input.name,
            description=given(input.description),
            pipeline_id=require(Kind.PIPELINE, pipeline_id) if pipeline_id is not None else None,
            guids=input.guids,
        )
        async with info.context.database.session() as session:
            row = await batches.create_batch(session, new)
        return Batch.of(row, Loaders.of(info))

    @strawberry.mutation(description="When it returns, the rows of all runs exist; status WAITING.")
    async def start_batch(self, info: Info, input: StartBatchInput) -> BatchRun:
        pipeline_id = given(input.pipeline_id)
        start = batches.Start(
            batch_id=require(Kind.BATCH, input.batch_id),
            pipeline_id=require(Kind.PIPELINE, pipeline_id) if pipeline_id is not None else None,
            from_blank_mmif=input.from_blank_mmif,
            idempotency_key=given(input.idempotency_key),
        )
        async with info.context.database.session() as session:
            row = await batches.start_batch(session, start)
        info.context.nudges.batch_run(row.id)
        return await Loaders.of(info).require(read_batch_runs, row.id)

    @strawberry.mutation(
        description="Ends what has not ended. A run that has ended stays, and is returned, as it is."
    )
    async def cancel_batch_run(self, info: Info, id: strawberry.ID) -> BatchRun:
        return await _change(info, id, runs.cancel_batch_run)

    @strawberry.mutation(
        description="Nothing new starts, what is in flight goes on. A run that has ended stays as it is."
    )
    async def pause_batch_run(self, info: Info, id: strawberry.ID) -> BatchRun:
        return await _change(info, id, runs.pause_batch_run)

    @strawberry.mutation(description="Goes on after a pause. A run that has ended stays as it is.")
    async def resume_batch_run(self, info: Info, id: strawberry.ID) -> BatchRun:
        return await _change(info, id, runs.resume_batch_run)

    @strawberry.mutation(
        description="What failed or was canceled goes on from its last good MMIF, in the same batch run, with a "
        "fresh retry budget. Nothing to retry: CONFLICT."
    )
    async def retry_batch_run(self, info: Info, id: strawberry.ID) -> BatchRun:
        return await _change(info, id, runs.retry_batch_run)


async def _change(
    info: Info, batch_run_id: str, change: Callable[[AsyncSession, int], Awaitable[object]]
) -> BatchRun:
    key = require(Kind.BATCH_RUN, batch_run_id)
    try:
        async with info.context.database.session() as session:
            await change(session, key)
    except NotFound:
        raise not_found(Kind.BATCH_RUN, batch_run_id) from None
    info.context.nudges.batch_run(key)
    return await Loaders.of(info).require(read_batch_runs, key)
