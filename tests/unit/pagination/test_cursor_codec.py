"""The text form of cursors: values survive it, and invalid text is refused."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chowda.errors import BadUserInput
from chowda.pagination import cursor_codec

HINT = "Begin without a cursor."


def test_examples_in_the_docstring_hold() -> None:
    result = doctest.testmod(cursor_codec)
    assert result.attempted == 3
    assert result.failed == 0


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.text()))
def test_decode_returns_the_encoded_value(value: list[int | str]) -> None:
    cursor = cursor_codec.encode(value)
    assert cursor.isascii()
    assert not set(cursor) & set("+/= ")
    assert cursor_codec.decode(cursor, list[int | str], limit=len(cursor), hint=HINT) == value


@pytest.mark.parametrize("cursor", ["", "nonsense", "é", "WzEsMF0", "W10x", "💥" * 200, "[" * 100_000])
def test_decode_refuses_invalid_text_with_its_beginning_and_the_hint(cursor: str) -> None:
    with pytest.raises(BadUserInput) as refusal:
        cursor_codec.decode(cursor, list[str], limit=200_000, hint=HINT)
    assert refusal.value.message == f"The cursor {cursor[:80]!r} can't be read. {HINT}"


def test_decode_refuses_a_cursor_over_the_limit() -> None:
    cursor = cursor_codec.encode(["a"])
    assert cursor_codec.decode(cursor, list[str], limit=len(cursor), hint=HINT) == ["a"]
    with pytest.raises(BadUserInput):
        cursor_codec.decode(cursor, list[str], limit=len(cursor) - 1, hint=HINT)
