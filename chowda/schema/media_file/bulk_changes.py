"""Bulk mutations of media files, which clients name by their GUIDs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from chowda import bulk
from chowda.bulk import Effect, Outcome, Unchanged, Verb
from chowda.errors import ChowdaError
from chowda.ids import Kind
from chowda.media import file_list
from chowda.models import MediaFile
from chowda.schema.bulk_changes import BulkResult, check_selection, parts, read_column
from chowda.schema.context import Info
from chowda.schema.filter_values import values
from chowda.schema.media_file.filter import MediaFileFilterInput

Refused = Mapping[str, ChowdaError]
"By GUID: the media files that cannot be changed, with the reason."
ChangeMediaFiles = Callable[[AsyncSession, Sequence[str]], Awaitable[Refused]]


async def selected_guids(
    info: Info, guids: list[str] | None, filter: MediaFileFilterInput | None
) -> Sequence[str]:
    """As chowda.schema.bulk_changes.selected_keys, for media files."""
    present = check_selection(file_list.MEDIA_FILES, "guids", guids, filter)
    if present is None:
        async with info.context.database.session() as session:
            return list(dict.fromkeys(await info.context.stored_guids(session, values("guids", guids) or ())))
    return await read_column(info, file_list.MEDIA_FILES, present, MediaFile.guid)


async def change_media_files(
    info: Info,
    action: str,
    verb: Verb,
    guids: Sequence[str],
    change: ChangeMediaFiles,
    dry_run: bool,
    **details: Any,
) -> BulkResult:
    """Changes up to bulk.ITEMS_PER_TRANSACTION files in a transaction. In a dry run, `change` must not change anything.

    `action` is the name of the mutation in the audit log.
    """
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
