"""An app that answers at an endpoint: MMIF streamed to it and back."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import httpx
import msgspec

from chowda.clams import progress
from chowda.clams.answer import check_answer, for_a_person, told_failure
from chowda.clams.client import (
    BodyEndedEarly,
    UnknownEncoding,
    body_chunks,
    reason,
    redirect_target,
    shown,
)
from chowda.clams.http_client import exchange
from chowda.clams.metadata import AppMetadata, query_parameters
from chowda.clams.mmif import SMALL_BYTES, MmifOutline, outline
from chowda.clams.runtimes.answer_file import AnswerFile, AnswerTooLarge
from chowda.clams.runtimes.call import AppAnswer, AppCall
from chowda.clams.vocabulary import version_key
from chowda.errors import BadUserInput, StepErrorCode, StepFailure

REQUEST_LINE_LIMIT_BYTES = 4094
"gunicorn's, which production apps run under; it answers longer ones with 414."
_CHUNK_BYTES = 1 << 20
_TOLD_CHARACTERS = 500
_HEAD_BYTES = 4 * StepFailure.DETAIL_LIMIT
_BUSY = frozenset({429, 502, 503, 504})
_RETRY_AFTER_LIMIT_SECONDS = 86_400.0
_BUSY_TEXT_SECONDS = 2.0
_ENVELOPE_SINCE = (1, 1, 1)
_ENVELOPE_PROBE = b'{"parameters": {}}'
_ENVELOPE_ANSWER = b'missing required "mmif" key'

_envelopes_understood: dict[tuple[str, str], bool] = {}
"By endpoint and identifier: what the probe found."


class _Request(NamedTuple):
    url: httpx.URL
    before: bytes = b""
    after: bytes = b""


async def run(call: AppCall, on_progress: Callable[[float], None]) -> AppAnswer:
    """Sends the MMIF to the app and writes its answer to output_path, flat in memory whatever the size.

    Raises StepFailure for each way in which an app can fail. After a failure, and when the call is
    canceled, output_path is gone.
    """
    try:
        status, answer = await _call(call, on_progress)
        sent = await call.input_outline
        if answer.size_bytes <= SMALL_BYTES:
            return _judge(call, sent, status, answer)
        return await asyncio.to_thread(_judge, call, sent, status, answer)
    except BaseException as exc:
        call.output_path.unlink(missing_ok=True)
        if isinstance(exc, OSError):
            raise StepFailure(
                StepErrorCode.STORE_UNAVAILABLE, f"MMIF can't be read or written here: {exc.strerror or exc}."
            ) from exc
        raise


async def _call(call: AppCall, on_progress: Callable[[float], None]) -> tuple[int, AnswerFile]:
    where = shown(call.endpoint)
    try:
        async with asyncio.timeout(call.timeout_seconds):
            request = await _request(call)
            async with progress.followed(call.endpoint, call.request_id, on_progress):
                return await _exchange(call, request)
    except TimeoutError:
        raise StepFailure(
            StepErrorCode.APP_TIMEOUT, f"{where} gave no whole answer within {call.timeout_seconds:g} s."
        ) from None
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as exc:
        raise StepFailure(StepErrorCode.APP_UNREACHABLE, f"{where} can't be reached: {reason(exc)}.") from exc
    except (httpx.NetworkError, httpx.TimeoutException, BodyEndedEarly) as exc:
        raise StepFailure(
            StepErrorCode.APP_DISCONNECTED, f"{where} broke the connection: {reason(exc)}."
        ) from exc
    except httpx.RemoteProtocolError as exc:
        raise _protocol_failure(where, str(exc)) from exc


def _protocol_failure(where: str, told: str) -> StepFailure:
    """httpx says with one exception that the app hung up too early, and that it does not speak HTTP."""
    if told.startswith(("Server disconnected", "peer closed connection", "peer unexpectedly closed")):
        return StepFailure(StepErrorCode.APP_DISCONNECTED, f"{where} broke the connection: {told}")
    told = re.sub(r"bytearray\(b(.*)\)", r"\1", told[:_TOLD_CHARACTERS])
    return StepFailure(
        StepErrorCode.APP_ERROR, f"{where} does not answer in proper HTTP: {told}.", without_mmif=True
    )


async def _request(call: AppCall) -> _Request:
    """Parameters in the query string, which every app understands; in an envelope only where they don't fit.

    Raises StepFailure(APP_ERROR) if they don't fit and the app takes no envelope.
    """
    url, too_long = _with_query(call.endpoint, call.metadata, call.parameters)
    if too_long is None:
        return _Request(url)
    if await _takes_envelope(call):
        encoded = json.dumps(dict(call.parameters)).encode()
        before = b'{"parameters":' + encoded + b',"mmif":'
        return _Request(httpx.URL(call.endpoint), before, after=b"}")
    raise StepFailure(StepErrorCode.APP_ERROR, too_long)


def check_request_line(endpoint: str, metadata: AppMetadata, parameters: Mapping[str, Any]) -> None:
    """Refuses, with BadUserInput, checked parameters that are too long for an app that surely takes no envelope."""
    _, too_long = _with_query(endpoint, metadata, parameters)
    if too_long is not None and not _may_take_envelope(metadata):
        raise BadUserInput(too_long)


def _with_query(
    endpoint: str, metadata: AppMetadata, parameters: Mapping[str, Any]
) -> tuple[httpx.URL, str | None]:
    """The URL to call, and why it can't be used if it is too long."""
    pairs = query_parameters(metadata, parameters)
    url = _parsed(endpoint)
    if pairs:
        url = url.copy_merge_params(httpx.QueryParams(tuple(pairs)))
    length = len(b"POST  HTTP/1.1") + len(url.raw_path)
    if length <= REQUEST_LINE_LIMIT_BYTES:
        return url, None
    taken = Counter[str]()
    for name, value in pairs:
        taken[name] += len(value)
    return url, (
        f"The parameters make a request line of {length:,} bytes. Apps take {REQUEST_LINE_LIMIT_BYTES:,}, and "
        f"this one takes no longer ones in the body either: shorten them, "
        f"{max(taken, key=taken.__getitem__)!r} first."
    )


