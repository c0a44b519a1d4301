"""HTTP/1.1 with CLAMS apps: a request and its answer over a connection of their own.

Apps close after each answer, so there is nothing to pool, and no cookie, proxy or redirect to look after: httpx's
client and transport take five times as long (docs/decisions/calls-of-apps.md). Requests, answers and errors are
httpx's; h11 writes and reads the messages.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import cast

import aiohappyeyeballs
import h11
import httpx

CONNECT_SECONDS = 30.0
SECOND_ADDRESS_SECONDS = 0.25
"After which the next address of a name is tried too (RFC 8305)."
RECEIVED_AHEAD_BYTES = 1 << 18
HEAD_LIMIT_BYTES = 100 * 1024
HEADERS = {"Accept-Encoding": "identity", "Connection": "close", "User-Agent": "chowda"}


@contextlib.asynccontextmanager
async def exchange(
    method: str,
    url: httpx.URL | str,
    headers: Mapping[str, str],
    content: bytes | AsyncIterator[bytes] | None = None,
) -> AsyncIterator[httpx.Response]:
    """Sends a request; the answer's body is read in the block.

    No cookies, proxies or credentials from elsewhere; a redirect is an answer. There is no time-out but that of
    connecting: the caller bounds the whole with asyncio.timeout. Raises httpx.TransportError.
    """
    request = httpx.Request(method, url, headers={**HEADERS, **headers}, content=content)
    connection = await _connect(request.url)
    try:
        head = await _send(connection, request)
        yield httpx.Response(
            head.status_code,
            headers=head.headers.raw_items(),
            stream=_Body(connection),
            request=request,
            extensions={"reason_phrase": head.reason},
        )
    finally:
        connection.abort()


@functools.cache
def tls_settings() -> ssl.SSLContext:
    """Made once: reading the certificates takes longer than a whole call of a small app."""
    return httpx.create_ssl_context()


def _socket_options() -> list[tuple[int, int, int]]:
    """Keep-alive probes by the kernel: a call may take a day, and a machine that died sends no goodbye."""
    options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, name):
            options.append((socket.IPPROTO_TCP, getattr(socket, name), value))
    return options


SOCKET_OPTIONS = _socket_options()


async def _connect(url: httpx.URL) -> _Connection:
    host, port = url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            connected = await aiohappyeyeballs.start_connection(
                addresses, happy_eyeballs_delay=SECOND_ADDRESS_SECONDS
            )
            try:
                for option in SOCKET_OPTIONS:
                    connected.setsockopt(*option)
                if url.scheme == "https":
                    return await _secured(connected, host)
                _, connection = await loop.create_connection(_Connection, sock=connected)
            except BaseException:
                connected.close()
                raise
            return connection
    except TimeoutError as exc:
        raise httpx.ConnectTimeout(f"no connection within {CONNECT_SECONDS:g} s") from exc
    except OSError as exc:
        raise httpx.ConnectError(str(exc)) from exc


async def _secured(connected: socket.socket, host: str) -> _Connection:
    loop = asyncio.get_running_loop()
    try:
        _, connection = await loop.create_connection(
            _Connection, sock=connected, ssl=tls_settings(), server_hostname=host
        )
    except ConnectionError as exc:
        raise ssl.SSLEOFError("the other side broke off the handshake") from exc
    return connection


class _Connection(asyncio.Protocol):
    """The bytes of one connection, with no more of them in memory than are wanted soon."""

    def __init__(self) -> None:
        self.messages = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_LIMIT_BYTES)
        self._received = bytearray()
        self._lost: Exception | None = None
        self._ended = False
        self._full = False
        self._held_up = False
        self._moved: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if len(self._received) >= RECEIVED_AHEAD_BYTES and not self._held_up:
            self._transport.pause_reading()
            self._held_up = True
        self._move()

    def eof_received(self) -> None:
        self._ended = True
        self._move()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended, self._lost = True, exc
        self._move()

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        self._move()

    async def write(self, data: bytes) -> None:
        """Raises OSError once the other side has closed the connection."""
        if self._ended and self._transport.is_closing():
            raise self._lost or BrokenPipeError("the connection is closed")
        self._transport.write(data)
        while self._full and not self._transport.is_closing():
            await self._movement()

    async def read(self) -> bytes | bytearray:
        """What has come in, once anything has; nothing: the end. Raises OSError for a broken connection."""
        while not self._received and not self._ended:
            await self._movement()
        if not self._received:
            if self._lost is not None:
                raise self._lost
            return b""
        received, self._received = self._received, bytearray()
        if self._held_up:
            self._held_up = False
            self._transport.resume_reading()
        return received

    def abort(self) -> None:
        self._transport.abort()

    def _move(self) -> None:
        if self._moved is not None and not self._moved.done():
            self._moved.set_result(None)

    async def _movement(self) -> None:
        self._moved = asyncio.get_running_loop().create_future()
        await self._moved


class _Body(httpx.AsyncByteStream):
    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            event = await _next_event(self._connection)
            if isinstance(event, h11.Data):
                yield bytes(event.data)
            elif isinstance(event, h11.EndOfMessage | h11.PAUSED):
                return


async def _send(connection: _Connection, request: httpx.Request) -> h11.Response:
    """Sends the request and reads the head of the answer."""
    with _httpx_errors(h11.LocalProtocolError, httpx.LocalProtocolError):
        head = h11.Request(
            method=request.method.encode(), target=request.url.raw_path, headers=request.headers.raw
        )
        # An app may answer, and close, before it has read all: what it says then is worth more than the failure.
        with contextlib.suppress(OSError):
            await connection.write(_sent(connection, head))
            async for chunk in cast(httpx.AsyncByteStream, request.stream):
                await connection.write(_sent(connection, h11.Data(data=chunk)))
            await connection.write(_sent(connection, h11.EndOfMessage()))
    while True:
        event = await _next_event(connection)
        if isinstance(event, h11.Response):
            return event


def _sent(connection: _Connection, event: h11.Event) -> bytes:
    return connection.messages.send(event) or b""


async def _next_event(connection: _Connection) -> h11.Event | type[h11.PAUSED]:
    messages = connection.messages
    with _httpx_errors(h11.RemoteProtocolError, httpx.RemoteProtocolError):
        while (event := messages.next_event()) is h11.NEED_DATA:
            try:
                received = await connection.read()
            except OSError as exc:
                raise httpx.ReadError(str(exc)) from exc
            if not received and messages.their_state is h11.SEND_RESPONSE:
                raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
            messages.receive_data(bytes(received))
    return cast("h11.Event | type[h11.PAUSED]", event)


@contextlib.contextmanager
def _httpx_errors(theirs: type[h11.ProtocolError], ours: type[httpx.ProtocolError]) -> Iterator[None]:
    try:
        yield
    except theirs as exc:
        raise ours(str(exc)) from exc
