"""Fields of inputs that may be left out."""

from __future__ import annotations

from typing import TypeVar

import strawberry

from chowda.ids import Kind, require

T = TypeVar("T")


def given(value: T | None) -> T | None:
    """The value of an input's field; None for one that was left out."""
    return None if value is strawberry.UNSET else value


def required(kind: Kind, id: str | None) -> int | None:
    """The key behind an ID that may be left out; NotFound where there can't be such a row."""
    told = given(id)
    return require(kind, told) if told is not None else None
