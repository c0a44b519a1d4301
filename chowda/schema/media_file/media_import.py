"""What an import of media files is told, and what came of it."""

from __future__ import annotations

import strawberry

from chowda.media.bulk_import import Imported
from chowda.schema.enums import DocumentType, GuidTextFormat, RowFormat


@strawberry.input
class ImportMediaFilesInput:
    text: str = strawberry.field(
        description="CSV with a header, or a JSON object on each line. Columns and keys, in any order and case: guid "
        "(or asset_id), location, type, mime, size_bytes, duration_seconds, checksum, collection. Several rows of one "
        "GUID are several documents. A missing GUID is read from the file's name (CHOWDA_GUID_RULE), a missing type "
        "from the MIME type or the name's end. JSON may have documents: […] and collections: […]. Up to 16 MB; longer "
        "files go to POST /media-files/import."
    )
    format: RowFormat | None = strawberry.field(
        default=strawberry.UNSET, description="By default by how the text begins."
    )
    atomic: bool = strawberry.field(default=False, description="One bad row, and nothing is kept.")
    update: bool = strawberry.field(
        default=False,
        description="A media file that is there gets these documents. Else one that is there with others is a bad row.",
    )
    location: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Of rows that have none; {guid} in it stands for the row's GUID: baapb://{guid}.video.",
    )
    type: DocumentType | None = strawberry.field(
        default=strawberry.UNSET, description="Where nothing else tells it."
    )
    collections: list[str] = strawberry.field(
        default_factory=list,
        description="Names of collections that all go into; made where they are missing.",
    )


@strawberry.type(description="A row that could not be taken.")
class BadRow:
    line: int = strawberry.field(description="Where it begins; counts from 1, the header included.")
    guid: str | None
    reason: str = strawberry.field(description="For a person.")


@strawberry.type(description="What came of an import. A media file is taken whole, or not at all.")
class MediaImport:
    rows: int = strawberry.field(description="Rows read, good and bad.")
    added: int = strawberry.field(description="Media files.")
    updated: int = strawberry.field(description="Media files.")
    unchanged: int = strawberry.field(description="Media files.")
    added_to_collections: int = strawberry.field(
        description="Times that a media file came into a collection."
    )
    collections_created: list[str]
    bad_row_count: int
    bad_rows: list[BadRow] = strawberry.field(description="The first 1,000, by their lines.")
    kept: bool = strawberry.field(description="false: atomic was asked for, and a row was bad.")

    @classmethod
    def of(cls, imported: Imported) -> MediaImport:
        return cls(
            rows=imported.rows,
            added=imported.added,
            updated=imported.updated,
            unchanged=imported.unchanged,
            added_to_collections=imported.added_to_collections,
            collections_created=imported.collections_created,
            bad_row_count=len(imported.bad_rows),
            bad_rows=[BadRow(line=b.line, guid=b.guid, reason=b.reason) for b in imported.bad_rows[:1000]],
            kept=imported.kept,
        )


@strawberry.type(
    description="What a text holds, before anything is made of it. Each list holds each GUID once."
)
class GuidReading:
    found: list[str] = strawberry.field(description="In their order in the text.")
    unknown: list[str] = strawberry.field(description="There is no media file of it.")
    repeated: list[str] = strawberry.field(
        description="Those of `found` that stand in the text more than once."
    )


__all__ = ["BadRow", "GuidReading", "GuidTextFormat", "ImportMediaFilesInput", "MediaImport"]
