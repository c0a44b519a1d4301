"""Checks of names and other text from users: it must be possible to store and to display them."""

from __future__ import annotations

import unicodedata

from chowda.errors import BadUserInput

_NOT_ALLOWED = frozenset({"Cc", "Cs", "Zl", "Zp"})
"Unicode categories: control characters, surrogates, line and paragraph separators."
NAME_LIMIT = 255
TEXT_LIMIT = 10_000


def storable(text: str) -> bool:
    """Whether Postgres can store the text. It refuses NUL and lone surrogates, both of which JSON allows."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def check_line(what: str, line: str, limit: int = NAME_LIMIT) -> str:
    """The line, if it is not blank, has at most `limit` characters and no control characters.

    Raises BadUserInput with a message that begins with `what`.
    """
    if not line.strip():
        raise BadUserInput(f"{what} is empty.")
    if len(line) > limit:
        raise BadUserInput(
            f"{what} has {len(line):,} characters; at most {limit:,} are allowed: {line[:60]!r}…"
        )
    if line.isprintable():  # fast path: imports check hundreds of thousands of lines
        return line
    refused = next((character for character in line if unicodedata.category(character) in _NOT_ALLOWED), None)
    if refused is not None:
        raise BadUserInput(
            f"{what} contains the character {refused!r}, which can't be displayed or stored: {line[:80]!r}."
        )
    return line


def check_name(what: str, name: str) -> str:
    """The name without the white space around it. Raises BadUserInput as check_line."""
    return check_line(what, name.strip())


def check_text(what: str, text: str | None, limit: int = TEXT_LIMIT) -> str | None:
    """The text, which may have several lines. Raises BadUserInput with a message that begins with `what`."""
    if text is None:
        return None
    if len(text) > limit:
        raise BadUserInput(f"{what} has {len(text):,} characters; at most {limit:,} are allowed.")
    if not storable(text):
        raise BadUserInput(f"{what} contains a NUL character or a lone surrogate, which can't be stored.")
    return text
