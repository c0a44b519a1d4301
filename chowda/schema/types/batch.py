"""Batches: media files that are run together."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import batches, models
from chowda.ids import Kind, opaque
from chowda.schema.loaders import Loaders
from chowda.schema.types.pipeline import Pipeline, read_pipelines


@strawberry.type(description="Media files that are run together.")
class Batch:
    pipeline_key: strawberry.Private[int | None]
    loaders: strawberry.Private[Loaders]
    id: strawberry.ID
    name: str
    description: str | None
    media_file_count: int

    @strawberry.field(description="The one on which it is started unless another is named.")
    async def pipeline(self) -> Pipeline | None:
        if self.pipeline_key is None:
            return None
        return await self.loaders.load(read_pipelines, self.pipeline_key)

    @classmethod
    def of(cls, row: models.Batch, loaders: Loaders) -> Batch:
        return cls(
            pipeline_key=row.pipeline_id,
            loaders=loaders,
            id=strawberry.ID(opaque(Kind.BATCH, row.id)),
            name=row.name,
            description=row.description,
            media_file_count=row.media_file_count,
        )


@strawberry.input
class CreateBatchInput:
    name: str
    description: str | None = strawberry.UNSET
    pipeline_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The pipeline on which it is started by default."
    )
    guids: list[str] = strawberry.field(
        description="Unknown or repeated ones refuse the whole batch: ten in the message, all in extensions.guids."
    )


@strawberry.input
class StartBatchInput:
    batch_id: strawberry.ID
    pipeline_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="By default the batch's own."
    )
    from_blank_mmif: bool = strawberry.field(
        default=True,
        description="false: the batch's input MMIF of the file, else the file's newest, else blank.",
    )
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The same key gives the batch run of the first call instead of a second one.",
    )
    priority: int = strawberry.field(
        default=0,
        description="-100 to 100. Where batch runs share an app, the higher goes first; equal ones take turns.",
    )


async def read_batches(session: AsyncSession, loaders: Loaders, keys: Sequence[int]) -> dict[int, Batch]:
    rows = await batches.batches_by_id(session, keys)
    return {key: Batch.of(row, loaders) for key, row in rows.items()}
