"""What can be done. Resolvers translate; what happens is decided in the modules of each noun."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import apps, batches, media, pipeline_runs, pipelines, runs
from chowda.errors import NotFound
from chowda.ids import Kind, not_found, require
from chowda.retry import ATTEMPTS, Policy
from chowda.schema.bulk import BulkMutations
from chowda.schema.context import Info
from chowda.schema.lists.arguments import given
from chowda.schema.loaders import Loaders
from chowda.schema.types.app import ClamsApp, RegisterAppInput
from chowda.schema.types.batch import Batch, CreateBatchInput, StartBatchInput
from chowda.schema.types.batch_run import BatchRun, read_batch_runs
from chowda.schema.types.media import MediaFile, MediaFileInput, with_their_documents
from chowda.schema.types.pipeline import CreatePipelineInput, Pipeline, RetryPolicyInput, read_pipelines
from chowda.schema.types.pipeline_run import PipelineRun, read_pipeline_runs


@strawberry.type(description="An unknown ID is NOT_FOUND.")
class Mutation(BulkMutations):
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
                pipelines.NewStep(
                    require(Kind.APP, step.app_id), given(step.parameters), _policy(given(step.retry))
                )
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
            priority=input.priority,
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
        "fresh retry budget. Nothing to retry: CONFLICT. With `fromStep` each of these files goes back to that step, "
        "and one that had not come so far goes on where it was; a step that none had come to is BAD_USER_INPUT."
    )
    async def retry_batch_run(
        self, info: Info, id: strawberry.ID, from_step: int | None = strawberry.UNSET
    ) -> BatchRun:
        return await _change(info, id, partial(runs.retry_batch_run, from_step=given(from_step)))

    @strawberry.mutation(
        description="-100 to 100. Where batch runs share an app, the higher goes first; what is in flight goes on. "
        "A run that has ended stays as it is."
    )
    async def set_batch_run_priority(self, info: Info, id: strawberry.ID, priority: int) -> BatchRun:
        return await _change(info, id, partial(runs.set_batch_run_priority, priority=priority))

    @strawberry.mutation(
        description="Ends this file and no other. One that has ended stays as it is. It counts as no failure of its "
        "batch run, which ends by itself once nothing else of it waits or runs."
    )
    async def cancel_pipeline_run(self, info: Info, id: strawberry.ID) -> PipelineRun:
        return await _change_file(info, id, pipeline_runs.cancel_pipeline_run)

    @strawberry.mutation(
        description="Nothing new of this file starts, what is in flight goes on; its status stays, and `paused` is "
        "true. One that has ended stays as it is."
    )
    async def pause_pipeline_run(self, info: Info, id: strawberry.ID) -> PipelineRun:
        return await _change_file(info, id, pipeline_runs.pause_pipeline_run)

    @strawberry.mutation(
        description="Goes on after a pause of its own; that of its batch run is another. One that has ended stays as "
        "it is."
    )
    async def resume_pipeline_run(self, info: Info, id: strawberry.ID) -> PipelineRun:
        return await _change_file(info, id, pipeline_runs.resume_pipeline_run)

    @strawberry.mutation(
        description="What failed or was canceled goes on from its last good MMIF, with a fresh retry budget, and its "
        "batch run with it. Nothing to retry: CONFLICT. With `fromStep` it goes back to that step, also when it has "
        "finished: on from the output of the step before, for 1 from the MMIF that it was started with. A step that "
        "it had not come to is BAD_USER_INPUT. Earlier results stay."
    )
    async def retry_pipeline_run(
        self, info: Info, id: strawberry.ID, from_step: int | None = strawberry.UNSET
    ) -> PipelineRun:
        return await _change_file(
            info, id, partial(pipeline_runs.retry_pipeline_run, from_step=given(from_step))
        )


def _policy(input: RetryPolicyInput | None) -> Policy | None:
    if input is None:
        return None
    attempts, codes = input.attempts, given(input.codes)
    return Policy(
        attempts if attempts is not None else ATTEMPTS, frozenset(codes) if codes is not None else None
    )


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


async def _change_file(
    info: Info, pipeline_run_id: str, change: Callable[[AsyncSession, int], Awaitable[int]]
) -> PipelineRun:
    key = require(Kind.PIPELINE_RUN, pipeline_run_id)
    try:
        async with info.context.database.session() as session:
            batch_run_key = await change(session, key)
    except NotFound:
        raise not_found(Kind.PIPELINE_RUN, pipeline_run_id) from None
    info.context.nudges.batch_run(batch_run_key)
    return await Loaders.of(info).require(read_pipeline_runs, key)
