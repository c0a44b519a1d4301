"""Asks an app how far it has come with a call, while the call runs."""

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


class _Answer(msgspec.Struct):
    percent: float


class _NoProgress(Exception):
    """The app has no such thing, or answers nonsense: it is not asked again in this step."""


@contextlib.asynccontextmanager
async def followed(
    endpoint: str, request_id: str, on_progress: Callable[[float], None]
) -> AsyncIterator[None]:
    """While the block runs the app is asked; one that is quicker than the first question costs next to nothing."""
    asking: list[asyncio.Task[None]] = []
    first = asyncio.get_running_loop().call_later(
        INTERVAL_SECONDS,
        lambda: asking.append(asyncio.create_task(_follow(endpoint, request_id, on_progress))),
    )
    try:
        yield
    finally:
        first.cancel()
        for task in asking:
            task.cancel()
            await asyncio.wait([task])


async def _follow(endpoint: str, request_id: str, on_progress: Callable[[float], None]) -> None:
    """GET {endpoint}/progress/{request_id} about once a second; tells each percent (0..100) until it is cancelled.

    Returns when the app says 404 or nonsense, or fails to answer three times in a row. Whatever the
    progress endpoint does, it raises nothing.
    """
    url = httpx.URL(endpoint)
    url = url.copy_with(path=f"{url.path.rstrip('/')}/progress/{quote(request_id, safe='')}")
    failures = 0
    while failures < _FAILURES_IN_A_ROW:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                percent = await _ask(url)
        except _NoProgress:
            return
        except (httpx.TransportError, TimeoutError):
            failures += 1
        else:
            failures = 0
            on_progress(percent)
        await asyncio.sleep(INTERVAL_SECONDS)


async def _ask(url: httpx.URL) -> float:
    content = bytearray()
    async with exchange("GET", url, {}) as response:
        if response.status_code != httpx.codes.OK:
            raise _NoProgress
        async for chunk in response.aiter_raw():
            content += chunk
            if len(content) > _ANSWER_BYTES:
                raise _NoProgress
    try:
        percent = msgspec.json.decode(content, type=_Answer).percent
    except (msgspec.DecodeError, RecursionError):
        raise _NoProgress from None
    if not 0 <= percent <= 100:
        raise _NoProgress
    return percent
