"""Batches: media files that are run together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import batches, models
from chowda.ids import Kind, opaque
from chowda.schema.loaders import Loaders
from chowda.schema.types.connection import Connection
from chowda.schema.types.pipeline import Pipeline, read_pipelines

if TYPE_CHECKING:
    from chowda.schema.types.batch_run import BatchRun


@strawberry.type(description="Media files that are run together.")
class Batch:
    key: strawberry.Private[int]
    pipeline_key: strawberry.Private[int | None]
    loaders: strawberry.Private[Loaders]
    id: strawberry.ID
    name: str
    description: str | None
    media_file_count: int
    created_at: datetime

    @strawberry.field(description="The one on which it is started unless another is named.")
    async def pipeline(self) -> Pipeline | None:
        if self.pipeline_key is None:
            return None
        return await self.loaders.load(read_pipelines, self.pipeline_key)

    @strawberry.field(description="Its starts, newest first.")
    async def runs(
        self,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        last: int | None = strawberry.UNSET,
        before: str | None = strawberry.UNSET,
    ) -> Connection[Annotated[BatchRun, strawberry.lazy("chowda.schema.types.batch_run")]]:
        from chowda.lists.batch_runs import BatchRunFilter
        from chowda.schema.lists.arguments import Paging
        from chowda.schema.lists.batch_runs import BATCH_RUNS, BatchRunSort

        asked = Paging(first, after, last, before).listing(
            BATCH_RUNS, BatchRunFilter(), BatchRunSort.CREATED, parent=("batch_id", self.key)
        )
        return await BATCH_RUNS.connect(self.loaders, asked)

    @strawberry.field(description="Its newest start; null if it was never started.")
    async def last_run(self) -> Annotated[BatchRun, strawberry.lazy("chowda.schema.types.batch_run")] | None:
        from chowda.schema.types.batch_run import read_last_runs

        return await self.loaders.load(read_last_runs, self.key)

    @classmethod
    def of(cls, row: models.Batch, loaders: Loaders) -> Batch:
        return cls(
            key=row.id,
            pipeline_key=row.pipeline_id,
            loaders=loaders,
            id=strawberry.ID(opaque(Kind.BATCH, row.id)),
            name=row.name,
            description=row.description,
            media_file_count=row.media_file_count,
            created_at=row.created_at,
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
