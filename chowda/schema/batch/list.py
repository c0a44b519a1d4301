"""Lists of batches."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.batches import list as batch_list
from chowda.batches.list import BatchFilter
from chowda.ids import Kind
from chowda.schema.batch.type import Batch
from chowda.schema.dataloaders import Loaders
from chowda.schema.list_arguments import PeriodInput, keys, period, values
from chowda.schema.list_field import ListField
from chowda.schema.unset import given


@strawberry.enum(name="BatchSort", description="By what batches are sorted.")
class BatchSort(Enum):
    CREATED = strawberry.enum_value("CREATED", description="When it was made.")
    NAME = strawberry.enum_value("NAME", description="Letter by letter, capitals first.")
    SIZE = strawberry.enum_value("SIZE", description="How many media files it has.")


@strawberry.input(name="BatchFilter", description="What is given must all hold; of a list, one.")
class BatchFilterInput:
    names: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Exactly one of these; a batch's name need not be unique."
    )
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="In its name, in whatever case."
    )
    pipelines: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="With one of these as its own."
    )
    guids: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="With one of these media files."
    )
    collections: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="With a media file of one of these collections."
    )
    created: PeriodInput | None = strawberry.UNSET

    def of(self) -> BatchFilter:
        return BatchFilter(
            names=values("names", self.names),
            text=given(self.text),
            pipelines=keys(Kind.PIPELINE, self.pipelines),
            guids=values("guids", self.guids),
            collections=keys(Kind.COLLECTION, self.collections),
            created=period(self.created),
        )


async def _shape(session: AsyncSession, loaders: Loaders, rows: Sequence[models.Batch]) -> list[Batch]:
    return [Batch.of(row, loaders) for row in rows]


BATCHES = ListField(
    batch_list.BATCHES,
    _shape,
    Kind.BATCH,
    Batch,
    BatchFilterInput,
    BatchSort.CREATED,
    descending=True,
)
