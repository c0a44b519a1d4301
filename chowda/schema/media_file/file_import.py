"""The import of media files from a text with many rows, and the reading of GUIDs from a text."""

from __future__ import annotations

import strawberry

from chowda.media.bulk_import import Imported
from chowda.schema.enums import DocumentType, RowFormat

BAD_ROWS_LIMIT = 1000


@strawberry.input
class ImportMediaFilesInput:
    text: str = strawberry.field(
        description="CSV with a header, or a JSON object on each line. Columns and keys, in any order and case: guid "
        "(or asset_id), location, type, mime, size_bytes, duration_seconds, checksum, collection. Several rows with "
        "the same GUID are several documents. A missing GUID is read from the file name (CHOWDA_GUID_RULE), a missing "
        "type from the MIME type or the file name's extension. JSON objects may have documents: […] and collections: "
        "[…]. At most 16 MB; send larger files to POST /media-files/import."
    )
    format: RowFormat | None = strawberry.field(
        default=strawberry.UNSET, description="By default, Chowda detects it from the beginning of the text."
    )
    atomic: bool = strawberry.field(default=False, description="true: a single bad row undoes the import.")
    update: bool = strawberry.field(
        default=False,
        description="true: replace the documents of existing media files. false: a row whose media file exists with "
        "other documents is a bad row.",
    )
    location: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The location of rows that have none. {guid} stands for the row's GUID: baapb://{guid}.video. The "
        "name of another column stands for its cell: file:///media/{media_filename}.",
    )
    type: DocumentType | None = strawberry.field(
        default=strawberry.UNSET, description="The type of rows whose type is not known otherwise."
    )
    collections: list[str] = strawberry.field(
        default_factory=list,
        description="Names of collections to which all media files are added. Missing collections are created.",
    )


@strawberry.type(description="A row that was not imported.")
class BadRow:
    line: int = strawberry.field(
        description="The line where the row begins. Counts from 1 and includes the header."
    )
    guid: str | None
    reason: str = strawberry.field(description="For people.")


@strawberry.type(
    description="The result of an import. A media file is imported with all its rows, or not at all."
)
class MediaImport:
    rows: int = strawberry.field(description="How many rows were read, good and bad.")
    added: int = strawberry.field(description="How many media files were added.")
    updated: int = strawberry.field(description="How many media files were updated.")
    unchanged: int = strawberry.field(description="How many media files were unchanged.")
    added_to_collections: int = strawberry.field(
        description="How many times a media file was added to a collection."
    )
    collections_created: list[str]
    bad_row_count: int
    bad_rows: list[BadRow] = strawberry.field(description="The first 1,000 bad rows, by line.")
    kept: bool = strawberry.field(
        description="false: the import was atomic and had a bad row, so it was undone."
    )

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
            bad_rows=[
                BadRow(line=row.line, guid=row.guid, reason=row.reason)
                for row in imported.bad_rows[:BAD_ROWS_LIMIT]
            ],
            kept=imported.kept,
        )


@strawberry.type(description="The GUIDs in a text. Each list holds each GUID once.")
class GuidReading:
    found: list[str] = strawberry.field(description="GUIDs of media files, in the order of the text.")
    unknown: list[str] = strawberry.field(description="GUIDs without a media file.")
    repeated: list[str] = strawberry.field(
        description="Those of `found` that appear more than once in the text."
    )
