"""Reading collections by their keys."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chowda.media import collections
from chowda.schema.collection.type import Collection
from chowda.schema.loaders import Loaders


async def read_collections(
    session: AsyncSession, loaders: Loaders, keys: Sequence[int]
) -> dict[int, Collection]:
    rows = await collections.collections_by_id(session, keys)
    return {key: Collection.of(row) for key, row in rows.items()}
