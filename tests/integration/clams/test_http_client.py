"""How requests reach CLAMS apps: connections, TLS, proxies and limits."""

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

from chowda.clams import http_client
from chowda.clams.http_client import exchange

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy"
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


class TestAnEarlyResponse:
    """The app responds before it has read the whole request."""

    async def test_is_received_if_the_app_reads_on(self) -> None:
        async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(BUSY)
            await reader.readexactly(LARGE_BYTES)
            writer.close()

        async with serving(refuse) as port, asyncio.timeout(30):
            headers = {"Content-Length": str(LARGE_BYTES)}
            async with exchange("POST", f"http://127.0.0.1:{port}/", headers, large_body([])) as response:
                assert response.status_code == 503
                assert await response.aread() == b"busy"

    async def test_is_received_after_a_reset_if_the_request_fits_in_the_socket_buffers(self) -> None:
        reset = asyncio.Event()

        async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(BUSY)
            await asyncio.sleep(0.2)  # the response must arrive before the reset
            writer.transport.abort()
            reset.set()

        async def body() -> AsyncIterator[bytes]:
            yield CHUNK
            await reset.wait()

        async with serving(refuse) as port, asyncio.timeout(10):
            headers = {"Content-Length": str(len(CHUNK))}
            async with exchange("POST", f"http://127.0.0.1:{port}/", headers, body()) as response:
                assert response.status_code == 503
                assert await response.aread() == b"busy"

    async def test_is_lost_after_a_reset_if_the_request_is_larger(self) -> None:
        async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(BUSY)
            await asyncio.sleep(0.2)
            writer.transport.abort()

        async with serving(refuse) as port, asyncio.timeout(10):
            headers = {"Content-Length": str(LARGE_BYTES)}
            with pytest.raises(httpx.NetworkError):
                async with exchange("POST", f"http://127.0.0.1:{port}/", headers, large_body([])):
                    pass


async def test_the_request_body_is_read_only_as_fast_as_the_app_accepts_it() -> None:
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


async def test_a_response_is_read_only_as_fast_as_it_is_consumed() -> None:
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


async def test_the_next_address_of_a_name_is_tried_if_one_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(answer) as port:

        async def two(_loop: object, host: str, port: int, **_: object) -> list[Any]:
            kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
            return [(*kind, ("127.0.0.1", 1)), (*kind, ("127.0.0.1", port))]

        monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", two)
        assert await get(f"http://app.example:{port}/") == b"ok"


