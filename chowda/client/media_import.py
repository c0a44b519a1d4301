"""Media files by the hundred thousand: CSV or JSON Lines, sent as a stream, with the server's own account of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO, Protocol

import msgspec

from chowda.client.errors import ServerUnreachable, refusal
from chowda.client.files import chunks
from chowda.client.generated.enums import DocumentType
from chowda.client.operation import Answer, read
from chowda.client.session import Session

CSV = "text/csv"
JSON_LINES = "application/jsonl"
ANY = "application/octet-stream"
"Told apart by how it begins."


class BadRow(Answer, frozen=True, kw_only=True):
    """A row that could not be taken. `line` counts from 1, the header included."""

    line: int
    guid: str | None = None
    reason: str


class ImportedMedia(Answer, frozen=True, kw_only=True):
    """What came of it. `kept`: false where `atomic` was asked for and a row was bad."""

    rows: int
    added: int
    updated: int
    unchanged: int
    added_to_collections: int
    collections_created: list[str]
    bad_rows: list[BadRow]
    kept: bool


class ImportProgress(Protocol):
    """Told of what is under way."""

    def sent(self, chunk: bytes) -> None:
        """This went out."""

    def read(self, rows: int) -> None:
        """The server has come so far."""


def parameters(
    *, atomic: bool, update: bool, location: str | None, type: DocumentType | None, collections: Sequence[str]
) -> list[tuple[str, str]]:
    asked = [(name, "true") for name, wanted in (("atomic", atomic), ("update", update)) if wanted]
    asked += [(name, value) for name, value in (("location", location), ("type", type)) if value]
    return asked + [("collection", name) for name in collections]


async def send(
    session: Session,
    rows: BinaryIO,
    content_type: str,
    asked: list[tuple[str, str]],
    progress: ImportProgress | None,
) -> ImportedMedia:
    """Raises what the server refuses, and ServerUnreachable: then nothing was kept."""
    bad_rows: list[BadRow] = []
    with session.http_failures():
        async with session.http.stream(
            "POST",
            "/media-files/import",
            params=tuple(asked),
            content=chunks(rows, progress.sent if progress else None),
            headers={"Content-Type": content_type},
        ) as response:
            await session.raise_refusal(response)
            async for line in response.aiter_lines():
                match _told(line):
                    case {"progress": {"rows": int(count)}}:
                        if progress:
                            progress.read(count)
                    case {"badRow": bad}:
                        bad_rows.append(read(BadRow, bad))
                    case {"error": {"code": str(code), "message": str(message)}}:
                        raise refusal(code, message)
                    case {"result": dict(result)}:
                        imported: ImportedMedia = read(ImportedMedia, {**result, "badRows": bad_rows})
                        return imported
    raise ServerUnreachable("The connection broke before the import had ended: nothing was kept. Try again.")


def _told(line: str) -> Any:
    try:
        return msgspec.json.decode(line)
    except msgspec.DecodeError:
        return None
