"""Media files and their documents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.media import files as media_files
from chowda.pagination.keyset import Parent
from chowda.schema.connection import Connection
from chowda.schema.dataloaders import Loaders
from chowda.schema.enums import DocumentType
from chowda.schema.list_arguments import Paging, paged
from chowda.schema.scalars import BigInt

if TYPE_CHECKING:
    from chowda.schema.collection.type import Collection
    from chowda.schema.mmif.type import Mmif
    from chowda.schema.pipeline_run.type import PipelineRun


@strawberry.type(description="A file that belongs to a media file: what an app opens.")
class MediaDocument:
    type: DocumentType
    location: str = strawberry.field(
        description="Where the app sees it: file:///…, http(s)://…, or a scheme that a plug-in of the app resolves."
    )
    mime: str | None = strawberry.field(description="Its MIME type, e.g. video/mp4.")
    duration_seconds: float | None = strawberry.field(
        description="Its length, if known: estimates of progress rest on it."
    )
    size_bytes: BigInt | None
    checksum: str | None = strawberry.field(description="As algorithm:hexadecimal, e.g. sha256:9f86d0….")

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


@strawberry.type(description="What is known by a GUID, with the documents that it consists of.")
class MediaFile:
    key: strawberry.Private[int]
    loaders: strawberry.Private[Loaders]
    guid: str
    documents: list[MediaDocument] = strawberry.field(description="In the order in which they were added.")
    revision: int = strawberry.field(description="Rises when its documents change.")
    created_at: datetime

    @strawberry.field(description="Those that it is in, by name.")
    async def collections(
        self,
    ) -> list[Annotated[Collection, strawberry.lazy("chowda.schema.collection.type")]]:
        from chowda.schema.collection.type import read_collections_of

        return await self.loaders.require(read_collections_of, self.key)

    @strawberry.field(description="Its way through every batch run that it is in, newest first.")
    @paged
    async def pipeline_runs(
        self, paging: Paging
    ) -> Connection[Annotated[PipelineRun, strawberry.lazy("chowda.schema.pipeline_run.type")]]:
        from chowda.runs.pipeline_run_list import PipelineRunFilter
        from chowda.schema.pipeline_run.list import PIPELINE_RUNS, PipelineRunSort

        asked = paging.listing(
            PIPELINE_RUNS,
            PipelineRunFilter(),
            PipelineRunSort.CREATED,
            parent=Parent("media_file_id", self.key),
        )
        return await PIPELINE_RUNS.connect(self.loaders, asked)

    @strawberry.field(description="All MMIF there are of it, newest first.")
    @paged
    async def mmifs(
        self, paging: Paging
    ) -> Connection[Annotated[Mmif, strawberry.lazy("chowda.schema.mmif.type")]]:
        from chowda.media.mmif_list import MmifFilter
        from chowda.schema.mmif.list import MMIFS, MmifSort

        asked = paging.listing(
            MMIFS, MmifFilter(), MmifSort.CREATED, parent=Parent("media_file_id", self.key)
        )
        return await MMIFS.connect(self.loaders, asked)

    @strawberry.field(description="What a start that is not from blank would begin with.")
    async def newest_mmif(self) -> Annotated[Mmif, strawberry.lazy("chowda.schema.mmif.type")] | None:
        from chowda.schema.mmif.type import read_newest_mmifs

        return await self.loaders.load(read_newest_mmifs, self.key)


@strawberry.input
class MediaDocumentInput:
    type: DocumentType
    location: str = strawberry.field(description="Where the app sees it. Chowda does not open it.")
    mime: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its MIME type, e.g. video/mp4."
    )
    duration_seconds: float | None = strawberry.field(
        default=strawberry.UNSET,
        description="Its length, if known: estimates of progress rest on it. It plays no part in whether "
        "two documents are the same.",
    )
    size_bytes: BigInt | None = strawberry.field(default=strawberry.UNSET, description="Likewise.")
    checksum: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="As algorithm:hexadecimal in small letters, e.g. sha256:9f86d0…. Likewise.",
    )

    def document(self) -> media_files.NewDocument:
        return media_files.NewDocument(
            self.type,
            self.location,
            self.mime or None,
            self.duration_seconds if self.duration_seconds is not strawberry.UNSET else None,
            self.size_bytes if self.size_bytes is not strawberry.UNSET else None,
            self.checksum or None,
        )


@strawberry.input
class MediaFileInput:
    guid: str = strawberry.field(description="At most 255 characters.")
    documents: list[MediaDocumentInput] = strawberry.field(description="At least one.")


@strawberry.input
class UpdateMediaFileInput:
    guid: str
    documents: list[MediaDocumentInput] = strawberry.field(
        description="These instead of those that it has. At least one."
    )
    revision: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="The one that was seen: where it is another by now, that is CONFLICT.",
    )


async def with_their_documents(
    session: AsyncSession, loaders: Loaders, rows: Sequence[models.MediaFile]
) -> dict[int, MediaFile]:
    """By key. Documents are plain attributes, read where they are asked for: answers hold files by the thousand."""
    keys = [row.id for row in rows]
    documents = await media_files.documents_of(session, keys) if "documents" in loaders.names else {}
    return {
        row.id: MediaFile(
            key=row.id,
            loaders=loaders,
            guid=row.guid,
            documents=[MediaDocument.of(document) for document in documents.get(row.id, ())],
            revision=row.revision,
            created_at=row.created_at,
        )
        for row in rows
    }


async def read_media_files(
    session: AsyncSession, loaders: Loaders, keys: Sequence[int]
) -> dict[int, MediaFile]:
    rows = await session.scalars(
        select(models.MediaFile).where(text("media_files.id = ANY(:ids)")), {"ids": list(keys)}
    )
    return await with_their_documents(session, loaders, rows.all())
