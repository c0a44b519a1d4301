"""What can be done. Resolvers translate; what happens is decided in the modules of each noun."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.apps import registry
from chowda.errors import NotFound
from chowda.ids import Kind, not_found, require
from chowda.runs import batch_runs, pipeline_runs
from chowda.schema.app import mutations as app_mutations
from chowda.schema.app.type import AppImport, ClamsApp, RegisterAppInput
from chowda.schema.batch.start_mutations import StartMutations
from chowda.schema.batch_run.bulk_mutations import RunBulkMutations
from chowda.schema.batch_run.type import BatchRun, read_batch_runs
from chowda.schema.context import Info
from chowda.schema.dataloaders import Loaders
from chowda.schema.media_file.bulk_mutations import CatalogueBulkMutations
from chowda.schema.media_file.mutations import CatalogueMutation
from chowda.schema.pipeline import mutations as pipeline_mutations
from chowda.schema.pipeline.pipeline_import import BatchDefinitionImport, PipelineImport
from chowda.schema.pipeline.type import Pipeline
from chowda.schema.pipeline_run.type import PipelineRun, read_pipeline_runs
from chowda.schema.unset import given


@strawberry.type(description="An unknown ID is NOT_FOUND.")
class Mutation(CatalogueMutation, StartMutations, RunBulkMutations, CatalogueBulkMutations):
    @strawberry.mutation(
        description="Asks the app for its metadata; refuses what does not answer as a CLAMS app. "
        "The same endpoint again updates the app."
    )
    async def register_app(self, info: Info, input: RegisterAppInput) -> ClamsApp:
        registration = registry.check_registration(
            runtime=input.runtime,
            endpoint=given(input.endpoint),
            name=given(input.name),
            max_concurrency=input.max_concurrency,
            timeout_seconds=input.timeout_seconds,
        )
        metadata, described = await registry.ask(registration.endpoint)
        async with info.context.database.session() as session:
            row = await registry.save_app(session, registration, metadata, described)
            await info.context.audit.record(
                session,
                "registerApp",
                Kind.APP,
                row.id,
                identifier=row.identifier,
                maxConcurrency=row.max_concurrency,
                timeoutSeconds=row.timeout_seconds,
            )
        info.context.notifier.apps()
        return ClamsApp.of(row, Loaders.of(info))

    refresh_app: ClamsApp = strawberry.mutation(
        resolver=app_mutations.refresh_app,
        description="Asks the app again what it is, and takes over what it says; what it said before is kept in its "
        "history. APP_UNREACHABLE if it does not answer.",
    )
    update_app: ClamsApp = strawberry.mutation(
        resolver=app_mutations.update_app,
        description="Changes an app while runs go on. Calls in flight are not touched; what begins later honours it.",
    )
    import_apps: list[AppImport] = strawberry.mutation(
        resolver=app_mutations.import_apps,
        description="Apps from their descriptions (metadata.json, as in the app directory), to plan pipelines with "
        "before they have an endpoint. One result each, in order; one that is refused keeps no other. Up to "
        "1,000 in a call. registerApp, or updateApp with an endpoint, makes them run.",
    )
    create_pipeline: Pipeline = strawberry.mutation(
        resolver=pipeline_mutations.create_pipeline,
        description="Checks parameters and the apps' inputs and outputs against their metadata.",
    )
    update_pipeline: Pipeline = strawberry.mutation(
        resolver=pipeline_mutations.update_pipeline,
        description="Other steps make a new version: runs that were started stay on theirs.",
    )
    delete_pipeline: strawberry.ID = strawberry.mutation(
        resolver=pipeline_mutations.delete_pipeline,
        description="Gives the ID back. CONFLICT for one that has run or that a batch is to be started on: archive it.",
    )
    import_pipeline: PipelineImport = strawberry.mutation(
        resolver=pipeline_mutations.import_pipeline,
        description="A pipeline from text: what Pipeline.document gives, or a recipe of clams-kitchen. All or nothing.",
    )
    import_batch_definition: BatchDefinitionImport = strawberry.mutation(
        resolver=pipeline_mutations.import_batch_definition,
        description="A batch from a batch definition of clams-kitchen. Unknown or repeated GUIDs refuse it, as in "
        "createBatch.",
    )

    @strawberry.mutation(
        description="Ends what has not ended. A run that has ended stays, and is returned, as it is."
    )
    async def cancel_batch_run(self, info: Info, id: strawberry.ID) -> BatchRun:
        return await _change(info, id, "cancelBatchRun", batch_runs.cancel_batch_run)

    @strawberry.mutation(
        description="Nothing new starts, what is in flight goes on. A run that has ended stays as it is."
    )
    async def pause_batch_run(self, info: Info, id: strawberry.ID) -> BatchRun:
        return await _change(info, id, "pauseBatchRun", batch_runs.pause_batch_run)

    @strawberry.mutation(description="Goes on after a pause. A run that has ended stays as it is.")
    async def resume_batch_run(self, info: Info, id: strawberry.ID) -> BatchRun:
        return await _change(info, id, "resumeBatchRun", batch_runs.resume_batch_run)

    @strawberry.mutation(
        description="What failed or was canceled goes on from its last good MMIF, in the same batch run, with a "
        "fresh retry budget. Nothing to retry: CONFLICT. With `fromStep` each of these files goes back to that step, "
        "and one that had not come so far goes on where it was; a step that none had come to is BAD_USER_INPUT."
    )
    async def retry_batch_run(
        self, info: Info, id: strawberry.ID, from_step: int | None = strawberry.UNSET
    ) -> BatchRun:
        change = partial(batch_runs.retry_batch_run, from_step=given(from_step))
        return await _change(info, id, "retryBatchRun", change, fromStep=given(from_step))

    @strawberry.mutation(
        description="-100 to 100. Where batch runs share an app, the higher goes first; what is in flight goes on. "
        "A run that has ended stays as it is."
    )
    async def set_batch_run_priority(self, info: Info, id: strawberry.ID, priority: int) -> BatchRun:
        change = partial(batch_runs.set_batch_run_priority, priority=priority)
        return await _change(info, id, "setBatchRunPriority", change, priority=priority)

    @strawberry.mutation(
        description="Ends this file and no other. One that has ended stays as it is. It counts as no failure of its "
        "batch run, which ends by itself once nothing else of it waits or runs."
    )
    async def cancel_pipeline_run(self, info: Info, id: strawberry.ID) -> PipelineRun:
        return await _change_file(info, id, "cancelPipelineRun", pipeline_runs.cancel_pipeline_run)

    @strawberry.mutation(
        description="Nothing new of this file starts, what is in flight goes on; its status stays, and `paused` is "
        "true. One that has ended stays as it is."
    )
    async def pause_pipeline_run(self, info: Info, id: strawberry.ID) -> PipelineRun:
        return await _change_file(info, id, "pausePipelineRun", pipeline_runs.pause_pipeline_run)

    @strawberry.mutation(
        description="Goes on after a pause of its own; that of its batch run is another. One that has ended stays as "
        "it is."
    )
    async def resume_pipeline_run(self, info: Info, id: strawberry.ID) -> PipelineRun:
        return await _change_file(info, id, "resumePipelineRun", pipeline_runs.resume_pipeline_run)

    @strawberry.mutation(
        description="What failed or was canceled goes on from its last good MMIF, with a fresh retry budget, and its "
        "batch run with it. Nothing to retry: CONFLICT. With `fromStep` it goes back to that step, also when it has "
        "finished: on from the output of the step before, for 1 from the MMIF that it was started with. A step that "
        "it had not come to is BAD_USER_INPUT. Earlier results stay."
    )
    async def retry_pipeline_run(
        self, info: Info, id: strawberry.ID, from_step: int | None = strawberry.UNSET
    ) -> PipelineRun:
        change = partial(pipeline_runs.retry_pipeline_run, from_step=given(from_step))
        return await _change_file(info, id, "retryPipelineRun", change, fromStep=given(from_step))


async def _change(
    info: Info,
    batch_run_id: str,
    action: str,
    change: Callable[[AsyncSession, int], Awaitable[object]],
    **details: Any,
) -> BatchRun:
    key = require(Kind.BATCH_RUN, batch_run_id)
    try:
        async with info.context.database.session() as session:
            await change(session, key)
            await info.context.audit.record(session, action, Kind.BATCH_RUN, key, **details)
    except NotFound:
        raise not_found(Kind.BATCH_RUN, batch_run_id) from None
    info.context.notifier.batch_run(key)
    return await Loaders.of(info).require(read_batch_runs, key)


async def _change_file(
    info: Info,
    pipeline_run_id: str,
    action: str,
    change: Callable[[AsyncSession, int], Awaitable[int]],
    **details: Any,
) -> PipelineRun:
    key = require(Kind.PIPELINE_RUN, pipeline_run_id)
    try:
        async with info.context.database.session() as session:
            batch_run_key = await change(session, key)
            await info.context.audit.record(session, action, Kind.PIPELINE_RUN, key, **details)
    except NotFound:
        raise not_found(Kind.PIPELINE_RUN, pipeline_run_id) from None
    info.context.notifier.batch_run(batch_run_key)
    return await Loaders.of(info).require(read_pipeline_runs, key)
