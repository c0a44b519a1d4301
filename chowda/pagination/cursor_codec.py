"""The text form of the API's opaque cursors: a JSON value in URL-safe base64 without padding.

A client returns a cursor as it got it and never reads it, so each kind of cursor may change its JSON value.

>>> encode(["3f2a9c41", 17])
'WyIzZjJhOWM0MSIsMTdd'
>>> decode("WyIzZjJhOWM0MSIsMTdd", list[str | int], limit=100, hint="Begin without a cursor.")
['3f2a9c41', 17]
>>> decode("nonsense", list[str | int], limit=100, hint="Begin without a cursor.")
Traceback (most recent call last):
chowda.pagination.cursor_codec.UnreadableCursor: The cursor 'nonsense' can't be read. Begin without a cursor.
"""

from __future__ import annotations

import base64
from typing import Any, TypeVar

import msgspec

from chowda.errors import BadUserInput

SHOWN_CHARACTERS = 80

T = TypeVar("T")


class UnreadableCursor(BadUserInput):
    """A cursor that the API did not issue. `hint` tells the client which cursors it can use here."""

    def __init__(self, cursor: str, hint: str) -> None:
        super().__init__(f"The cursor {cursor[:SHOWN_CHARACTERS]!r} can't be read. {hint}")


def encode(value: Any) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(value)).rstrip(b"=").decode()


def decode(cursor: str, value_type: type[T], *, limit: int, hint: str) -> T:
    """The value in a cursor of at most `limit` characters. Raises UnreadableCursor."""
    if len(cursor) > limit:
        raise UnreadableCursor(cursor, hint)
    try:
        value = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.json.decode(value, type=value_type)
    except (ValueError, RecursionError, msgspec.MsgspecError):
        raise UnreadableCursor(cursor, hint) from None
