"""Read media files from CSV and JSON Lines: each line is a row, or has a reason why it is not.

Uses no database and no network, so that the command line and the server read the same.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import IO, Any

import msgspec

from chowda.enums import DocumentType
from chowda.errors import BadUserInput
from chowda.guid_rule import BOM, GuidRule
from chowda.media.cells import check_guid, check_value, check_visible, clean_cell
from chowda.media.delimited_text import BadRow, lines_of_file, plain_name, read_table, undecoded_in
from chowda.media.document_types import document_type_named, document_type_of
from chowda.media.durations import parse_duration
from chowda.media.files import NewDocument, check_document
from chowda.media.locations import check_location
from chowda.media.text_encoding import encoding_of
from chowda.text_checks import check_line, check_name

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
"The meaning of columns and keys, by their plain names."
_PLACEHOLDER = re.compile(r"\{(?P<column>[^{}]+)\}")
IGNORED_LIMIT = 100
"Unknown columns and keys that are named."

_SPELLINGS = (
    "guid",
    "asset_id",
    "location",
    "type",
    "mime",
    "size_bytes",
    "duration_seconds",
    "checksum",
    "collection",
)
_WITH_JOINERS = frozenset({"location", "collection"})


class RowFormat(StrEnum):
    """The format of rows."""

    CSV = "CSV"  # a header, then a row for each document
    JSONL = "JSONL"  # an object on each line


@dataclass(frozen=True, slots=True)
class MediaRow:
    """A document of a media file, and the collections that the file belongs to."""

    line: int
    guid: str
    document: NewDocument
    collections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Defaults:
    """Values for rows that lack them.

    In `location`, {guid} stands for the row's GUID, and the name of any other column for its cell: with a batch
    definition of clams-kitchen, file:///media/{media_filename} or ci://{sonyci_id}.mp4.
    """

    rule: GuidRule
    location: str | None = None
    type: DocumentType | None = None
    collections: tuple[str, ...] = ()

    @property
    def location_columns(self) -> frozenset[str]:
        """The plain names of the columns that `location` names."""
        return frozenset(plain_name(column) for column in _PLACEHOLDER.findall(self.location or ""))


@dataclass(slots=True)
class MediaRows:
    """Iterates over the rows of a file once. `ignored_columns` is complete at the end.

    Raises BadUserInput if the file as a whole cannot be read.
    """

    rows: Iterator[MediaRow | BadRow]
    ignored_columns: list[str] = field(default_factory=list)
    "Columns and keys that Chowda does not use, each with a suggestion if it is similar to a known one."

    def __iter__(self) -> Iterator[MediaRow | BadRow]:
        return self

    def __next__(self) -> MediaRow | BadRow:
        return next(self.rows)


def format_of(head: bytes) -> RowFormat:
    """The format of a file, detected from its first bytes."""
    text = head.decode(encoding_of(head), "ignore").lstrip(BOM).lstrip()
    return RowFormat.JSONL if text.startswith("{") else RowFormat.CSV


def read_rows(file: IO[bytes], form: RowFormat, defaults: Defaults) -> MediaRows:
    """The rows of a file, in order."""
    ignored: list[str] = []
    read = _csv_rows if form is RowFormat.CSV else _json_rows
    return MediaRows(read(file, defaults, ignored), ignored)


def _csv_rows(file: IO[bytes], defaults: Defaults, ignored: list[str]) -> Iterator[MediaRow | BadRow]:
    table = read_table(lines_of_file(file), COLUMNS.__contains__)
    columns = _columns(table.header, defaults)
    _note_ignored(
        ignored, (name for name, column in zip(table.header, columns, strict=True) if column is None)
    )
    for row in table.rows:
        if isinstance(row, BadRow):
            yield row
        else:
            values = {name: cell for name, cell in zip(columns, row.cells, strict=True) if name is not None}
            yield _row(row.line, values, defaults)


def _columns(header: Sequence[str], defaults: Defaults) -> list[str | None]:
    """The meaning of each column; None if it has none."""
    columns = [_meaning(cell, defaults) for cell in header]
    repeated = sorted({name for name in columns if name is not None and columns.count(name) > 1})
    if repeated:
        raise BadUserInput(
            f"The header has more than one column for {repeated[0]}: {', '.join(header)[:300]!r}. Remove one."
        )
    if "guid" not in columns and "location" not in columns:
        hints = [hint for name in header if name and (hint := _suggestion(name))]
        raise BadUserInput(
            f"The header needs a column guid (or asset_id) or location; it is {', '.join(header)[:300]!r}."
            + (f" {hints[0]}" if hints else "")
        )
    return columns


def _meaning(column: str, defaults: Defaults) -> str | None:
    """The meaning of a column or key, which is its own plain name if the location for all rows names it."""
    plain = plain_name(column)
    return COLUMNS.get(plain) or (plain if plain in defaults.location_columns else None)


def _note_ignored(ignored: list[str], names: Iterator[str]) -> None:
    """Add the names, each with a suggestion."""
    for name in names:
        hint = _suggestion(name)
        text = f"{name[:80]}: {hint}" if hint else name[:80]
        if name and text not in ignored and len(ignored) < IGNORED_LIMIT:
            ignored.append(text)


def _suggestion(name: str) -> str | None:
    """A question that names the known column that is most similar."""
    plain = plain_name(name)
    by_plain = {plain_name(spelling): spelling for spelling in _SPELLINGS}
    stems = [
        known for known in by_plain if len(plain) > 2 and (known.startswith(plain) or plain.startswith(known))
    ]
    close = difflib.get_close_matches(plain, by_plain, n=1, cutoff=0.75) or stems
    return f"did you mean {by_plain[close[0]]}?" if close else None


def _json_rows(file: IO[bytes], defaults: Defaults, ignored: list[str]) -> Iterator[MediaRow | BadRow]:
    decoder = msgspec.json.Decoder()
    rows = 0
    for number, line in enumerate(lines_of_file(file), start=1):
        if not line.strip():
            continue
        rows += 1
        undecoded = undecoded_in(line)
        if undecoded:
            yield BadRow(number, undecoded)
            continue
        try:
            value = decoder.decode(line)
        except (msgspec.DecodeError, RecursionError) as exc:
            yield BadRow(number, f"The line is not JSON ({exc}): {line.strip()[:80]!r}.")
            continue
        if not isinstance(value, dict):
            yield BadRow(number, f"The line is not a JSON object: {line.strip()[:80]!r}.")
            continue
        yield from _json_row(number, value, defaults, ignored)
    if not rows:
        raise BadUserInput("There is nothing to import: every line is blank.")


def _json_row(
    line: int, value: dict[str, Any], defaults: Defaults, ignored: list[str]
) -> Iterator[MediaRow | BadRow]:
    """{guid, documents: [{location, type, …}], collections: […]}, or one document's keys beside the guid."""
    documents = value.pop("documents", None)
    values = _known_keys(value, defaults, ignored)
    names = values.pop("collection", [])
    names = [names] if isinstance(names, str) else names
    if not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
        yield BadRow(line, f"collections is not a list of names: {names!r:.80}.", _guid_in(values))
        return
    if documents is None:
        yield _row(line, values, defaults, names)
        return
    if not (isinstance(documents, list) and all(isinstance(one, dict) for one in documents)):
        yield BadRow(line, f"documents is not a list of objects: {documents!r:.80}.", _guid_in(values))
        return
    for document in documents or [{}]:
        document_values = _known_keys(document, defaults, ignored)
        if "guid" in values:
            document_values["guid"] = values["guid"]
        yield _row(line, document_values, defaults, names)


