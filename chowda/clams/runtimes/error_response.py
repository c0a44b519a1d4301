"""Responses of an app that report a failure: their codes and messages."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import msgspec

from chowda.clams.answer import error_in_failed_answer, one_line
from chowda.clams.http_client import redirect_target
from chowda.clams.mmif import MmifOutline, outline
from chowda.clams.runtimes.call import AppCall
from chowda.errors import StepErrorCode, StepFailure

MESSAGE_CHARACTERS = 500
_BEGINNING_BYTES = 4 * StepFailure.DETAIL_LIMIT
_BUSY = frozenset({429, 502, 503, 504})
_RETRY_AFTER_LIMIT_SECONDS = 86_400.0
_BUSY_TEXT_SECONDS = 2.0


async def check_status(response: httpx.Response) -> None:
    """Raise StepFailure for a busy app or a redirect, which need not send a complete body."""
    answered = f"The app answered {_status_text(response.status_code)}"
    if response.status_code in _BUSY:
        wait = _retry_after_seconds(response.headers)
        raise StepFailure(
            StepErrorCode.APP_BUSY,
            f"{answered}: it is busy" + ("." if wait is None else f" and asks to retry in {wait:g} s."),
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


def unusable_body(response: httpx.Response, reason: str) -> StepFailure:
    """Return the failure for a body that is too large or cannot be decoded. `reason` follows "The app's answer"."""
    if response.is_success:
        return StepFailure(StepErrorCode.INVALID_MMIF, f"The app's answer {reason}.")
    return StepFailure(
        StepErrorCode.APP_ERROR,
        f"The app answered {_status_text(response.status_code)}, and its answer {reason}.",
        without_mmif=True,
    )


def error_answer(call: AppCall, sent: MmifOutline, status: int) -> StepFailure:
    """Return the failure for an answer with an error status, in the app's words.

    They come from its error view or else from the text of the body, whatever its content type.
    """
    try:
        answer = outline(call.output_path)
    except StepFailure:
        text = beginning_of(call.output_path)
        message = _message(text)
        return StepFailure(
            StepErrorCode.APP_ERROR,
            f"The app answered {_status_text(status)}"
            + (f": {message}" if message else " without a message."),
            text,
            without_mmif=True,
        )
    return error_in_failed_answer(sent, answer, call.metadata.identifier) or StepFailure(
        StepErrorCode.APP_ERROR,
        f"The app answered {_status_text(status)} with MMIF that contains no error.",
        beginning_of(call.output_path),
    )


def protocol_failure(endpoint: str, message: str) -> StepFailure:
    """Return the failure for httpx's RemoteProtocolError: the app disconnected early, or sent no valid HTTP."""
    if message.startswith(("Server disconnected", "peer closed connection", "peer unexpectedly closed")):
        return StepFailure(StepErrorCode.APP_DISCONNECTED, f"{endpoint} broke the connection: {message}")
    message = re.sub(r"bytearray\(b(.*)\)", r"\1", message[:MESSAGE_CHARACTERS])
    return StepFailure(
        StepErrorCode.APP_ERROR, f"{endpoint} does not answer in valid HTTP: {message}.", without_mmif=True
    )


def beginning_of(path: Path) -> str:
    """Return the beginning of an answer as text that the database can store."""
    with path.open("rb") as file:
        return file.read(_BEGINNING_BYTES).decode(errors="replace").replace("\0", "\ufffd")


async def read_beginning(response: httpx.Response) -> bytes:
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) >= _BEGINNING_BYTES:
            break
    return bytes(content[:_BEGINNING_BYTES])


def _status_text(status: int) -> str:
    return f"{status} {httpx.codes.get_reason_phrase(status)}".rstrip()


def _retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Read seconds, or an HTTP date relative to the response's Date. None for anything else. At most a day."""
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,20}(\.\d{1,20})?", value, re.ASCII):
        return min(float(value), _RETRY_AFTER_LIMIT_SECONDS)
    retry_at = _http_date(value)
    if retry_at is None:
        return None
    now = _http_date(headers.get("Date", "")) or datetime.now(UTC)
    return min(max((retry_at - now).total_seconds(), 0.0), _RETRY_AFTER_LIMIT_SECONDS)


def _http_date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return date.replace(tzinfo=date.tzinfo or UTC)


async def _busy_text(response: httpx.Response) -> str | None:
    """Return the body, unless it takes too long to arrive."""
    with contextlib.suppress(TimeoutError, httpx.TransportError):
        async with asyncio.timeout(_BUSY_TEXT_SECONDS):
            return (await read_beginning(response)).decode(errors="replace")
    return None


def _message(text: str) -> str:
    """Return the message of a JSON object, the text of HTML, or else the text itself."""
    try:
        message = msgspec.json.decode(text)["message"]
    except (msgspec.DecodeError, RecursionError, KeyError, TypeError, IndexError):
        message = None
    if not isinstance(message, str):
        message = text
        if message.lstrip().startswith("<"):
            message = re.sub(r"(?s)<(style|script|title)\b.*?</\1>|<[^>]*>", " ", message)
    return one_line(message)[:MESSAGE_CHARACTERS]
