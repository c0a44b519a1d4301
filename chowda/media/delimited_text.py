"""Read delimited text (CSV) as spreadsheets write it: a header, then rows with line numbers.

Every list of media files or GUIDs in CSV is read here, so that each way in accepts and refuses the same text.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from chowda.errors import BadUserInput
from chowda.guid_rule import BOM
from chowda.media.cells import check_visible, clean_cell
from chowda.media.text_encoding import encoding_of

SEPARATORS = ",;\t|"
LINE_LIMIT = 4 * 1024**2
"Characters of a line."
FIELD_LIMIT = 100_000
"Characters of a cell. Also the most that an unclosed quote can swallow."
HEADER_LINES_LIMIT = 100
HEAD_BYTES = 4096

_SEPARATOR_LINE = re.compile(r'"?sep=(?P<separator>[^"\r\n])"?\s*', re.IGNORECASE)
"Excel's own way to name the separator."
_UNDECODED = re.compile("[\udc80-\udcff]+")

csv.field_size_limit(FIELD_LIMIT)  # of the whole process: no other code reads CSV


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read. `line` counts from 1 and is where the row begins."""

    line: int
    reason: str
    guid: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row with at least one value. It has a clean cell for each column of the header."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`header` has clean names. `rows` can be read once; blank rows are left out."""

    header: tuple[str, ...]
    header_line: int
    rows: Iterator[Row | BadRow]


def lines_of_file(file: IO[bytes]) -> Iterator[str]:
    """Lines with their ends. Bytes that are not UTF-8 become lone surrogates. Raises BadUserInput."""
    encoding = encoding_of(file.read(HEAD_BYTES))
    file.seek(0)
    errors = "surrogateescape" if encoding == "utf-8" else "strict"
    text = io.TextIOWrapper(file, encoding, errors=errors, newline="")
    try:
        yield from _lines(text)
    except UnicodeError:
        raise BadUserInput(f"The file is not valid {encoding.upper()}. Save it as UTF-8 text.") from None
    finally:
        if not file.closed:  # a generator that was not exhausted may be closed after its file
            text.detach()


def lines_of_text(text: str) -> Iterator[str]:
    """Lines with their ends. Raises BadUserInput."""
    return _lines(io.StringIO(text, newline=""))


def _lines(text: IO[str]) -> Iterator[str]:
    """Lines that end in LF, CR LF or CR. The first is without byte order marks."""
    number = 0
    while line := text.readline(LINE_LIMIT):
        number += 1
        if len(line) == LINE_LIMIT and line[-1] not in "\r\n":
            raise BadUserInput(f"Line {number:,} has more than {LINE_LIMIT:,} characters.")
        yield line.lstrip(BOM) if number == 1 else line


def plain_name(column: str) -> str:
    """A column's name in lower case, without white space, _ and -, for comparison."""
    return re.sub(r"[\s_-]+", "", clean_cell(column)).lower()


def has_column(line: str, names: Sequence[str]) -> bool:
    """Whether a line looks like a header with one of these names, as `plain_name` returns them.

    It may be a header that cannot be read, which is to be refused rather than taken for something else.
    """
    return any(
        plain_name(cell.strip().strip('"')) in names
        for separator in SEPARATORS
        for cell in line[:FIELD_LIMIT].split(separator)
    )


def read_table(lines: Iterator[str], is_known: Callable[[str], bool]) -> Table:
    """The header and the rows. The separator is the one with which the header has most known columns.

    `is_known` receives plain names. Raises BadUserInput if there is no header, or it cannot be read.
    """
    header, separator, first, last = _read_header(lines, is_known)
    return Table(header, first, _rows(lines, separator, len(header), last))


