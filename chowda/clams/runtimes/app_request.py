"""The HTTP request of a call: parameters in the query string, or if too long, in an envelope around the MMIF."""

from __future__ import annotations

import asyncio
import functools
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import httpx

from chowda.clams.http_client import exchange
from chowda.clams.metadata import AppMetadata
from chowda.clams.mmif import SMALL_BYTES
from chowda.clams.parameters import query_parameters
from chowda.clams.runtimes.call import AppCall
from chowda.clams.runtimes.error_response import check_status, read_beginning
from chowda.clams.vocabulary import version_key
from chowda.errors import BadUserInput, StepErrorCode, StepFailure

REQUEST_LINE_LIMIT_BYTES = 4094
"The limit of gunicorn, which serves production apps. It answers a longer request line with 414."
_CHUNK_BYTES = 1 << 20
_ENVELOPE_SINCE = (1, 1, 1)
"MMIF version of the first SDK that accepts envelopes."
_ENVELOPE_PROBE = b'{"parameters": {}}'
_ENVELOPE_ANSWER = b'missing required "mmif" key'

_accepts_envelope: dict[tuple[str, str], bool] = {}
"Results of the probe, by endpoint and identifier."


@dataclass(frozen=True, slots=True)
class AppRequest:
    """A POST whose body is `before`, the MMIF of the call, and `after`."""

    url: httpx.URL
    headers: Mapping[str, str]
    before: bytes
    after: bytes
    mmif_path: Path
    mmif_bytes: int

    async def body(self) -> AsyncIterator[bytes]:
        if self.before:
            yield self.before
        remaining = self.mmif_bytes
        with self.mmif_path.open("rb") as file:
            while remaining > 0 and (chunk := await _read(file, min(remaining, _CHUNK_BYTES))):
                yield chunk
                remaining -= len(chunk)
        if self.after:
            yield self.after


async def build_request(call: AppCall) -> AppRequest:
    """Use the query string, which every app accepts, and an envelope only if the parameters do not fit there.

    Raises StepFailure(APP_ERROR) if they do not fit and the app accepts no envelope.
    """
    url, problem = _url_with_parameters(call.endpoint, call.metadata, call.parameters)
    before = after = b""
    if problem is not None:
        if not await _probe_envelope(call):
            raise StepFailure(StepErrorCode.APP_ERROR, problem)
        url = httpx.URL(call.endpoint)
        before = b'{"parameters":' + json.dumps(dict(call.parameters)).encode() + b',"mmif":'
        after = b"}"
    mmif_bytes = call.input_path.stat().st_size
    length = len(before) + mmif_bytes + len(after)
    headers = _headers(call) | {"Content-Length": str(length)}
    return AppRequest(url, headers, before, after, call.input_path, mmif_bytes)


def check_request_line(endpoint: str, metadata: AppMetadata, parameters: Mapping[str, Any]) -> None:
    """Raise BadUserInput for checked parameters that are too long for an app that cannot accept an envelope."""
    _, problem = _url_with_parameters(endpoint, metadata, parameters)
    if problem is not None and not _may_accept_envelope(metadata):
        raise BadUserInput(problem)


def _url_with_parameters(
    endpoint: str, metadata: AppMetadata, parameters: Mapping[str, Any]
) -> tuple[httpx.URL, str | None]:
    """Return the URL to call, and a message if its request line is too long."""
    pairs = query_parameters(metadata, parameters)
    url = _parsed(endpoint)
    if pairs:
        url = url.copy_merge_params(httpx.QueryParams(tuple(pairs)))
    length = len(b"POST  HTTP/1.1") + len(url.raw_path)
    if length <= REQUEST_LINE_LIMIT_BYTES:
        return url, None
    lengths = Counter[str]()
    for name, value in pairs:
        lengths[name] += len(value)
    return url, (
        f"The parameters make a request line of {length:,} bytes. Apps accept {REQUEST_LINE_LIMIT_BYTES:,}, and "
        f"this one accepts no longer parameters in the body either: shorten them, "
        f"{max(lengths, key=lengths.__getitem__)!r} first."
    )


@functools.lru_cache(maxsize=1024)
def _parsed(endpoint: str) -> httpx.URL:
    return httpx.URL(endpoint)


def _may_accept_envelope(metadata: AppMetadata) -> bool:
    return version_key(metadata.mmif_version) >= _ENVELOPE_SINCE


async def _probe_envelope(call: AppCall) -> bool:
    """Whether the app accepts an envelope. Its metadata does not say so, but newer SDKs reject an empty envelope with
    a message of their own."""
    if not _may_accept_envelope(call.metadata):
        return False
    key = (call.endpoint, call.metadata.identifier)
    if key not in _accepts_envelope:
        async with exchange("POST", call.endpoint, _headers(call), _ENVELOPE_PROBE) as response:
            await check_status(response)
            content = await read_beginning(response)
        if response.status_code != httpx.codes.INTERNAL_SERVER_ERROR:
            return False
        _accepts_envelope[key] = _ENVELOPE_ANSWER in content
    return _accepts_envelope[key]


def _headers(call: AppCall) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "X-Request-ID": call.request_id,
    }


async def _read(file: BinaryIO, size: int) -> bytes:
    return file.read(size) if size <= SMALL_BYTES else await asyncio.to_thread(file.read, size)
