"""Media files: add, update, delete and find them."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.enums import DocumentType
from chowda.errors import BadUserInput, ChowdaError, Conflict, LimitExceeded, NotFound
from chowda.ids import Kind
from chowda.media.locations import check_location
from chowda.models import MediaDocument, MediaFile
from chowda.text_checks import check_line, storable

FILES_LIMIT = 20_000
"Media files in one call."
DOCUMENTS_LIMIT = 100
SIZE_LIMIT_BYTES = 2**53
CHECKSUM = re.compile(r"(?P<algorithm>[a-z][a-z0-9-]{0,19}):(?P<digits>[0-9a-f]{8,128})")
CHECKSUM_DIGITS = {"md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128}
NAMED_IN_MESSAGE = 10

ADD_FILES = text("""
    INSERT INTO media_files (guid) SELECT guid FROM unnest(CAST(:guids AS text[])) AS guid
    ON CONFLICT (guid) DO NOTHING RETURNING guid, id
""")

ADD_DOCUMENTS = text("""
    INSERT INTO media_documents (
        media_file_id, position, type, location, mime, duration_seconds, size_bytes, checksum
    )
    SELECT * FROM unnest(
        CAST(:media_file_ids AS bigint[]), CAST(:positions AS smallint[]), CAST(:types AS text[]),
        CAST(:locations AS text[]), CAST(:mimes AS text[]), CAST(:durations AS float8[]),
        CAST(:sizes AS bigint[]), CAST(:checksums AS text[])
    )
""")

DOCUMENTS_OF = text("""
    SELECT f.guid, d.type, d.location, d.mime FROM media_files f JOIN media_documents d ON d.media_file_id = f.id
    WHERE f.guid = ANY(:guids)
""")

LOCK = text("SELECT id FROM media_files WHERE guid = ANY(:guids) ORDER BY id FOR UPDATE")

# What prevents deletion: the batches and collections that contain the file, and its MMIF.
REFERENCES = text("""
    SELECT f.guid,
        (SELECT count(*) FROM batch_media_files WHERE media_file_id = f.id) AS batches,
        (SELECT count(*) FROM collection_media_files WHERE media_file_id = f.id) AS collections,
        (SELECT count(*) FROM mmifs WHERE media_file_id = f.id) AS mmifs,
        ARRAY(
            SELECT b.name FROM batch_media_files m JOIN batches b ON b.id = m.batch_id
            WHERE m.media_file_id = f.id ORDER BY b.id LIMIT 3
        ) AS batch_names,
        ARRAY(
            SELECT c.name FROM collection_media_files m JOIN collections c ON c.id = m.collection_id
            WHERE m.media_file_id = f.id ORDER BY c.id LIMIT 3
        ) AS collection_names
    FROM media_files f WHERE f.guid = ANY(:guids)
