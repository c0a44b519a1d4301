"""The list of batches."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.batches import list as batch_list
from chowda.schema.batch.type import Batch
from chowda.schema.connection import NodeList
from chowda.schema.loaders import Loaders


async def _build(session: AsyncSession, loaders: Loaders, rows: Sequence[models.Batch]) -> list[Batch]:
    return [Batch.of(row, loaders) for row in rows]


BATCHES = NodeList(batch_list.BATCHES, _build)
