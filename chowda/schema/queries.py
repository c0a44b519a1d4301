"""What can be asked."""

from __future__ import annotations

from datetime import datetime

import strawberry

from chowda import audit, batch_sources, feed, media
from chowda.errors import BadUserInput, LimitExceeded
from chowda.ids import Kind, number_of
from chowda.lists.apps import AppFilter
from chowda.lists.batch_runs import BatchRunFilter
from chowda.lists.batches import BatchFilter
from chowda.lists.collections import CollectionFilter
from chowda.lists.media_files import MediaFileFilter
from chowda.lists.mmifs import MmifFilter
from chowda.lists.pipeline_runs import PipelineRunFilter
from chowda.lists.pipelines import PipelineFilter
from chowda.schema.context import Info
from chowda.schema.lists.apps import APPS, AppFilterInput, AppSort
from chowda.schema.lists.arguments import Paging
from chowda.schema.lists.batch_runs import BATCH_RUNS, BatchRunFilterInput, BatchRunSort
from chowda.schema.lists.batches import BATCHES, BatchFilterInput, BatchSort
from chowda.schema.lists.collections import COLLECTIONS, CollectionFilterInput, CollectionSort
from chowda.schema.lists.media_files import MEDIA_FILES, MediaFileFilterInput, MediaFileSort
from chowda.schema.lists.mmifs import MMIFS, MmifFilterInput, MmifSort
from chowda.schema.lists.pipeline_runs import PIPELINE_RUNS, PipelineRunFilterInput, PipelineRunSort
from chowda.schema.lists.pipelines import PIPELINES, PipelineFilterInput, PipelineSort
from chowda.schema.loaders import Loaders, one_snapshot
from chowda.schema.types.app import ClamsApp, read_apps
from chowda.schema.types.batch import Batch, read_batches
from chowda.schema.types.batch_run import BatchRun, read_batch_runs
from chowda.schema.types.collection import Collection, read_collections
from chowda.schema.types.connection import Connection
from chowda.schema.types.event import EventConnection
from chowda.schema.types.media import MediaFile, with_their_documents
from chowda.schema.types.media_import import GuidReading
from chowda.schema.types.mmif import Mmif, read_mmifs
from chowda.schema.types.pipeline import Pipeline, read_pipelines
from chowda.schema.types.pipeline_run import PipelineRun, read_pipeline_runs
from chowda.schema.types.status import GuidTextFormat

