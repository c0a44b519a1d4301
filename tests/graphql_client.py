"""A GraphQL client for tests: HTTP and graphql-transport-ws, with access to each message."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

PATIENCE_SECONDS = 20.0


class GraphQLFailure(Exception):
    """The errors of a response."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__("; ".join(error["message"] for error in errors))
        self.errors = errors

    @property
    def code(self) -> str:
        [error] = self.errors
        return str(error["extensions"]["code"])

    @property
    def extensions(self) -> dict[str, Any]:
        [error] = self.errors
        return dict(error["extensions"])


class Events:
    """The events of a subscription. `closed` is True once it has completed."""

    def __init__(self, socket: ClientConnection, operation_id: str) -> None:
        self._socket = socket
        self._id = operation_id
        self.closed = False

    async def next(self, patience_seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """The data of the next event. Raises GraphQLFailure for an error, StopAsyncIteration after the last event."""
        async with asyncio.timeout(patience_seconds):
            while True:
                message = json.loads(await self._socket.recv())
                if message["type"] == "ping":
                    await self._socket.send(json.dumps({"type": "pong"}))
                    continue
                assert message["id"] == self._id, message
                match message["type"]:
                    case "next":
                        if message["payload"].get("errors"):
                            raise GraphQLFailure(message["payload"]["errors"])
                        return dict(message["payload"]["data"])
                    case "error":
                        self.closed = True
                        raise GraphQLFailure(message["payload"])
                    case "complete":
                        self.closed = True
                        raise StopAsyncIteration
                    case other:
                        raise AssertionError(f"unexpected message {other}")

    async def rest(self) -> list[dict[str, Any]]:
        """All further events until the subscription completes."""
        events = []
        while True:
            try:
                events.append(await self.next())
            except StopAsyncIteration:
                return events

    async def silent(self, seconds: float) -> bool:
        """Return whether no event arrives within this time."""
        try:
            await self.next(seconds)
        except TimeoutError:
            return True
        return False


class GraphQLClient:
    """A client of the Chowda at `url`, e.g. http://127.0.0.1:8000."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._numbers = itertools.count(1)

    async def answer(self, query: str, **variables: Any) -> dict[str, Any]:
        """The complete response: data and errors."""
        async with httpx.AsyncClient(timeout=60) as client:
            response = await client.post(
                f"{self._url}/graphql", json={"query": query, "variables": variables}
            )
        return dict(response.json())

    async def execute(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data. Raises GraphQLFailure for a response with errors."""
        answer = await self.answer(query, **variables)
        if answer.get("errors"):
            raise GraphQLFailure(answer["errors"])
        return dict(answer["data"])

    async def page(self, noun: str, fields: str, arguments: str = "") -> Any:
        """Return these fields of a list."""
        in_brackets = f"({arguments})" if arguments else ""
        return (await self.execute(f"{{ {noun}{in_brackets} {{ {fields} }} }}"))[noun]

    async def found(self, noun: str, field: str, filter: str) -> set[str]:
        """Return one field of all nodes that match the filter. Checks the total count too."""
        fields = f"nodes {{ {field} }} totalCount {{ count exact }}"
        page = await self.page(noun, fields, f"filter: {{{filter}}}")
        assert page["totalCount"] == {"count": len(page["nodes"]), "exact": True}
        return {node[field] for node in page["nodes"]}

    @asynccontextmanager
    async def subscribe(self, query: str, **variables: Any) -> AsyncIterator[Events]:
        async with connect(
            f"{self._url.replace('http', 'ws', 1)}/graphql",
            subprotocols=[Subprotocol("graphql-transport-ws")],
            max_size=None,
        ) as socket:
            await socket.send(json.dumps({"type": "connection_init"}))
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            operation_id = str(next(self._numbers))
            payload = {"query": query, "variables": variables}
            await socket.send(json.dumps({"id": operation_id, "type": "subscribe", "payload": payload}))
            yield Events(socket, operation_id)
