"""Which part of some bytes a client asks for: Range and If-Range (RFC 9110, sections 13.1.5 and 14).

A list of ranges, another unit and what can't be read are answered with the whole, as the RFC allows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.exceptions import HTTPException

ONE_RANGE = re.compile(r"bytes=\s*(?P<first>\d{0,18})\s*-\s*(?P<last>\d{0,18})\s*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """From `start` up to `end`, but without it."""

    start: int
    end: int

    @property
    def size(self) -> int:
        return self.end - self.start

    def told(self, whole: int) -> str:
        """As Content-Range says it."""
        return f"bytes {self.start}-{self.end - 1}/{whole}"


def asked_range(headers: Mapping[str, str], etag: str, size: int) -> ByteRange | None:
    """None: the whole is wanted. Raises HTTPException 416 for a part that lies outside.

    `etag` is what a client that has a part of other bytes is found out by: it gets the whole.
    """
    if headers.get("if-range", etag).strip() != etag:
        return None
    form = ONE_RANGE.fullmatch(headers.get("range", ""))
    if form is None or not (form["first"] or form["last"]):
        return None
    if not form["first"]:  # the last so many
        start, end = max(0, size - int(form["last"])), size
    elif not form["last"]:
        start, end = int(form["first"]), size
    else:
        start, end = int(form["first"]), int(form["last"]) + 1
        if end <= start:
            return None
    if start >= size:
        raise HTTPException(
            416,
            f"The range {headers['range'].strip()} lies outside: there are {size:,} bytes.",
            {"Content-Range": f"bytes */{size}"},
        )
    return ByteRange(start, min(end, size))
