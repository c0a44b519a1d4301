"""The encoding of text files: UTF-8, or UTF-16 and UTF-32 with a byte order mark, which spreadsheets write."""

from __future__ import annotations

import codecs

from chowda.errors import BadUserInput
from chowda.guid_rule import BOM

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"UTF-32 first: its little-endian mark begins with that of UTF-16."


def encoding_of(head: bytes) -> str:
    """The name of the codec for a file that begins with these bytes. The codecs for UTF-16 and 32 need the mark."""
    return next((encoding for mark, encoding in _MARKS if head.startswith(mark)), "utf-8")


def decode_text(data: bytes, name: str) -> str:
    """The text of a file, without byte order marks. Raises BadUserInput, which names the file and the line."""
    encoding = encoding_of(data)
    try:
        return data.decode(encoding).lstrip(BOM)
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        raise BadUserInput(
            f"{name} is not {encoding.upper()} (line {line:,}, byte {exc.start:,}). Save it as UTF-8 text."
        ) from exc
