"""/graphql: POST and GET, WebSocket (graphql-transport-ws), multipart subscriptions over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, cast

from cross_web import AsyncHTTPRequestAdapter, HTTPException, StarletteRequestAdapter
from graphql import GraphQLError
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLRequestData
from strawberry.http.base import BaseRequestProtocol
from strawberry.http.parse_content_type import parse_content_type
from strawberry.http.streaming import MultipartSubscriptionTransport
from strawberry.schema.base import BaseSchema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL, MULTIPART_SUBSCRIPTION_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import Message, SubscribeMessage
from strawberry.types import ExecutionResult
from strawberry.types.execution import SubscriptionExecutionResult
from strawberry.types.graphql import OperationType

from chowda.api.answers import as_json, failure, refuse_encoded
from chowda.api.streams import ClosingResponse
from chowda.api.web_client import asks_for_page, playground
from chowda.errors import BadUserInput, ErrorCode, LimitExceeded

BODY_LIMIT_BYTES = 16 * 1024 * 1024
CONNECTION_INIT_SECONDS = 10
SUBSCRIPTIONS_PER_CONNECTION = 100
EVENTS_LIMIT = 1_000

NO_SINGLE_RESULT = (
    "A subscription needs a WebSocket (graphql-transport-ws), or over HTTP the header "
    'Accept: multipart/mixed;boundary="graphql";subscriptionSpec=1.0'
)

STOPPING = {
    "payload": None,
    "errors": [
        {
            "message": "This Chowda is stopping. Subscribe again.",
            "extensions": {"code": ErrorCode.INTERNAL.value},
        }
    ],
}
"A transport error of the multipart protocol: the subscription itself has not completed."


class BoundedRequest(StarletteRequestAdapter):
    """A request whose body is read up to the limit, whether or not its size is announced."""

    @property
    def content_type(self) -> str | None:
        return (super().content_type or "").lower()

    async def get_body(self) -> bytes:
        announced = self.headers.get("content-length", "0")
        if announced.isdecimal() and int(announced) > BODY_LIMIT_BYTES:
            raise _too_large()
        body = bytearray()
        async for chunk in self._request.stream():
            body += chunk
            if len(body) > BODY_LIMIT_BYTES:
                raise _too_large()
        return bytes(body)


def _too_large() -> LimitExceeded:
    return LimitExceeded(
        f"The request is larger than {BODY_LIMIT_BYTES // 1024**2} MB. Send it in parts, for example "
        "addMediaFiles in pages of 10,000."
    )


class ConnectionHandler(BaseGraphQLTransportWSHandler[Any, None]):
    """Answers malformed messages as the protocol says. Strawberry's handler fails on them."""

    async def handle_message(self, message: Message) -> None:
        if isinstance(message, dict) and isinstance(message.get("id", ""), str):
            await super().handle_message(message)
        else:
            await self.handle_invalid_message("A message must be a JSON object, and its id a string")

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        payload = message["payload"]
        well_formed = (
            "id" in message
            and isinstance(payload, dict)
            and isinstance(payload.get("query"), str)
            and isinstance(payload.get("variables"), dict | None)
            and isinstance(payload.get("operationName"), str | None)
        )
        if not well_formed:
            await self.handle_invalid_message("subscribe needs an id and a payload with a query")
        elif len(self.operations) >= SUBSCRIPTIONS_PER_CONNECTION and message["id"] not in self.operations:
            error = GraphQLError(
                f"This connection already has {SUBSCRIPTIONS_PER_CONNECTION} open operations. End some of them, "
                "or open another connection.",
                extensions={"code": ErrorCode.LIMIT_EXCEEDED.value},
            )
            await self.send_message({"id": message["id"], "type": "error", "payload": [error.formatted]})
        else:
            await super().handle_subscribe(message)