async def test_apps_on_one_host_do_not_see_each_others_cookies() -> None:
    heads = []

    async def set_a_cookie(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(OK.replace(b"\r\n", b"\r\nSet-Cookie: name=value; Path=/\r\n", 1))
        writer.close()

    async with serving(set_a_cookie) as one, serving(set_a_cookie) as other:
        for port in (one, other, one):
            await get(f"http://127.0.0.1:{port}/")
    assert len(heads) == 3
    assert not any(b"cookie" in head.lower() for head in heads)


class TestLimits:
    @pytest.mark.parametrize(
        "head",
        [
            b"HTTP/1.1 200 OK\r\nX-Filler: ",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;extension=",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Filler: ",
        ],
        ids=["header", "chunk header", "trailer"],
    )
    async def test_a_header_that_does_not_end_is_refused(self, head: bytes) -> None:
        async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(head)
            for _ in range(LARGE_BYTES // len(CHUNK)):
                writer.write(CHUNK.replace(b"\0", b"x"))
                await writer.drain()
            await asyncio.sleep(30)

        async with serving(pour) as port, asyncio.timeout(10):
            with pytest.raises(httpx.RemoteProtocolError, match="Receive buffer too long"):
                await get(f"http://127.0.0.1:{port}/")

    async def test_headers_of_90_kb_are_accepted(self) -> None:
        async def long_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(OK.replace(b"\r\n", b"\r\nX-Filler: %s\r\n" % (b"x" * 90_000), 1))
            writer.close()

        async with serving(long_head) as port:
            assert await get(f"http://127.0.0.1:{port}/") == b"ok"

    @pytest.mark.parametrize("scheme", ["http", "https"])
    async def test_connecting_has_a_time_limit(self, monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
        """Over http the host swallows packets; over https the TLS handshake is never answered."""
        monkeypatch.setattr(http_client, "CONNECT_SECONDS", 0.2)
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            fillers = [socket.socket() for _ in range(4 if scheme == "http" else 0)]
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(listener.getsockname())
            async with asyncio.timeout(10):
                with pytest.raises(httpx.ConnectTimeout):
                    await get(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/")
            for filler in fillers:
                filler.close()

    async def test_nothing_but_connecting_has_a_time_limit(self) -> None:
        """An app may work for hours before it responds; httpx gives up after 5 s by default."""
        async with serving(answer) as port, exchange("GET", f"http://127.0.0.1:{port}/", {}) as response:
            limits = response.request.extensions["timeout"]
        assert limits == {"connect": 30.0, "read": None, "write": None, "pool": None}


def idle_seconds(response: httpx.Response) -> int:
    """After how many idle seconds the kernel probes the connection; 0 if it does not."""
    connected = response.extensions["network_stream"].get_extra_info("socket")
    if not connected.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE):
        return 0
    return int(connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE))


linux_only = pytest.mark.skipif(not hasattr(socket, "TCP_KEEPIDLE"), reason="the option is Linux's")


@linux_only
async def test_the_kernel_probes_idle_connections() -> None:
    async with serving(answer) as port, exchange("GET", f"http://127.0.0.1:{port}/", {}) as response:
        assert idle_seconds(response) == 60


class Proxy:
    """Answers every request itself."""

    def __init__(self) -> None:
        self.requests: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.requests.append(head.decode().partition("\r\n")[0])
        writer.write(OK if head.startswith(b"GET") else b"HTTP/1.1 403 Not Allowed\r\n\r\n")
        writer.close()


class TestProxies:
    @pytest.fixture
    async def proxy(self, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Proxy]:
        proxy = Proxy()
        for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.upper(), raising=False)
        async with serving(proxy.serve) as port:
            monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
            yield proxy

    async def test_the_proxy_of_the_environment_is_used(self, proxy: Proxy) -> None:
        assert await get("http://app.example:5000/") == b"ok"
        assert proxy.requests == ["GET http://app.example:5000/ HTTP/1.1"]

    async def test_a_proxy_that_refuses_says_why(self, proxy: Proxy) -> None:
        with pytest.raises(httpx.ProxyError, match="403 Not Allowed"):
            await get("https://app.example/")
        assert proxy.requests == ["CONNECT app.example:443 HTTP/1.1"]

    async def test_hosts_in_no_proxy_are_reached_directly(
        self, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("NO_PROXY", "invalid")
        with pytest.raises(httpx.ConnectError):
            await get("http://app.invalid:5000/")
        assert proxy.requests == []

    @pytest.mark.parametrize("host", ["localhost", "app.localhost", "127.0.0.1", "127.1.2.3", "[::1]"])
    async def test_this_machine_is_reached_directly(self, proxy: Proxy, host: str) -> None:
        with pytest.raises(httpx.ConnectError):
            await get(f"http://{host}:1/")
        assert proxy.requests == []

    @linux_only
    async def test_the_kernel_probes_idle_connections_to_a_proxy(self, proxy: Proxy) -> None:
        async with exchange("GET", "http://app.example:5000/", {}) as response:
            assert idle_seconds(response) == 60

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("HTTP_PROXY", "http://me:s3cret/@proxy:3128"),
            ("HTTP_PROXY", "ftp://me:s3cret@proxy"),
            ("NO_PROXY", "[::1]"),
        ],
    )
    async def test_invalid_settings_are_named_without_their_secrets(
        self, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        monkeypatch.setenv(name, value)
        with pytest.raises(httpx.ProxyError) as caught:
            await get("http://app.example:5000/")
        assert name in str(caught.value)
        assert "s3cret" not in str(caught.value)


@pytest.fixture
def authority() -> Iterator[trustme.CA]:
    http_client.tls_settings.cache_clear()
    yield trustme.CA()
    http_client.tls_settings.cache_clear()


async def test_tls_needs_a_trusted_certificate(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server_side)
    async with serving(answer, ssl=server_side) as port:
        with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
            await get(f"https://localhost:{port}/")
        http_client.tls_settings.cache_clear()
        trusted = tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(str(trusted))
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        assert await get(f"https://localhost:{port}/") == b"ok"
        with pytest.raises(httpx.ConnectError, match="IP address mismatch"):
            await get(f"https://127.0.0.1:{port}/")
