"""Hypothesis strategies that spoil a good MMIF: its shape, its bytes, and the HTTP around it."""

from __future__ import annotations

import copy
import gzip
import json
import re
import zlib
from typing import Any

from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
"Lone surrogates and NUL included."
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | TEXT
    | st.sampled_from(
        ["", "v_0", "v_1", "d1", "http://apps.clams.ai/fuzzed/v1", "http://apps.clams.ai/other/v1", 10**30]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
DEPTHS = st.sampled_from([1, 10, 100, 2000, 100_000])


def places(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths to everything in a JSON value but itself."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in [(*here, key), *places(value[key], (*here, key))]]


@st.composite
def spoilt(draw: st.DrawFn, good: dict[str, Any], at_most: int = 3) -> dict[str, Any]:
    """With up to so many fields dropped, doubled, replaced, renamed or moved."""
    mmif = copy.deepcopy(good)
    for _ in range(draw(st.integers(0, at_most))):
        found = places(mmif)
        if not found:
            break
        *way, last = draw(st.sampled_from(found))
        holder = mmif
        for key in way:
            holder = holder[key]
        match draw(st.sampled_from(["drop", "double", "replace", "rename", "move", "add"])):
            case "drop":
                del holder[last]
            case "double" if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[last]))
            case "rename" if isinstance(holder, dict):
                holder[draw(TEXT)] = holder.pop(last)
            case "move":
                holder[last] = copy.deepcopy(_at(mmif, draw(st.sampled_from(found))))
            case "add" if isinstance(holder[last], dict):
                holder[last][draw(TEXT | st.sampled_from(["error", "warnings", "contains", "app"]))] = draw(
                    VALUES
                )
            case _:
                holder[last] = draw(VALUES)
    return mmif


def _at(value: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


@st.composite
def as_bytes(draw: st.DrawFn, mmif: dict[str, Any]) -> bytes:
    """The JSON, mostly as it should be; else with bytes cut off, put in, doubled, or nested deeply."""
    content = json.dumps(mmif, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    place = draw(st.integers(0, len(content)))
    match draw(
        st.sampled_from(["whole"] * 6 + ["cut", "put in", "replaced", "doubled", "nested", "before", "other"])
    ):
        case "cut":
            return content[:place]
        case "put in":
            return content[:place] + draw(st.binary(max_size=10)) + content[place:]
        case "replaced":
            return content[:place] + draw(st.binary(max_size=10)) + content[place + 3 :]
        case "doubled":
            return content[:place] + content[place // 2 :]
        case "nested":
            depth = draw(DEPTHS)
            opening, closing = draw(st.sampled_from([(b"[", b"]"), (b'{"a":', b"}")]))
            return content.replace(b'"HERE"', opening * depth + b"1" + closing * depth)
        case "before":
            return draw(st.sampled_from([b"\xef\xbb\xbf", b" \n", b"\0", b"[", b"\xff\xfe"])) + content
        case "other":
            return draw(st.binary(max_size=200))
        case _:
            return content


CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
"What no value of a header may hold (RFC 9110, 5.5)."
HEADER_NAMES = st.from_regex(rb"[A-Za-z0-9-]{1,20}", fullmatch=True) | st.sampled_from(
    [b"Retry-After", b"Location", b"Content-Type", b"Connection", b"Set-Cookie", b"Content-Range", b"Upgrade"]
)
HEADER_VALUES = st.binary(max_size=40).map(lambda value: b"".join(value.split())) | st.sampled_from(
    [b"0", b"-1", b"1e9", b"9" * 400, b"Wed, 21 Oct 2015 07:28:00 GMT", b"Mon, 01 Jan 0001 00:00:00 -2359",
     b"Fri, 31 Dec 9999 23:59:59 -9959", b"http://xn--a/", b"http://[", b"//", b"\xff"]
)  # fmt: skip
STATUSES = st.sampled_from([b"200 OK"] * 8 + [b"201", b"204 No", b"299 x", b"301 M", b"304 N", b"400 B", b"404 N",
    b"429 T", b"500 E", b"500 E", b"503 B", b"999 ?", b"101 S", b"100 C", b"000 x", b"2 00", b"OK"])  # fmt: skip


@st.composite
def answers(draw: st.DrawFn, body: bytes) -> tuple[bytes, bool]:
    """The bytes of a HTTP answer, and whether status, framing and encoding are as they should be."""
    status = draw(STATUSES)
    squeezed = draw(st.sampled_from(["no"] * 6 + ["gzip", "deflate", "lie", "br", "cut"]))
    lines = [b"HTTP/1.1 " + status]
    match squeezed:
        case "gzip":
            body = gzip.compress(body, mtime=0)
            lines.append(b"Content-Encoding: gzip")
        case "deflate":
            body = zlib.compress(body)
            lines.append(b"Content-Encoding: deflate")
        case "cut":
            body = gzip.compress(body, mtime=0)[:-5]
            lines.append(b"Content-Encoding: gzip")
        case "lie" | "br":
            lines.append(b"Content-Encoding: " + (b"gzip" if squeezed == "lie" else b"br"))
    headers = draw(st.lists(st.tuples(HEADER_NAMES, HEADER_VALUES), max_size=2))
    lines += [b"%s: %s" % header for header in headers]
    plain = len(lines) <= 2 and (status.startswith(b"200") and squeezed in ("no", "gzip", "deflate"))
    plain = plain and not any(CONTROL.search(value) for _, value in headers)
    framing = draw(
        st.sampled_from(["length"] * 4 + ["close", "chunked", "too long", "too short", "bad chunks"])
    )
    match framing:
        case "length":
            lines.append(b"Content-Length: %d" % len(body))
        case "too long":
            lines.append(b"Content-Length: %d" % (len(body) + 5))
        case "too short":
            lines.append(b"Content-Length: %d" % max(0, len(body) - 5))
        case "chunked" | "bad chunks":
            lines.append(b"Transfer-Encoding: chunked")
            half = len(body) // 2
            parts = [body[:half], body[half:]]
            body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts if part)
            body += b"0\r\n\r\n" if framing == "chunked" else b"zz\r\n"
    return b"\r\n".join(lines) + b"\r\n\r\n" + body, plain and framing in ("length", "close", "chunked")
