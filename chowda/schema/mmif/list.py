"""Lists of MMIF."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.ids import Kind
from chowda.media import mmif_list
from chowda.media.mmif_list import MmifFilter
from chowda.schema.dataloaders import Loaders
from chowda.schema.enums import MmifOrigin
from chowda.schema.list_arguments import PeriodInput, keys, period, values
from chowda.schema.list_field import ListField
from chowda.schema.media_file.type import read_media_files
from chowda.schema.mmif.type import Mmif
from chowda.schema.unset import given


@strawberry.enum(name="MmifSort", description="By what MMIF are sorted.")
class MmifSort(Enum):
    CREATED = strawberry.enum_value("CREATED", description="When it was made.")
    SIZE = strawberry.enum_value("SIZE", description="Its bytes.")


@strawberry.input(name="MmifFilter", description="What is given must all hold; of a list, one.")
class MmifFilterInput:
    origins: list[MmifOrigin] | None = strawberry.UNSET
    apps: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Made by one of these apps, in whatever version."
    )
    guids: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Of one of these media files."
    )
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="In the GUID of its media file, in whatever case."
    )
    collections: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Of a media file of one of these collections."
    )
    created: PeriodInput | None = strawberry.UNSET

    def of(self) -> MmifFilter:
        return MmifFilter(
            origins=values("origins", self.origins),
            apps=keys(Kind.APP, self.apps),
            guids=values("guids", self.guids),
            text=given(self.text),
            collections=keys(Kind.COLLECTION, self.collections),
            created=period(self.created),
        )


async def _shape(session: AsyncSession, loaders: Loaders, rows: Sequence[models.Mmif]) -> list[Mmif]:
    files = await read_media_files(session, loaders, list({row.media_file_id for row in rows}))
    return [Mmif.of(row, files[row.media_file_id], loaders) for row in rows]


MMIFS = ListField(
    mmif_list.MMIFS,
    _shape,
    Kind.MMIF,
    Mmif,
    MmifFilterInput,
    MmifSort.CREATED,
    descending=True,
)