def _known_keys(value: dict[str, Any], defaults: Defaults, ignored: list[str]) -> dict[str, Any]:
    """The values by the meaning of their keys. Adds the other keys to `ignored`."""
    meanings = {key: _meaning(key, defaults) for key in value}
    _note_ignored(ignored, (key for key, meaning in meanings.items() if meaning is None))
    return {
        meaning: value[key]
        for key, meaning in meanings.items()
        if meaning is not None and value[key] is not None
    }


def _guid_in(values: dict[str, Any]) -> str | None:
    guid = values.get("guid")
    return guid.strip() if isinstance(guid, str) and guid.strip() else None


def _row(
    line: int, values: dict[str, Any], defaults: Defaults, collections: Sequence[str] | None = None
) -> MediaRow | BadRow:
    """`collections` is None if they are among the values."""
    guid: str | None = None
    try:
        texts = {name: text for name, value in values.items() if (text := _text(name, value))}
        location = texts.get("location")
        guid = _guid(texts, defaults.rule)
        names = [texts.get("collection", "")] if collections is None else collections
        return MediaRow(
            line,
            guid,
            _document(guid, location, texts, defaults),
            _collections((*names, *defaults.collections)),
        )
    except BadUserInput as exc:
        return BadRow(line, exc.message, guid)


