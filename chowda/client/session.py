"""A connection to one Chowda server: queries over HTTP, subscriptions over WebSocket, files over HTTP."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import Any, NoReturn, Self
from urllib.parse import urlsplit, urlunsplit

import httpx
import msgspec
from gql import Client, GraphQLRequest
from gql.transport.exceptions import TransportError, TransportQueryError, TransportServerError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport
from websockets.exceptions import InvalidStatus

from chowda.client.errors import BadUserInput, ServerUnreachable, error_from_server
from chowda.client.operation import Operation, encode_variables
from chowda.errors import ErrorCode

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
RESPONSE_SECONDS = 120
"The start of 100,000 files takes a few seconds."
PING_SECONDS = 10
"Interval of pings, and the time that a pong may take before the connection counts as lost."
MESSAGE_LIMIT_BYTES = 64 * 1024 * 1024
"Of one WebSocket message; a page of the feed holds up to 500 files with their errors."
SUBPROTOCOL = "graphql-transport-ws"

_websocket_log = logging.getLogger("chowda.client.websocket")
_websocket_log.setLevel(logging.INFO)  # at DEBUG the library logs all headers, the token included


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())


class Session:
    """An async context manager. `url` is the server's address without /graphql; `actor` is recorded in its events."""

    def __init__(self, url: str, token: str | None = None, actor: str | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise BadUserInput(
                f"{url!r} is not the address of a server; it looks like http://127.0.0.1:8000 (--url, CHOWDA_URL)."
            )
        if token and not (token.isascii() and token.isprintable() and " " not in token):
            raise BadUserInput(
                "CHOWDA_TOKEN has a character that no token has, such as a space or a line break. Set it again."
            )
        self._url = url.rstrip("/")
        host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
        self.public_url = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
        "Without user and password."
        # A proxy of the environment can't reach the loopback addresses of this machine.
        self._trusts_environment = parts.hostname not in LOOPBACK
        # HTTP headers are bytes: the UTF-8 of the name, one character for each byte.
        self._headers = {"X-Chowda-Actor": _printable(actor).encode().decode("latin-1")} if actor else {}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._http_options: dict[str, Any] = {
            "timeout": httpx.Timeout(RESPONSE_SECONDS, connect=10),
            "trust_env": self._trusts_environment,
            "headers": httpx.Headers(self._headers, encoding="latin-1"),
            "verify": parts.scheme == "https",  # loading certificates takes 50 ms, and http needs none
        }
        self._exit = contextlib.AsyncExitStack()

    def __repr__(self) -> str:
        return f"Session({self.public_url!r})"

    async def __aenter__(self) -> Self:
        transport = HTTPXAsyncTransport(f"{self._url}/graphql", **self._http_options)
        self._queries = await self._exit.enter_async_context(Client(transport=transport))
        self.http = await self._exit.enter_async_context(
            httpx.AsyncClient(base_url=self._url, **self._http_options)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._exit.aclose()

    async def execute(self, operation: Operation[Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        """The data of a query or mutation. Raises ServerUnreachable, and the errors of the server."""
        request = GraphQLRequest(operation.document, variable_values=encode_variables(variables))
        try:
            data: dict[str, Any] = await self._queries.execute(request)
        except TransportError as exc:
            self._raise_for_exception(exc)
        return data

    async def subscribe(
        self, operation: Operation[Any], variables: Mapping[str, Any]
    ) -> AsyncGenerator[dict[str, Any]]:
        """The data of each event, over a WebSocket of its own.

        Raises ServerUnreachable if the WebSocket can't be opened or breaks, and the errors of the server.
        """
        transport = WebsocketsTransport(
            f"ws{self._url.removeprefix('http')}/graphql",
            headers=self._headers,
            subprotocols=[SUBPROTOCOL],
            close_timeout=2,
            ping_interval=PING_SECONDS,
            pong_timeout=PING_SECONDS,
            connect_args={
                "max_size": MESSAGE_LIMIT_BYTES,
                "proxy": True if self._trusts_environment else None,
                "logger": _websocket_log,
            },
        )
        request = GraphQLRequest(operation.document, variable_values=encode_variables(variables))
        try:
            async with (
                Client(transport=transport) as session,
                contextlib.aclosing(session.subscribe(request)) as events,
            ):
                async for event in events:
                    yield event
        except (TransportError, TimeoutError) as exc:
            self._raise_for_exception(exc)

    @contextlib.contextmanager
    def http_errors(self) -> Iterator[None]:
        """Turns exceptions of calls of `http` into ServerUnreachable."""
        try:
            yield
        except httpx.HTTPError as exc:
            self._raise_for_exception(exc)

    async def raise_for_error(self, response: httpx.Response) -> None:
        """Raises the error of a response outside of /graphql: {"error": {"code": …, "message": …, …extensions}}."""
        if response.is_success:
            return
        body = await response.aread()
        try:
            error = msgspec.json.decode(body)["error"]
            code, message = str(error["code"]), str(error["message"])
        except (msgspec.DecodeError, KeyError, TypeError):
            self._raise_for_status(response.status_code, response.url.path)
        raise error_from_server(code, message, error)

    def _raise_for_exception(self, exc: Exception) -> NoReturn:
        if isinstance(exc, TransportQueryError):
            error = exc.errors[0] if exc.errors else {}
            extensions = error.get("extensions") or {}
            code = str(extensions.get("code", ErrorCode.INTERNAL))
            raise error_from_server(code, str(error.get("message") or exc), extensions) from exc
        cause = exc.__cause__ or exc
        if isinstance(exc, TransportServerError) and exc.code is not None:
            self._raise_for_status(exc.code, "/graphql")
        if isinstance(cause, InvalidStatus):
            self._raise_for_status(cause.response.status_code, "/graphql")
        if isinstance(cause, httpx.ReadTimeout):
            raise ServerUnreachable(f"Chowda at {self.public_url} did not respond in time.") from exc
        self._raise_unreachable(_first_line(cause), exc)

    def _raise_for_status(self, status: int, path: str) -> NoReturn:
        """For a response without an error of Chowda, for example of a proxy."""
        if status in {401, 403}:
            problem = (
                f"{self.public_url} refused the token (CHOWDA_TOKEN)"
                if self._headers
                else f"{self.public_url} requires a token"
            )
            raise error_from_server(ErrorCode.UNAUTHENTICATED, f"{problem} (status {status}).")
        self._raise_unreachable(f"{path} returned the status {status}", None)

    def _raise_unreachable(self, reason: str, exc: Exception | None) -> NoReturn:
        raise ServerUnreachable(
            f"Chowda does not respond at {self.public_url} ({reason}). Start it with `chowda up`, or set its "
            "address with --url or CHOWDA_URL.",
            reason,
        ) from exc


def _first_line(exc: BaseException) -> str:
    return (str(exc) or type(exc).__name__).partition("\n")[0][:200]
