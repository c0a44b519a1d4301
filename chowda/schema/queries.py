"""What can be asked."""

from __future__ import annotations

from datetime import datetime

import strawberry

from chowda import audit
from chowda.batches import sources as batch_sources
from chowda.ids import Kind, number_of
from chowda.media import files as media
from chowda.pagination import keyset
from chowda.pagination.keyset import PAGE_SIZE, PageRequest
from chowda.pipelines import validation
from chowda.pubsub.snapshot_cursor import current_cursor
from chowda.schema.app.list import APPS
from chowda.schema.app.type import ClamsApp, read_apps
from chowda.schema.batch.list import BATCHES
from chowda.schema.batch.type import Batch, read_batches
from chowda.schema.batch_run.list import BATCH_RUNS
from chowda.schema.batch_run.type import BatchRun, read_batch_runs
from chowda.schema.collection.list import COLLECTIONS
from chowda.schema.collection.type import Collection, read_collections
from chowda.schema.connection import Connection
from chowda.schema.context import Info
from chowda.schema.dataloaders import Loaders, one_snapshot
from chowda.schema.enums import GuidTextFormat
from chowda.schema.event.type import EventConnection
from chowda.schema.media_file.list import MEDIA_FILES
from chowda.schema.media_file.media_import import GuidReading
from chowda.schema.media_file.type import MediaFile, with_their_documents
from chowda.schema.mmif.list import MMIFS
from chowda.schema.mmif.type import Mmif, read_mmifs
from chowda.schema.pipeline.check import StepCheck
from chowda.schema.pipeline.list import PIPELINES
from chowda.schema.pipeline.mutations import new_steps
from chowda.schema.pipeline.type import Pipeline, PipelineStepInput, read_pipelines
from chowda.schema.pipeline_run.list import PIPELINE_RUNS
from chowda.schema.pipeline_run.type import PipelineRun, read_pipeline_runs


@strawberry.type(description="An unknown ID or GUID is null.")
class Query:
    @strawberry.field
    async def media_file(self, info: Info, guid: str) -> MediaFile | None:
        async with info.context.database.session() as session:
            rows = list((await media.find_media_files(session, [guid])).values())
            found = await with_their_documents(session, Loaders.of(info), rows)
        return next(iter(found.values()), None)

    @strawberry.field(
        description="The GUIDs that a pasted block, a text file or a CSV holds: what is found, unknown and repeated. "
        "Quotes, brackets and byte order marks are dropped. Without a format it is a CSV if its first line has a "
        "column guid or asset_id."
    )
    async def read_guids(
        self, info: Info, text: str, format: GuidTextFormat | None = strawberry.UNSET
    ) -> GuidReading:
        async with info.context.database.session() as session:
            reading = await batch_sources.read_guids(session, text, format or None)
        return GuidReading(found=reading.found, unknown=reading.unknown, repeated=reading.repeated)

    @strawberry.field
    async def collection(self, info: Info, id: strawberry.ID) -> Collection | None:
        key = number_of(Kind.COLLECTION, id)
        return await Loaders.of(info).load(read_collections, key) if key is not None else None

    collections: Connection[Collection] = COLLECTIONS.field("All collections, by name.")

    @strawberry.field
    async def mmif(self, info: Info, id: strawberry.ID) -> Mmif | None:
        key = number_of(Kind.MMIF, id)
        return await Loaders.of(info).load(read_mmifs, key) if key is not None else None

    media_files: Connection[MediaFile] = MEDIA_FILES.field("All media files, newest first.")

    @strawberry.field
    async def app(self, info: Info, id: strawberry.ID) -> ClamsApp | None:
        key = number_of(Kind.APP, id)
        return await Loaders.of(info).load(read_apps, key) if key is not None else None

    apps: Connection[ClamsApp] = APPS.field("All CLAMS apps.")

    @strawberry.field
    async def pipeline(self, info: Info, id: strawberry.ID) -> Pipeline | None:
        key = number_of(Kind.PIPELINE, id)
        return await Loaders.of(info).load(read_pipelines, key) if key is not None else None

    pipelines: Connection[Pipeline] = PIPELINES.field("All pipelines.")

    @strawberry.field(
        description="What is wrong with these steps, and where each gets what it takes, before a pipeline is made of "
        "them: one for each step, in order. An unknown app is NOT_FOUND."
    )
    async def check_pipeline(self, info: Info, steps: list[PipelineStepInput]) -> list[StepCheck]:
        async with info.context.database.session() as session:
            checks = await validation.check(session, new_steps(steps))
        return [StepCheck.of(check) for check in checks]

    @strawberry.field
    async def batch(self, info: Info, id: strawberry.ID) -> Batch | None:
        key = number_of(Kind.BATCH, id)
        return await Loaders.of(info).load(read_batches, key) if key is not None else None

    batches: Connection[Batch] = BATCHES.field("All batches, newest first.")

    @strawberry.field
    async def batch_run(self, info: Info, id: strawberry.ID) -> BatchRun | None:
        key = number_of(Kind.BATCH_RUN, id)
        return await Loaders.of(info).load(read_batch_runs, key) if key is not None else None

    batch_runs: Connection[BatchRun] = BATCH_RUNS.field("All starts of batches, newest first.")

    @strawberry.field
    async def pipeline_run(self, info: Info, id: strawberry.ID) -> PipelineRun | None:
        key = number_of(Kind.PIPELINE_RUN, id)
        return await Loaders.of(info).load(read_pipeline_runs, key) if key is not None else None

    @strawberry.field(
        description="Who did what, newest first; at most 500 at once. `subject` is an ID or a GUID. `since` is "
        "included, `until` is not."
    )
    async def events(
        self,
        info: Info,
        first: int | None = PAGE_SIZE,
        after: str | None = strawberry.UNSET,
        actor: str | None = strawberry.UNSET,
        action: str | None = strawberry.UNSET,
        subject: strawberry.ID | None = strawberry.UNSET,
        since: datetime | None = strawberry.UNSET,
        until: datetime | None = strawberry.UNSET,
    ) -> EventConnection:
        query = audit.list_query(
            audit.EventFilter(actor or None, action or None, subject or None, since or None, until or None),
            PageRequest.of(first, after or None, None, None),
        )
        query.position()  # raises for a cursor that is not valid
        async with info.context.database.session() as session:
            await one_snapshot(session)
            cursor, _ = await current_cursor(session)
            page = (await keyset.read_pages(session, [query]))[query]
        return EventConnection.of(query, page, cursor)

    pipeline_runs: Connection[PipelineRun] = PIPELINE_RUNS.field(
        "The pipeline runs of all batch runs, newest first."
    )

    mmifs: Connection[Mmif] = MMIFS.field("All MMIF, newest first.")
