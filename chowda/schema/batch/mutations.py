"""Mutations of batches. Those that start a batch are in batch_run/start_mutations.py."""

from __future__ import annotations

from dataclasses import replace

import strawberry

from chowda.batches import list as batch_list
from chowda.batches import service as batch_service
from chowda.batches.sources import Sources
from chowda.ids import Kind, opaque, require
from chowda.media import file_list
from chowda.models import MediaFile
from chowda.pipelines import clams_kitchen
from chowda.schema.batch.filter import BatchFilterInput
from chowda.schema.batch.inputs import (
    AddMmifsToBatchInput,
    CreateBatchesFromCollectionsInput,
    CreateBatchFromInput,
    CreateBatchInput,
    ImportBatchDefinitionInput,
    UpdateBatchInput,
)
from chowda.schema.batch.type import Batch
from chowda.schema.bulk_changes import BulkResult, delete_each, read_column, selected_keys
from chowda.schema.context import Info
from chowda.schema.loaders import Loaders
from chowda.schema.optional_values import key_or_none, value_or_none


@strawberry.type(description="The result of the import of a batch definition.")
class BatchDefinitionImport:
    batch: Batch
    ignored: list[str] = strawberry.field(description="Columns that Chowda does not use.")


@strawberry.type
class BatchMutations:
    @strawberry.mutation
    async def create_batch(self, info: Info, input: CreateBatchInput) -> Batch:
        new = batch_service.NewBatch(
            input.name,
            value_or_none(input.description),
            key_or_none(Kind.PIPELINE, input.pipeline_id),
            input.guids,
        )
        return await _create(info, "createBatch", new)

    @strawberry.mutation(
        description="Creates a batch from several sources: GUIDs, collections, MMIF and other batches. One batch makes "
        "a copy, several are combined. A media file that several sources name is in the batch once."
    )
    async def create_batch_from(self, info: Info, input: CreateBatchFromInput) -> Batch:
        filter = value_or_none(input.media_files)
        media_file_ids = (
            await read_column(info, file_list.MEDIA_FILES, filter, MediaFile.id) if filter else ()
        )
        new = batch_service.NewBatch(
            input.name,
            value_or_none(input.description),
            key_or_none(Kind.PIPELINE, input.pipeline_id),
            input.guids,
            Sources(
                media_file_ids=media_file_ids,
                guid_text=value_or_none(input.guid_text),
                guid_rule=info.context.guid_rule,
                collection_ids=[require(Kind.COLLECTION, id) for id in input.collection_ids],
                mmif_ids=[require(Kind.MMIF, id) for id in input.mmif_ids],
                batch_ids=[require(Kind.BATCH, id) for id in input.batch_ids],
            ),
        )
        return await _create(info, "createBatchFrom", new)

    @strawberry.mutation(
        description="Creates a batch from each collection, with its name and description. All batches are created or "
        "none. BAD_USER_INPUT for an empty collection."
    )
    async def create_batches_from_collections(
        self, info: Info, input: CreateBatchesFromCollectionsInput
    ) -> list[Batch]:
        keys = [require(Kind.COLLECTION, id) for id in input.collection_ids]
        async with info.context.database.session() as session:
            rows = await batch_service.create_batches_from_collections(
                session, keys, key_or_none(Kind.PIPELINE, input.pipeline_id)
            )
            await info.context.audit.record(
                session, "createBatchesFromCollections", Kind.BATCH, batches=len(rows)
            )
        loaders = Loaders.of(info)
        return [Batch.of(row, loaders) for row in rows]

    @strawberry.mutation(
        description="Creates a batch from a batch definition of clams-kitchen. Unknown or repeated GUIDs refuse it, as "
        "in createBatch."
    )
    async def import_batch_definition(
        self, info: Info, input: ImportBatchDefinitionInput
    ) -> BatchDefinitionImport:
        definition = clams_kitchen.read_batch(input.text)
        new = batch_service.NewBatch(
            name=input.name,
            description=value_or_none(input.description),
            pipeline_id=key_or_none(Kind.PIPELINE, input.pipeline_id),
            guids=definition.guids,
        )
        batch = await _create(info, "importBatchDefinition", new)
        return BatchDefinitionImport(batch=batch, ignored=definition.ignored)

    @strawberry.mutation(description="Changes a batch. Its runs do not change.")
    async def update_batch(self, info: Info, input: UpdateBatchInput) -> Batch:
        change = batch_service.BatchChange(
            value_or_none(input.name),
            value_or_none(input.description),
            key_or_none(Kind.PIPELINE, input.pipeline_id),
        )
        async with info.context.database.session() as session:
            row = await batch_service.update_batch(session, require(Kind.BATCH, input.id), change)
            await info.context.audit.record(session, "updateBatch", Kind.BATCH, row.id, name=row.name)
        return Batch.of(row, Loaders.of(info))

    @strawberry.mutation(
        description="Deletes a batch and returns its ID. CONFLICT if the batch was ever started."
    )
    async def delete_batch(self, info: Info, id: strawberry.ID) -> strawberry.ID:
        async with info.context.database.session() as session:
            key = require(Kind.BATCH, id)
            await info.context.audit.record(session, "deleteBatch", Kind.BATCH, key)
            await batch_service.delete_batch(session, key)
        return id

    @strawberry.mutation(
        description="Makes MMIF the inputs of their media files in a batch. Files that are not in the batch are added "
        "to it. CONFLICT, with the names, for two MMIF of one file. Runs that were started do not change."
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

    @strawberry.mutation(
        description="Deletes the batches that were never started. With dryRun: previews which batches would be deleted."
    )
    async def delete_batches(
        self,
        info: Info,
        ids: list[strawberry.ID] | None = strawberry.UNSET,
        filter: BatchFilterInput | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        keys = await selected_keys(info, Kind.BATCH, batch_list.BATCHES, ids, filter)
        return await delete_each(info, "deleteBatches", Kind.BATCH, keys, batch_service.delete_batch, dry_run)


async def _create(info: Info, action: str, new: batch_service.NewBatch) -> Batch:
    """`action` is the name of the mutation in the audit log."""
    async with info.context.database.session() as session:
        guids = await info.context.stored_guids(session, new.guids)
        row = await batch_service.create_batch(session, replace(new, guids=guids))
        pipeline = opaque(Kind.PIPELINE, row.pipeline_id) if row.pipeline_id is not None else None
        await info.context.audit.record(
            session, action, Kind.BATCH, row.id, files=row.media_file_count, pipeline=pipeline
        )
    return Batch.of(row, Loaders.of(info))
