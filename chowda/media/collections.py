"""Collections: named sets of media files, from which batches can be created."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import ids
from chowda.errors import BadUserInput, ChowdaError, Conflict
from chowda.media import files as media_files
from chowda.media.files import listed
from chowda.models import Collection
from chowda.text_checks import check_name, check_text, storable

# Also updates the collection's count. The caller must hold a lock on the collection's row.
ADD_MEMBERS = text("""
    WITH added AS (
        INSERT INTO collection_media_files (collection_id, media_file_id)
        SELECT CAST(:collection_id AS bigint), id FROM media_files WHERE guid = ANY(:guids) ORDER BY id
        ON CONFLICT DO NOTHING RETURNING media_file_id
    )
    UPDATE collections SET media_file_count = media_file_count + (SELECT count(*) FROM added)
    WHERE id = :collection_id
""")

REMOVE_MEMBERS = text("""
    WITH removed AS (
        DELETE FROM collection_media_files USING media_files f
        WHERE collection_id = :collection_id AND media_file_id = f.id AND f.guid = ANY(:guids)
        RETURNING media_file_id
    )
    UPDATE collections SET media_file_count = media_file_count - (SELECT count(*) FROM removed)
    WHERE id = :collection_id
""")

UNKNOWN = text("""
    SELECT guid FROM unnest(CAST(:guids AS text[])) AS guid
    WHERE NOT EXISTS (SELECT FROM media_files f WHERE f.guid = guid.guid)
""")

MEMBERSHIP = text("""
    SELECT f.guid, m.media_file_id IS NOT NULL AS member
    FROM media_files f LEFT JOIN collection_media_files m
        ON m.media_file_id = f.id AND m.collection_id = :collection_id
    WHERE f.guid = ANY(:guids)
""")

COLLECTIONS_OF = text("""
    SELECT m.media_file_id, c.id FROM collection_media_files m JOIN collections c ON c.id = m.collection_id
    WHERE m.media_file_id = ANY(:ids) ORDER BY m.media_file_id, c.name
""")


@dataclass(frozen=True, slots=True)
class CollectionChange:
    """None leaves a value unchanged. An empty description removes it."""

    name: str | None = None
    description: str | None = None


async def create_collection(
    session: AsyncSession, name: str, description: str | None = None, guids: Sequence[str] = ()
) -> Collection:
    """Raises Conflict if the name is taken, BadUserInput for unknown GUIDs."""
    collection = Collection(
        name=check_name("The collection's name", name),
        description=check_text("The collection's description", description),
    )
    await _flush(session, collection)
    if guids:
        await add_to_collection(session, collection.id, guids)
    await session.refresh(collection)
    return collection


async def update_collection(
    session: AsyncSession, collection_id: int, change: CollectionChange
) -> Collection:
    collection = await _locked(session, collection_id)
    if change.name is not None:
        collection.name = check_name("The collection's name", change.name)
    if change.description is not None:
        collection.description = check_text("The collection's description", change.description) or None
    await _flush(session, collection)
    return collection


async def delete_collection(session: AsyncSession, collection_id: int) -> None:
    """Keeps the media files, and the batches created from the collection."""
    await session.delete(await _locked(session, collection_id))
    await session.flush()


async def add_to_collection(session: AsyncSession, collection_id: int, guids: Sequence[str]) -> Collection:
    """Ignores files that are already in it. Raises BadUserInput for unknown GUIDs, and then adds none."""
    collection = await _locked(session, collection_id)
    wanted = list(dict.fromkeys(guids))
    valid = [guid for guid in wanted if storable(guid)]
    missing = set(await session.scalars(UNKNOWN, {"guids": valid})) | (set(wanted) - set(valid))
    if missing:
        unknown = [guid for guid in wanted if guid in missing]
        raise BadUserInput(
            f"Nothing was added to the collection {collection.name!r}: {len(unknown):,} of the GUIDs are unknown: "
            f"{listed(unknown)}.",
            {"guids": unknown},
        )
    await session.execute(ADD_MEMBERS, {"collection_id": collection_id, "guids": valid})
    await session.refresh(collection)
    return collection


async def remove_from_collection(
    session: AsyncSession, collection_id: int, guids: Sequence[str]
) -> Collection:
    """Ignores GUIDs that are not in it."""
    collection = await _locked(session, collection_id)
    valid = [guid for guid in guids if storable(guid)]
    await session.execute(REMOVE_MEMBERS, {"collection_id": collection_id, "guids": valid})
    await session.refresh(collection)
    return collection


async def membership_refusals(
    session: AsyncSession, collection: Collection, guids: Sequence[str], *, add: bool
) -> dict[str, ChowdaError]:
    """The media files that cannot be added or removed, by GUID, with the reason."""
    valid = [guid for guid in guids if storable(guid)]
    rows = await session.execute(MEMBERSHIP, {"collection_id": collection.id, "guids": valid})
    members: dict[str, bool] = {row.guid: row.member for row in rows}
    unchanged = Conflict(f"It is {'already' if add else 'not'} in the collection {collection.name!r}.")
    refused: dict[str, ChowdaError] = {guid: unchanged for guid, member in members.items() if member == add}
    return refused | {guid: media_files.not_found(guid) for guid in guids if guid not in members}


async def require_collection(session: AsyncSession, collection_id: int) -> Collection:
    """Raises NotFound."""
    collection = await session.get(Collection, collection_id)
    if collection is None:
        raise ids.not_found(ids.Kind.COLLECTION, ids.opaque(ids.Kind.COLLECTION, collection_id))
    return collection


async def change_members(
    session: AsyncSession, collection_id: int, guids: Sequence[str], *, add: bool
) -> dict[str, ChowdaError]:
    """Add or remove the files that can be. Returns the others with the reason. Raises NotFound."""
    collection = await _locked(session, collection_id)
    refused = await membership_refusals(session, collection, guids, add=add)
    chosen = [guid for guid in guids if guid not in refused]
    await session.execute(
        ADD_MEMBERS if add else REMOVE_MEMBERS, {"collection_id": collection_id, "guids": chosen}
    )
    return refused


async def collections_by_id(session: AsyncSession, keys: Sequence[int]) -> dict[int, Collection]:
    rows = await session.scalars(
        select(Collection).where(text("collections.id = ANY(:ids)")), {"ids": list(keys)}
    )
    return {row.id: row for row in rows}


async def collections_of(session: AsyncSession, media_file_ids: Sequence[int]) -> dict[int, list[int]]:
    """The keys of each file's collections, sorted by name."""
    found: dict[int, list[int]] = {media_file_id: [] for media_file_id in media_file_ids}
    for media_file_id, collection_id in await session.execute(COLLECTIONS_OF, {"ids": list(media_file_ids)}):
        found[media_file_id].append(collection_id)
    return found


async def _locked(session: AsyncSession, collection_id: int) -> Collection:
    collection = await session.scalar(
        select(Collection)
        .where(Collection.id == collection_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if collection is None:
        raise ids.not_found(ids.Kind.COLLECTION, ids.opaque(ids.Kind.COLLECTION, collection_id))
    return collection


async def _flush(session: AsyncSession, collection: Collection) -> None:
    name = collection.name
    session.add(collection)
    try:
        async with session.begin_nested():
            await session.flush()
    except IntegrityError:
        raise Conflict(f"A collection named {name!r} already exists. Choose another name.") from None
