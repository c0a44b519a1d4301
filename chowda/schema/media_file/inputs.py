"""Inputs of the mutations of media files, except those of the import."""

from __future__ import annotations

import strawberry

from chowda.media import files as media_files
from chowda.schema.enums import DocumentType
from chowda.schema.optional_values import value_or_none
from chowda.schema.scalars import BigInt


@strawberry.input
class MediaDocumentInput:
    type: DocumentType
    location: str = strawberry.field(
        description="The address under which apps see the file. Chowda does not open it."
    )
    mime: str | None = strawberry.field(
        default=strawberry.UNSET, description="The MIME type, e.g. video/mp4."
    )
    duration_seconds: float | None = strawberry.field(
        default=strawberry.UNSET,
        description="The duration, if it is known. Progress estimates depend on it. Documents that differ only in "
        "their duration are the same document.",
    )
    size_bytes: BigInt | None = strawberry.field(
        default=strawberry.UNSET,
        description="Documents that differ only in their size are the same document.",
    )
    checksum: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The algorithm and the checksum in lowercase hexadecimal, e.g. sha256:9f86d0…. Documents that "
        "differ only in their checksum are the same document.",
    )

    def document(self) -> media_files.NewDocument:
        return media_files.NewDocument(
            self.type,
            self.location,
            self.mime or None,
            value_or_none(self.duration_seconds),
            value_or_none(self.size_bytes),
            self.checksum or None,
        )


@strawberry.input
class MediaFileInput:
    guid: str = strawberry.field(description="At most 255 characters.")
    documents: list[MediaDocumentInput] = strawberry.field(description="At least one.")


@strawberry.input
class UpdateMediaFileInput:
    guid: str
    documents: list[MediaDocumentInput] = strawberry.field(
        description="The documents that replace the present ones. At least one."
    )
    revision: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="The revision that you have read. CONFLICT if the file has a newer one.",
    )
