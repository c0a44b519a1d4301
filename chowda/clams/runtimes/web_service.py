"""Runs an app as a web service: streams MMIF to its endpoint and its answer into a file."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import httpx

from chowda.clams import progress
from chowda.clams.answer import check_answer
from chowda.clams.endpoint import display_endpoint
from chowda.clams.http_client import exchange, failure_reason
from chowda.clams.mmif import SMALL_BYTES, MmifOutline, outline
from chowda.clams.response_body import BodyEndedEarly, UnknownEncoding, body_chunks
from chowda.clams.runtimes.answer_file import AnswerFile, AnswerTooLarge
from chowda.clams.runtimes.app_request import AppRequest, build_request
from chowda.clams.runtimes.call import AppAnswer, AppCall
from chowda.clams.runtimes.error_response import (
    beginning_of,
    check_status,
    error_answer,
    protocol_failure,
    unusable_body,
)
from chowda.errors import StepErrorCode, StepFailure


async def run(call: AppCall, on_progress: Callable[[float], None]) -> AppAnswer:
    """Send the MMIF to the app and write its answer to output_path, in constant memory.

    Raises StepFailure for each way in which an app can fail. After a failure or a cancellation, output_path does not
    exist.
    """
    try:
        status, answer = await _call(call, on_progress)
        sent = await call.input_outline
        if answer.size_bytes <= SMALL_BYTES:
            return _check(call, sent, status, answer)
        return await asyncio.to_thread(_check, call, sent, status, answer)
    except BaseException as exc:
        call.output_path.unlink(missing_ok=True)
        if isinstance(exc, OSError):
            raise StepFailure(
                StepErrorCode.STORE_UNAVAILABLE,
                f"Chowda can't read or write MMIF files: {exc.strerror or exc}.",
            ) from exc
        raise


async def _call(call: AppCall, on_progress: Callable[[float], None]) -> tuple[int, AnswerFile]:
    endpoint = display_endpoint(call.endpoint)
    try:
        async with asyncio.timeout(call.timeout_seconds):
            request = await build_request(call)
            async with progress.polling(call.endpoint, call.request_id, on_progress):
                return await _exchange(call, request)
    except TimeoutError:
        raise StepFailure(
            StepErrorCode.APP_TIMEOUT,
            f"{endpoint} sent no complete answer within {call.timeout_seconds:g} s.",
        ) from None
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as exc:
        raise StepFailure(
            StepErrorCode.APP_UNREACHABLE, f"{endpoint} can't be reached: {failure_reason(exc)}."
        ) from exc
    except (httpx.NetworkError, httpx.TimeoutException, BodyEndedEarly) as exc:
        raise StepFailure(
            StepErrorCode.APP_DISCONNECTED, f"{endpoint} broke the connection: {failure_reason(exc)}."
        ) from exc
    except httpx.RemoteProtocolError as exc:
        raise protocol_failure(endpoint, str(exc)) from exc


async def _exchange(call: AppCall, request: AppRequest) -> tuple[int, AnswerFile]:
    async with exchange("POST", request.url, request.headers, request.body()) as response:
        await check_status(response)
        with contextlib.closing(AnswerFile(call.output_path, call.size_limit_bytes)) as answer:
            try:
                answer.check_size(int(response.headers.get("Content-Length", 0)))
                async for chunk in body_chunks(response):
                    await answer.write(chunk)
            except AnswerTooLarge:
                raise unusable_body(
                    response, f"is larger than the limit of {call.size_limit_bytes:,} bytes"
                ) from None
            except UnknownEncoding as exc:
                raise unusable_body(response, f"can't be read: {exc}") from None
        return response.status_code, answer


def _check(call: AppCall, sent: MmifOutline, status: int, answer: AnswerFile) -> AppAnswer:
    """Read the complete answer, which blocks if it is large. Raises StepFailure unless it is a valid answer."""
    if not httpx.codes.is_success(status):
        raise error_answer(call, sent, status)
    try:
        answer_outline = outline(call.output_path, "The app's answer")
    except StepFailure as exc:
        raise StepFailure(exc.code, exc.message, beginning_of(call.output_path)) from None
    check_answer(sent, answer_outline, call.metadata.identifier)
    return AppAnswer(call.output_path, answer.sha256, answer.size_bytes, answer_outline)
