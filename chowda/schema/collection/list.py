"""The list of collections."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.media import collection_list
from chowda.schema.collection.type import Collection
from chowda.schema.connection import NodeList
from chowda.schema.loaders import Loaders


async def _build(
    session: AsyncSession, loaders: Loaders, rows: Sequence[models.Collection]
) -> list[Collection]:
    return [Collection.of(row) for row in rows]


COLLECTIONS = NodeList(collection_list.COLLECTIONS, _build)
