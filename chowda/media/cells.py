"""Cells as spreadsheets write them: removes what surrounds a value, and refuses what a person did not mean."""

from __future__ import annotations

import re
import unicodedata

from chowda.errors import BadUserInput

_FORMAT = "Cf"
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"Characters of other categories that have no shape either."
_JOINERS = frozenset("\u200c\u200d")
"Parts of words and emoji. They are allowed in names and paths, but not in GUIDs."
_FORMULA = re.compile(r'="(?P<text>.*)"', re.DOTALL)
_QUOTES = {
    "\u201c": "\u201d\u201c",
    "\u201d": "\u201d",
    "\u201e": "\u201c\u201d",
    "\u2018": "\u2019\u2018",
    "\u2019": "\u2019",
    "\u201a": "\u2018\u2019",
    "\u00ab": "\u00bb",
}
"The possible closing quotes by the opening one."
_ERROR = re.compile(
    r"#(?:VALUE!|N/A|REF!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|UNKNOWN!|GETTING_DATA|#+)",
    re.IGNORECASE,
)
_ROUNDED = re.compile(r"[0-9](?:[.,][0-9]+)?E[+-][0-9]{2,}", re.IGNORECASE)
_LIKE_HYPHEN = frozenset("\u2010\u2011\u2212\ufe63\uff0d")
_LOOKALIKE = re.compile("[\u2010\u2011\u2212\ufe63\uff0d\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")


def clean_cell(text: str) -> str:
    """The value of a cell: without white space, invisible characters, curly quotes and ="…" around it."""
    text = _strip(text)
    if text.isascii() and not text.startswith("="):  # as nearly all cells
        return text
    if text.startswith("=") and (formula := _FORMULA.fullmatch(text)):
        text = _strip(formula["text"].replace('""', '"'))
    if len(text) > 1 and text[-1] in _QUOTES.get(text[0], ""):
        text = _strip(text[1:-1])
    return text


def _strip(text: str) -> str:
    """Text without white space and format characters at its ends."""
    text = text.strip()
    if text.isascii():
        return text
    start, end = 0, len(text)
    while start < end and _is_blank(text[start]):
        start += 1
    while end > start and _is_blank(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_blank(character: str) -> bool:
    return character.isspace() or (not character.isascii() and _is_invisible(character))


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) == _FORMAT or character in _FILLERS


def check_visible(what: str, text: str, *, joiners: bool = False) -> str:
    """Raises BadUserInput for an invisible format character, by name. `joiners`: allow zero-width joiners."""
    if text.isascii():
        return text
    for character in text:
        if _is_invisible(character) and not (joiners and character in _JOINERS):
            raise BadUserInput(
                f"{what} contains the invisible character {_name(character)}: {text[:80]!r}. Remove it."
            )
    return text


def check_value(what: str, text: str) -> str:
    """Raises BadUserInput for an error of a spreadsheet, such as #N/A."""
    if text.startswith("#") and _ERROR.fullmatch(text):
        raise BadUserInput(f"{what} is the spreadsheet error {text[:80]!r}. Enter the value.")
    return text


def check_guid(text: str) -> str:
    """A GUID that a person can have meant. Raises BadUserInput: see the tests for what it refuses."""
    check_value("The GUID", check_visible("The GUID", text))
    if _ROUNDED.fullmatch(text):
        raise BadUserInput(
            f"The GUID {text!r} is a number that a spreadsheet has rounded. Format the column as text, and enter the "
            "GUID again."
        )
    lookalike = None if text.isascii() else _LOOKALIKE.search(text)
    if lookalike:
        plain = "a hyphen (-)" if lookalike[0] in _LIKE_HYPHEN else "a plain space"
        raise BadUserInput(f"The GUID contains {_name(lookalike[0])}: {text[:80]!r}. Write {plain} instead.")
    return text


def _name(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, 'without a name')}"
