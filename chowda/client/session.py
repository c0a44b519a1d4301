"""A connection to one Chowda server: queries over HTTP, subscriptions over WebSocket, MMIF over HTTP."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Any, NoReturn, Self
from urllib.parse import urlsplit, urlunsplit

import httpx
from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.exceptions import TransportError, TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport
from graphql import DocumentNode, parse

from chowda.errors import BadUserInput, ChowdaError

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
ANSWER_SECONDS = 120
"A start of 100,000 files takes a few seconds; an answer that takes longer than this is not coming."
PING_SECONDS = 10
"A connection over which no pong comes in this time is dead, though nobody has closed it."
PAGE_LIMIT_BYTES = 64 * 1024 * 1024
"Of one WebSocket message; a page of the feed holds up to 500 files with their errors."
SUBPROTOCOL = "graphql-transport-ws"


class ServerUnreachable(ChowdaError):
    """Nothing that speaks as Chowda does answers at the URL. `reason` is the message without the advice."""

    def __init__(self, message: str, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason or message


class RequestRefused(ChowdaError):
    """The server's own answer to a request: a GraphQL error, or an HTTP status of 400 and more."""

    def __init__(self, message: str, server_code: str) -> None:
        super().__init__(message)
        self.server_code = server_code


class Subscriptions:
    """One WebSocket, for several subscriptions at once."""

    def __init__(self, session: AsyncClientSession, owner: Session) -> None:
        self._session = session
        self._owner = owner

    async def subscribe(self, document: str, **variables: Any) -> AsyncGenerator[dict[str, Any]]:
        """The data of each event. Raises ServerUnreachable when the connection breaks, RequestRefused."""
        request = GraphQLRequest(_parsed(document), variable_values=variables)
        try:
            async with contextlib.aclosing(self._session.subscribe(request)) as events:
                async for event in events:
                    yield event
        except TransportError as exc:
            self._owner.fail(exc)


class Session:
    """An async context manager. `url` is where the server is, without /graphql."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise BadUserInput(
                f"{url!r} is not the address of a server; it looks like http://127.0.0.1:8000 (--url, CHOWDA_URL)."
            )
        self.url = url.rstrip("/")
        host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
        self.shown_url = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
        # A proxy of the environment can't reach this machine's own loopback addresses.
        self._trusts_environment = parts.hostname not in LOOPBACK
        self._http_options: dict[str, Any] = {
            "timeout": httpx.Timeout(ANSWER_SECONDS, connect=10),
            "trust_env": self._trusts_environment,
        }
        self._exit = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        transport = HTTPXAsyncTransport(f"{self.url}/graphql", **self._http_options)
        self._queries = await self._exit.enter_async_context(Client(transport=transport))
        self.http = await self._exit.enter_async_context(
            httpx.AsyncClient(base_url=self.url, **self._http_options)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._exit.aclose()

    async def execute(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of a query or mutation. Raises ServerUnreachable, RequestRefused."""
        request = GraphQLRequest(_parsed(document), variable_values=variables)
        try:
            data: dict[str, Any] = await self._queries.execute(request)
        except TransportError as exc:
            self.fail(exc)
        return data

    @contextlib.asynccontextmanager
    async def subscriptions(self) -> AsyncIterator[Subscriptions]:
        """A fresh WebSocket. Raises ServerUnreachable when it can't be opened."""
        transport = WebsocketsTransport(
            f"ws{self.url.removeprefix('http')}/graphql",
            subprotocols=[SUBPROTOCOL],
            close_timeout=2,
            ping_interval=PING_SECONDS,
            pong_timeout=PING_SECONDS,
            connect_args={
                "max_size": PAGE_LIMIT_BYTES,
                "proxy": True if self._trusts_environment else None,
            },
        )
        try:
            async with Client(transport=transport) as session:
                yield Subscriptions(session, self)
        except (TransportError, TimeoutError) as exc:
            self.fail(exc)

    @contextlib.contextmanager
    def http_failures(self) -> Iterator[None]:
        """For calls of `http`: what httpx raises becomes ServerUnreachable."""
        try:
            yield
        except httpx.HTTPError as exc:
            self.fail(exc)

    def fail(self, exc: Exception) -> NoReturn:
        """What this failure means for a person."""
        if isinstance(exc, TransportQueryError):
            error = exc.errors[0] if exc.errors else {}
            code = (error.get("extensions") or {}).get("code", "INTERNAL")
            raise RequestRefused(str(error.get("message") or exc), code) from exc
        cause = exc.__cause__ or exc
        if isinstance(cause, httpx.ReadTimeout):
            raise ServerUnreachable(f"Chowda at {self.shown_url} did not answer in time.") from exc
        raise ServerUnreachable(
            f"Chowda does not answer at {self.shown_url} ({_line(cause)}). Start it with `chowda up`, or say "
            "where it runs with --url or CHOWDA_URL.",
            _line(cause),
        ) from exc


@functools.cache
def _parsed(document: str) -> DocumentNode:
    return parse(document)


def _line(exc: BaseException) -> str:
    return (str(exc) or type(exc).__name__).partition("\n")[0][:200]
