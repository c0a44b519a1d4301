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

from chowda.client.errors import BadUserInput, ServerUnreachable, refusal
from chowda.client.operation import Operation, sent
from chowda.errors import ErrorCode

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
ANSWER_SECONDS = 120
"A start of 100,000 files takes a few seconds; an answer that takes longer than this is not coming."
PING_SECONDS = 10
"A connection over which no pong comes in this time is dead, though nobody has closed it."
PAGE_LIMIT_BYTES = 64 * 1024 * 1024
"Of one WebSocket message; a page of the feed holds up to 500 files with their errors."
SUBPROTOCOL = "graphql-transport-ws"

_wire = logging.getLogger("chowda.client.websocket")
_wire.setLevel(logging.INFO)  # below, the library writes all headers down, the token's too


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())


class Session:
    """An async context manager. `url` is where the server is, without /graphql; `actor` is who acts, for the audit."""

    def __init__(self, url: str, token: str | None = None, actor: str | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise BadUserInput(
                f"{url!r} is not the address of a server; it looks like http://127.0.0.1:8000 (--url, CHOWDA_URL)."
            )
        if token and not (token.isascii() and token.isprintable() and " " not in token):
            raise BadUserInput(
                "CHOWDA_TOKEN has a character that no token has, such as a space or a line's end."
            )
        self._url = url.rstrip("/")
        host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
        self.shown_url = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
        # A proxy of the environment can't reach this machine's own loopback addresses.
        self._trusts_environment = parts.hostname not in LOOPBACK
        # Headers hold bytes: of UTF-8, one character each.
        self._headers = {"X-Chowda-Actor": _printable(actor).encode().decode("latin-1")} if actor else {}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._http_options: dict[str, Any] = {
            "timeout": httpx.Timeout(ANSWER_SECONDS, connect=10),
            "trust_env": self._trusts_environment,
            "headers": httpx.Headers(self._headers, encoding="latin-1"),
            "verify": parts.scheme == "https",  # certificates that nobody will look at take 50 ms to load
        }
        self._exit = contextlib.AsyncExitStack()

    def __repr__(self) -> str:
        return f"Session({self.shown_url!r})"

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
        """The data of a query or mutation. Raises ServerUnreachable, and what the server refuses."""
        request = GraphQLRequest(operation.document, variable_values=sent(variables))
        try:
            data: dict[str, Any] = await self._queries.execute(request)
        except TransportError as exc:
            self._fail(exc)
        return data

    async def subscribe(
        self, operation: Operation[Any], variables: Mapping[str, Any]
    ) -> AsyncGenerator[dict[str, Any]]:
        """The data of each event, over a WebSocket of its own.

        Raises ServerUnreachable when it can't be opened or breaks, and what the server refuses.
        """
        transport = WebsocketsTransport(
            f"ws{self._url.removeprefix('http')}/graphql",
            headers=self._headers,
            subprotocols=[SUBPROTOCOL],
            close_timeout=2,
            ping_interval=PING_SECONDS,
            pong_timeout=PING_SECONDS,
            connect_args={
                "max_size": PAGE_LIMIT_BYTES,
                "proxy": True if self._trusts_environment else None,
                "logger": _wire,
            },
        )
        request = GraphQLRequest(operation.document, variable_values=sent(variables))
        try:
            async with (
                Client(transport=transport) as session,
                contextlib.aclosing(session.subscribe(request)) as events,
            ):
                async for event in events:
                    yield event
        except (TransportError, TimeoutError) as exc:
            self._fail(exc)

    @contextlib.contextmanager
    def http_failures(self) -> Iterator[None]:
        """For calls of `http`: what httpx raises becomes ServerUnreachable."""
        try:
            yield
        except httpx.HTTPError as exc:
            self._fail(exc)

    async def raise_refusal(self, response: httpx.Response) -> None:
        """Answers of the server's own look so: {"error": {"code": …, "message": …}}."""
        if response.is_success:
            return
        body = await response.aread()
        try:
            error = msgspec.json.decode(body)["error"]
            code, message = str(error["code"]), str(error["message"])
        except (msgspec.DecodeError, KeyError, TypeError):
            self._refuse_status(response.status_code, response.url.path)
        raise refusal(code, message)

    def _fail(self, exc: Exception) -> NoReturn:
        """What this failure means for a person."""
        if isinstance(exc, TransportQueryError):
            error = exc.errors[0] if exc.errors else {}
            extensions = error.get("extensions") or {}
            code = str(extensions.get("code", ErrorCode.INTERNAL))
            raise refusal(code, str(error.get("message") or exc), extensions) from exc
        cause = exc.__cause__ or exc
        if isinstance(exc, TransportServerError) and exc.code is not None:
            self._refuse_status(exc.code, "/graphql")
        if isinstance(cause, InvalidStatus):
            self._refuse_status(cause.response.status_code, "/graphql")
        if isinstance(cause, httpx.ReadTimeout):
            raise ServerUnreachable(f"Chowda at {self.shown_url} did not answer in time.") from exc
        self._fail_unreachable(_line(cause), exc)

    def _refuse_status(self, status: int, path: str) -> NoReturn:
        """For an answer without words, maybe of a proxy."""
        if status in {401, 403}:
            token = "The token (CHOWDA_TOKEN) was refused" if self._headers else "A token is wanted"
            raise refusal(ErrorCode.UNAUTHENTICATED, f"{token} by {self.shown_url} (status {status}).")
        self._fail_unreachable(f"{path} was answered with the status {status}", None)

    def _fail_unreachable(self, reason: str, exc: Exception | None) -> NoReturn:
        raise ServerUnreachable(
            f"Chowda does not answer at {self.shown_url} ({reason}). Start it with `chowda up`, or say "
            "where it runs with --url or CHOWDA_URL.",
            reason,
        ) from exc


def _line(exc: BaseException) -> str:
    return (str(exc) or type(exc).__name__).partition("\n")[0][:200]