EVENTS = 50


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

    @strawberry.field(description="All collections, by name.")
    async def collections(
        self,
        info: Info,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
        filter: CollectionFilterInput | None = strawberry.UNSET,
        sort: CollectionSort = CollectionSort.NAME,
        descending: bool = False,
    ) -> Connection[Collection]:
        asked = filter.of() if filter else CollectionFilter()
        paging = Paging(first, after, last, before)
        return await COLLECTIONS.connect(
            Loaders.of(info), paging.listing(COLLECTIONS, asked, sort, descending)
        )

    @strawberry.field
    async def mmif(self, info: Info, id: strawberry.ID) -> Mmif | None:
        key = number_of(Kind.MMIF, id)
        return await Loaders.of(info).load(read_mmifs, key) if key is not None else None

    @strawberry.field(description="All media files, newest first.")
    async def media_files(
        self,
        info: Info,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
        filter: MediaFileFilterInput | None = strawberry.UNSET,
        sort: MediaFileSort = MediaFileSort.CREATED,
        descending: bool = True,
    ) -> Connection[MediaFile]:
        asked = filter.of() if filter else MediaFileFilter()
        paging = Paging(first, after, last, before)
        return await MEDIA_FILES.connect(
            Loaders.of(info), paging.listing(MEDIA_FILES, asked, sort, descending)
        )

    @strawberry.field
    async def app(self, info: Info, id: strawberry.ID) -> ClamsApp | None:
        key = number_of(Kind.APP, id)
        return await Loaders.of(info).load(read_apps, key) if key is not None else None

    @strawberry.field(description="All CLAMS apps.")
    async def apps(
        self,
        info: Info,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
        filter: AppFilterInput | None = strawberry.UNSET,
        sort: AppSort = AppSort.NAME,
        descending: bool = False,
    ) -> Connection[ClamsApp]:
        asked = filter.of() if filter else AppFilter()
        paging = Paging(first, after, last, before)
        return await APPS.connect(Loaders.of(info), paging.listing(APPS, asked, sort, descending))

    @strawberry.field
    async def pipeline(self, info: Info, id: strawberry.ID) -> Pipeline | None:
        key = number_of(Kind.PIPELINE, id)
        return await Loaders.of(info).load(read_pipelines, key) if key is not None else None

    @strawberry.field(description="All pipelines.")
    async def pipelines(
        self,
        info: Info,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
        filter: PipelineFilterInput | None = strawberry.UNSET,
        sort: PipelineSort = PipelineSort.NAME,
        descending: bool = False,
    ) -> Connection[Pipeline]:
        asked = filter.of() if filter else PipelineFilter()
        paging = Paging(first, after, last, before)
        return await PIPELINES.connect(Loaders.of(info), paging.listing(PIPELINES, asked, sort, descending))

    @strawberry.field
    async def batch(self, info: Info, id: strawberry.ID) -> Batch | None:
        key = number_of(Kind.BATCH, id)
        return await Loaders.of(info).load(read_batches, key) if key is not None else None

    @strawberry.field(description="All batches, newest first.")
    async def batches(
        self,
        info: Info,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
        filter: BatchFilterInput | None = strawberry.UNSET,
        sort: BatchSort = BatchSort.CREATED,
        descending: bool = True,
    ) -> Connection[Batch]:
        asked = filter.of() if filter else BatchFilter()
        paging = Paging(first, after, last, before)
        return await BATCHES.connect(Loaders.of(info), paging.listing(BATCHES, asked, sort, descending))

    @strawberry.field
    async def batch_run(self, info: Info, id: strawberry.ID) -> BatchRun | None:
        key = number_of(Kind.BATCH_RUN, id)
        return await Loaders.of(info).load(read_batch_runs, key) if key is not None else None

    @strawberry.field(description="All starts of batches, newest first.")
    async def batch_runs(
        self,
        info: Info,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
        filter: BatchRunFilterInput | None = strawberry.UNSET,
        sort: BatchRunSort = BatchRunSort.CREATED,
        descending: bool = True,
    ) -> Connection[BatchRun]:
        asked = filter.of() if filter else BatchRunFilter()
        paging = Paging(first, after, last, before)
        return await BATCH_RUNS.connect(Loaders.of(info), paging.listing(BATCH_RUNS, asked, sort, descending))

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
        first: int | None = EVENTS,
        after: str | None = strawberry.UNSET,
        actor: str | None = strawberry.UNSET,
        action: str | None = strawberry.UNSET,
        subject: strawberry.ID | None = strawberry.UNSET,
        since: datetime | None = strawberry.UNSET,
        until: datetime | None = strawberry.UNSET,
    ) -> EventConnection:
        size = EVENTS if first is None else first
        if size < 0:
            raise BadUserInput(f"first is {size}; it must be from 0 to {audit.PAGE_LIMIT}.")
        if size > audit.PAGE_LIMIT:
            raise LimitExceeded(
                f"first is {size:,}; at most {audit.PAGE_LIMIT} events are given at once. Page with `after`."
            )
        asked = audit.Asked(actor or None, action or None, subject or None, since or None, until or None)
        place = audit.Place.decode(after) if after else None
        async with info.context.database.session() as session:
            await one_snapshot(session)
            cursor, _ = await feed.current_cursor(session)
            rows = await audit.find_events(session, asked, size + 1, place)
        return EventConnection.of(list(rows[:size]), len(rows) > size, cursor, is_first=place is None)

    @strawberry.field(description="The pipeline runs of all batch runs, newest first.")
    async def pipeline_runs(
        self,
        info: Info,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
        filter: PipelineRunFilterInput | None = strawberry.UNSET,
        sort: PipelineRunSort = PipelineRunSort.CREATED,
        descending: bool = True,
    ) -> Connection[PipelineRun]:
        asked = filter.of() if filter else PipelineRunFilter()
        paging = Paging(first, after, last, before)
        return await PIPELINE_RUNS.connect(
            Loaders.of(info), paging.listing(PIPELINE_RUNS, asked, sort, descending)
        )

    @strawberry.field(description="All MMIF, newest first.")
    async def mmifs(
        self,
        info: Info,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
        filter: MmifFilterInput | None = strawberry.UNSET,
        sort: MmifSort = MmifSort.CREATED,
        descending: bool = True,
    ) -> Connection[Mmif]:
        asked = filter.of() if filter else MmifFilter()
        paging = Paging(first, after, last, before)
        return await MMIFS.connect(Loaders.of(info), paging.listing(MMIFS, asked, sort, descending))
