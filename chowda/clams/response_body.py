"""The body of an app's HTTP response, decoded in limited memory."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator

import httpx

_DECODED_BYTES = 1 << 18


class UnknownEncoding(Exception):
    """The content encoding is not supported, or the body does not match it. Chowda asks for no encoding."""


class BodyEndedEarly(Exception):
    """A compressed body stopped before its end."""


async def body_chunks(response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield the body as it arrives. A compressed one, which no request asks for, is decompressed 256 KiB at a time.

    Raises UnknownEncoding, BodyEndedEarly and httpx.TransportError.
    """
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        async for chunk in response.aiter_raw():
            yield chunk
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise UnknownEncoding(f"the body is encoded as {encoding[:50]!r}, which Chowda did not ask for")
    decompressor = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        async for chunk in response.aiter_raw():
            pending = chunk
            while pending and not decompressor.eof:
                yield decompressor.decompress(pending, _DECODED_BYTES)
                pending = decompressor.unconsumed_tail
            if decompressor.eof:
                return
    except zlib.error as exc:
        raise UnknownEncoding(f"the body is labelled as {encoding} but is not ({exc})") from None
    raise BodyEndedEarly(f"the {encoding} body ended early")
