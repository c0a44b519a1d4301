"""Arguments and input fields that a client may leave out."""

from __future__ import annotations

from typing import TypeVar

import strawberry

from chowda.ids import Kind, require

T = TypeVar("T")


def value_or_none(value: T | None) -> T | None:
    """None for a value that the client left out: Strawberry has UNSET there."""
    return None if value is strawberry.UNSET else value


def key_or_none(kind: Kind, id: str | None) -> int | None:
    """The database key of an ID. Raises NotFound for an ID that no row can have."""
    present = value_or_none(id)
    return require(kind, present) if present is not None else None
