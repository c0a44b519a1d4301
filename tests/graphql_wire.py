"""The wire formats of GraphQL: messages of graphql-transport-ws and parts of a multipart stream."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection
from websockets.typing import Subprotocol

TRANSPORT_WS = Subprotocol("graphql-transport-ws")
MULTIPART = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json'


async def until(reached: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "timed out"
        await asyncio.sleep(0.02)


async def greet(websocket: ClientConnection) -> None:
    await websocket.send(json.dumps({"type": "connection_init"}))
    assert json.loads(await websocket.recv()) == {"type": "connection_ack"}


async def subscribe(websocket: ClientConnection, operation_id: str, query: str, **variables: Any) -> None:
    payload = {"query": query, "variables": variables}
    await websocket.send(json.dumps({"id": operation_id, "type": "subscribe", "payload": payload}))


async def receive(websocket: ClientConnection) -> Any:
    async with asyncio.timeout(10):
        return json.loads(await websocket.recv())


async def parts(answer: httpx.Response) -> AsyncIterator[Any]:
    """The JSON bodies of a multipart stream, and "end" for the closing boundary."""
    pending = ""
    async for chunk in answer.aiter_text():
        pending += chunk
        while "--graphql" in pending:
            part, pending = pending.split("--graphql", 1)
            if body := part.partition("\r\n\r\n")[2].strip():
                yield json.loads(body)
        if pending.startswith("--"):
            yield "end"
            return


def codes(answer: httpx.Response) -> list[str]:
    return [error["extensions"]["code"] for error in answer.json()["errors"]]
