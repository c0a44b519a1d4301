"""What calls of CLAMS apps share: endpoints, bodies within bounds, reasons of failures; and an app's metadata."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import zlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx

from chowda.clams import http_client
from chowda.clams.metadata import AppMetadata, read_metadata
from chowda.errors import AppUnreachable, BadUserInput

METADATA_LIMIT_BYTES = 4 * 1024**2
_DECODED_BYTES = 1 << 18


class UnknownEncoding(Exception):
    """A body came in a content encoding that Chowda did not ask for and that can't be undone in bounds."""


class BodyEndedEarly(Exception):
    """A compressed body stopped before its end."""


def check_endpoint(endpoint: str) -> str:
    """The endpoint, tidied so that the same one is written the same way: host in lower case, no default port.

    A slash at the end of a path stays: behind a proxy, /ocr and /ocr/ may be two things.
    Raises BadUserInput for anything but an http or https URL without credentials.
    """
    try:
        url = httpx.URL(endpoint.strip())
        host, port = url.host, urlsplit(endpoint.strip()).port
    except (httpx.InvalidURL, ValueError):
        raise BadUserInput("The endpoint is not a URL; it should look like http://host:5000.") from None
    if url.userinfo:
        raise BadUserInput(
            f"The endpoint at {host} has a user name or password in it, which would be shown to everyone. "
            "Leave it out and let the app be reached without."
        )
    if url.scheme not in ("http", "https") or not host or port == 0:
        raise BadUserInput(f"The endpoint {shown(endpoint)!r} is not an http or https URL with a host.")
    if url.fragment:
        raise BadUserInput(f"The endpoint {shown(endpoint)!r} has a fragment (#…): leave it out.")
    return str(url).rstrip("/") if url.raw_path == b"/" else str(url)


def shown(endpoint: str) -> str:
    """An endpoint for a message: without credentials and query."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"[:300]


def reason(exc: BaseException) -> str:
    """Why no connection came about, in the system's words: httpx wraps them several times."""
    if isinstance(exc, httpx.ConnectTimeout):
        return f"no connection within {http_client.CONNECT_SECONDS:g} s"
    if isinstance(exc, httpx.ProxyError):
        return f"proxy: {exc}"
    seen: list[BaseException] = [exc]
    for cause in seen:
        if isinstance(cause, ssl.SSLError):
            return f"TLS: {getattr(cause, 'verify_message', '') or getattr(cause, 'reason', '') or cause}"
        if isinstance(cause, socket.gaierror):
            return "the host name is unknown"
        if isinstance(cause, OSError) and cause.errno:
            return os.strerror(cause.errno).lower()
        inner = [*getattr(cause, "exceptions", ()), cause.__cause__, cause.__context__]
        seen.extend(other for other in inner if other is not None and other not in seen)
    return str(exc) or type(exc).__name__


def redirect_target(response: httpx.Response) -> str:
    """Where a redirect leads, for a message."""
    try:
        return shown(str(response.url.join(response.headers.get("Location", ""))))
    except (httpx.InvalidURL, ValueError):
        return "no address at all"


async def body_chunks(response: httpx.Response) -> AsyncIterator[bytes]:
    """Yields the body as it arrives. A compressed one, which no request asks for, is decompressed 256 KiB at a time.

    Raises UnknownEncoding, BodyEndedEarly and httpx.TransportError.
    """
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        async for chunk in response.aiter_raw():
            yield chunk
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise UnknownEncoding(f"the body is encoded as {encoding[:50]!r}, which Chowda did not ask for")
    undo = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        async for chunk in response.aiter_raw():
            pending = chunk
            while pending and not undo.eof:
                yield undo.decompress(pending, _DECODED_BYTES)
                pending = undo.unconsumed_tail
            if undo.eof:
                return
    except zlib.error as exc:
        raise UnknownEncoding(f"the body says that it is {encoding}, and is not ({exc})") from None
    raise BodyEndedEarly(f"the {encoding} body ended early")


async def fetch_metadata(endpoint: str, *, timeout: float = 30.0) -> tuple[AppMetadata, dict[str, Any]]:
    """Asks the app at this endpoint what it is: its metadata, and the description that it gave, unchanged.

    Raises BadUserInput (the URL is none, or what answers is no CLAMS app) and AppUnreachable (no answer
    within `timeout` seconds, or one with an error status).
    """
    endpoint = check_endpoint(endpoint)
    where = shown(endpoint)
    try:
        async with (
            asyncio.timeout(timeout),
            http_client.exchange("GET", endpoint, {"Accept": "application/json"}) as response,
        ):
            _check_status(response, where)
            content = await _limited(response, where)
    except TimeoutError:
        raise AppUnreachable(
            f"{where} did not answer within {timeout:g} s. Is the app running, and is the address right?"
        ) from None
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as exc:
        raise AppUnreachable(
            f"{where} can't be reached: {reason(exc)}. Is the app running, and is the address right?"
        ) from exc
    except (httpx.TransportError, UnknownEncoding, BodyEndedEarly) as exc:
        raise AppUnreachable(
            f"{where} took the connection, but gave no proper HTTP answer: {reason(exc)}."
        ) from exc
    try:
        return read_metadata(content)
    except BadUserInput as exc:
        raise BadUserInput(f"{where} does not answer as a CLAMS app. {exc.message}") from None


def _check_status(response: httpx.Response, where: str) -> None:
    if response.has_redirect_location:
        raise AppUnreachable(
            f"{where} redirects to {redirect_target(response)}, which is not followed: register that address."
        )
    if not response.is_success:
        raise AppUnreachable(
            f"{where} answered {response.status_code} {response.reason_phrase}".rstrip()
            + ", where a CLAMS app gives its metadata."
        )


async def _limited(response: httpx.Response, where: str) -> bytes:
    content = bytearray()
    async for chunk in body_chunks(response):
        content += chunk
        if len(content) > METADATA_LIMIT_BYTES:
            raise BadUserInput(
                f"{where} does not answer as a CLAMS app: its metadata is larger than "
                f"{METADATA_LIMIT_BYTES // 1024**2} MB."
            )
    return bytes(content)
