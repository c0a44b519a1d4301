"""The list of media files."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.media import file_list
from chowda.schema.connection import NodeList
from chowda.schema.loaders import Loaders
from chowda.schema.media_file.dataloaders import build_media_files
from chowda.schema.media_file.type import MediaFile


async def _build(
    session: AsyncSession, loaders: Loaders, rows: Sequence[models.MediaFile]
) -> list[MediaFile]:
    found = await build_media_files(session, loaders, rows)
    return [found[row.id] for row in rows]


MEDIA_FILES = NodeList(file_list.MEDIA_FILES, _build)
