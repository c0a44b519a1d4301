"""Collections of media files."""

from __future__ import annotations

from datetime import datetime

import strawberry

from chowda import models
from chowda.ids import Kind, opaque


@strawberry.type(description="A named set of media files. A media file can be in several collections.")
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
