"""Lists of the media files of a batch, shown as media files or as their MMIF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chowda.models import BatchMediaFile
from chowda.runs import batch_file_lists, batch_outputs
from chowda.schema.connection import NodeList
from chowda.schema.loaders import Loaders
from chowda.schema.media_file.dataloaders import read_media_files
from chowda.schema.media_file.type import MediaFile
from chowda.schema.mmif.dataloaders import read_mmifs
from chowda.schema.mmif.type import Mmif

Rows = Sequence[BatchMediaFile]


async def _media_files(session: AsyncSession, loaders: Loaders, rows: Rows) -> list[MediaFile]:
    found = await read_media_files(session, loaders, list({row.media_file_id for row in rows}))
    return [found[row.media_file_id] for row in rows]


async def _input_mmifs(session: AsyncSession, loaders: Loaders, rows: Rows) -> list[Mmif]:
    keys = {_member(row): row.input_mmif_id for row in rows if row.input_mmif_id}
    return await _mmifs(session, loaders, rows, keys)


async def _output_mmifs(session: AsyncSession, loaders: Loaders, rows: Rows) -> list[Mmif]:
    keys = await batch_outputs.outputs_of(session, [_member(row) for row in rows])
    return await _mmifs(session, loaders, rows, keys)


async def _mmifs(
    session: AsyncSession, loaders: Loaders, rows: Rows, keys: Mapping[tuple[int, int], int]
) -> list[Mmif]:
    found = await read_mmifs(session, loaders, list(keys.values()))
    return [found[keys[_member(row)]] for row in rows]


def _member(row: BatchMediaFile) -> tuple[int, int]:
    return row.batch_id, row.media_file_id


NOT_STARTED = NodeList(batch_file_lists.NOT_STARTED, _media_files)
INPUT_MMIFS = NodeList(batch_file_lists.INPUTS, _input_mmifs)
OUTPUT_MMIFS = NodeList(batch_file_lists.OUTPUTS, _output_mmifs)
