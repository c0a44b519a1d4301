from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chowda.errors import BadUserInput
from chowda.pipelines import yaml_core

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
TRAPS = [
    "no",
    "on",
    "1:30",
    "0o17",
    "1e3",
    "~",
    "2026-01-31",
    "<<",
    "=",
    "0x1f",
    "1_000",
    ".5",
    "\x85",
    "\r\n",
]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
    | st.sampled_from(TRAPS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(TEXT, VALUES, max_size=3))
@example({"a": TRAPS, "": None, "b\n": " c\n d\n", "same": [[1], [1]]})
def test_written_values_are_read_with_the_same_types(value: dict[str, Any]) -> None:
    read, _ = yaml_core.read(yaml_core.write(value))
    assert repr(read) == repr(value)


def test_written_text_means_the_same_in_yaml_1_1() -> None:
    written = yaml_core.write({"traps": [trap for trap in TRAPS if trap.isprintable()]})
    assert yaml.safe_load(written) == {"traps": [trap for trap in TRAPS if trap.isprintable()]}


def test_words_with_a_meaning_in_yaml_1_1_stay_text() -> None:
    read, _ = yaml_core.read(
        "mode: no\nat: 1:30\nday: 2026-01-31\noctal: 010\ncount: 5\nflag: true\nnone:\n1: one"
    )
    assert read == {
        "mode": "no",
        "at": "1:30",
        "day": "2026-01-31",
        "octal": 10,
        "count": 5,
        "flag": True,
        "none": None,
        "1": "one",
    }


def test_lines_of_objects_are_returned() -> None:
    read, lines = yaml_core.read("name: p\nsteps:\n  - app: a\n\n  - app: b\n")
    assert [lines[id(step)] for step in read["steps"]] == [3, 5]


BOMB = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdef", "bcdefg", strict=True)
)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (BOMB, "line 1: anchors and aliases"),
        ("a: *b", "line 1: anchors and aliases"),
        ("a: 1\nb: !!python/object/apply:os.system [ls]", "line 2: the tag"),
        ("a: !!binary aGk=", "line 1: the tag"),
        ("a: 1\nb: 2\na: 3", "line 3: the key 'a' occurs twice"),
        ("? [a]\n: 1", "line 1: a key must be text"),
        ("a: [1, 2", "line 1, column"),
        ("a: 1\n b: 2", "line 2, column"),
        ("a: 1\n---\na: 2", "line 2, column 1"),
        ("[" * 5000, "nested too deeply"),
        ("a: " + "9" * 5000, "line 1: '9.*' is not a valid number"),
        ("a: \x00", "can't be read"),
        ("a" * 140_000, "140,000 characters"),
    ],
)
def test_text_that_is_not_plain_data_is_refused_with_its_line(text: str, complaint: str) -> None:
    with pytest.raises(BadUserInput, match=complaint):
        yaml_core.read(text)
