"""Polls an app for the progress of a call while the call runs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from urllib.parse import quote

import httpx
import msgspec

from chowda.clams.http_client import exchange

INTERVAL_SECONDS = 1.0
_ANSWER_SECONDS = 5.0
_ANSWER_BYTES = 4096
_FAILURES_IN_A_ROW = 3


class _Progress(msgspec.Struct):
    percent: float


class _NoProgress(Exception):
    """The app has no progress endpoint, or its answer is not valid: the polling ends."""


@contextlib.asynccontextmanager
async def polling(
    endpoint: str, request_id: str, on_progress: Callable[[float], None]
) -> AsyncIterator[None]:
    """Poll during the block, beginning after one interval: a short call causes no request."""
    tasks: list[asyncio.Task[None]] = []
    first = asyncio.get_running_loop().call_later(
        INTERVAL_SECONDS,
        lambda: tasks.append(asyncio.create_task(_poll(endpoint, request_id, on_progress))),
    )
    try:
        yield
    finally:
        first.cancel()
        for task in tasks:
            task.cancel()
            await asyncio.wait([task])


async def _poll(endpoint: str, request_id: str, on_progress: Callable[[float], None]) -> None:
    """Request {endpoint}/progress/{request_id} about once a second and report each percentage until cancelled.

    Returns after a 404, an invalid answer, or three failed requests in a row. Never raises.
    """
    url = httpx.URL(endpoint)
    url = url.copy_with(path=f"{url.path.rstrip('/')}/progress/{quote(request_id, safe='')}")
    failures = 0
    while failures < _FAILURES_IN_A_ROW:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                percent = await _request_percent(url)
        except _NoProgress:
            return
        except (httpx.TransportError, TimeoutError):
            failures += 1
        else:
            failures = 0
            on_progress(percent)
        await asyncio.sleep(INTERVAL_SECONDS)


async def _request_percent(url: httpx.URL) -> float:
    content = bytearray()
    async with exchange("GET", url, {}) as response:
        if response.status_code != httpx.codes.OK:
            raise _NoProgress
        async for chunk in response.aiter_raw():
            content += chunk
            if len(content) > _ANSWER_BYTES:
                raise _NoProgress
    try:
        percent = msgspec.json.decode(content, type=_Progress).percent
    except (msgspec.DecodeError, RecursionError):
        raise _NoProgress from None
    if not 0 <= percent <= 100:
        raise _NoProgress
    return percent
