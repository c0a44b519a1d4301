"""The connection that a call of an app goes over."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from chowda.clams import transport
from chowda.clams.transport import exchange

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LARGE_BYTES = 64 << 20
CHUNK = bytes(1 << 16)
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(serve: Serve, **options: Any) -> AsyncIterator[int]:
    """The port."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0, **options)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(OK)
    writer.close()


async def large_body(sent: list[int]) -> AsyncIterator[bytes]:
    for _ in range(LARGE_BYTES // len(CHUNK)):
        sent.append(len(CHUNK))
        yield CHUNK


async def get(url: str) -> bytes:
    async with exchange("GET", url, {}) as response:
        return await response.aread()


async def test_an_app_that_answers_before_it_has_read_all_is_heard() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy")
        await asyncio.sleep(0.2)  # so that it has arrived before the connection breaks
        writer.transport.abort()

    async with serving(refuse) as port, asyncio.timeout(10):
        headers = {"Content-Length": str(LARGE_BYTES)}
        body = large_body([])
        async with exchange("POST", f"http://127.0.0.1:{port}/", headers, body) as response:
            assert response.status_code == 503
            assert await response.aread() == b"busy"


async def test_no_more_is_read_from_the_disk_than_the_app_takes() -> None:
    go_on = asyncio.Event()

    async def read_later(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await go_on.wait()
        await reader.readexactly(LARGE_BYTES)
        writer.write(OK)
        writer.close()

    sent: list[int] = []
    async with serving(read_later) as port, asyncio.timeout(30):
        headers = {"Content-Length": str(LARGE_BYTES)}

        async def call() -> bytes:
            async with exchange("POST", f"http://127.0.0.1:{port}/", headers, large_body(sent)) as response:
                return await response.aread()

        calling = asyncio.create_task(call())
        await asyncio.sleep(0.3)
        assert sum(sent) < LARGE_BYTES / 2
        go_on.set()
        assert await calling == b"ok"
        assert sum(sent) == LARGE_BYTES


async def test_no_more_of_an_answer_is_taken_than_is_wanted() -> None:
    written = 0

    async def tell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % LARGE_BYTES)
        while written < LARGE_BYTES:
            writer.write(CHUNK)
            written += len(CHUNK)
            await writer.drain()
        writer.close()

    async with (
        serving(tell) as port,
        asyncio.timeout(30),
        exchange("GET", f"http://127.0.0.1:{port}/", {}) as response,
    ):
        await asyncio.sleep(0.3)
        assert written < LARGE_BYTES / 2
        received = 0
        async for chunk in response.aiter_raw():
            received += len(chunk)
        assert received == LARGE_BYTES


async def test_where_one_address_of_a_name_refuses_the_next_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(answer) as port:

        async def two(_loop: object, host: str, port: int, **_: object) -> list[Any]:
            kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
            return [(*kind, ("127.0.0.1", 1)), (*kind, ("127.0.0.1", port))]

        monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", two)
        assert await get(f"http://app.example:{port}/") == b"ok"


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch) -> Iterator[trustme.CA]:
    transport.tls_settings.cache_clear()
    yield trustme.CA()
    transport.tls_settings.cache_clear()


async def test_tls_is_spoken_with_who_has_a_certificate_that_is_trusted(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server_side)
    async with serving(answer, ssl=server_side) as port:
        with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
            await get(f"https://localhost:{port}/")
        transport.tls_settings.cache_clear()
        trusted = tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(str(trusted))
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        assert await get(f"https://localhost:{port}/") == b"ok"
        with pytest.raises(httpx.ConnectError, match="IP address mismatch"):
            await get(f"https://127.0.0.1:{port}/")
