"""Reading media files by their keys."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.media import files as media_files
from chowda.schema.loaders import Loaders
from chowda.schema.media_file.type import MediaDocument, MediaFile


async def read_media_files(
    session: AsyncSession, loaders: Loaders, keys: Sequence[int]
) -> dict[int, MediaFile]:
    rows = await session.scalars(
        select(models.MediaFile).where(text("media_files.id = ANY(:ids)")), {"ids": list(keys)}
    )
    return await build_media_files(session, loaders, rows.all())


async def build_media_files(
    session: AsyncSession, loaders: Loaders, rows: Sequence[models.MediaFile]
) -> dict[int, MediaFile]:
    """The media files by their keys.

    Their documents are read at once, if they are selected, rather than by a resolver: a result can hold thousands of
    files, and a resolver doubles the cost of a field.
    """
    keys = [row.id for row in rows]
    documents = await media_files.documents_of(session, keys) if "documents" in loaders.field_names else {}
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
