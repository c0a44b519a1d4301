"""HTTP requests to CLAMS apps, sent with httpx.

Why each setting differs from httpx's defaults: docs/decisions/calls-of-apps.md.
"""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import os
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx

from chowda.clams.endpoint import display_endpoint

CONNECT_SECONDS = 30.0
HEADERS = {"Accept-Encoding": "identity", "Connection": "close", "User-Agent": "chowda"}


class _Redirected(Exception):
    def __init__(self, response: httpx.Response) -> None:
        super().__init__()
        self.response = response


@contextlib.asynccontextmanager
async def exchange(
    method: str,
    url: httpx.URL | str,
    headers: Mapping[str, str],
    content: bytes | AsyncIterator[bytes] | None = None,
) -> AsyncIterator[httpx.Response]:
    """Sends a request on a new connection and yields the response. Read its body inside the block.

    A redirect is returned like any other response, without its body. Only connecting has a time limit, so
    limit the whole exchange with asyncio.timeout. Raises httpx.TransportError.
    """
    async with _client(httpx.URL(url)) as client:
        request = client.build_request(
            method, url, headers=headers, content=content, extensions={"trace": _probe_idle_connections}
        )
        try:
            response = await client.send(request, stream=True)
        except _Redirected as redirected:
            response = redirected.response
        try:
            yield response
        finally:
            await response.aclose()


def failure_reason(exc: BaseException) -> str:
    """Return why a connection failed, in the words of the operating system. httpx wraps its errors several times."""
    if isinstance(exc, httpx.ConnectTimeout):
        return f"no connection within {CONNECT_SECONDS:g} s"
    if isinstance(exc, httpx.ProxyError):
        return f"proxy: {exc}"
    chain: list[BaseException] = [exc]
    for error in chain:
        if isinstance(error, ssl.SSLError):
            return f"TLS: {getattr(error, 'verify_message', '') or getattr(error, 'reason', '') or error}"
        if isinstance(error, socket.gaierror):
            return "the host name is unknown"
        if isinstance(error, OSError) and error.errno:
            return os.strerror(error.errno).lower()
        causes = [*getattr(error, "exceptions", ()), error.__cause__, error.__context__]
        chain.extend(cause for cause in causes if cause is not None and cause not in chain)
    return str(exc) or type(exc).__name__


def redirect_target(response: httpx.Response) -> str:
    """Return the target of a redirect for a message."""
    try:
        return display_endpoint(str(response.url.join(response.headers.get("Location", ""))))
    except (httpx.InvalidURL, ValueError):
        return "an invalid address"


@functools.cache
def tls_settings() -> ssl.SSLContext:
    """The TLS settings of all requests, loaded once: that takes longer than a whole call of a small app."""
    return httpx.create_ssl_context()


def _client(url: httpx.URL) -> httpx.AsyncClient:
    """A client for one request: apps on the same host must not see each other's cookies."""
    try:
        return httpx.AsyncClient(
            verify=tls_settings(),
            headers=HEADERS,
            timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
            trust_env=not _is_loopback(url.host),
            event_hooks={"response": [_stop_at_redirect]},
        )
    except ImportError:
        raise httpx.ProxyError("SOCKS proxies need the Python package socksio") from None
    except (httpx.InvalidURL, ValueError):  # their messages may hold a part of the proxy's password
        raise httpx.ProxyError("HTTP_PROXY, HTTPS_PROXY, ALL_PROXY or NO_PROXY is not valid") from None


def _is_loopback(host: str) -> bool:
    """True for names and addresses of this machine. httpx would send them through a proxy."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _stop_at_redirect(response: httpx.Response) -> None:
    """httpx parses the target even of a redirect that it does not follow, and fails if that is not a URL."""
    if response.has_redirect_location:
        raise _Redirected(response)


def _keep_alive_options() -> list[tuple[int, int, int]]:
    options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, name):
            options.append((socket.IPPROTO_TCP, getattr(socket, name), value))
    return options


KEEP_ALIVE_OPTIONS = _keep_alive_options()


async def _probe_idle_connections(event: str, info: Mapping[str, Any]) -> None:
    """Turns on the kernel's keep-alive probes: a call may take a day, and a machine that dies closes nothing.

    A trace and not the transport's socket_options: those leave out connections to a proxy.
    """
    if event == "connection.connect_tcp.complete":
        connected = info["return_value"].get_extra_info("socket")
        for option in KEEP_ALIVE_OPTIONS:
            connected.setsockopt(*option)
