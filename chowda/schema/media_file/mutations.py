"""Mutations of media files."""

from __future__ import annotations

import io

import strawberry

from chowda.ids import Kind
from chowda.media import files as media_files
from chowda.media.bulk_import import ImportOptions, import_rows
from chowda.media.import_rows import Defaults, format_of, read_rows
from chowda.schema.bulk_changes import DELETE, BulkResult
from chowda.schema.context import Info
from chowda.schema.loaders import Loaders
from chowda.schema.media_file.bulk_changes import change_media_files, selected_guids
from chowda.schema.media_file.dataloaders import build_media_files
from chowda.schema.media_file.file_import import ImportMediaFilesInput, MediaImport
from chowda.schema.media_file.filter import MediaFileFilterInput
from chowda.schema.media_file.inputs import MediaFileInput, UpdateMediaFileInput
from chowda.schema.media_file.type import MediaFile
from chowda.schema.optional_values import value_or_none


@strawberry.type
class MediaFileMutations:
    @strawberry.mutation(
        description="Adds media files. A GUID that exists with the same documents stays as it is; one with other "
        "documents is CONFLICT. All files are added or none. At most 20,000 in a call."
    )
    async def add_media_files(self, info: Info, input: list[MediaFileInput]) -> list[MediaFile]:
        async with info.context.database.session() as session:
            guids = await info.context.stored_guids(session, [file.guid for file in input])
            files = [
                media_files.NewMediaFile(guid, tuple(document.document() for document in file.documents))
                for guid, file in zip(guids, input, strict=True)
            ]
            rows = await media_files.add_media_files(session, files)
            only = rows[0].guid if len(rows) == 1 else None
            await info.context.audit.record(
                session, "addMediaFiles", Kind.MEDIA_FILE, subject_id=only, name=only, files=len(rows)
            )
            found = await build_media_files(session, Loaders.of(info), rows)
        return [found[row.id] for row in rows]

    @strawberry.mutation(
        description="Replaces the documents of a media file. Its MMIF do not change. NOT_FOUND for an unknown GUID."
    )
    async def update_media_file(self, info: Info, input: UpdateMediaFileInput) -> MediaFile:
        documents = tuple(document.document() for document in input.documents)
        async with info.context.database.session() as session:
            [guid] = await info.context.stored_guids(session, [input.guid])
            file = media_files.NewMediaFile(guid, documents)
            row = await media_files.update_media_file(session, file, value_or_none(input.revision))
            await info.context.audit.record(
                session,
                "updateMediaFile",
                Kind.MEDIA_FILE,
                subject_id=row.guid,
                documents=len(file.documents),
            )
            found = await build_media_files(session, Loaders.of(info), [row])
        return found[row.id]

    @strawberry.mutation(
        description="Deletes a media file and returns its GUID. CONFLICT if it is in a batch or a collection, or has "
        "MMIF."
    )
    async def delete_media_file(self, info: Info, guid: str) -> str:
        async with info.context.database.session() as session:
            [guid] = await info.context.stored_guids(session, [guid])
            await media_files.delete_media_file(session, guid)
            await info.context.audit.record(session, "deleteMediaFile", Kind.MEDIA_FILE, subject_id=guid)
        return guid

    @strawberry.mutation(
        description="Imports up to hundreds of thousands of media files from CSV or JSON Lines. Good rows are "
        "imported; bad rows are reported with their lines. Importing the same text again changes nothing."
    )
    async def import_media_files(self, info: Info, input: ImportMediaFilesInput) -> MediaImport:
        data = input.text.encode("utf-8", "surrogatepass")
        defaults = Defaults(
            info.context.guid_rule,
            value_or_none(input.location),
            value_or_none(input.type),
            tuple(input.collections),
        )
        async with info.context.database.session() as session:
            rows = read_rows(
                io.BytesIO(data), value_or_none(input.format) or format_of(data[:4096]), defaults
            )
            imported = await import_rows(session, rows, ImportOptions(input.atomic, input.update))
            if imported.kept:
                await info.context.audit.record(
                    session, "importMediaFiles", Kind.MEDIA_FILE, **imported.counts
                )
        return MediaImport.of(imported)

    @strawberry.mutation(
        description="Deletes the media files that are in no batch and no collection and have no MMIF. With dryRun: "
        "previews which files would be deleted."
    )
    async def delete_media_files(
        self,
        info: Info,
        guids: list[str] | None = strawberry.UNSET,
        filter: MediaFileFilterInput | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        selected = await selected_guids(info, guids, filter)
        change = media_files.deletion_refusals if dry_run else media_files.delete_media_files
        return await change_media_files(info, "deleteMediaFiles", DELETE, selected, change, dry_run)
