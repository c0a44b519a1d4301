from __future__ import annotations

import pytest

from chowda.errors import BadUserInput
from chowda.text_checks import check_line, check_name, check_text, storable


def test_a_name_is_kept_without_the_white_space_around_it() -> None:
    assert check_name("The name", "  Köln, Folge 1\t") == "Köln, Folge 1"
    assert check_line("The line", " as it is ") == " as it is "


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ("", "The name is empty."),
        (" \n", "The name is empty."),
        ("x" * 256, "The name has 256 characters; at most 255 are allowed: 'xxx"),
        ("a\nb", r"The name holds the character '\\n', which can't be shown or kept: 'a\\nb'."),
        ("a\0b", r"holds the character '\\x00'"),
        ("a\x1b[31mb", r"holds the character '\\x1b'"),
        ("a\udfff", r"holds the character '\\udfff'"),
    ],
)
def test_what_cannot_be_a_name_is_refused_with_the_reason(wrong: str, complaint: str) -> None:
    with pytest.raises(BadUserInput, match=complaint):
        check_name("The name", wrong)


def test_a_text_may_have_lines_and_need_not_be_there() -> None:
    assert check_text("The text", "one\ntwo") == "one\ntwo"
    assert check_text("The text", None) is None
    assert check_text("The text", "") == ""


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ("x" * 10_001, "10,001 characters; at most 10,000"),
        ("a\0", "holds a NUL"),
        ("\ud800", "half a character"),
    ],
)
def test_a_text_that_cannot_be_kept_is_refused(wrong: str, complaint: str) -> None:
    with pytest.raises(BadUserInput, match=complaint):
        check_text("The text", wrong)


def test_what_postgres_cannot_hold_is_known_beforehand() -> None:
    assert storable("naïve 🎞")
    assert not storable("\0")
    assert not storable("\udc00")
