"""Reading MMIF by their keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.media.mmifs import mmifs_by_id
from chowda.schema.loaders import Loaders
from chowda.schema.media_file.dataloaders import read_media_files
from chowda.schema.mmif.type import Mmif


async def read_mmifs(session: AsyncSession, loaders: Loaders, keys: Sequence[int]) -> dict[int, Mmif]:
    return await build_mmifs(session, loaders, (await mmifs_by_id(session, keys)).values())


async def build_mmifs(
    session: AsyncSession, loaders: Loaders, rows: Iterable[models.Mmif]
) -> dict[int, Mmif]:
    """The MMIF by their keys."""
    found = list(rows)
    files = await read_media_files(session, loaders, list({row.media_file_id for row in found}))
    return {row.id: Mmif.of(row, files[row.media_file_id], loaders) for row in found}
