"""Refuses requests from other web sites: a page that is open in the same browser can send requests here too.

Chowda has no sign-in yet, so every request that arrives is allowed everything. The guard checks two headers.
Host: another site can point its own name to 127.0.0.1 and would then have the same origin (DNS rebinding).
Origin: browsers send it with each POST.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.http.websocket_origin import is_same_origin, normalize_origin

from chowda.api.answers import failure
from chowda.config import LOOPBACK_HOSTS, Settings
from chowda.errors import ErrorCode

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def own_origins(settings: Settings) -> frozenset[str]:
    """The origins whose pages may send POST requests: those of the settings and of the public address."""
    configured = (*settings.allowed_origins, *filter(None, [settings.public_url]))
    return frozenset(filter(None, map(normalize_origin, configured)))


class Guard:
    """ASGI middleware that answers 403 to requests from other sites."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._origins = own_origins(settings)
        self._hosts = LOOPBACK_HOSTS | set(
            filter(None, [_host_name(urlsplit(settings.public_url or "").netloc)])
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"} and (reason := self._refusal(scope)):
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008, "reason": reason})
            else:
                await failure(scope, 403, ErrorCode.FORBIDDEN, reason)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if _host_name(host) not in self._hosts:
            return (
                f"Chowda does not answer under the name {host[:200]!r}. If that is its name, set "
                "CHOWDA_PUBLIC_URL to its address; otherwise use http://127.0.0.1 and the port."
            )
        origin = headers.get("origin")
        if origin is None or scope.get("method") in SAFE_METHODS or is_same_origin(origin, host):
            return None
        if normalize_origin(origin) in self._origins:
            return None
        return (
            f"Pages of {origin[:200]!r} may not use this Chowda. To allow them, add that origin to "
            "CHOWDA_ALLOWED_ORIGINS."
        )


def _host_name(netloc: str) -> str | None:
    """The host name without the port, which differs behind a tunnel. None if it cannot be parsed."""
    try:
        return urlsplit(f"//{netloc}").hostname
    except ValueError:
        return None
