"""What can be done with media files, collections and batches."""

from __future__ import annotations

import io

import strawberry

from chowda import models
from chowda.batches import service as batch_service
from chowda.batches.sources import Sources
from chowda.guid_rule import GuidRule
from chowda.ids import Kind, opaque, require
from chowda.media import collections
from chowda.media import files as media_files
from chowda.media.bulk_import import ImportOptions, import_rows
from chowda.media.import_rows import Defaults, format_of, read_rows
from chowda.schema.batch.type import (
    AddMmifsToBatchInput,
    Batch,
    CreateBatchesFromCollectionsInput,
    CreateBatchFromInput,
    CreateBatchInput,
    UpdateBatchInput,
)
from chowda.schema.bulk import found_by
from chowda.schema.collection.type import Collection, CreateCollectionInput, UpdateCollectionInput
from chowda.schema.context import Info
from chowda.schema.dataloaders import Loaders
from chowda.schema.media_file.list import MEDIA_FILES
from chowda.schema.media_file.media_import import ImportMediaFilesInput, MediaImport
from chowda.schema.media_file.type import (
    MediaFile,
    MediaFileInput,
    UpdateMediaFileInput,
    with_their_documents,
)
from chowda.schema.unset import given, required


async def create_batch(info: Info, action: str, new: batch_service.NewBatch) -> Batch:
    async with info.context.database.session() as session:
        row = await batch_service.create_batch(session, new)
        pipeline = opaque(Kind.PIPELINE, row.pipeline_id) if row.pipeline_id is not None else None
        await info.context.audit.record(
            session, action, Kind.BATCH, row.id, files=row.media_file_count, pipeline=pipeline
        )
    return Batch.of(row, Loaders.of(info))


