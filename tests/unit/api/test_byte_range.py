"""Which part of some bytes is asked for."""

from __future__ import annotations

import pytest
from starlette.exceptions import HTTPException

from chowda.api.byte_range import ByteRange, requested_range

SIZE = 1000
ETAG = '"abc"'


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=0-499", (0, 500)),
        ("bytes=500-", (500, 1000)),
        ("bytes=-1", (999, 1000)),
        ("bytes=-5000", (0, 1000)),
        ("bytes=999-999", (999, 1000)),
        ("bytes=10-99999999999", (10, 1000)),
        ("Bytes=1-2", (1, 3)),
        ("bytes= 1 - 2 ", (1, 3)),
    ],
)
def test_a_range_is_read(header: str, expected: tuple[int, int]) -> None:
    part = requested_range({"range": header}, ETAG, SIZE)
    assert part == ByteRange(*expected)
    assert part is not None
    assert part.content_range(SIZE) == f"bytes {expected[0]}-{expected[1] - 1}/1000"


@pytest.mark.parametrize(
    "header",
    ["", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "bytes=0-1,3-4", "lines=0-1", "bytes=٣-٤"],
)
def test_unreadable_range_means_the_whole(header: str) -> None:
    assert requested_range({"range": header}, ETAG, SIZE) is None


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-1001", "bytes=-0"])
def test_range_outside_is_refused_with_the_size(header: str) -> None:
    with pytest.raises(HTTPException) as caught:
        requested_range({"range": header}, ETAG, SIZE)
    assert caught.value.status_code == 416
    assert caught.value.headers == {"Content-Range": "bytes */1000"}
    assert header in caught.value.detail


@pytest.mark.parametrize(
    ("if_range", "whole"),
    [(ETAG, False), ('W/"abc"', True), ('"other"', True), ("Wed, 21 Oct 2026 07:28:00 GMT", True)],
)
def test_other_if_range_gets_the_whole(if_range: str, whole: bool) -> None:
    part = requested_range({"range": "bytes=5-", "if-range": if_range}, ETAG, SIZE)
    assert (part is None) == whole
    beyond = {"range": "bytes=5000-", "if-range": '"other"'}
    assert requested_range(beyond, ETAG, SIZE) is None, "nor is it refused"
