"""Names and other text that people give: what can be kept, and what can be read again."""

from __future__ import annotations

import unicodedata

from chowda.errors import BadUserInput

_UNFIT = frozenset({"Cc", "Cs", "Zl", "Zp"})
"Control characters, lone surrogates, and what ends a line or a paragraph."
NAME_LIMIT = 255
TEXT_LIMIT = 10_000


def storable(text: str) -> bool:
    """Whether Postgres can hold it: no NUL, and no half of a surrogate pair, which JSON lets through."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def check_line(what: str, line: str, limit: int = NAME_LIMIT) -> str:
    """The line, if it is one: not blank, at most `limit` characters, nothing that can't be seen or kept.

    Raises BadUserInput, which begins with `what`.
    """
    if not line.strip():
        raise BadUserInput(f"{what} is empty.")
    if len(line) > limit:
        raise BadUserInput(
            f"{what} has {len(line):,} characters; at most {limit:,} are allowed: {line[:60]!r}…"
        )
    if line.isprintable():  # as nearly all are, and lines come by the hundred thousand
        return line
    wrong = next((character for character in line if unicodedata.category(character) in _UNFIT), None)
    if wrong is not None:
        raise BadUserInput(
            f"{what} holds the character {wrong!r}, which can't be shown or kept: {line[:80]!r}."
        )
    return line


def check_name(what: str, name: str) -> str:
    """As check_line, without the white space around it."""
    return check_line(what, name.strip())


def check_text(what: str, text: str | None, limit: int = TEXT_LIMIT) -> str | None:
    """Text of several lines, or none. Raises BadUserInput, which begins with `what`."""
    if text is None:
        return None
    if len(text) > limit:
        raise BadUserInput(f"{what} has {len(text):,} characters; at most {limit:,} are allowed.")
    if not storable(text):
        raise BadUserInput(f"{what} holds a NUL or half a character (a lone surrogate), which can't be kept.")
    return text
