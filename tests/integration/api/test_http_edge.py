from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from running_api import RunningApi, running_api
from starlette.middleware import Middleware
from starlette.responses import StreamingResponse

from chowda.api.edge import Edge
from chowda.api.metrics import Metrics


@pytest.fixture
def api(tmp_path: Path) -> Iterator[RunningApi]:
    """Routes that go wrong after their answer has begun."""
    metrics = Metrics()
    app = FastAPI(middleware=[Middleware(Edge, requests=metrics.requests, seconds=metrics.seconds)])
    app.state.stopping = asyncio.Event()

    async def five_bytes() -> AsyncIterator[bytes]:
        yield b"12345"

    async def breaks() -> AsyncIterator[bytes]:
        yield b"12345"
        raise ValueError("SELECT secret FROM /a/path")

    @app.get("/short")
    async def short() -> StreamingResponse:
        return StreamingResponse(five_bytes(), headers={"Content-Length": "10"})

    @app.get("/broken")
    async def broken() -> StreamingResponse:
        return StreamingResponse(breaks())

    with running_api("", tmp_path, app) as running:
        yield running


@pytest.mark.parametrize("path", ["/short", "/broken"])
def test_broken_off_response_is_never_complete(api: RunningApi, path: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError) as broken:
        httpx.get(api.url + path, timeout=20)
    assert "secret" not in str(broken.value)
