"""One change for many media files, collections, batches, apps or pipelines."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import bulk
from chowda.apps import load as app_load
from chowda.apps import registry
from chowda.batches import service as batch_service
from chowda.bulk import Effect, Outcome, Unchanged, Verb
from chowda.errors import BadUserInput, ChowdaError
from chowda.ids import Kind, opaque, require
from chowda.media import collections
from chowda.media import files as media_files
from chowda.pipelines import service as pipeline_service
from chowda.schema.app.list import APPS
from chowda.schema.app.mutations import refresh
from chowda.schema.app.type import UpdateAppsInput
from chowda.schema.batch.list import BATCHES
from chowda.schema.bulk import BulkResult, Which, WhichFiles, change_each, many, many_files, parts
from chowda.schema.collection.list import COLLECTIONS
from chowda.schema.context import Info
from chowda.schema.pipeline.list import PIPELINES

DELETE = Verb("delete", "Deletes", "Deleted")
ADD = Verb("add", "Adds", "Added")
REMOVE = Verb("remove", "Removes", "Removed")
UPDATE = Verb("change", "Changes", "Changed")
ACTIVATE = Verb("activate", "Activates", "Activated")
DEACTIVATE = Verb("deactivate", "Deactivates", "Deactivated")
REFRESH = Verb("refresh", "Refreshes", "Refreshed")
ARCHIVE = Verb("archive", "Archives", "Archived")
BRING_BACK = Verb("bring back", "Brings back", "Brought back")

ASKED_AT_ONCE = 8
"Apps that are asked at the same time what they are."

Refused = Mapping[str, ChowdaError]
"By GUID: those to which it can't be done, with the reason."
OnMediaFiles = Callable[[AsyncSession, Sequence[str]], Awaitable[Refused]]


async def _delete_each(
    info: Info,
    action: str,
    kind: Kind,
    keys: Sequence[int],
    delete: Callable[[AsyncSession, int], Awaitable[None]],
    dry_run: bool,
) -> BulkResult:
    async def change(session: AsyncSession, key: int) -> Effect:
        if not dry_run:
            await info.context.audit.record(session, action, kind, key)
        await delete(session, key)
        return Effect(opaque(kind, key))

    return await change_each(info, kind, DELETE, keys, change, dry_run)


async def _change_media_files(
    info: Info,
    action: str,
    verb: Verb,
    guids: Sequence[str],
    change: OnMediaFiles,
    dry_run: bool,
    **details: Any,
) -> BulkResult:
    """Set by set, up to ITEMS_PER_TRANSACTION in one transaction; `change` only looks where it is a dry run."""
    outcomes: list[Outcome] = []
    for part in parts(guids):
        async with info.context.database.session() as session:
            refused = await change(session, part)
            if not dry_run and len(refused) < len(part):
                await info.context.audit.record(
                    session, action, Kind.MEDIA_FILE, files=len(part) - len(refused), **details
                )
        outcomes += [
            Unchanged.from_error(guid, refused[guid]) if guid in refused else Effect(guid) for guid in part
        ]
    return BulkResult.of(outcomes, dry_run, bulk.summary(verb, Kind.MEDIA_FILE, outcomes, done=not dry_run))


async def _change_members(
    info: Info, action: str, id: strawberry.ID, guids: Sequence[str], dry_run: bool, *, add: bool
) -> BulkResult:
    key = require(Kind.COLLECTION, id)
    async with info.context.database.session() as session:
        collection = await collections.require_collection(session, key)

    async def change(session: AsyncSession, part: Sequence[str]) -> Refused:
        if dry_run:
            return await collections.unchangeable(session, collection, part, add=add)
        return await collections.change_members(session, key, part, add=add)

    return await _change_media_files(
        info, action, ADD if add else REMOVE, guids, change, dry_run, collection=id
    )


async def _with_what_waits(info: Info, deactivated: BulkResult) -> BulkResult:
    keys = [require(Kind.APP, id) for id in deactivated.done]
    if not keys:
        return deactivated
    async with info.context.database.session() as session:
        loads = await app_load.read(session, keys)
    message = f"{deactivated.message} {app_load.deactivated_words(loads.values())}"
    return replace(deactivated, message=message)


@strawberry.type
class CatalogueBulkMutations:
    @strawberry.mutation(
        description="Deletes media files that are in no batch and no collection and have no MMIF. With dryRun: which "
        "it would delete."
    )
    @many_files
    async def delete_media_files(
        self,
        info: Info,
        which: WhichFiles,
        dry_run: bool = False,
    ) -> BulkResult:
        found = await which.each(info)
        change = media_files.undeletable if dry_run else media_files.delete_media_files
        return await _change_media_files(info, "deleteMediaFiles", DELETE, found, change, dry_run)

    @strawberry.mutation(
        description="Adds many media files to a collection; unlike addToCollection, unknown GUIDs keep no other from "
        "it. With dryRun: which it would add."
    )
    @many_files
    async def add_many_to_collection(
        self,
        info: Info,
        id: strawberry.ID,
        which: WhichFiles,
        dry_run: bool = False,
    ) -> BulkResult:
        found = await which.each(info)
        return await _change_members(info, "addManyToCollection", id, found, dry_run, add=True)

    @strawberry.mutation(
        description="Removes many media files from a collection. With dryRun: which it would remove."
    )
    @many_files
    async def remove_many_from_collection(
        self,
        info: Info,
        id: strawberry.ID,
        which: WhichFiles,
        dry_run: bool = False,
    ) -> BulkResult:
        found = await which.each(info)
        return await _change_members(info, "removeManyFromCollection", id, found, dry_run, add=False)

    @strawberry.mutation(
        description="Their media files stay, and so do batches made from them. With dryRun: which it would delete."
    )
    @many(COLLECTIONS)
    async def delete_collections(
        self,
        info: Info,
        which: Which,
        dry_run: bool = False,
    ) -> BulkResult:
        keys = await which.keys(info)
        delete = collections.delete_collection
        return await _delete_each(info, "deleteCollections", Kind.COLLECTION, keys, delete, dry_run)

    @strawberry.mutation(
        description="Deletes batches that were never started. With dryRun: which it would delete."
    )
    @many(BATCHES)
    async def delete_batches(
        self,
        info: Info,
        which: Which,
        dry_run: bool = False,
    ) -> BulkResult:
        keys = await which.keys(info)
        return await _delete_each(
            info, "deleteBatches", Kind.BATCH, keys, batch_service.delete_batch, dry_run
        )

    @strawberry.mutation(
        description="Deletes pipelines that have not run and on which no batch is to be started. With dryRun: which "
        "it would delete."
    )
    @many(PIPELINES)
    async def delete_pipelines(
        self,
        info: Info,
        which: Which,
        dry_run: bool = False,
    ) -> BulkResult:
        keys = await which.keys(info)
        delete = pipeline_service.delete_pipeline
        return await _delete_each(info, "deletePipelines", Kind.PIPELINE, keys, delete, dry_run)

    @strawberry.mutation(
        description="Pipelines that can't be started any more, or, with `archived: false`, can again. With dryRun: "
        "which it would change."
    )
    @many(PIPELINES)
    async def archive_pipelines(
        self,
        info: Info,
        which: Which,
        archived: bool = True,
        dry_run: bool = False,
    ) -> BulkResult:
        async def change(session: AsyncSession, key: int) -> Effect:
            await pipeline_service.archive(session, key, archived)
            if not dry_run:
                await info.context.audit.record(
                    session, "archivePipelines", Kind.PIPELINE, key, archived=archived
                )
            return Effect(opaque(Kind.PIPELINE, key))

        keys = await which.keys(info)
        verb = ARCHIVE if archived else BRING_BACK
        return await change_each(info, Kind.PIPELINE, verb, keys, change, dry_run)

    @strawberry.mutation(
        description="Changes apps while runs go on: see updateApp. With dryRun: which it would change."
    )
    @many(APPS)
    async def update_apps(
        self,
        info: Info,
        input: UpdateAppsInput,
        which: Which,
        dry_run: bool = False,
    ) -> BulkResult:
        wanted = input.change()
        if not wanted.details:
            raise BadUserInput("Say what is to be changed of the apps, e.g. active: false.")

        async def change(session: AsyncSession, key: int) -> Effect:
            registry.refuse_unchanged((await registry.require_apps(session, [key]))[key], wanted)
            await registry.update_app(session, key, wanted)
            if not dry_run:
                await info.context.audit.record(session, "updateApps", Kind.APP, key, **wanted.details)
            return Effect(opaque(Kind.APP, key))

        keys = await which.keys(info)
        verb = UPDATE
        if wanted.details.keys() == {"active"}:
            verb = ACTIVATE if wanted.active else DEACTIVATE
        result = await change_each(info, Kind.APP, verb, keys, change, dry_run)
        info.context.notifier.apps()
        return await _with_what_waits(info, result) if wanted.active is False else result

    @strawberry.mutation(
        description="Asks apps again what they are: see refreshApp. One that does not answer is APP_UNREACHABLE. With "
        "dryRun: which it would ask."
    )
    @many(APPS)
    async def refresh_apps(
        self,
        info: Info,
        which: Which,
        dry_run: bool = False,
    ) -> BulkResult:
        keys = await which.keys(info)
        turns = asyncio.Semaphore(ASKED_AT_ONCE)

        async def ask(key: int) -> Outcome:
            id = opaque(Kind.APP, key)
            async with turns:
                try:
                    await refresh(info, key, "refreshApps", dry_run)
                except ChowdaError as exc:
                    return Unchanged.from_error(id, exc)
            return Effect(id)

        outcomes = await asyncio.gather(*map(ask, keys))
        told = bulk.summary(REFRESH, Kind.APP, outcomes, done=not dry_run)
        return BulkResult.of(outcomes, dry_run, told)
