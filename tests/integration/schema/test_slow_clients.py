"""Clients that subscribe and then read nothing: memory stays bounded, and other clients are not delayed."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import strawberry
from fastapi import FastAPI
from graphql_wire import MULTIPART, TRANSPORT_WS, greet, receive, subscribe, until
from running_api import RunningApi, running_api
from starlette.routing import Route, WebSocketRoute
from websockets.asyncio.client import connect

from chowda.api import server as api_server
from chowda.api.graphql_endpoint import GraphQLEndpoint

EVENT_BYTES = 200_000
CLIENTS = 15
"Of each transport."
BULK = 'subscription { bulk(name: "%s") }'
RECEIVE_BUFFER_BYTES = 4096


class Sent:
    """The number of events taken from each subscription, and the open subscriptions."""

    def __init__(self) -> None:
        self.events: Counter[str] = Counter()
        self.open: set[str] = set()


def endless_app(sent: Sent) -> FastAPI:
    """The API's GraphQL endpoint, with a subscription that always has a new event."""

    @strawberry.type
    class Query:
        ready: bool = True

    @strawberry.type
    class Subscription:
        @strawberry.subscription
        async def bulk(self, name: str) -> AsyncGenerator[str, None]:
            sent.open.add(name)
            try:
                while True:
                    sent.events[name] += 1
                    yield "x" * EVENT_BYTES
                    await asyncio.sleep(0.01)
            finally:
                sent.open.discard(name)

    app = FastAPI()
    app.state.stopping = asyncio.Event()
    endpoint = GraphQLEndpoint(
        strawberry.Schema(Query, subscription=Subscription), lambda _: None, app.state.stopping
    )
    app.router.routes += [Route("/graphql", endpoint), WebSocketRoute("/graphql", endpoint)]
    return app


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
def api(sent: Sent, tmp_path: Path) -> Iterator[RunningApi]:
    with running_api("", tmp_path, endless_app(sent)) as running:
        yield running


def mute_socket(port: int) -> socket.socket:
    connection = socket.socket()
    # The minimum of the kernel. Unsent bytes then wait in the server.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    connection.connect(("127.0.0.1", port))
    return connection


def frame(message: object) -> bytes:
    """One masked text frame of a client."""
    data = json.dumps(message).encode()
    assert len(data) < 126
    return bytes([0x81, 0x80 | len(data), 0, 0, 0, 0]) + data


def mute_websocket(port: int, name: str) -> socket.socket:
    """Subscribes and never reads again."""
    connection = mute_socket(port)
    key = base64.b64encode(os.urandom(16)).decode()
    connection.sendall(
        f"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: {TRANSPORT_WS}\r\n\r\n".encode()
    )
    assert connection.recv(1024).startswith(b"HTTP/1.1 101")
    connection.sendall(frame({"type": "connection_init"}))
    assert b"connection_ack" in connection.recv(1024)
    connection.sendall(frame({"id": "1", "type": "subscribe", "payload": {"query": BULK % name}}))
    return connection


def mute_multipart(port: int, name: str) -> socket.socket:
    connection = mute_socket(port)
    body = json.dumps({"query": BULK % name}).encode()
    connection.sendall(
        f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Accept: {MULTIPART}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    return connection


def unsent_bytes(api: RunningApi) -> list[int]:
    """The number of bytes that wait in this process, by connection."""

    async def sizes() -> list[int]:
        return [
            transport.get_write_buffer_size()
            for connection in api.server.server_state.connections
            if (transport := getattr(connection, "transport", None)) is not None
        ]

    return api.run(sizes())


async def until_unsent(api: RunningApi, clients: int) -> None:
    """Waits until bytes wait for each of the mute clients."""
    await until(lambda: sum(size > 0 for size in unsent_bytes(api)) >= clients, 60)


async def test_unsent_bytes_are_bounded_and_a_fast_client_is_not_delayed(api: RunningApi, sent: Sent) -> None:
    names = [f"ws{n}" for n in range(CLIENTS)] + [f"mp{n}" for n in range(CLIENTS)]
    with ExitStack() as stack:
        for name in names:
            open_mute = mute_websocket if name.startswith("ws") else mute_multipart
            stack.enter_context(open_mute(api.port, name))
        async with connect(api.websocket_url, subprotocols=[TRANSPORT_WS], max_size=None) as fast:
            await greet(fast)
            await subscribe(fast, "1", BULK % "fast")
            await until_unsent(api, len(names))
            received = 0
            while received < 200:
                message = await receive(fast)
                received += message["type"] == "next"
        waiting = unsent_bytes(api)
        # The transport's high-water mark, and the one event that exceeds it.
        assert max(waiting) < 2**16 + 2 * EVENT_BYTES
        assert sent.open >= set(names)
        # Including the kernel's buffers. A client that reads again soon gets new events.
        assert max(sent.events[name] for name in names) * EVENT_BYTES < 2_000_000
    await until(lambda: not sent.open)


async def test_pings_of_a_mute_client_are_not_read(api: RunningApi, sent: Sent) -> None:
    with mute_websocket(api.port, "ws") as connection:
        await until_unsent(api, 1)
        connection.setblocking(False)
        pings = bytes([0x89, 0x80 | 125, 0, 0, 0, 0]) + b"p" * 125
        pings *= 100
        pending, refused, taken = pings, 0, 0
        while refused < 50 and taken < 30_000_000:
            try:
                sent_bytes = connection.send(pending)
            except BlockingIOError:
                refused += 1
                await asyncio.sleep(0.02)
            else:
                pending = pending[sent_bytes:] or pings
                taken += sent_bytes
                refused = 0
        assert max(unsent_bytes(api)) < 2**16 + 2 * EVENT_BYTES
    await until(lambda: not sent.open)


async def test_client_that_does_not_answer_pings_is_disconnected(
    api: RunningApi, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.server.config, "ws_ping_interval", 0.2)
    monkeypatch.setattr(api.server.config, "ws_ping_timeout", 0.2)
    monkeypatch.setattr(api_server, "ABORT_SECONDS", 0.2)
    with mute_websocket(api.port, "ws"):
        await until(lambda: sent.events["ws"] > 0 and not sent.open)


async def test_server_stops_within_seconds_despite_stalled_clients(sent: Sent, tmp_path: Path) -> None:
    with ExitStack() as stack:
        with running_api("", tmp_path, endless_app(sent)) as api:
            stack.enter_context(mute_websocket(api.port, "ws"))
            stack.enter_context(mute_multipart(api.port, "mp"))
            await until_unsent(api, 2)
            stopping = time.monotonic()
        assert time.monotonic() - stopping < 10
        assert not sent.open