@strawberry.type
class CatalogueMutation:
    @strawberry.mutation(
        description="A GUID that is there already with the same documents is left as it is; with other documents: "
        "CONFLICT. All or nothing. Up to 20,000 in one call."
    )
    async def add_media_files(self, info: Info, input: list[MediaFileInput]) -> list[MediaFile]:
        files = [
            media_files.NewMediaFile(file.guid, tuple(document.document() for document in file.documents))
            for file in input
        ]
        async with info.context.database.session() as session:
            rows = await media_files.add_media_files(session, files)
            only = rows[0].guid if len(rows) == 1 else None
            await info.context.audit.record(
                session, "addMediaFiles", Kind.MEDIA_FILE, subject_id=only, name=only, files=len(rows)
            )
            found = await with_their_documents(session, Loaders.of(info), rows)
        return [found[row.id] for row in rows]

    @strawberry.mutation(
        description="Gives a media file other documents. Its MMIF stays as it is. Unknown GUID: NOT_FOUND."
    )
    async def update_media_file(self, info: Info, input: UpdateMediaFileInput) -> MediaFile:
        file = media_files.NewMediaFile(
            input.guid, tuple(document.document() for document in input.documents)
        )
        async with info.context.database.session() as session:
            row = await media_files.update_media_file(session, file, given(input.revision))
            await info.context.audit.record(
                session,
                "updateMediaFile",
                Kind.MEDIA_FILE,
                subject_id=row.guid,
                documents=len(file.documents),
            )
            found = await with_their_documents(session, Loaders.of(info), [row])
        return found[row.id]

    @strawberry.mutation(
        description="Deletes a media file that is in no batch and no collection and has no MMIF, else CONFLICT; "
        "its GUID."
    )
    async def delete_media_file(self, info: Info, guid: str) -> str:
        async with info.context.database.session() as session:
            await media_files.delete_media_file(session, guid)
            await info.context.audit.record(session, "deleteMediaFile", Kind.MEDIA_FILE, subject_id=guid)
        return guid

    @strawberry.mutation(
        description="Adds media files from CSV or JSON Lines by the hundred thousand: the good rows are kept, the bad "
        "ones told with their lines. The same again changes nothing."
    )
    async def import_media_files(self, info: Info, input: ImportMediaFilesInput) -> MediaImport:
        data = input.text.encode("utf-8", "surrogatepass")
        defaults = Defaults(
            GuidRule.parse(info.context.settings.guid_rule),
            given(input.location),
            given(input.type),
            tuple(input.collections),
        )
        async with info.context.database.session() as session:
            rows = read_rows(io.BytesIO(data), given(input.format) or format_of(data[:4096]), defaults)
            imported = await import_rows(session, rows, ImportOptions(input.atomic, input.update))
            if imported.kept:
                await info.context.audit.record(
                    session, "importMediaFiles", Kind.MEDIA_FILE, **imported.counts
                )
        return MediaImport.of(imported)

    @strawberry.mutation
    async def create_collection(self, info: Info, input: CreateCollectionInput) -> Collection:
        async with info.context.database.session() as session:
            row = await collections.create_collection(
                session, input.name, given(input.description), input.guids
            )
            await info.context.audit.record(
                session, "createCollection", Kind.COLLECTION, row.id, name=row.name, files=len(input.guids)
            )
        return Collection.of(row)

    @strawberry.mutation(description="Another collection's name: CONFLICT.")
    async def update_collection(self, info: Info, input: UpdateCollectionInput) -> Collection:
        change = collections.CollectionChange(given(input.name), given(input.description))
        async with info.context.database.session() as session:
            row = await collections.update_collection(session, require(Kind.COLLECTION, input.id), change)
            await info.context.audit.record(
                session, "updateCollection", Kind.COLLECTION, row.id, name=row.name
            )
        return Collection.of(row)

    @strawberry.mutation(description="Its media files stay, and so do batches made from it; its ID.")
    async def delete_collection(self, info: Info, id: strawberry.ID) -> strawberry.ID:
        async with info.context.database.session() as session:
            key = require(Kind.COLLECTION, id)
            await info.context.audit.record(session, "deleteCollection", Kind.COLLECTION, key)
            await collections.delete_collection(session, key)
        return id

    @strawberry.mutation(
        description="Those that are in it already stay. Unknown GUIDs refuse the call: ten in the message, all in "
        "extensions.guids."
    )
    async def add_to_collection(self, info: Info, id: strawberry.ID, guids: list[str]) -> Collection:
        async with info.context.database.session() as session:
            row = await collections.add_to_collection(session, require(Kind.COLLECTION, id), guids)
            await info.context.audit.record(
                session, "addToCollection", Kind.COLLECTION, row.id, name=row.name, files=len(guids)
            )
        return Collection.of(row)

    @strawberry.mutation(description="GUIDs that are not in it are no error.")
    async def remove_from_collection(self, info: Info, id: strawberry.ID, guids: list[str]) -> Collection:
        async with info.context.database.session() as session:
            row = await collections.remove_from_collection(session, require(Kind.COLLECTION, id), guids)
            await info.context.audit.record(
                session, "removeFromCollection", Kind.COLLECTION, row.id, name=row.name, files=len(guids)
            )
        return Collection.of(row)

    @strawberry.mutation
    async def create_batch(self, info: Info, input: CreateBatchInput) -> Batch:
        new = batch_service.NewBatch(
            input.name, given(input.description), required(Kind.PIPELINE, input.pipeline_id), input.guids
        )
        return await create_batch(info, "createBatch", new)

    @strawberry.mutation(
        description="A batch of all that is named: GUIDs, collections, MMIFs, other batches (one: a copy, several: "
        "combined). A media file that comes from several of them is in it once."
    )
    async def create_batch_from(self, info: Info, input: CreateBatchFromInput) -> Batch:
        filter = given(input.media_files)
        new = batch_service.NewBatch(
            input.name,
            given(input.description),
            required(Kind.PIPELINE, input.pipeline_id),
            input.guids,
            Sources(
                media_file_ids=await found_by(info, MEDIA_FILES, filter.of(), models.MediaFile.id)
                if filter
                else (),
                guid_text=given(input.guid_text),
                collection_ids=[require(Kind.COLLECTION, id) for id in input.collection_ids],
                mmif_ids=[require(Kind.MMIF, id) for id in input.mmif_ids],
                batch_ids=[require(Kind.BATCH, id) for id in input.batch_ids],
            ),
        )
        return await create_batch(info, "createBatchFrom", new)

    @strawberry.mutation(
        description="A batch of each collection, with its name and description. All or none; an empty collection: "
        "BAD_USER_INPUT."
    )
    async def create_batches_from_collections(
        self, info: Info, input: CreateBatchesFromCollectionsInput
    ) -> list[Batch]:
        keys = [require(Kind.COLLECTION, id) for id in input.collection_ids]
        async with info.context.database.session() as session:
            rows = await batch_service.create_batches_from_collections(
                session, keys, required(Kind.PIPELINE, input.pipeline_id)
            )
            await info.context.audit.record(
                session, "createBatchesFromCollections", Kind.BATCH, batches=len(rows)
            )
        loaders = Loaders.of(info)
        return [Batch.of(row, loaders) for row in rows]

    @strawberry.mutation(description="Its runs stay as they are.")
    async def update_batch(self, info: Info, input: UpdateBatchInput) -> Batch:
        change = batch_service.BatchChange(
            given(input.name), given(input.description), required(Kind.PIPELINE, input.pipeline_id)
        )
        async with info.context.database.session() as session:
            row = await batch_service.update_batch(session, require(Kind.BATCH, input.id), change)
            await info.context.audit.record(session, "updateBatch", Kind.BATCH, row.id, name=row.name)
        return Batch.of(row, Loaders.of(info))

    @strawberry.mutation(description="Deletes a batch that was never started, else CONFLICT; its ID.")
    async def delete_batch(self, info: Info, id: strawberry.ID) -> strawberry.ID:
        async with info.context.database.session() as session:
            key = require(Kind.BATCH, id)
            await info.context.audit.record(session, "deleteBatch", Kind.BATCH, key)
            await batch_service.delete_batch(session, key)
        return id

    @strawberry.mutation(
        description="The MMIFs become inputs of their media files; files that the batch lacks are added to it. Two "
        "MMIFs of one file: CONFLICT, by name. Runs that were started stay as they are."
    )
    async def add_mmifs_to_batch(self, info: Info, input: AddMmifsToBatchInput) -> Batch:
        async with info.context.database.session() as session:
            row = await batch_service.add_mmifs_to_batch(
                session,
                require(Kind.BATCH, input.batch_id),
                [require(Kind.MMIF, id) for id in input.mmif_ids],
                input.replace,
            )
            await info.context.audit.record(
                session, "addMmifsToBatch", Kind.BATCH, row.id, name=row.name, mmifs=len(input.mmif_ids)
            )
        return Batch.of(row, Loaders.of(info))
