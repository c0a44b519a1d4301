"""Reading media files from CSV and JSON Lines: each line a row, or why it is none.

No database, no network: whoever imports, here or at the other end of the wire, reads the same.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Any

import msgspec

from chowda.enums import DocumentType
from chowda.errors import BadUserInput
from chowda.guid_rule import BOM, GuidRule
from chowda.media.document_types import document_type_named, document_type_of
from chowda.media.files import NewDocument, check_document
from chowda.text_checks import check_line, check_name

SEPARATORS = ",;\t"
LINE_LIMIT_BYTES = 4 * 1024**2
FIELD_LIMIT = 100_000
"Characters; an unclosed quote swallows no more than this."

GUID_COLUMNS = ("guid", "assetid")
COLUMNS = {
    "guid": "guid",
    "assetid": "guid",
    "location": "location",
    "type": "type",
    "mime": "mime",
    "mimetype": "mime",
    "size": "size_bytes",
    "sizebytes": "size_bytes",
    "duration": "duration_seconds",
    "durationseconds": "duration_seconds",
    "checksum": "checksum",
    "collection": "collection",
    "collections": "collection",
}
"What columns and keys mean, written without _, - and spaces, in small letters."

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_UNDECODED = re.compile("[\udc80-\udcff]+")


class RowFormat(StrEnum):
    """How rows are written."""

    CSV = "CSV"  # a header, then a row for each document; the separator is , ; or a tab
    JSONL = "JSONL"  # an object on each line


@dataclass(frozen=True, slots=True)
class MediaRow:
    """A document of a media file, and the collections that the file belongs to."""

    line: int
    guid: str
    document: NewDocument
    collections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that can't be taken. `line` counts from 1 and is where the row begins."""

    line: int
    reason: str
    guid: str | None = None


@dataclass(frozen=True, slots=True)
class Defaults:
    """What rows get that don't say it themselves. In `location`, {guid} stands for the row's GUID."""

    rule: GuidRule
    location: str | None = None
    type: DocumentType | None = None
    collections: tuple[str, ...] = ()


