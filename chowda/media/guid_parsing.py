"""Read GUIDs from a pasted block, a text file or a column of a CSV."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from chowda.errors import BadUserInput
from chowda.guid_rule import BOM
from chowda.media.cells import check_guid
from chowda.media.delimited_text import BadRow, Row, has_column, lines_of_text, plain_name, read_table
from chowda.media.import_rows import GUID_COLUMNS

PROBLEMS_SHOWN = 10
_BETWEEN = re.compile("[\\s,;\ufeff\u200b\u200c\u200d\u2060]+")
_AROUND = "'\"`()[]{}<>\u2018\u2019\u201c\u201d"


class GuidTextFormat(StrEnum):
    """The layout of GUIDs in a text."""

    BLOCK = "BLOCK"  # separated by white space, commas and semicolons
    CSV = "CSV"  # in the column guid or asset_id, else in the first


@dataclass(frozen=True, slots=True)
class GuidText:
    """`guids` in order, with repetitions. `header`: the first of them may be a column's name."""

    guids: tuple[str, ...]
    header: bool = False


def guids_in(text: str, form: GuidTextFormat | None = None) -> GuidText:
    """The GUIDs in a text. Without `form`, it is CSV if its first line has a column guid or asset_id.

    In a block, quotes and brackets around GUIDs and invisible spaces are removed. Raises BadUserInput, with line
    numbers, for a CSV that cannot be read, for rows without a GUID, and for values that are not GUIDs.
    """
    text = text.lstrip(BOM)
    if form is GuidTextFormat.CSV or (form is None and _has_header(text)):
        return _column(text)
    guids, problems = [], []
    for number, line in enumerate(lines_of_text(text), start=1):
        for word in _BETWEEN.split(line):
            guid = word.strip(_AROUND)
            if not guid:
                continue
            try:
                guids.append(check_guid(guid))
            except BadUserInput as exc:
                problems.append(BadRow(number, exc.message))
    _refuse(problems)
    return GuidText(tuple(guids))


def _has_header(text: str) -> bool:
    """Whether the first lines, of which quoted names may need several, have a column for GUIDs."""
    lines = (line for line in lines_of_text(text) if line.strip())
    first = next(lines, "")
    if first.lower().lstrip('"').startswith("sep="):
        return True
    if has_column(first, GUID_COLUMNS):
        return True
    if '"' not in first:
        return False
    try:
        return any(
            plain_name(name) in GUID_COLUMNS for name in read_table(chain([first], lines), _is_guid).header
        )
    except BadUserInput:
        return False


def _is_guid(plain: str) -> bool:
    return plain in GUID_COLUMNS


def _column(text: str) -> GuidText:
    if not text.strip():
        return GuidText(())
    table = read_table(lines_of_text(text), _is_guid)
    names = [plain_name(cell) for cell in table.header]
    known = next((names.index(name) for name in GUID_COLUMNS if name in names), None)
    guids = guids_of_rows(table.rows, known or 0)
    if known is None and table.header[0]:
        guids.insert(0, table.header[0])
    return GuidText(tuple(guids), header=known is None)


def guids_of_rows(rows: Iterable[Row | BadRow], index: int) -> list[str]:
    """The GUIDs in a column. Raises BadUserInput, which names the first bad lines."""
    guids, problems = [], []
    for row in rows:
        try:
            guids.append(_guid_of_row(row, index))
        except BadUserInput as exc:
            problems.append(BadRow(row.line, exc.message))
    _refuse(problems)
    return guids


def _guid_of_row(row: Row | BadRow, index: int) -> str:
    if isinstance(row, BadRow):
        raise BadUserInput(row.reason)
    if not row.cells[index]:
        raise BadUserInput("The row has no GUID. Add one, or remove the row.")
    return check_guid(row.cells[index])


def _refuse(problems: list[BadRow]) -> None:
    """Raises BadUserInput, which names the first lines, if there are problems."""
    if problems:
        shown = " ".join(f"Line {problem.line:,}: {problem.reason}" for problem in problems[:PROBLEMS_SHOWN])
        more = len(problems) - PROBLEMS_SHOWN
        raise BadUserInput(f"{shown} And {more:,} more." if more > 0 else shown)
