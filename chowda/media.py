"""Media files: adding them by the thousand, and finding them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.clams.mmif import media_location
from chowda.errors import BadUserInput, Conflict, LimitExceeded
from chowda.models import MediaDocument, MediaFile
from chowda.models.status import DocumentType
from chowda.names import check_line, storable

FILES_LIMIT = 20_000
"Media files in one call; add more of them in pages."
DOCUMENTS_LIMIT = 100
LOCATION_LIMIT = 4096
NAMED_IN_MESSAGE = 10

ADD_FILES = text("""
    INSERT INTO media_files (guid) SELECT guid FROM unnest(CAST(:guids AS text[])) AS guid
    ON CONFLICT (guid) DO NOTHING RETURNING guid, id
""")

ADD_DOCUMENTS = text("""
    INSERT INTO media_documents (media_file_id, position, type, location, mime, duration_seconds)
    SELECT * FROM unnest(
        CAST(:media_file_ids AS bigint[]), CAST(:positions AS smallint[]), CAST(:types AS text[]),
        CAST(:locations AS text[]), CAST(:mimes AS text[]), CAST(:durations AS float8[])
    )
""")

DOCUMENTS_OF = text("""
    SELECT f.guid, d.type, d.location, d.mime FROM media_files f JOIN media_documents d ON d.media_file_id = f.id
    WHERE f.guid = ANY(:guids)
""")


@dataclass(frozen=True, slots=True)
class NewDocument:
    """`location` is where the app sees the file, not Chowda."""

    type: DocumentType
    location: str
    mime: str | None = None
    duration_seconds: float | None = None

    @property
    def identity(self) -> tuple[str, str, str]:
        return self.type.value, self.location, self.mime or ""


@dataclass(frozen=True, slots=True)
class NewMediaFile:
    guid: str
    documents: tuple[NewDocument, ...]

    @property
    def identity(self) -> list[tuple[str, str, str]]:
        """What makes two lists of documents the same: their order and durations don't matter."""
        return sorted(document.identity for document in self.documents)


async def add_media_files(session: AsyncSession, files: Sequence[NewMediaFile]) -> list[MediaFile]:
    """Adds files, all or none, and gives one row for each file of the call, in its order.

    A GUID that is there already with the same documents is left as it is; one with other documents is a
    Conflict, as is a GUID that stands twice in the call with different documents.
    """
    if len(files) > FILES_LIMIT:
        raise LimitExceeded(
            f"{len(files):,} media files in one call; at most {FILES_LIMIT:,} are allowed. Add them in pages."
        )
    wanted: dict[str, NewMediaFile] = {}
    twice: list[str] = []
    for file in files:
        _check(file)
        known = wanted.setdefault(file.guid, file)
        if known is not file and known.identity != file.identity:
            twice.append(file.guid)
    if twice:
        raise _conflict("given twice with different documents", sorted(set(twice)))

    # Sorted, so that two calls that add the same files wait for each other in one order.
    added: dict[str, int] = {
        row.guid: row.id for row in await session.execute(ADD_FILES, {"guids": sorted(wanted)})
    }
    await _refuse_others(session, [file for guid, file in wanted.items() if guid not in added])
    rows = [
        (added[guid], position, document)
        for guid, file in wanted.items()
        if guid in added
        for position, document in enumerate(file.documents, start=1)
    ]
    if rows:
        await session.execute(
            ADD_DOCUMENTS,
            {
                "media_file_ids": [media_file_id for media_file_id, _, _ in rows],
                "positions": [position for _, position, _ in rows],
                "types": [document.type.value for _, _, document in rows],
                "locations": [document.location for _, _, document in rows],
                "mimes": [document.mime for _, _, document in rows],
                "durations": [document.duration_seconds for _, _, document in rows],
            },
        )
    found = await find_media_files(session, list(wanted))
    return [found[file.guid] for file in files]


async def _refuse_others(session: AsyncSession, known: Sequence[NewMediaFile]) -> None:
    """Conflict if any of these, which are there already, has other documents there."""
    if not known:
        return
    there: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for row in await session.execute(DOCUMENTS_OF, {"guids": [file.guid for file in known]}):
        there[row.guid].append((row.type, row.location, row.mime or ""))
    others = [file.guid for file in known if sorted(there[file.guid]) != file.identity]
    if others:
        raise _conflict("there already with other documents", sorted(others))


def _conflict(why: str, guids: Sequence[str]) -> Conflict:
    verb = "GUID is" if len(guids) == 1 else "GUIDs are"
    return Conflict(
        f"{len(guids):,} {verb} {why}: {listed(guids)}. Nothing was added.", {"guids": list(guids)}
    )


def listed(guids: Sequence[str]) -> str:
    """Up to ten of them, for a message."""
    shown = ", ".join(guid[:80] for guid in guids[:NAMED_IN_MESSAGE])
    return f"{shown}, …" if len(guids) > NAMED_IN_MESSAGE else shown


def _check(file: NewMediaFile) -> None:
    check_line("A GUID", file.guid)
    if file.guid != file.guid.strip():
        raise BadUserInput(f"The GUID {file.guid!r} begins or ends with white space.")
    if not file.documents:
        raise BadUserInput(f"The media file {file.guid} has no document; it needs at least one.")
    if len(file.documents) > DOCUMENTS_LIMIT:
        raise LimitExceeded(
            f"The media file {file.guid} has {len(file.documents):,} documents; "
            f"at most {DOCUMENTS_LIMIT} are allowed."
        )
    for document in file.documents:
        check_line(f"A location of the media file {file.guid}", document.location, LOCATION_LIMIT)
        try:
            media_location(document.location)
        except BadUserInput as exc:
            raise BadUserInput(f"The media file {file.guid}: {exc.message}") from None
        if document.mime is not None:
            check_line(f"The MIME type of a document of the media file {file.guid}", document.mime)
        seconds = document.duration_seconds
        if seconds is not None and not (math.isfinite(seconds) and seconds > 0):
            raise BadUserInput(
                f"The duration of a document of the media file {file.guid} is {seconds} s; "
                "give a number above 0, or leave it out."
            )


async def find_media_files(session: AsyncSession, guids: Sequence[str]) -> dict[str, MediaFile]:
    """By GUID, those that are there."""
    asked = [guid for guid in guids if storable(guid)]
    files = await session.scalars(
        select(MediaFile).where(text("media_files.guid = ANY(:guids)")), {"guids": asked}
    )
    return {file.guid: file for file in files}


async def documents_of(
    session: AsyncSession, media_file_ids: Sequence[int]
) -> dict[int, list[MediaDocument]]:
    """By media file, in their order."""
    documents = await session.scalars(
        select(MediaDocument)
        .where(text("media_documents.media_file_id = ANY(:ids)"))
        .order_by(MediaDocument.media_file_id, MediaDocument.position),
        {"ids": list(media_file_ids)},
    )
    found: dict[int, list[MediaDocument]] = {media_file_id: [] for media_file_id in media_file_ids}
    for document in documents:
        found[document.media_file_id].append(document)
    return found
