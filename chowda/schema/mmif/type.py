"""MMIF: what the apps produced. GraphQL has the metadata; the bytes are at Mmif.url."""

from __future__ import annotations

from datetime import datetime

import strawberry

from chowda import models
from chowda.ids import Kind, opaque
from chowda.media import mmifs
from chowda.schema.enums import MmifOrigin
from chowda.schema.loaders import Loaders
from chowda.schema.media_file.type import MediaFile
from chowda.schema.node_registry import STEP_RUN
from chowda.schema.scalars import BigInt


@strawberry.type(description="A MMIF: the annotations that apps have added to a media file so far.")
class Mmif:
    step_run_key: strawberry.Private[int | None]
    app_identifier_key: strawberry.Private[int | None]
    loaders: strawberry.Private[Loaders]
    id: strawberry.ID
    media_file: MediaFile
    sha256: str = strawberry.field(description="The SHA-256 of the bytes, in hexadecimal.")
    size: BigInt = strawberry.field(description="In bytes.")
    url: str = strawberry.field(
        description="The absolute URL of the bytes. GET returns them as application/json."
    )
    created_at: datetime
    origin: MmifOrigin

    @strawberry.field(
        description="For origin STEP: the identifier of the app, with its version at that time. Null if it is unknown."
    )
    async def app_identifier(self) -> str | None:
        if self.app_identifier_key is None:
            return None
        return await self.loaders.value_or_none(mmifs.app_identifiers, self.app_identifier_key)

    @strawberry.field(
        graphql_type=STEP_RUN.type | None,
        description="For origin STEP: the step run that produced the MMIF, with its app, parameters and times.",
    )
    async def step(self) -> object | None:
        if self.step_run_key is None:
            return None
        return await STEP_RUN.node_or_none(self.loaders, self.step_run_key)

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
