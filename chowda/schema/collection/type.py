"""Collections: media files that belong together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.ids import Kind, opaque
from chowda.media import collections
from chowda.schema.dataloaders import Loaders


@strawberry.type(description="Media files that belong together; one may be in several.")
class Collection:
    id: strawberry.ID
    name: str = strawberry.field(description="Unique.")
    description: str | None
    media_file_count: int
    created_at: datetime

    @classmethod
    def of(cls, row: models.Collection) -> Collection:
        return cls(
            id=strawberry.ID(opaque(Kind.COLLECTION, row.id)),
            name=row.name,
            description=row.description,
            media_file_count=row.media_file_count,
            created_at=row.created_at,
        )


@strawberry.input
class CreateCollectionInput:
    name: str = strawberry.field(description="Unique: another collection's is CONFLICT.")
    description: str | None = strawberry.UNSET
    guids: list[str] = strawberry.field(
        default_factory=list,
        description="Unknown ones refuse it: ten in the message, all in extensions.guids.",
    )


@strawberry.input
class UpdateCollectionInput:
    id: strawberry.ID
    name: str | None = strawberry.field(default=strawberry.UNSET, description="Left out: as it is.")
    description: str | None = strawberry.field(
        default=strawberry.UNSET, description='Left out: as it is; "" takes it away.'
    )


async def read_collections(
    session: AsyncSession, loaders: Loaders, keys: Sequence[int]
) -> dict[int, Collection]:
    rows = await collections.collections_by_id(session, keys)
    return {key: Collection.of(row) for key, row in rows.items()}


async def read_collections_of(
    session: AsyncSession, loaders: Loaders, media_file_keys: Sequence[int]
) -> dict[int, list[Collection]]:
    """By media file, by their names."""
    keys = await collections.collections_of(session, media_file_keys)
    found = await read_collections(session, loaders, list({key for group in keys.values() for key in group}))
    return {file: [found[key] for key in group] for file, group in keys.items()}