class GraphQLEndpoint(GraphQL[Any, None]):
    """The ASGI app at /graphql. `stopping` ends subscriptions over HTTP when the process stops."""

    request_adapter_class = BoundedRequest
    graphql_transport_ws_handler_class = ConnectionHandler

    def __init__(
        self,
        schema: BaseSchema,
        context_of: Callable[[HTTPConnection], object],
        stopping: asyncio.Event,
        allowed_origins: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,  # Strawberry's page loads its code from a CDN; the web client has its own
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, MULTIPART_SUBSCRIPTION_PROTOCOL),
            connection_init_wait_timeout=timedelta(seconds=CONNECTION_INIT_SECONDS),
            allowed_origins=tuple(allowed_origins),
        )
        self._context_of = context_of
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        request = Request(scope, receive)
        if asks_for_page(request) and not request.query_params:
            await playground(scope)(scope, receive, send)
            return
        try:
            response = await self.run(request)
        except HTTPException as exc:
            response = failure(scope, exc.status_code, ErrorCode.BAD_USER_INPUT, exc.reason)
        await response(scope, receive, send)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> object:
        return self._context_of(request)

    def should_render_graphql_ide(self, request: BaseRequestProtocol) -> bool:
        return False

    def is_request_allowed(self, request: BaseRequestProtocol) -> bool:
        return request.method in {"GET", "POST"}

    async def parse_http_body(
        self, request: AsyncHTTPRequestAdapter
    ) -> GraphQLRequestData | list[GraphQLRequestData]:
        if request.method == "POST":
            # No form and no text/plain: a page of another site can send these without a preflight.
            content_type, _ = parse_content_type(request.content_type or "")
            if content_type != "application/json":
                raise HTTPException(
                    415, "A POST to /graphql needs the header Content-Type: application/json."
                )
            refuse_encoded(request.headers)
        data = await super().parse_http_body(request)
        if isinstance(data, GraphQLRequestData):
            if not data.query:
                raise BadUserInput("There is no `query` in the request; GraphQL needs one.")
            if not isinstance(data.operation_name, str | None):
                raise BadUserInput("The request's `operationName` must be a string or null.")
        return data

    async def execute_operation(
        self,
        request: Request,
        request_adapter: AsyncHTTPRequestAdapter,
        request_data: GraphQLRequestData | list[GraphQLRequestData],
        context: Any,
        root_value: None,
        sub_response: Response,
    ) -> ExecutionResult | list[ExecutionResult] | SubscriptionExecutionResult:
        """With ?events=N a subscription over HTTP ends after N events, for clients behind a proxy that buffers
        responses."""
        limit = _event_limit(request)
        result = await super().execute_operation(
            request, request_adapter, request_data, context, root_value, sub_response
        )
        if limit is None or not isinstance(result, SubscriptionExecutionResult):
            return result
        return cast(SubscriptionExecutionResult, _first(result, limit))

    async def execute_single(
        self,
        request: Request,
        request_adapter: AsyncHTTPRequestAdapter,
        sub_response: Response,
        context: Any,
        root_value: None,
        request_data: GraphQLRequestData,
    ) -> ExecutionResult:
        """Runs a query, or a mutation in a POST. Subscriptions have no single result; they are streamed."""
        try:
            return await self.schema.execute(
                request_data.query,
                root_value=root_value,
                variable_values=request_data.variables,
                context_value=context,
                operation_name=request_data.operation_name,
                operation_extensions=request_data.extensions,
                allowed_operation_types=OperationType.from_http(request_adapter.method)
                - {OperationType.SUBSCRIPTION},
            )
        except CannotGetOperationTypeError as exc:
            raise HTTPException(400, exc.as_http_error_reason()) from exc
        except InvalidOperationTypeError as exc:
            reason = NO_SINGLE_RESULT
            if exc.operation_type is not OperationType.SUBSCRIPTION:
                reason = exc.as_http_error_reason(request_adapter.method)
            raise HTTPException(400, reason) from exc

    def parse_json(self, data: str | bytes) -> Any:
        parsed = super().parse_json(data)
        if not isinstance(parsed, dict | list):
            raise HTTPException(400, "The request's JSON must be an object")
        return parsed

    def decode_json(self, data: str | bytes) -> object:
        try:
            return json.loads(data)
        except (
            ValueError,
            RecursionError,
        ) as exc:  # not UTF-8, a number of thousands of digits, nested too deep
            raise json.JSONDecodeError(type(exc).__name__, "", 0) from None

    def encode_json(self, data: object) -> str:
        return as_json(data).decode()

    async def create_streaming_response(
        self,
        request: Request | WebSocket,
        stream: Callable[[], AsyncIterator[str]],
        sub_response: Response,
        headers: Mapping[str, str],
    ) -> Response:
        chunks = self._until_stopping(cast("AsyncGenerator[str, None]", stream()))
        return ClosingResponse(chunks, headers={**headers, "Cache-Control": "no-store"})

    async def _until_stopping(self, chunks: AsyncGenerator[str, None]) -> AsyncGenerator[str, None]:
        """The stream. When the process stops it ends early, with the reason as the last part."""
        stopping = asyncio.ensure_future(self._stopping.wait())
        following: asyncio.Future[str] | None = None
        try:
            while True:
                following = asyncio.ensure_future(anext(chunks))
                await asyncio.wait({following, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not following.done():
                    transport = MultipartSubscriptionTransport()
                    yield transport.encode_multipart_data(STOPPING, self.encode_json)
                    yield transport.encode_complete()
                    return
                try:
                    chunk = following.result()
                except StopAsyncIteration:
                    return
                yield chunk
        finally:
            stopping.cancel()
            if following is not None and not following.done():
                following.cancel()
                with suppress(asyncio.CancelledError, StopAsyncIteration):
                    await following
            await chunks.aclose()


def _event_limit(request: Request) -> int | None:
    """The number of events after which the client wants the subscription to end; None for all of them."""
    events = request.query_params.get("events")
    if events is None or request.method != "POST":
        return None
    if not events.isdecimal() or not 1 <= int(events[:6]) <= EVENTS_LIMIT:
        raise HTTPException(400, f"`events` is {events[:80]!r}. Use a number from 1 to {EVENTS_LIMIT:,}.")
    return int(events)


async def _first(results: SubscriptionExecutionResult, number: int) -> AsyncGenerator[Any, None]:
    try:
        for _ in range(number):
            yield await anext(results)
    except StopAsyncIteration:
        return
    finally:
        await cast("AsyncGenerator[Any, None]", results).aclose()
