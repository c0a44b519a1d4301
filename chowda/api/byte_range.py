"""The part of a resource that a client requests: Range and If-Range (RFC 9110, sections 13.1.5 and 14).

A list of ranges, another unit or an unreadable header gets the whole resource, as the RFC allows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.exceptions import HTTPException

ONE_RANGE = re.compile(r"bytes=\s*(?P<first>\d{0,18})\s*-\s*(?P<last>\d{0,18})\s*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from `start` up to, but not including, `end`."""

    start: int
    end: int

    @property
    def size(self) -> int:
        return self.end - self.start

    def content_range(self, whole: int) -> str:
        """The value of Content-Range; `whole` is the size of the resource in bytes."""
        return f"bytes {self.start}-{self.end - 1}/{whole}"


def requested_range(headers: Mapping[str, str], etag: str, size: int) -> ByteRange | None:
    """The requested part, or None for the whole resource. Raises HTTPException 416 for a part outside it.

    A client whose If-Range is not `etag` has a part of other bytes and gets the whole resource.
    """
    if headers.get("if-range", etag).strip() != etag:
        return None
    form = ONE_RANGE.fullmatch(headers.get("range", ""))
    if form is None or not (form["first"] or form["last"]):
        return None
    if not form["first"]:  # a suffix: the last n bytes
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
            f"The range {headers['range'].strip()} is outside the resource, which has {size:,} bytes.",
            {"Content-Range": f"bytes */{size}"},
        )
    return ByteRange(start, min(end, size))
