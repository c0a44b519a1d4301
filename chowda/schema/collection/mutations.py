"""Mutations of collections."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.bulk import Verb
from chowda.errors import ChowdaError
from chowda.ids import Kind, require
from chowda.media import collection_list, collections
from chowda.schema.bulk_changes import BulkResult, delete_each, selected_keys
from chowda.schema.collection.filter import CollectionFilterInput
from chowda.schema.collection.inputs import CreateCollectionInput, UpdateCollectionInput
from chowda.schema.collection.type import Collection
from chowda.schema.context import Info
from chowda.schema.media_file.bulk_changes import change_media_files, selected_guids
from chowda.schema.media_file.filter import MediaFileFilterInput
from chowda.schema.optional_values import value_or_none

ADD = Verb("add", "Adds", "Added")
REMOVE = Verb("remove", "Removes", "Removed")


@strawberry.type
class CollectionMutations:
    @strawberry.mutation
    async def create_collection(self, info: Info, input: CreateCollectionInput) -> Collection:
        async with info.context.database.session() as session:
            guids = await info.context.stored_guids(session, input.guids)
            row = await collections.create_collection(
                session, input.name, value_or_none(input.description), guids
            )
            await info.context.audit.record(
                session, "createCollection", Kind.COLLECTION, row.id, name=row.name, files=len(input.guids)
            )
        return Collection.of(row)

    @strawberry.mutation(description="CONFLICT if another collection has the name.")
    async def update_collection(self, info: Info, input: UpdateCollectionInput) -> Collection:
        change = collections.CollectionChange(value_or_none(input.name), value_or_none(input.description))
        async with info.context.database.session() as session:
            row = await collections.update_collection(session, require(Kind.COLLECTION, input.id), change)
            await info.context.audit.record(
                session, "updateCollection", Kind.COLLECTION, row.id, name=row.name
            )
        return Collection.of(row)

    @strawberry.mutation(
        description="Deletes a collection and returns its ID. Its media files, and batches created from it, remain."
    )
    async def delete_collection(self, info: Info, id: strawberry.ID) -> strawberry.ID:
        async with info.context.database.session() as session:
            key = require(Kind.COLLECTION, id)
            await info.context.audit.record(session, "deleteCollection", Kind.COLLECTION, key)
            await collections.delete_collection(session, key)
        return id

    @strawberry.mutation(
        description="Adds media files to a collection. Files that it contains already stay. Unknown GUIDs refuse the "
        "call. The message lists ten of them, extensions.guids all."
    )
    async def add_to_collection(self, info: Info, id: strawberry.ID, guids: list[str]) -> Collection:
        async with info.context.database.session() as session:
            guids = await info.context.stored_guids(session, guids)
            row = await collections.add_to_collection(session, require(Kind.COLLECTION, id), guids)
            await info.context.audit.record(
                session, "addToCollection", Kind.COLLECTION, row.id, name=row.name, files=len(guids)
            )
        return Collection.of(row)

    @strawberry.mutation(
        description="Removes media files from a collection. GUIDs that it does not contain are ignored."
    )
    async def remove_from_collection(self, info: Info, id: strawberry.ID, guids: list[str]) -> Collection:
        async with info.context.database.session() as session:
            guids = await info.context.stored_guids(session, guids)
            row = await collections.remove_from_collection(session, require(Kind.COLLECTION, id), guids)
            await info.context.audit.record(
                session, "removeFromCollection", Kind.COLLECTION, row.id, name=row.name, files=len(guids)
            )
        return Collection.of(row)

    @strawberry.mutation(
        description="Deletes many collections. Their media files, and batches created from them, remain. With dryRun: "
        "previews which collections would be deleted."
    )
    async def delete_collections(
        self,
        info: Info,
        ids: list[strawberry.ID] | None = strawberry.UNSET,
        filter: CollectionFilterInput | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        keys = await selected_keys(info, Kind.COLLECTION, collection_list.COLLECTIONS, ids, filter)
        return await delete_each(
            info, "deleteCollections", Kind.COLLECTION, keys, collections.delete_collection, dry_run
        )

    @strawberry.mutation(
        description="Adds many media files to a collection. Unlike in addToCollection, an unknown GUID does not block "
        "the others. With dryRun: previews which files would be added."
    )
    async def add_many_to_collection(
        self,
        info: Info,
        id: strawberry.ID,
        guids: list[str] | None = strawberry.UNSET,
        filter: MediaFileFilterInput | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        selected = await selected_guids(info, guids, filter)
        return await _change_members(info, "addManyToCollection", id, selected, dry_run, add=True)

    @strawberry.mutation(
        description="Removes many media files from a collection. With dryRun: previews which files would be removed."
    )
    async def remove_many_from_collection(
        self,
        info: Info,
        id: strawberry.ID,
        guids: list[str] | None = strawberry.UNSET,
        filter: MediaFileFilterInput | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        selected = await selected_guids(info, guids, filter)
        return await _change_members(info, "removeManyFromCollection", id, selected, dry_run, add=False)


async def _change_members(
    info: Info, action: str, id: strawberry.ID, guids: Sequence[str], dry_run: bool, *, add: bool
) -> BulkResult:
    key = require(Kind.COLLECTION, id)
    async with info.context.database.session() as session:
        collection = await collections.require_collection(session, key)

    async def change(session: AsyncSession, part: Sequence[str]) -> dict[str, ChowdaError]:
        if dry_run:
            return await collections.membership_refusals(session, collection, part, add=add)
        return await collections.change_members(session, key, part, add=add)

    verb = ADD if add else REMOVE
    return await change_media_files(info, action, verb, guids, change, dry_run, collection=id)
