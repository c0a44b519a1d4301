"""Lists of media files."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.ids import Kind, require
from chowda.media import file_list
from chowda.media.file_list import MediaFileFilter, NoOutput
from chowda.schema.dataloaders import Loaders
from chowda.schema.enums import DocumentType
from chowda.schema.list_arguments import PeriodInput, keys, period, values
from chowda.schema.list_field import ListField
from chowda.schema.media_file.type import MediaFile, with_their_documents
from chowda.schema.unset import given


@strawberry.enum(name="MediaFileSort", description="By what media files are sorted.")
class MediaFileSort(Enum):
    CREATED = strawberry.enum_value("CREATED", description="When it was added.")
    GUID = strawberry.enum_value("GUID", description="Letter by letter, capitals first.")


@strawberry.input(description="That an app has given nothing for a media file, or nothing new enough.")
class NoOutputInput:
    app: strawberry.ID = strawberry.field(
        description="In whatever version; apps whose identifiers differ in the version alone count as one."
    )
    older_than: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Files too whose every output is of an older version than this, e.g. v8.10. Compared number by "
        "number: v8.9 < v8.10, v8 = v8.0, v1.0-rc1 < v1.0.",
    )


@strawberry.input(name="MediaFileFilter", description="What is given must all hold; of a list, one.")
class MediaFileFilterInput:
    guids: list[str] | None = strawberry.field(default=strawberry.UNSET, description="Exactly one of these.")
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="In its GUID, in whatever case."
    )
    batches: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="In one of these batches."
    )
    collections: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="In one of these collections."
    )
    types: list[DocumentType] | None = strawberry.field(
        default=strawberry.UNSET, description="With a document of one of these types."
    )
    mimes: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="With a document of one of these MIME types; video/ stands for all that begin so. With "
        "`types`: the same document.",
    )
    has_input_mmif: bool | None = strawberry.field(
        default=strawberry.UNSET, description="In one of `batches`, or in any."
    )
    no_output_of: NoOutputInput | None = strawberry.UNSET
    created: PeriodInput | None = strawberry.UNSET

    def of(self) -> MediaFileFilter:
        missing = given(self.no_output_of)
        return MediaFileFilter(
            guids=values("guids", self.guids),
            text=given(self.text),
            batches=keys(Kind.BATCH, self.batches),
            collections=keys(Kind.COLLECTION, self.collections),
            types=values("types", self.types),
            mimes=values("mimes", self.mimes),
            has_input_mmif=given(self.has_input_mmif),
            no_output=NoOutput(require(Kind.APP, missing.app), given(missing.older_than))
            if missing
            else None,
            created=period(self.created),
        )


async def _shape(
    session: AsyncSession, loaders: Loaders, rows: Sequence[models.MediaFile]
) -> list[MediaFile]:
    found = await with_their_documents(session, loaders, rows)
    return [found[row.id] for row in rows]


MEDIA_FILES = ListField(
    file_list.MEDIA_FILES,
    _shape,
    Kind.MEDIA_FILE,
    MediaFile,
    MediaFileFilterInput,
    MediaFileSort.CREATED,
    descending=True,
)
