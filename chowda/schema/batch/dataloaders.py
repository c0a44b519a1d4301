"""Reading batches by their keys."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chowda.batches import service as batch_service
from chowda.schema.batch.type import Batch
from chowda.schema.loaders import Loaders


async def read_batches(session: AsyncSession, loaders: Loaders, keys: Sequence[int]) -> dict[int, Batch]:
    rows = await batch_service.batches_by_id(session, keys)
    return {key: Batch.of(row, loaders) for key, row in rows.items()}