def _guid(texts: dict[str, str], rule: GuidRule) -> str:
    location = texts.get("location")
    if "guid" in texts:
        return check_line("The GUID", rule.canonical(check_guid(texts["guid"])))
    guid = rule.guid_of_location(location) if location else None
    if guid is not None:
        return check_line("The GUID", rule.canonical(guid))
    if location is None:
        raise BadUserInput("The row has no GUID and no location. Add one, or remove the row.")
    raise BadUserInput(
        f"The row has no GUID, and the rule {rule.text!r} (CHOWDA_GUID_RULE) finds none in {location[-120:]!r}."
    )


def _collections(names: Sequence[str]) -> tuple[str, ...]:
    """The names, each once."""
    return tuple(dict.fromkeys(check_name("The collection's name", name) for name in names if name.strip()))


def _document(guid: str, location: str | None, texts: dict[str, str], defaults: Defaults) -> NewDocument:
    if location is None:
        if defaults.location is None:
            raise BadUserInput(
                f"The row has no location. Add the place where apps find {guid[:80]}, or set a location with {{guid}} "
                "for all rows without one."
            )
        location = _PLACEHOLDER.sub(lambda match: _cell_for(match["column"], guid, texts), defaults.location)
    check_location("The location", location)
    mime = texts.get("mime")
    document = NewDocument(
        _type(texts.get("type"), location, mime, defaults),
        location,
        mime,
        parse_duration("duration_seconds", texts["duration_seconds"])
        if "duration_seconds" in texts
        else None,
        _whole_number("size_bytes", texts.get("size_bytes")),
        texts["checksum"].lower() if "checksum" in texts else None,
    )
    check_document("the document", document)
    return document


def _cell_for(column: str, guid: str, texts: dict[str, str]) -> str:
    """The cell for a placeholder. Raises BadUserInput."""
    plain = plain_name(column)
    meaning = COLUMNS.get(plain, plain)
    value = guid if meaning == "guid" else texts.get(meaning)
    if value is None:
        raise BadUserInput(
            f"The row has no value in the column {column[:80]!r}, which the location for all rows names. Add one, or "
            "enter a location."
        )
    return value


def _type(name: str | None, location: str, mime: str | None, defaults: Defaults) -> DocumentType:
    known = ", ".join(kind.value for kind in DocumentType)
    if name is not None:
        kind = document_type_named(name)
        if kind is None:
            raise BadUserInput(f"The type {name[:80]!r} is none of {known}.")
        return kind
    kind = document_type_of(location, mime) or defaults.type
    if kind is None:
        raise BadUserInput(
            f"The row has no type, and neither a MIME type nor the extension of {location[-80:]!r} implies one. "
            f"Add one of {known}."
        )
    return kind


def _text(name: str, value: object) -> str:
    """A cell, or a JSON value, as clean text. Raises BadUserInput."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadUserInput(f"{name} is {value!r:.80}; it should be text or a number.")
    if not isinstance(value, str):
        return repr(value)
    text = clean_cell(value)
    undecoded = undecoded_in(text)
    if undecoded:
        raise BadUserInput(undecoded)
    return check_value(name, check_visible(name, text, joiners=name in _WITH_JOINERS))


def _whole_number(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 16):
        raise BadUserInput(f"{name} is {text[:80]!r}; enter a whole number of bytes.")
    return int(text)
