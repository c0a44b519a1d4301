"""Clients that are slow, send too much, or don't send HTTP are disconnected or refused, and don't affect others."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from graphql_wire import TRANSPORT_WS, greet, receive, subscribe
from running_api import RunningApi
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from chowda.api import graphql_endpoint, http_connection

MEGABYTE = 1 << 20
POST = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
UPLOAD = "POST /mmif?guid=none HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
GET = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
TYPENAME = b'{"query": "{ __typename }"}'


def exchange(
    api: RunningApi, *pieces: bytes, pause_seconds: float = 0.0, patience_seconds: float = 20.0
) -> bytes:
    """Send the pieces and return everything that the server sends until it closes the connection."""
    with socket.create_connection(("127.0.0.1", api.port), timeout=patience_seconds) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(pause_seconds)
        except OSError:
            pass
        answer = b""
        try:
            while chunk := connection.recv(65536):
                answer += chunk
        except ConnectionError:
            pass
        return answer


@pytest.fixture(autouse=True)
def no_internal_error(api: RunningApi, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert httpx.get(f"{api.url}/healthz").status_code == 200


@pytest.fixture
def short_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_connection, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(http_connection, "BODY_SECONDS", 0.5)


class TestSlow:
    def trickle(self, api: RunningApi, start: bytes, patience_seconds: float = 15.0) -> tuple[bytes, float]:
        """Send the start, then a byte at a time, until the server closes the connection."""
        began = time.monotonic()
        answer = b""
        with socket.create_connection(("127.0.0.1", api.port), timeout=0.1) as connection:
            connection.sendall(start)
            while time.monotonic() - began < patience_seconds:
                try:
                    connection.sendall(b"a")
                    chunk = connection.recv(65536)
                except TimeoutError:
                    continue
                except OSError:
                    return answer, time.monotonic() - began
                if not chunk:
                    return answer, time.monotonic() - began
                answer += chunk
        raise AssertionError("the server has not closed the connection")

    @pytest.mark.parametrize("start", [b"P", b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nX-A: "])
    def test_slow_request_head_times_out(self, api: RunningApi, short_timeouts: None, start: bytes) -> None:
        answer, _ = self.trickle(api, start)
        assert answer.startswith(b"HTTP/1.1 408 ")

    @pytest.mark.parametrize(
        "start", [POST, UPLOAD.replace("none", "x"), "PUT /nowhere HTTP/1.1\r\nHost: localhost\r\n"]
    )
    def test_slow_body_times_out(self, api: RunningApi, short_timeouts: None, start: str) -> None:
        answer, _ = self.trickle(api, f"{start}Content-Length: 100000\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 4")

    def test_slow_chunked_body_times_out(self, api: RunningApi, short_timeouts: None) -> None:
        answer, _ = self.trickle(api, f"{POST}Transfer-Encoding: chunked\r\n\r\nfffff\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 408 ")

    def test_slow_second_request_of_a_connection_times_out(
        self, api: RunningApi, short_timeouts: None
    ) -> None:
        answer, _ = self.trickle(api, GET.encode() + b"G")
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"HTTP/1.1 408 " in answer

    def test_silent_connection_is_closed_without_a_response(
        self, api: RunningApi, short_timeouts: None
    ) -> None:
        assert exchange(api) == b""

    async def test_slow_body_with_enough_progress_is_accepted(
        self, api: RunningApi, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(http_connection, "BODY_SECONDS", 0.4)
        monkeypatch.setattr(http_connection, "BODY_BYTES", 1)

        async def pieces() -> AsyncIterator[bytes]:
            for byte in TYPENAME:
                yield bytes([byte])
                await asyncio.sleep(0.05)

        async with httpx.AsyncClient(timeout=30) as client:
            headers = {"Content-Type": "application/json"}
            answer = await client.post(f"{api.url}/graphql", content=pieces(), headers=headers)
        assert answer.json() == {"data": {"__typename": "Query"}}

    async def test_idle_websocket_is_not_closed(self, api: RunningApi, short_timeouts: None) -> None:
        async with connect(api.websocket_url, subprotocols=[TRANSPORT_WS]) as websocket:
            await greet(websocket)
            await asyncio.sleep(1.5)
            await subscribe(websocket, "1", "{ __typename }")
            assert (await receive(websocket))["payload"] == {"data": {"__typename": "Query"}}

    def test_slow_connections_do_not_block_other_clients(self, api: RunningApi) -> None:
        slow = [socket.create_connection(("127.0.0.1", api.port)) for _ in range(300)]
        try:
            for connection in slow:
                connection.sendall(b"POST /graphql HTTP/1.1\r\nHost: ")
            answer = httpx.post(
                f"{api.url}/graphql", json={"query": "{ batchRuns { edges { cursor } } }"}, timeout=20
            )
            assert answer.json() == {"data": {"batchRuns": {"edges": []}}}
        finally:
            for connection in slow:
                connection.close()


class TestTooLargeOrNotHttp:
    @pytest.mark.parametrize(
        "sent",
        [
            b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: " + b"a" * MEGABYTE + b"\r\n\r\n",
            b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + b"X-A: aaaaaa\r\n" * 80_000 + b"\r\n",
            b"GET /" + b"a" * MEGABYTE + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"A" * MEGABYTE + b" / HTTP/1.1\r\n\r\n",
        ],
        ids=["one header", "many headers", "a path", "a method"],
    )
    def test_request_head_of_a_megabyte_is_refused(self, api: RunningApi, sent: bytes) -> None:
        answer = exchange(api, sent)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 400 "), answer[:100]

    @pytest.mark.parametrize(
        "sent",
        [
            POST + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}{}{}",
            POST + "Content-Length: -1\r\n\r\n",
            POST + "Content-Length: 0x10\r\n\r\n",
            POST + "Content-Length: 5, 6\r\n\r\n",
            POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            POST + "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
            POST + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
            POST + "Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
            "GET /healthz HTTP/1.1\r\n\r\n",
            "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "GET  /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "GET /healthz\r\n\r\n",
            "GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: localhost\r\nX-A: a\x00b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: localhost\r\n folded: 1\r\n\r\n",
            "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            "SSH-2.0-OpenSSH_9.6\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ],
    )
    def test_ambiguous_request_is_refused_and_closes_the_connection(
        self, api: RunningApi, short_timeouts: None, sent: str
    ) -> None:
        answer = exchange(api, sent.encode("latin-1"), GET.encode())
        assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 403 ", b"HTTP/1.1 408 ", b"HTTP/1.1 505 ")), (
            answer[:100]
        )
        assert answer.count(b"HTTP/1.1 ") == 1 or answer.startswith(b"HTTP/1.1 403 ")
        assert b"Traceback" not in answer

    def test_chunks_and_length_together_do_not_smuggle_a_second_request(
        self, api: RunningApi, short_timeouts: None
    ) -> None:
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(TYPENAME), TYPENAME)
        head = POST.encode() + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
        answer = exchange(api, head + body)
        assert answer.count(b"HTTP/1.1 ") == 1
        assert answer.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 400 "))

    def test_body_over_16_mb_is_refused(self, api: RunningApi) -> None:
        limit = graphql_endpoint.BODY_LIMIT_BYTES
        body = TYPENAME + b" " * (limit - len(TYPENAME))
        headers = {"Content-Type": "application/json"}
        assert httpx.post(f"{api.url}/graphql", content=body, headers=headers).status_code == 200
        answer = httpx.post(f"{api.url}/graphql", content=body + b" ", headers=headers)
        assert answer.status_code == 413
        assert answer.json()["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"


class TestWebSocket:
    async def test_message_over_the_limit_closes_the_connection(self, api: RunningApi) -> None:
        async with connect(api.websocket_url, subprotocols=[TRANSPORT_WS], max_size=None) as websocket:
            await greet(websocket)
            with pytest.raises(ConnectionClosed) as closed:
                await websocket.send("x" * (graphql_endpoint.BODY_LIMIT_BYTES + 1))
                while True:
                    await receive(websocket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009

    @pytest.mark.parametrize("message", [b"\xff" * 1000, b'{"type": "ping"}', "\ud83d", "[" * MEGABYTE])
    async def test_invalid_message_closes_the_connection(self, api: RunningApi, message: str | bytes) -> None:
        async with connect(api.websocket_url, subprotocols=[TRANSPORT_WS], max_size=None) as websocket:
            await greet(websocket)
            if message == "\ud83d":  # invalid UTF-8 in a text frame
                async with websocket.send_context():
                    websocket.protocol.send_text(b"\xed\xa0\xbd")
            else:
                await websocket.send(message)
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    await receive(websocket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code in (1007, 4400)

    async def test_one_connection_is_limited_to_100_subscriptions(self, api: RunningApi) -> None:
        count = 3000
        async with connect(api.websocket_url, subprotocols=[TRANSPORT_WS], max_size=None) as websocket:
            await greet(websocket)
            codes: list[str] = []

            async def listen() -> None:
                while len(codes) < count - graphql_endpoint.SUBSCRIPTIONS_PER_CONNECTION:
                    message = await receive(websocket)
                    if message["type"] == "error":
                        codes.append(message["payload"][0]["extensions"]["code"])

            listening = asyncio.create_task(listen())
            for number in range(count):
                await subscribe(websocket, str(number), "subscription { activeBatchRuns { id } }")
            await listening
            assert set(codes) == {"LIMIT_EXCEEDED"}
            assert api.services.hub.watchers <= graphql_endpoint.SUBSCRIPTIONS_PER_CONNECTION
        deadline = time.monotonic() + 20
        while api.services.hub.watchers:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)

    async def test_duplicate_operation_id_closes_the_connection(self, api: RunningApi) -> None:
        async with connect(api.websocket_url, subprotocols=[TRANSPORT_WS]) as websocket:
            await greet(websocket)
            for _ in range(2):
                await subscribe(websocket, "same", "subscription { activeBatchRuns { id } }")
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    await receive(websocket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4409

    async def test_unusual_operation_ids_are_accepted(self, api: RunningApi) -> None:
        async with connect(api.websocket_url, subprotocols=[TRANSPORT_WS], max_size=None) as websocket:
            await greet(websocket)
            for operation_id in ("", "\0", "\ud800", "x" * MEGABYTE, "🎞"):
                await subscribe(websocket, operation_id, "{ __typename }")
                answer = await receive(websocket)
                assert (answer["id"], answer["type"]) == (operation_id, "next"), json.dumps(answer)[:200]
                assert (await receive(websocket))["type"] == "complete"
