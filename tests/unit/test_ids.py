from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chowda.errors import NotFound
from chowda.ids import LARGEST, Kind, number_of, opaque, require


@given(st.sampled_from(Kind), st.integers(1, LARGEST))
def test_number_of_inverts_opaque(kind: Kind, number: int) -> None:
    assert number_of(kind, opaque(kind, number)) == number


@given(st.sampled_from(Kind), st.text(max_size=20))
def test_text_that_is_not_an_id_has_no_number(kind: Kind, text: str) -> None:
    number = number_of(kind, text)
    assert number is None or opaque(kind, number) == text


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "brun",
        "brun-",
        "brun-0",
        "brun-02s",
        "brun-2S",
        "brun-2s ",
        "brun-2s\n",
        "prun-2s",
        "brun--1",
        "brun-²",
        "2s",
        "brun-1y2p0ij32e8e8",  # 2**63
        "brun-" + "z" * 13,
        "brun-" + "z" * 100_000,
    ],
)
def test_malformed_ids_other_kinds_and_too_large_numbers_are_not_found(wrong: str) -> None:
    assert number_of(Kind.BATCH_RUN, wrong) is None
    with pytest.raises(NotFound, match="There is no batch run with the ID"):
        require(Kind.BATCH_RUN, wrong)


def test_largest_bigint_has_an_id() -> None:
    assert opaque(Kind.BATCH_RUN, LARGEST) == "brun-1y2p0ij32e8e7"
    assert number_of(Kind.BATCH_RUN, "brun-1y2p0ij32e8e7") == LARGEST
