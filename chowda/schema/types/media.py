"""Media files and their documents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import strawberry
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import media, models
from chowda.schema.loaders import Loaders
from chowda.schema.types.status import DocumentType


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


@strawberry.type(description="What is known by a GUID, with the documents that it consists of.")
class MediaFile:
    key: strawberry.Private[int]
    loaders: strawberry.Private[Loaders]
    guid: str
    created_at: datetime

    @strawberry.field(description="In the order in which they were added.")
    async def documents(self) -> list[MediaDocument]:
        return await self.loaders.require(read_documents, self.key)

    @classmethod
    def of(cls, row: models.MediaFile, loaders: Loaders) -> MediaFile:
        return cls(key=row.id, loaders=loaders, guid=row.guid, created_at=row.created_at)


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


@strawberry.input
class MediaFileInput:
    guid: str = strawberry.field(description="At most 255 characters.")
    documents: list[MediaDocumentInput] = strawberry.field(description="At least one.")


async def read_media_files(
    session: AsyncSession, loaders: Loaders, keys: Sequence[int]
) -> dict[int, MediaFile]:
    rows = await session.scalars(
        select(models.MediaFile).where(text("media_files.id = ANY(:ids)")), {"ids": list(keys)}
    )
    return {row.id: MediaFile.of(row, loaders) for row in rows}


async def read_documents(
    session: AsyncSession, loaders: Loaders, keys: Sequence[int]
) -> dict[int, list[MediaDocument]]:
    found = await media.documents_of(session, keys)
    return {
        key: [
            MediaDocument(
                type=DocumentType(row.type),
                location=row.location,
                mime=row.mime,
                duration_seconds=row.duration_seconds,
            )
            for row in rows
        ]
        for key, rows in found.items()
    }
