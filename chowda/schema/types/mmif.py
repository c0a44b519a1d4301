"""MMIF: the bytes stay outside of GraphQL; here is where to get them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import mmifs, models
from chowda.ids import Kind, opaque
from chowda.schema.loaders import Loaders
from chowda.schema.scalars import BigInt
from chowda.schema.types.media import MediaFile, read_media_files
from chowda.schema.types.status import MmifOrigin


@strawberry.type(description="What apps found in a media file so far.")
class Mmif:
    id: strawberry.ID
    media_file: MediaFile
    sha256: str = strawberry.field(description="Of the bytes, in hexadecimal.")
    size: BigInt = strawberry.field(description="Bytes.")
    url: str = strawberry.field(description="Absolute; GET gives the bytes, as application/json.")
    created_at: datetime
    origin: MmifOrigin

    @classmethod
    def of(cls, row: models.Mmif, media_file: MediaFile, loaders: Loaders) -> Mmif:
        mmif_id = opaque(Kind.MMIF, row.id)
        return cls(
            id=strawberry.ID(mmif_id),
            media_file=media_file,
            sha256=row.sha256,
            size=BigInt(row.size_bytes),
            url=f"{loaders.context.base_url}/mmif/{mmif_id}",
            created_at=row.created_at,
            origin=MmifOrigin(row.origin),
        )


async def read_mmifs(session: AsyncSession, loaders: Loaders, keys: Sequence[int]) -> dict[int, Mmif]:
    rows = await mmifs.mmifs_by_id(session, keys)
    files = await read_media_files(session, loaders, list({row.media_file_id for row in rows.values()}))
    return {key: Mmif.of(row, files[row.media_file_id], loaders) for key, row in rows.items()}
