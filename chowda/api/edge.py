"""The edge of the API: counts every request and hides the details of unexpected failures behind an id."""

from __future__ import annotations

import asyncio
import secrets
import time

import structlog
from prometheus_client import Counter, Histogram
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chowda.api.answers import internal
from chowda.errors import StepFailure

log = structlog.get_logger(__name__)

NEW_HEADERS = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"))
"MMIF comes from outside: a browser must not interpret it as a page."

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
CLIENT_GONE = 499
"The client closed the connection before the response. The number is nginx's."


class BrokenAnswerError(Exception):
    """A response that had started cannot be completed. It makes the server close the connection, so the
    client notices. The cause is in the log already."""


class Edge:
    """ASGI middleware, the outermost."""

    def __init__(self, app: ASGIApp, requests: Counter, seconds: Histogram) -> None:
        self._app = app
        self._requests = requests
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                await self._http(scope, receive, send)
            case "websocket":
                await self._websocket(scope, receive, send)
            case _:
                await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = 0
        began = time.perf_counter()

        async def watched_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *NEW_HEADERS]
                # Up to the headers only: a download or a subscription may take any time.
                self._seconds.labels(route=_route(scope)).observe(time.perf_counter() - began)
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except ClientDisconnect:
            pass
        except asyncio.CancelledError:
            if status:
                log.info("request.cut", method=scope["method"], path=scope["path"])
            raise
        except Exception as exc:
            error_id = secrets.token_hex(6)
            _log_failure(exc, error_id, method=scope["method"], path=scope["path"])
            if status:
                raise BrokenAnswerError from None
            await internal(scope, error_id)(scope, receive, watched_send)
        finally:
            method = scope["method"] if scope["method"] in METHODS else "other"
            self._requests.labels(method, _route(scope), str(status or CLIENT_GONE)).inc()

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        accepted = False

        async def watched_send(message: Message) -> None:
            nonlocal accepted
            accepted = accepted or message["type"] == "websocket.accept"
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except Exception as exc:
            error_id = secrets.token_hex(6)
            _log_failure(exc, error_id, path=scope["path"])
            await send({"type": "websocket.close", "code": 1011, "reason": f"INTERNAL {error_id}"})
        finally:
            self._requests.labels("WEBSOCKET", _route(scope), "101" if accepted else "403").inc()


def _route(scope: Scope) -> str:
    """The route's pattern. With a label per path any client could fill the memory."""
    return getattr(scope.get("route"), "path", "other")


def _log_failure(exc: BaseException, error_id: str, **about: str) -> None:
    if isinstance(exc.__cause__, StepFailure):  # raised after the response had started
        exc = exc.__cause__
    if isinstance(exc, StepFailure):
        log.warning("request.failed", error_id=error_id, code=exc.code, reason=exc.message, **about)
    else:
        log.error("request.failed", error_id=error_id, exc_info=exc, **about)
