"""Hypothesis strategies that corrupt a valid MMIF: its structure, its bytes and its HTTP response."""

from __future__ import annotations

import copy
import gzip
import json
import re
import zlib
from typing import Any

from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
"Includes lone surrogates and NUL."
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


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths to all values inside a JSON value."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [path for key in keys for path in [(*here, key), *paths(value[key], (*here, key))]]


@st.composite
def mutated(draw: st.DrawFn, good: dict[str, Any], max_changes: int = 3) -> dict[str, Any]:
    """Return a copy with up to `max_changes` values dropped, duplicated, replaced, renamed, moved or added."""
    mmif = copy.deepcopy(good)
    for _ in range(draw(st.integers(0, max_changes))):
        found = paths(mmif)
        if not found:
            break
        *parents, last = draw(st.sampled_from(found))
        holder = mmif
        for key in parents:
            holder = holder[key]
        match draw(st.sampled_from(["drop", "duplicate", "replace", "rename", "move", "add"])):
            case "drop":
                del holder[last]
            case "duplicate" if isinstance(holder, list):
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


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


@st.composite
def mutated_bytes(draw: st.DrawFn, mmif: dict[str, Any]) -> bytes:
    """Return the JSON, mostly unchanged, or truncated, nested deeply or with bytes inserted, replaced or repeated."""
    content = json.dumps(mmif, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    at = draw(st.integers(0, len(content)))
    match draw(
        st.sampled_from(
            ["whole"] * 6 + ["truncated", "inserted", "replaced", "repeated", "nested", "prefixed", "random"]
        )
    ):
        case "truncated":
            return content[:at]
        case "inserted":
            return content[:at] + draw(st.binary(max_size=10)) + content[at:]
        case "replaced":
            return content[:at] + draw(st.binary(max_size=10)) + content[at + 3 :]
        case "repeated":
            return content[:at] + content[at // 2 :]
        case "nested":
            depth = draw(DEPTHS)
            opening, closing = draw(st.sampled_from([(b"[", b"]"), (b'{"a":', b"}")]))
            return content.replace(b'"HERE"', opening * depth + b"1" + closing * depth)
        case "prefixed":
            return draw(st.sampled_from([b"\xef\xbb\xbf", b" \n", b"\0", b"[", b"\xff\xfe"])) + content
        case "random":
            return draw(st.binary(max_size=200))
        case _:
            return content


CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
"Bytes that a header value must not contain (RFC 9110, 5.5)."
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
def http_responses(draw: st.DrawFn, body: bytes) -> tuple[bytes, bool]:
    """Return the bytes of an HTTP response, and whether its status, framing and encoding are valid."""
    status = draw(STATUSES)
    encoding = draw(st.sampled_from(["no"] * 6 + ["gzip", "deflate", "mislabeled", "br", "cut"]))
    lines = [b"HTTP/1.1 " + status]
    match encoding:
        case "gzip":
            body = gzip.compress(body, mtime=0)
            lines.append(b"Content-Encoding: gzip")
        case "deflate":
            body = zlib.compress(body)
            lines.append(b"Content-Encoding: deflate")
        case "cut":
            body = gzip.compress(body, mtime=0)[:-5]
            lines.append(b"Content-Encoding: gzip")
        case "mislabeled" | "br":
            lines.append(b"Content-Encoding: " + (b"gzip" if encoding == "mislabeled" else b"br"))
    headers = draw(st.lists(st.tuples(HEADER_NAMES, HEADER_VALUES), max_size=2))
    lines += [b"%s: %s" % header for header in headers]
    is_valid = len(lines) <= 2 and (status.startswith(b"200") and encoding in ("no", "gzip", "deflate"))
    is_valid = is_valid and not any(CONTROL.search(value) for _, value in headers)
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
    return b"\r\n".join(lines) + b"\r\n\r\n" + body, is_valid and framing in ("length", "close", "chunked")
