"""Bulk import of media files: sends CSV or JSON Lines as a stream and reads the server's report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO, Protocol

import msgspec

from chowda.client.errors import ServerUnreachable, error_from_server
from chowda.client.files import read_chunks
from chowda.client.generated.enums import DocumentType
from chowda.client.operation import Output, decode
from chowda.client.session import Session

CSV = "text/csv"
JSON_LINES = "application/jsonl"
ANY = "application/octet-stream"
"The server detects the format from the first bytes."


class BadRow(Output, frozen=True, kw_only=True):
    """A row that was not imported. `line` counts from 1 and includes the header."""

    line: int
    guid: str | None = None
    reason: str


class ImportedMedia(Output, frozen=True, kw_only=True):
    """The report of an import. `kept` is false if `atomic` was set and a row was bad."""

    rows: int
    added: int
    updated: int
    unchanged: int
    added_to_collections: int
    collections_created: list[str]
    bad_rows: list[BadRow]
    kept: bool
    ignored_columns: list[str] = []
    "Columns without a meaning, each with a suggestion if it is similar to one that has."


class ImportProgress(Protocol):
    """Is notified of the progress of an import."""

    def chunk_sent(self, chunk: bytes) -> None: ...

    def rows_read(self, rows: int) -> None:
        """The server has read this many rows in total."""


def query_parameters(
    *, atomic: bool, update: bool, location: str | None, type: DocumentType | None, collections: Sequence[str]
) -> list[tuple[str, str]]:
    parameters = [(name, "true") for name, is_set in (("atomic", atomic), ("update", update)) if is_set]
    parameters += [(name, value) for name, value in (("location", location), ("type", type)) if value]
    return parameters + [("collection", name) for name in collections]


async def import_media(
    session: Session,
    rows: BinaryIO,
    content_type: str,
    parameters: list[tuple[str, str]],
    progress: ImportProgress | None,
) -> ImportedMedia:
    """Raises the errors of the server, and ServerUnreachable if the connection breaks: then nothing was kept."""
    bad_rows: list[BadRow] = []
    with session.http_errors():
        async with session.http.stream(
            "POST",
            "/media-files/import",
            params=tuple(parameters),
            content=read_chunks(rows, progress.chunk_sent if progress else None),
            headers={"Content-Type": content_type},
        ) as response:
            await session.raise_for_error(response)
            async for line in response.aiter_lines():
                match _parse_line(line):
                    case {"progress": {"rows": int(count)}}:
                        if progress:
                            progress.rows_read(count)
                    case {"badRow": bad_row}:
                        bad_rows.append(decode(BadRow, bad_row))
                    case {"error": {"code": str(code), "message": str(message)}}:
                        raise error_from_server(code, message)
                    case {"result": dict(result)}:
                        imported: ImportedMedia = decode(ImportedMedia, {**result, "badRows": bad_rows})
                        return imported
    raise ServerUnreachable(
        "The connection broke before the import was complete. Nothing was kept. Try again."
    )


def _parse_line(line: str) -> Any:
    """None for a line that is cut off."""
    try:
        return msgspec.json.decode(line)
    except msgspec.DecodeError:
        return None