""")


@dataclass(frozen=True, slots=True)
class NewDocument:
    """`location` is where the app sees the file, not where Chowda sees it. `checksum` is algorithm:hexadecimal."""

    type: DocumentType
    location: str
    mime: str | None = None
    duration_seconds: float | None = None
    size_bytes: int | None = None
    checksum: str | None = None

    @property
    def details(self) -> tuple[float | None, int | None, str | None]:
        """The properties that do not identify the document."""
        return self.duration_seconds, self.size_bytes, self.checksum

    @property
    def identity(self) -> tuple[str, str, str]:
        return self.type.value, self.location, self.mime or ""


@dataclass(frozen=True, slots=True)
class NewMediaFile:
    guid: str
    documents: tuple[NewDocument, ...]

    @property
    def identity(self) -> list[tuple[str, str, str]]:
        """Equal for two files with the same documents. Order, durations, sizes and checksums do not count."""
        return sorted(document.identity for document in self.documents)


async def add_media_files(session: AsyncSession, files: Sequence[NewMediaFile]) -> list[MediaFile]:
    """Add all files or none. Returns one row for each file, in the order of the call.

    A GUID that already exists with the same documents is left unchanged. Raises Conflict if it exists with other
    documents, or occurs twice in the call with different documents.
    """
    if len(files) > FILES_LIMIT:
        raise LimitExceeded(
            f"The call has {len(files):,} media files; at most {FILES_LIMIT:,} are allowed. Add them in several calls."
        )
    wanted: dict[str, NewMediaFile] = {}
    contradictory: list[str] = []
    for file in files:
        _check(file)
        known = wanted.setdefault(file.guid, file)
        if known is not file and known.identity != file.identity:
            contradictory.append(file.guid)
    if contradictory:
        raise _conflict("listed twice with different documents", sorted(set(contradictory)))

    # Sorted, so that two calls that add the same files lock them in one order.
    added: dict[str, int] = {
        row.guid: row.id for row in await session.execute(ADD_FILES, {"guids": sorted(wanted)})
    }
    await _refuse_other_documents(session, [file for guid, file in wanted.items() if guid not in added])
    rows = [
        (added[guid], position, document)
        for guid, file in wanted.items()
        if guid in added
        for position, document in enumerate(file.documents, start=1)
    ]
    await _add_documents(session, rows)
    found = await find_media_files(session, list(wanted))
    return [found[file.guid] for file in files]


async def _add_documents(session: AsyncSession, rows: Sequence[tuple[int, int, NewDocument]]) -> None:
    """`rows`: the media file's key, the position in the file, the document."""
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
                "sizes": [document.size_bytes for _, _, document in rows],
                "checksums": [document.checksum for _, _, document in rows],
            },
        )


async def update_media_file(
    session: AsyncSession, file: NewMediaFile, revision: int | None = None
) -> MediaFile:
    """Replace the documents of a media file.

    Raises NotFound, and Conflict if `revision` is not the current one. Existing MMIF keeps the old documents; a run
    from scratch uses the new ones.
    """
    _check(file)
    row = await _locked(session, file.guid)
    if revision is not None and row.revision != revision:
        raise Conflict(
            f"The media file {file.guid} has changed: it has revision {row.revision}, not {revision}. "
            "Read its documents, then change them again."
        )
    current = [
        NewDocument(DocumentType(d.type), d.location, d.mime, d.duration_seconds, d.size_bytes, d.checksum)
        for d in (await documents_of(session, [row.id]))[row.id]
    ]
    if current != list(file.documents):
        await session.execute(delete(MediaDocument).where(MediaDocument.media_file_id == row.id))
        await _add_documents(
            session,
            [(row.id, position, document) for position, document in enumerate(file.documents, start=1)],
        )
        row.revision += 1
        await session.flush()
    return row


async def delete_media_file(session: AsyncSession, guid: str) -> None:
    """Raises NotFound, and Conflict if a batch or a collection contains it, or it has MMIF."""
    if guid in (refused := await delete_media_files(session, [guid])):
        raise refused[guid]


async def delete_media_files(session: AsyncSession, guids: Sequence[str]) -> dict[str, ChowdaError]:
    """Delete the files that can be deleted. Returns the others, by GUID, with the reason."""
    await session.execute(LOCK, {"guids": [guid for guid in guids if storable(guid)]})
    refused = await deletion_refusals(session, guids)
    chosen = [guid for guid in guids if guid not in refused]
    await session.execute(delete(MediaFile).where(text("media_files.guid = ANY(:guids)")), {"guids": chosen})
    return refused


async def deletion_refusals(session: AsyncSession, guids: Sequence[str]) -> dict[str, ChowdaError]:
    """The files that delete_media_files would not delete, by GUID, with the reason."""
    rows = await session.execute(REFERENCES, {"guids": [guid for guid in guids if storable(guid)]})
    known: dict[str, ChowdaError | None] = {row.guid: _refusal(row) for row in rows}
    refused = {guid: known[guid] if guid in known else not_found(guid) for guid in guids}
    return {guid: refusal for guid, refusal in refused.items() if refusal is not None}


