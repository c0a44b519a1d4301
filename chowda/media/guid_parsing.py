"""GUIDs as people have them: a pasted block, a text file, a column of a CSV."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from enum import StrEnum

from chowda.guid_rule import BOM
from chowda.media.import_rows import FIELD_LIMIT, GUID_COLUMNS, plain, separator_of

_BETWEEN = re.compile("[\\s,;\ufeff\u200b\u200c\u200d\u2060]+")
_AROUND = "'\"`()[]{}<>"


class GuidTextFormat(StrEnum):
    """How GUIDs stand in a text."""

    BLOCK = "BLOCK"  # separated by white space, commas and semicolons
    CSV = "CSV"  # in the column guid or asset_id, else in the first


@dataclass(frozen=True, slots=True)
class GuidText:
    """`guids` in their order, repeated ones too. `header`: the first of them may be a column's name."""

    guids: tuple[str, ...]
    header: bool = False


def guids_in(text: str, form: GuidTextFormat | None = None) -> GuidText:
    """All that may be GUIDs in the text. Without `form`: CSV if its first line has a column guid or asset_id.

    Quotes and brackets around them, byte order marks and invisible spaces are dropped.
    """
    text = text.lstrip(BOM)
    if form is GuidTextFormat.CSV or (form is None and _has_header(text)):
        return _column(text)
    found = (word.strip(_AROUND) for word in _BETWEEN.split(text))
    return GuidText(tuple(word for word in found if word))


def _has_header(text: str) -> bool:
    first = text.lstrip().partition("\n")[0][:FIELD_LIMIT]
    return any(plain(cell) in GUID_COLUMNS for cell in _cells(first))


def _cells(line: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator_of(line)), [])


def _column(text: str) -> GuidText:
    csv.field_size_limit(max(FIELD_LIMIT, len(text)))
    text = text.lstrip()
    first = text.partition("\n")[0]
    names = [plain(cell) for cell in _cells(first)]
    known = next((names.index(name) for name in GUID_COLUMNS if name in names), None)
    index = known or 0
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(first))
    values = [row[index].strip().strip(BOM) for row in rows if len(row) > index]
    if known is not None:
        values = values[1:]
    return GuidText(tuple(value for value in values if value), header=known is None)
