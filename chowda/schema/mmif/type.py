"""MMIF: the bytes stay outside of GraphQL; here is where to get them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.ids import Kind, opaque
from chowda.media import mmifs
from chowda.schema.dataloaders import Loaders
from chowda.schema.enums import MmifOrigin
from chowda.schema.media_file.type import MediaFile, read_media_files
from chowda.schema.scalars import BigInt

if TYPE_CHECKING:
    from chowda.schema.step_run.type import StepRun


@strawberry.type(description="What apps found in a media file so far.")
class Mmif:
    step_run_key: strawberry.Private[int | None]
    app_identifier_key: strawberry.Private[int | None]
    loaders: strawberry.Private[Loaders]
    id: strawberry.ID
    media_file: MediaFile
    sha256: str = strawberry.field(description="Of the bytes, in hexadecimal.")
    size: BigInt = strawberry.field(description="Bytes.")
    url: str = strawberry.field(description="Absolute; GET gives the bytes, as application/json.")
    created_at: datetime
    origin: MmifOrigin

    @strawberry.field(
        description="Of a STEP: what the app called itself then, with its version. Null where it is not known."
    )
    async def app_identifier(self) -> str | None:
        if self.app_identifier_key is None:
            return None
        return await self.loaders.load(read_app_identifiers, self.app_identifier_key)

    @strawberry.field(description="Of a STEP: the call that made it, with its app, parameters and times.")
    async def step(self) -> Annotated[StepRun, strawberry.lazy("chowda.schema.step_run.type")] | None:
        from chowda.schema.step_run.type import read_step_runs

        if self.step_run_key is None:
            return None
        return await self.loaders.load(read_step_runs, self.step_run_key)

    @classmethod
    def of(cls, row: models.Mmif, media_file: MediaFile, loaders: Loaders) -> Mmif:
        mmif_id = opaque(Kind.MMIF, row.id)
        return cls(
            step_run_key=row.step_run_id,
            app_identifier_key=row.app_identifier_id,
            loaders=loaders,
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


async def read_app_identifiers(
    session: AsyncSession, loaders: Loaders, keys: Sequence[int]
) -> dict[int, str]:
    return await mmifs.app_identifiers(session, keys)


async def read_newest_mmifs(
    session: AsyncSession, loaders: Loaders, media_file_keys: Sequence[int]
) -> dict[int, Mmif]:
    """By media file; those without any MMIF are left out."""
    newest = await mmifs.newest_of(session, media_file_keys)
    files = await read_media_files(session, loaders, list(newest))
    return {key: Mmif.of(row, files[key], loaders) for key, row in newest.items()}