def _refusal(references: Any) -> Conflict | None:
    reasons = [
        f"is in {count:,} {noun}{'' if count == 1 else ending} ({', '.join(map(repr, names))}"
        f"{', …' if count > len(names) else ''})"
        for count, noun, ending, names in (
            (references.batches, "batch", "es", references.batch_names),
            (references.collections, "collection", "s", references.collection_names),
        )
        if count
    ]
    if references.mmifs:
        reasons.append(f"has {references.mmifs:,} MMIF")
    if not reasons:
        return None
    return Conflict(f"The media file {references.guid} can't be deleted: it {', and '.join(reasons)}.")


def not_found(guid: str) -> NotFound:
    return NotFound(
        f"There is no media file with the GUID {guid[:80]!r}.",
        {"guid": guid[:80], "kind": Kind.MEDIA_FILE.name},
    )


async def _locked(session: AsyncSession, guid: str) -> MediaFile:
    row = None
    if storable(guid):
        row = await session.scalar(select(MediaFile).where(MediaFile.guid == guid).with_for_update())
    if row is None:
        raise not_found(guid)
    return row


async def _refuse_other_documents(session: AsyncSession, existing: Sequence[NewMediaFile]) -> None:
    """Raises Conflict if one of these existing files has other documents in the database."""
    if not existing:
        return
    saved: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for row in await session.execute(DOCUMENTS_OF, {"guids": [file.guid for file in existing]}):
        saved[row.guid].append((row.type, row.location, row.mime or ""))
    differing = [file.guid for file in existing if sorted(saved[file.guid]) != file.identity]
    if differing:
        raise _conflict("already registered with other documents", sorted(differing))


def _conflict(problem: str, guids: Sequence[str]) -> Conflict:
    verb = "GUID is" if len(guids) == 1 else "GUIDs are"
    return Conflict(
        f"{len(guids):,} {verb} {problem}: {listed(guids)}. Nothing was added.", {"guids": list(guids)}
    )


def listed(guids: Sequence[str]) -> str:
    """Up to ten GUIDs, for a message."""
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
        check_document(f"a document of the media file {file.guid}", document)


def check_document(what: str, document: NewDocument) -> None:
    """Raises BadUserInput for a document that cannot be saved."""
    check_location(f"The location of {what}", document.location)
    if document.mime is not None:
        check_line(f"The MIME type of {what}", document.mime)
    seconds = document.duration_seconds
    if seconds is not None and not (math.isfinite(seconds) and seconds > 0):
        raise BadUserInput(f"The duration of {what} is {seconds} s; enter a number above 0, or leave it out.")
    size = document.size_bytes
    if size is not None and not 0 <= size <= SIZE_LIMIT_BYTES:
        raise BadUserInput(f"The size of {what} is {size} bytes; enter 0 or more, or leave it out.")
    if document.checksum is not None:
        _check_checksum(what, document.checksum)


def _check_checksum(what: str, checksum: str) -> None:
    form = CHECKSUM.fullmatch(checksum)
    digits = CHECKSUM_DIGITS.get(form["algorithm"]) if form else None
    if form is None or (digits is not None and len(form["digits"]) != digits):
        wanted = f"{digits} digits after {form['algorithm']}:" if form and digits else "sha256:9f86d0…"
        raise BadUserInput(
            f"The checksum of {what} is {checksum[:160]!r}; write it in lower case as algorithm:hexadecimal, "
            f"{'with' if form and digits else 'for example'} {wanted}."
        )


async def find_media_files(session: AsyncSession, guids: Sequence[str]) -> dict[str, MediaFile]:
    """By GUID. Unknown GUIDs are left out."""
    valid = [guid for guid in guids if storable(guid)]
    files = await session.scalars(
        select(MediaFile).where(text("media_files.guid = ANY(:guids)")), {"guids": valid}
    )
    return {file.guid: file for file in files}


async def documents_of(
    session: AsyncSession, media_file_ids: Sequence[int]
) -> dict[int, list[MediaDocument]]:
    """By media file, in order of position."""
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