@functools.lru_cache(maxsize=1024)
def _parsed(endpoint: str) -> httpx.URL:
    return httpx.URL(endpoint)


def _may_take_envelope(metadata: AppMetadata) -> bool:
    return version_key(metadata.mmif_version) >= _ENVELOPE_SINCE


async def _takes_envelope(call: AppCall) -> bool:
    """Apps don't say whether they take one: newer SDKs complain of an empty envelope in words of their own."""
    if not _may_take_envelope(call.metadata):
        return False
    key = (call.endpoint, call.metadata.identifier)
    if key not in _envelopes_understood:
        async with exchange("POST", call.endpoint, _headers(call), _ENVELOPE_PROBE) as response:
            await _check_status(response)
            head = await _head(response)
        if response.status_code != httpx.codes.INTERNAL_SERVER_ERROR:
            return False
        _envelopes_understood[key] = _ENVELOPE_ANSWER in head
    return _envelopes_understood[key]


def _headers(call: AppCall) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "X-Request-ID": call.request_id,
    }


async def _exchange(call: AppCall, request: _Request) -> tuple[int, AnswerFile]:
    size = call.input_path.stat().st_size
    length = len(request.before) + size + len(request.after)
    headers = _headers(call) | {"Content-Length": str(length)}
    async with exchange("POST", request.url, headers, _body(call.input_path, size, request)) as response:
        await _check_status(response)
        with contextlib.closing(AnswerFile(call.output_path, call.size_limit_bytes)) as answer:
            try:
                answer.expect(int(response.headers.get("Content-Length", 0)))
                async for chunk in body_chunks(response):
                    await answer.take(chunk)
            except AnswerTooLarge:
                raise _unusable(
                    response, f"is larger than the limit of {call.size_limit_bytes:,} bytes"
                ) from None
            except UnknownEncoding as exc:
                raise _unusable(response, f"can't be read: {exc}") from None
        return response.status_code, answer


async def _body(path: Path, size: int, request: _Request) -> AsyncIterator[bytes]:
    if request.before:
        yield request.before
    left = size
    with path.open("rb") as file:
        while left > 0 and (chunk := await _read(file, min(left, _CHUNK_BYTES))):
            yield chunk
            left -= len(chunk)
    if request.after:
        yield request.after


async def _read(file: BinaryIO, size: int) -> bytes:
    return file.read(size) if size <= SMALL_BYTES else await asyncio.to_thread(file.read, size)