def _read_header(
    lines: Iterator[str], is_known: Callable[[str], bool]
) -> tuple[tuple[str, ...], str, int, int]:
    """The names, the separator, and the first and last line of the header.

    A header may have line breaks in quoted names. It is complete when one separator yields a known column, or when
    no separator leaves a quote open.
    """
    separators, start, read = SEPARATORS, 0, list[str]()
    for number, line in enumerate(lines, start=1):
        if not read:
            stated = _SEPARATOR_LINE.fullmatch(line)
            if stated:
                separators = stated["separator"]
            if stated or not clean_cell(line):
                continue
            start = number
        read.append(line)
        parsed = {separator: _parse(read, separator) for separator in separators}
        records = {separator: cells for separator, cells in parsed.items() if isinstance(cells, list)}
        errors = [error for error in parsed.values() if isinstance(error, csv.Error)]
        best = max(records, key=lambda each: _score(records[each], is_known), default=None)
        if best is not None and (not errors or _score(records[best], is_known)[0]):
            return tuple(_column_name(cell, start) for cell in records[best]), best, start, number
        is_open = any("unexpected end" in str(error) for error in errors)
        if not is_open or len(read) == HEADER_LINES_LIMIT or sum(map(len, read)) > FIELD_LIMIT:
            break
    if not read:
        raise BadUserInput("The file is empty: it has no header and no rows.")
    raise BadUserInput(f"The header cannot be read. {_problem(errors[0], start, start + len(read) - 1)}")


def _parse(lines: Sequence[str], separator: str) -> list[str] | csv.Error:
    """The cells of the first record, or the error."""
    try:
        return next(csv.reader(lines, delimiter=separator, strict=True), [])
    except csv.Error as exc:
        return exc


def _score(cells: Sequence[str], is_known: Callable[[str], bool]) -> tuple[int, int]:
    return sum(is_known(plain_name(cell)) for cell in cells), len(cells)


def _column_name(cell: str, line: int) -> str:
    name = " ".join(clean_cell(cell).split())
    if "\0" in name:
        raise BadUserInput(f"Line {line:,} contains NUL characters. Save the file as UTF-8 text.")
    undecoded = _UNDECODED.search(name)
    if undecoded:
        raise BadUserInput(f"Line {line:,}: {not_utf8(undecoded[0], name)}")
    return check_visible(f"Line {line:,}: the column name", name)


def _rows(lines: Iterator[str], separator: str, columns: int, header_end: int) -> Iterator[Row | BadRow]:
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        line = header_end + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            yield BadRow(line, _problem(exc, line, header_end + reader.line_num))
            continue
        clean = [clean_cell(cell) for cell in cells]
        if not any(clean):
            continue
        if any(clean[columns:]):
            yield BadRow(
                line,
                f"The row has {len(clean)} columns, but the header has {columns}. If a value contains {separator!r}, "
                "put it in double quotes.",
            )
            continue
        yield Row(line, (*clean[:columns], *[""] * (columns - len(clean))))


def _problem(exc: csv.Error, first: int, last: int) -> str:
    lines = f"line {first:,}" if first >= last else f"lines {first:,} to {last:,}"
    if "unexpected end" in str(exc):
        return f"A double quote that is opened in {lines} is never closed. Close it, or remove it."
    if "field larger" in str(exc):
        return f"A value in {lines} has more than {FIELD_LIMIT:,} characters. Is a double quote not closed?"
    if "expected after" in str(exc):
        return f'Text follows a closing double quote in {lines}. Write a quote inside a value as "".'
    return f"The text in {lines} is not valid CSV ({exc})."


def undecoded_in(text: str) -> str | None:
    """The reason why the text is not UTF-8, or None."""
    undecoded = None if text.isascii() else _UNDECODED.search(text)
    return not_utf8(undecoded[0], text) if undecoded else None


def not_utf8(undecoded: str, around: str) -> str:
    octets = " ".join(f"{ord(character) - 0xDC00:02x}" for character in undecoded[:8])
    context = _UNDECODED.sub("\ufffd", around).strip()[:80]
    return f"The text is not UTF-8: it contains the bytes {octets} in {context!r}. Save the file as UTF-8."
