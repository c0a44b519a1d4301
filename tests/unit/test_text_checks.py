from __future__ import annotations

import pytest

from chowda.errors import BadUserInput
from chowda.text_checks import check_line, check_name, check_text, storable


def test_check_name_strips_white_space() -> None:
    assert check_name("The name", "  Köln, Folge 1\t") == "Köln, Folge 1"
    assert check_line("The line", " padded ") == " padded "


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("", "The name is empty."),
        (" \n", "The name is empty."),
        ("x" * 256, "The name has 256 characters; at most 255 are allowed: 'xxx"),
        ("a\nb", r"The name contains the character '\\n', which can't be displayed or stored: 'a\\nb'."),
        ("a\0b", r"contains the character '\\x00'"),
        ("a\x1b[31mb", r"contains the character '\\x1b'"),
        ("a\udfff", r"contains the character '\\udfff'"),
    ],
)
def test_check_name_refuses_an_invalid_name(wrong: str, message: str) -> None:
    with pytest.raises(BadUserInput, match=message):
        check_name("The name", wrong)


def test_check_text_accepts_several_lines_and_none() -> None:
    assert check_text("The text", "one\ntwo") == "one\ntwo"
    assert check_text("The text", None) is None
    assert check_text("The text", "") == ""


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("x" * 10_001, "10,001 characters; at most 10,000"),
        ("a\0", "contains a NUL"),
        ("\ud800", "lone surrogate"),
    ],
)
def test_check_text_refuses_an_invalid_text(wrong: str, message: str) -> None:
    with pytest.raises(BadUserInput, match=message):
        check_text("The text", wrong)


def test_storable_is_false_for_text_that_postgres_refuses() -> None:
    assert storable("naïve 🎞")
    assert not storable("\0")
    assert not storable("\udc00")
