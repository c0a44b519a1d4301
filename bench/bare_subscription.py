"""The minimum for a status subscription: one asyncpg LISTEN, and one SELECT for each change.

Run as `python -m bench.bare_subscription DSN PORT`. It does not handle many clients, lost connections or lost
notifications. Benchmarks compare Chowda's subscriptions with it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from typing import Any

import asyncpg
import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from strawberry.asgi import GraphQL

CHANNEL = "bare"
TABLE = "bare_runs"

dsn = ""


@strawberry.type
class Run:
    id: strawberry.ID
    status: str


@strawberry.type
class Query:
    ready: bool = True


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def run(self, id: strawberry.ID) -> AsyncGenerator[Run, None]:
        listening: asyncpg.Connection[Any] = await asyncpg.connect(dsn)
        reading: asyncpg.Connection[Any] = await asyncpg.connect(dsn)
        changed = asyncio.Event()
        await listening.add_listener(CHANNEL, lambda *_: changed.set())
        try:
            while True:
                row = await reading.fetchrow(f"SELECT id, status FROM {TABLE} WHERE id = $1", int(id))
                yield Run(id=strawberry.ID(str(row["id"])), status=row["status"])
                await changed.wait()
                changed.clear()
        finally:
            await listening.close()
            await reading.close()


if __name__ == "__main__":
    dsn = sys.argv[1]
    endpoint: GraphQL[Any, None] = GraphQL(strawberry.Schema(Query, subscription=Subscription))
    app = Starlette(routes=[Route("/graphql", endpoint), WebSocketRoute("/graphql", endpoint)])
    uvicorn.run(app, port=int(sys.argv[2]), log_level="warning")
