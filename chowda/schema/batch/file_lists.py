"""Lists of the media files of a batch, shown as media files or as their MMIF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chowda.models import BatchMediaFile
from chowda.runs import batch_file_lists, batch_progress
from chowda.schema.connection import Nodes
from chowda.schema.dataloaders import Loaders
from chowda.schema.media_file.type import MediaFile, read_media_files
from chowda.schema.mmif.type import Mmif, read_mmifs

Rows = Sequence[BatchMediaFile]


async def _files(session: AsyncSession, loaders: Loaders, rows: Rows) -> list[MediaFile]:
    found = await read_media_files(session, loaders, list({row.media_file_id for row in rows}))
    return [found[row.media_file_id] for row in rows]


async def _inputs(session: AsyncSession, loaders: Loaders, rows: Rows) -> list[Mmif]:
    return await _mmifs(
        session, loaders, rows, {_member(row): row.input_mmif_id for row in rows if row.input_mmif_id}
    )


async def _outputs(session: AsyncSession, loaders: Loaders, rows: Rows) -> list[Mmif]:
    keys = await batch_progress.outputs_of(session, [_member(row) for row in rows])
    return await _mmifs(session, loaders, rows, keys)


async def _mmifs(
    session: AsyncSession, loaders: Loaders, rows: Rows, keys: Mapping[tuple[int, int], int]
) -> list[Mmif]:
    found = await read_mmifs(session, loaders, list(keys.values()))
    return [found[keys[_member(row)]] for row in rows]


def _member(row: BatchMediaFile) -> tuple[int, int]:
    return row.batch_id, row.media_file_id


NOT_STARTED = Nodes(batch_file_lists.NOT_STARTED, _files)
INPUTS = Nodes(batch_file_lists.INPUTS, _inputs)
OUTPUTS = Nodes(batch_file_lists.OUTPUTS, _outputs)