def format_of(head: bytes) -> RowFormat:
    """By how a file begins."""
    return RowFormat.JSONL if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{" else RowFormat.CSV


def read_rows(file: IO[bytes], form: RowFormat, defaults: Defaults) -> Iterator[MediaRow | BadRow]:
    """The rows of a file, in its order. Raises BadUserInput where it can't be such a file at all."""
    return _csv_rows(file, defaults) if form is RowFormat.CSV else _json_rows(file, defaults)


def lines_of(file: IO[bytes]) -> Iterator[str]:
    """Lines with their ends. What is not UTF-8 stays in them as lone surrogates."""
    text = io.TextIOWrapper(file, "utf-8-sig", errors="surrogateescape", newline="")
    try:
        while line := text.readline(LINE_LIMIT_BYTES):
            yield line
    finally:
        if not file.closed:  # a reader that stopped early may be cleared away after its file
            text.detach()


def plain(column: str) -> str:
    """A column's name as COLUMNS has it."""
    return re.sub(r"[\s_-]+", "", column.strip().strip(BOM)).lower()


def separator_of(header: str) -> str:
    """The one that makes the most columns of known names out of it, and else the most columns."""

    def score(separator: str) -> tuple[int, int]:
        cells = next(csv.reader([header], delimiter=separator), [])
        return sum(plain(cell) in COLUMNS for cell in cells), len(cells)

    return max(SEPARATORS, key=score)


def _csv_rows(file: IO[bytes], defaults: Defaults) -> Iterator[MediaRow | BadRow]:
    csv.field_size_limit(FIELD_LIMIT)
    lines = lines_of(file)
    skipped, header = 0, ""
    while not header.strip():
        try:
            header = next(lines)
        except StopIteration:
            raise BadUserInput("There is nothing to import: no header and no row.") from None
        skipped += 1
    separator = separator_of(header)
    columns = _columns(next(csv.reader([header], delimiter=separator)))
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        line = skipped + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            yield BadRow(line, _csv_complaint(exc, line, skipped + reader.line_num))
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
            yield BadRow(
                line,
                f"It has {len(cells)} columns, the header {len(columns)}. If a value holds {separator!r}, put it "
                "into double quotes.",
            )
            continue
        values = {name: cell for name, cell in zip(columns, cells, strict=False) if name is not None}
        yield _row(line, values, defaults)


def _columns(header: Sequence[str]) -> list[str | None]:
    """What each column means; None for those that mean nothing here."""
    columns = [COLUMNS.get(plain(cell)) for cell in header]
    twice = sorted({name for name in columns if name is not None and columns.count(name) > 1})
    if twice:
        raise BadUserInput(
            f"The header has more than one column for {twice[0]}: {', '.join(header)[:300]!r}."
        )
    if "guid" not in columns and "location" not in columns:
        raise BadUserInput(
            f"The header needs a column guid (or asset_id) or location; it is {', '.join(header)[:300]!r}."
        )
    return columns


def _csv_complaint(exc: csv.Error, first: int, last: int) -> str:
    lines = f"line {first}" if first == last else f"lines {first:,} to {last:,}"
    if "unexpected end" in str(exc):
        return f"A double quote that is opened in {lines} is never closed."
    if "field larger" in str(exc):
        return f"A value in {lines} has more than {FIELD_LIMIT:,} characters; is a double quote not closed?"
    if "expected after" in str(exc):
        return (
            f'After a closing double quote in {lines} there is more; write a quote inside of a value as "".'
        )
    return f"It can't be read ({exc})."


def _json_rows(file: IO[bytes], defaults: Defaults) -> Iterator[MediaRow | BadRow]:
    decoder = msgspec.json.Decoder()
    rows = 0
    for number, line in enumerate(lines_of(file), start=1):
        if not line.strip():
            continue
        rows += 1
        undecoded = _UNDECODED.search(line)
        if undecoded:
            yield BadRow(number, _not_utf8(undecoded[0], line))
            continue
        try:
            read = decoder.decode(line)
        except (msgspec.DecodeError, RecursionError) as exc:
            yield BadRow(number, f"It is not JSON ({exc}): {line.strip()[:80]!r}.")
            continue
        if not isinstance(read, dict):
            yield BadRow(number, f"It is not an object: {line.strip()[:80]!r}.")
            continue
        yield from _json_row(number, read, defaults)
    if not rows:
        raise BadUserInput("There is nothing to import: no line holds anything.")


def _json_row(line: int, read: dict[str, Any], defaults: Defaults) -> Iterator[MediaRow | BadRow]:
    """{guid, documents: [{location, type, …}], collections: […]}, or one document's keys beside the guid."""
    given = {COLUMNS.get(plain(key), plain(key)): value for key, value in read.items() if value is not None}
    documents = given.pop("documents", None)
    names = given.pop("collection", [])
    names = [names] if isinstance(names, str) else names
    if not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
        yield BadRow(line, f"collections is not a list of names: {names!r:.80}.", _guid_in(given))
        return
    if documents is None:
        yield _row(line, given, defaults, names)
        return
    if not (isinstance(documents, list) and all(isinstance(one, dict) for one in documents)):
        yield BadRow(line, f"documents is not a list of objects: {documents!r:.80}.", _guid_in(given))
        return
    for document in documents or [{}]:
        values = {COLUMNS.get(plain(key), ""): value for key, value in document.items() if value is not None}
        if "guid" in given:
            values["guid"] = given["guid"]
        yield _row(line, values, defaults, names)


def _guid_in(values: dict[str, Any]) -> str | None:
    guid = values.get("guid")
    return guid.strip() if isinstance(guid, str) and guid.strip() else None


def _row(
    line: int, values: dict[str, Any], defaults: Defaults, collections: Sequence[str] | None = None
) -> MediaRow | BadRow:
    """`collections`: None, where they stand in the values."""
    guid: str | None = None
    try:
        told = {name: _text(name, value) for name, value in values.items() if name}
        given = {name: value for name, value in told.items() if value}
        location = given.get("location")
        guid = _guid(given, defaults.rule)
        names = [given.get("collection", "")] if collections is None else collections
        return MediaRow(
            line,
            guid,
            _document(guid, location, given, defaults),
            _collections((*names, *defaults.collections)),
        )
    except BadUserInput as exc:
        return BadRow(line, exc.message, guid)


def _guid(given: dict[str, str], rule: GuidRule) -> str:
    location = given.get("location")
    guid = given.get("guid") or (rule.guid_of_location(location) if location else None)
    if guid is not None:
        return check_line("The GUID", guid)
    if location is None:
        raise BadUserInput("It has neither a GUID nor a location.")
    raise BadUserInput(
        f"It has no GUID, and the rule {rule.text!r} (CHOWDA_GUID_RULE) finds none in {location[-120:]!r}."
    )


def _collections(names: Sequence[str]) -> tuple[str, ...]:
    """Each once."""
    return tuple(dict.fromkeys(check_name("The collection's name", name) for name in names if name.strip()))


def _document(guid: str, location: str | None, given: dict[str, str], defaults: Defaults) -> NewDocument:
    if location is None:
        if defaults.location is None:
            raise BadUserInput(
                f"It has no location. Say where the apps find {guid[:80]}, or give a location for all rows that "
                "have none, with {guid} in it."
            )
        location = defaults.location.replace("{guid}", guid)
    if not location.startswith("/") and not _SCHEME.match(location):
        raise BadUserInput(
            f"The location {location[:200]!r} is neither a URI (file://, https://, baapb://) nor an absolute path."
        )
    mime = given.get("mime")
    document = NewDocument(
        _type(given.get("type"), location, mime, defaults),
        location,
        mime,
        _number("duration_seconds", given.get("duration_seconds")),
        _whole_number("size_bytes", given.get("size_bytes")),
        given["checksum"].lower() if "checksum" in given else None,
    )
    check_document("the document", document)
    return document


def _type(told: str | None, location: str, mime: str | None, defaults: Defaults) -> DocumentType:
    known = ", ".join(kind.value for kind in DocumentType)
    if told is not None:
        kind = document_type_named(told)
        if kind is None:
            raise BadUserInput(f"The type {told[:80]!r} is none of {known}.")
        return kind
    kind = document_type_of(location, mime) or defaults.type
    if kind is None:
        raise BadUserInput(
            f"It has no type, and neither a MIME type nor the end of {location[-80:]!r} tells one. "
            f"It is one of {known}."
        )
    return kind


def _text(name: str, value: object) -> str:
    """A cell, or a value of JSON, as text without white space around it."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadUserInput(f"{name} is {value!r:.80}; it should be text or a number.")
    text = value.strip().strip(BOM) if isinstance(value, str) else repr(value)
    undecoded = _UNDECODED.search(text)
    if undecoded:
        raise BadUserInput(_not_utf8(undecoded[0], text))
    return text


def _not_utf8(undecoded: str, around: str) -> str:
    octets = " ".join(f"{ord(character) - 0xDC00:02x}" for character in undecoded[:8])
    shown = _UNDECODED.sub("\ufffd", around).strip()[:80]
    return f"It is not UTF-8: it holds the bytes {octets} in {shown!r}. Save the file as UTF-8."


def _number(name: str, told: str | None) -> float | None:
    if told is None:
        return None
    try:
        return float(told)
    except ValueError:
        raise BadUserInput(f"{name} is {told[:80]!r}; give a number of seconds, such as 1800.5.") from None


def _whole_number(name: str, told: str | None) -> int | None:
    if told is None:
        return None
    if not (told.isascii() and told.isdecimal() and len(told) <= 16):
        raise BadUserInput(f"{name} is {told[:80]!r}; give a whole number of bytes.")
    return int(told)
