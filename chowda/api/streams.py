"""Responses that are sent while they are produced."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import anyio
from starlette.responses import StreamingResponse
from starlette.types import Send

CLOSING_SECONDS = 5.0


class ClosingResponse(StreamingResponse):
    """Closes its source as soon as the client disconnects, not when the garbage collector runs."""

    async def stream_response(self, send: Send) -> None:
        try:
            await super().stream_response(send)
        finally:
            close = getattr(self.body_iterator, "aclose", None)
            if close is not None:
                # Shielded, because the disconnect cancels this task.
                with anyio.move_on_after(CLOSING_SECONDS, shield=True):
                    await close()


async def begun(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, Any]:
    """The same chunks, after the first has arrived: an earlier failure can still become an error response."""
    first = await anext(chunks, b"")

    async def all_chunks() -> AsyncGenerator[bytes, Any]:
        try:
            yield first
            async for chunk in chunks:
                yield chunk
        finally:
            close = getattr(chunks, "aclose", None)
            if close is not None:
                await close()

    return all_chunks()
