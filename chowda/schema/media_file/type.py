"""Media files and their documents."""

from __future__ import annotations

import asyncio
from datetime import datetime

import strawberry

from chowda import models
from chowda.media import collections, mmif_list, mmifs
from chowda.media.mmif_list import MmifFilter
from chowda.pagination.keyset import Parent
from chowda.runs import pipeline_run_list
from chowda.runs.pipeline_run_list import PipelineRunFilter
from chowda.schema.enums import DocumentType
from chowda.schema.loaders import Loaders
from chowda.schema.node_registry import COLLECTION, MMIF, PIPELINE_RUN
from chowda.schema.paging import Paging
from chowda.schema.scalars import BigInt


@strawberry.type(description="A document of a media file: a file that an app opens.")
class MediaDocument:
    type: DocumentType
    location: str = strawberry.field(
        description="The address under which apps see the file: file:///…, http(s)://…, or a scheme that a plug-in of "
        "the app resolves."
    )
    mime: str | None = strawberry.field(description="The MIME type, e.g. video/mp4.")
    duration_seconds: float | None = strawberry.field(
        description="The duration, if it is known. Progress estimates depend on it."
    )
    size_bytes: BigInt | None
    checksum: str | None = strawberry.field(
        description="The algorithm and the hexadecimal checksum, e.g. sha256:9f86d0…."
    )

    @classmethod
    def of(cls, row: models.MediaDocument) -> MediaDocument:
        return cls(
            type=DocumentType(row.type),
            location=row.location,
            mime=row.mime,
            duration_seconds=row.duration_seconds,
            size_bytes=BigInt(row.size_bytes) if row.size_bytes is not None else None,
            checksum=row.checksum,
        )


@strawberry.type(description="A media file: a GUID and the documents that belong to it.")
class MediaFile:
    key: strawberry.Private[int]
    loaders: strawberry.Private[Loaders]
    guid: str
    documents: list[MediaDocument] = strawberry.field(description="In the order in which they were added.")
    revision: int = strawberry.field(description="Increases when the documents change.")
    created_at: datetime

    @strawberry.field(
        graphql_type=COLLECTION.list_type, description="The collections that contain the file, by name."
    )
    async def collections(self) -> list[object]:
        keys = await self.loaders.value(collections.collections_of, self.key)
        return await asyncio.gather(*(COLLECTION.node(self.loaders, key) for key in keys))

    @strawberry.field(
        graphql_type=PIPELINE_RUN.connection_type, description="The file's pipeline runs, newest first."
    )
    async def pipeline_runs(
        self,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
    ) -> object:
        query = Paging(first, after, last, before).query(
            pipeline_run_list.PIPELINE_RUNS,
            PipelineRunFilter(),
            "CREATED",
            parent=Parent("media_file_id", self.key),
        )
        return await PIPELINE_RUN.connect(self.loaders, query)

    @strawberry.field(graphql_type=MMIF.connection_type, description="All MMIF of the file, newest first.")
    async def mmifs(
        self,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
    ) -> object:
        query = Paging(first, after, last, before).query(
            mmif_list.MMIFS, MmifFilter(), "CREATED", parent=Parent("media_file_id", self.key)
        )
        return await MMIF.connect(self.loaders, query)

    @strawberry.field(
        graphql_type=MMIF.type | None,
        description="The newest MMIF of the file: a run with startFrom NEWEST starts from it.",
    )
    async def newest_mmif(self) -> object | None:
        newest = await self.loaders.value_or_none(mmifs.newest_of, self.key)
        return await MMIF.node(self.loaders, newest.id) if newest is not None else None