async def _check_status(response: httpx.Response) -> None:
    """Raises StepFailure for what needs no look at the whole body: busy apps and redirects."""
    answered = f"The app answered {_status(response.status_code)}"
    if response.status_code in _BUSY:
        wait = _retry_after_seconds(response.headers)
        raise StepFailure(
            StepErrorCode.APP_BUSY,
            f"{answered}: it is busy" + ("." if wait is None else f", and asks to come back in {wait:g} s."),
            detail=await _busy_text(response),
            retry_after_seconds=wait,
        )
    if 300 <= response.status_code < 400:
        raise StepFailure(
            StepErrorCode.APP_ERROR,
            f"{answered}: a redirect to {redirect_target(response)}, which is not followed. "
            "Register the app with that address.",
            without_mmif=True,
        )


def _status(status: int) -> str:
    phrase = httpx.codes.get_reason_phrase(status)
    return f"{status} {phrase}".rstrip()


def _retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Seconds or an HTTP date, which counts from the answer's own; None for anything else. At most a day."""
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,20}(\.\d{1,20})?", value, re.ASCII):
        return min(float(value), _RETRY_AFTER_LIMIT_SECONDS)
    when = _http_date(value)
    if when is None:
        return None
    now = _http_date(headers.get("Date", "")) or datetime.now(UTC)
    return min(max((when - now).total_seconds(), 0.0), _RETRY_AFTER_LIMIT_SECONDS)


def _http_date(value: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    return when.replace(tzinfo=when.tzinfo or UTC)


def _unusable(response: httpx.Response, why: str) -> StepFailure:
    if response.is_success:
        return StepFailure(StepErrorCode.INVALID_MMIF, f"The app's answer {why}.")
    return StepFailure(
        StepErrorCode.APP_ERROR,
        f"The app answered {_status(response.status_code)}; what it says {why}.",
        without_mmif=True,
    )


async def _busy_text(response: httpx.Response) -> str | None:
    """What it says beside its status, unless it takes its time with that."""
    with contextlib.suppress(TimeoutError, httpx.TransportError):
        async with asyncio.timeout(_BUSY_TEXT_SECONDS):
            return (await _head(response)).decode(errors="replace")
    return None


async def _head(response: httpx.Response) -> bytes:
    head = bytearray()
    async for chunk in response.aiter_raw():
        head += chunk
        if len(head) >= _HEAD_BYTES:
            break
    return bytes(head[:_HEAD_BYTES])


def _judge(call: AppCall, sent: MmifOutline, status: int, answer: AnswerFile) -> AppAnswer:
    """Reads the whole answer: blocks where that is large. Raises StepFailure unless it is a good one."""
    if not httpx.codes.is_success(status):
        raise _error_answer(call, sent, status)
    try:
        found = outline(call.output_path, "The app's answer")
    except StepFailure as exc:
        raise StepFailure(exc.code, exc.message, _text(call.output_path)) from None
    check_answer(sent, found, call.metadata.identifier)
    return AppAnswer(call.output_path, answer.sha256, answer.size_bytes, found)


def _error_answer(call: AppCall, sent: MmifOutline, status: int) -> StepFailure:
    """What the app says of its failure: its error view, else the text of the body, whatever its type."""
    try:
        found = outline(call.output_path)
    except StepFailure:
        text = _text(call.output_path)
        told = _told(text)
        return StepFailure(
            StepErrorCode.APP_ERROR,
            f"The app answered {_status(status)}" + (f": {told}" if told else ", and nothing else."),
            text,
            without_mmif=True,
        )
    return told_failure(sent, found, call.metadata.identifier) or StepFailure(
        StepErrorCode.APP_ERROR,
        f"The app answered {_status(status)}, with MMIF that has no error in it.",
        _text(call.output_path),
    )


def _text(path: Path) -> str:
    """The beginning of the answer, as text that a database takes."""
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES).decode(errors="replace").replace("\0", "\ufffd")


def _told(text: str) -> str:
    """The words for a person in a body: the message of a JSON object, the text of HTML, else the text itself."""
    try:
        told = msgspec.json.decode(text)["message"]
    except (msgspec.DecodeError, RecursionError, KeyError, TypeError, IndexError):
        told = None
    if not isinstance(told, str):
        told = text
        if told.lstrip().startswith("<"):
            told = re.sub(r"(?s)<(style|script|title)\b.*?</\1>|<[^>]*>", " ", told)
    return for_a_person(told)[:_TOLD_CHARACTERS]
