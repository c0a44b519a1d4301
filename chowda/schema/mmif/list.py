"""The list of MMIF."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.media import mmif_list
from chowda.schema.connection import NodeList
from chowda.schema.loaders import Loaders
from chowda.schema.mmif.dataloaders import build_mmifs
from chowda.schema.mmif.type import Mmif


async def _build(session: AsyncSession, loaders: Loaders, rows: Sequence[models.Mmif]) -> list[Mmif]:
    found = await build_mmifs(session, loaders, rows)
    return [found[row.id] for row in rows]


MMIFS = NodeList(mmif_list.MMIFS, _build)
