"""The filter and the sort order of lists of media files."""

from __future__ import annotations

from enum import Enum

import strawberry

from chowda.ids import Kind, require
from chowda.media.file_list import MediaFileFilter, NoOutput
from chowda.schema.enums import DocumentType
from chowda.schema.filter_values import PeriodInput, keys, period, values
from chowda.schema.optional_values import value_or_none


@strawberry.enum(name="MediaFileSort", description="The sort order of media files.")
class MediaFileSort(Enum):
    CREATED = strawberry.enum_value("CREATED", description="By the time when the file was added.")
    GUID = strawberry.enum_value("GUID", description="By GUID, letter by letter, capitals first.")


@strawberry.input(description="Media files without an output of an app, or without a recent one.")
class NoOutputInput:
    app: strawberry.ID = strawberry.field(
        description="The app, in any version: apps whose identifiers differ only in the version count as one."
    )
    older_than: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Also include files whose outputs all come from older versions than this one, e.g. v8.10. Versions "
        "are compared number by number: v8.9 < v8.10, v8 = v8.0, v1.0-rc1 < v1.0.",
    )


@strawberry.input(
    name="MediaFileFilter",
    description="Conditions that a media file must all meet. A list is met by any one of its values.",
)
class MediaFileFilterInput:
    guids: list[str] | None = strawberry.field(default=strawberry.UNSET, description="The exact GUID.")
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="Part of the GUID, in any case."
    )
    batches: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Files in one of these batches."
    )
    collections: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Files in one of these collections."
    )
    types: list[DocumentType] | None = strawberry.field(
        default=strawberry.UNSET, description="Files with a document of one of these types."
    )
    mimes: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Files with a document of one of these MIME types. video/ stands for all types that begin with "
        "it. With `types`, the same document must meet both.",
    )
    has_input_mmif: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Files that have an input MMIF in one of `batches` or, without `batches`, in any batch. false: "
        "files that have none.",
    )
    no_output_of: NoOutputInput | None = strawberry.UNSET
    created: PeriodInput | None = strawberry.UNSET

    def to_filter(self) -> MediaFileFilter:
        no_output = value_or_none(self.no_output_of)
        return MediaFileFilter(
            guids=values("guids", self.guids),
            text=value_or_none(self.text),
            batches=keys(Kind.BATCH, self.batches),
            collections=keys(Kind.COLLECTION, self.collections),
            types=values("types", self.types),
            mimes=values("mimes", self.mimes),
            has_input_mmif=value_or_none(self.has_input_mmif),
            no_output=NoOutput(require(Kind.APP, no_output.app), value_or_none(no_output.older_than))
            if no_output
            else None,
            created=period(self.created),
        )
