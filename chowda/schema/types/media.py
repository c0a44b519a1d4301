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

    @classmethod
    def of(cls, row: models.MediaDocument) -> MediaDocument:
        return cls(
            type=DocumentType(row.type),
            location=row.location,
            mime=row.mime,
            duration_seconds=row.duration_seconds,
        )


@strawberry.type(description="What is known by a GUID, with the documents that it consists of.")
class MediaFile:
    guid: str
    documents: list[MediaDocument] = strawberry.field(description="In the order in which they were added.")
    created_at: datetime


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


async def with_their_documents(
    session: AsyncSession, loaders: Loaders, rows: Sequence[models.MediaFile]
) -> dict[int, MediaFile]:
    """By key. Documents are plain attributes, read where they are asked for: answers hold files by the thousand."""
    keys = [row.id for row in rows]
    documents = await media.documents_of(session, keys) if "documents" in loaders.names else {}
    return {
        row.id: MediaFile(
            guid=row.guid,
            documents=[MediaDocument.of(document) for document in documents.get(row.id, ())],
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
