"""A proxy in front of the S3 server. It records requests, backdates objects and injects faults."""

from __future__ import annotations

import re
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Self

import httpx
import pytest
import uvicorn
from s3_server import ENVIRONMENT, S3Server
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

METHODS = ["GET", "HEAD", "PUT", "POST", "DELETE"]
HOP_BY_HOP_HEADERS = {"connection", "keep-alive", "transfer-encoding"}
LISTED = re.compile(r"<Contents>.*?</Contents>", re.DOTALL)
KEY = re.compile(r"<Key>([^<]*)</Key>")
LAST_MODIFIED = re.compile(r"<LastModified>[^<]*</LastModified>")


class S3Proxy:
    """Forwards requests with their signatures. All faults are off at first."""

    def __init__(self, server: S3Server) -> None:
        self.server = server
        self.requests: list[str] = []
        "Each in the form: METHOD key parameter-names."
        self.broken = False
        "Respond with status 500 to every request."
        self.cut_after_bytes: int | None = None
        "Close the connection after this many bytes of a body."
        self._put_at: dict[str, datetime] = {}
        app = Starlette(
            routes=[Route("/{bucket}{key:path}", self._handle, methods=METHODS)], lifespan=self._connected
        )
        self._proxy = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="on"))
        self._thread = threading.Thread(target=self._proxy.run, name="s3-proxy", daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._proxy.servers[0].sockets[0].getsockname()[1]}"

    def make_old(self, key: str, days: float) -> None:
        """Report a modification time this many days ago for the object, until its next write."""
        self._put_at[key] = datetime.now(UTC) - timedelta(days=days)

    def __enter__(self) -> Self:
        self._thread.start()
        while not self._proxy.started:
            self._thread.join(0.01)
        return self

    def __exit__(self, *exc: object) -> None:
        self._proxy.should_exit = True
        self._thread.join(10)

    @asynccontextmanager
    async def _connected(self, _app: Starlette) -> AsyncIterator[None]:
        plain = {"accept-encoding": "identity"}
        async with httpx.AsyncClient(base_url=self.server.url, headers=plain, timeout=60) as self._client:
            yield

    async def _handle(self, request: Request) -> Response:
        key = request.path_params["key"].strip("/")
        self.requests.append(" ".join([request.method, key, *sorted(request.query_params)]))
        if self.broken:
            return Response("<Error><Code>InternalError</Code></Error>", 500)
        address = httpx.URL(path=request.url.path, query=request.url.query.encode())
        body = request.stream() if "content-length" in request.headers else None
        answer = await self._client.send(
            self._client.build_request(request.method, address, headers=request.headers.raw, content=body),
            stream=True,
        )
        if request.method in {"PUT", "POST", "DELETE"} and answer.is_success:
            self._put_at.pop(key, None)
        headers = {name: value for name, value in answer.headers.items() if name not in HOP_BY_HOP_HEADERS}
        if key in self._put_at:
            headers["last-modified"] = format_datetime(self._put_at[key], usegmt=True)
        if "list-type" in request.query_params:
            listing = LISTED.sub(self._backdated, (await answer.aread()).decode())
            headers.pop("content-length", None)
            return Response(listing, answer.status_code, headers)
        closing = BackgroundTask(answer.aclose)
        return StreamingResponse(self._body(answer), answer.status_code, headers, background=closing)

    def _backdated(self, listed: re.Match[str]) -> str:
        key = KEY.search(listed[0])
        if key is None or key[1] not in self._put_at:
            return listed[0]
        put_at = self._put_at[key[1]].strftime("%Y-%m-%dT%H:%M:%SZ")
        return LAST_MODIFIED.sub(f"<LastModified>{put_at}</LastModified>", listed[0])

    async def _body(self, answer: httpx.Response) -> AsyncIterator[bytes]:
        left = self.cut_after_bytes
        async for chunk in answer.aiter_raw():
            if left is not None and len(chunk) > left:
                yield chunk[:left]
                raise ConnectionResetError("connection closed by the test")
            left = None if left is None else left - len(chunk)
            yield chunk


@pytest.fixture
def s3(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Proxy]:
    """A proxy with an empty bucket. The AWS_* variables point to it."""
    s3_server.start()
    s3_server.empty()
    with S3Proxy(s3_server) as proxy:
        for name, value in (*ENVIRONMENT.items(), ("AWS_ENDPOINT_URL", proxy.url)):
            monkeypatch.setenv(name, value)
        yield proxy
