"""Answers that are sent while they are made."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import anyio
from starlette.responses import StreamingResponse
from starlette.types import Send

CLOSING_SECONDS = 5.0


class ClosingResponse(StreamingResponse):
    """Closes its source as soon as the client has gone, instead of when the garbage collector finds it."""

    async def stream_response(self, send: Send) -> None:
        try:
            await super().stream_response(send)
        finally:
            close = getattr(self.body_iterator, "aclose", None)
            if close is not None:
                # Shielded: the client's going cancels this very task.
                with anyio.move_on_after(CLOSING_SECONDS, shield=True):
                    await close()


async def begun(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, Any]:
    """The same chunks, once the first is there: what fails before can still be answered with an error."""
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
