"""The complete API on a free loopback port, in a thread with its own event loop."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import structlog
from fastapi import FastAPI

from chowda.api.app import create_app
from chowda.api.server import ApiServer
from chowda.api.services import Services
from chowda.config import Settings
from chowda.listen_socket import bind, port_of

T = TypeVar("T")

# structlog's default formats tracebacks with all local variables, which takes seconds.
structlog.configure(
    processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()]
)


@dataclass
class RunningApi:
    app: FastAPI
    server: ApiServer
    port: int
    loop: asyncio.AbstractEventLoop

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def websocket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/graphql"

    @property
    def services(self) -> Services:
        services: Services = self.app.state.services
        return services

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run the coroutine in the API's event loop and return its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)


@contextmanager
def running_api(
    database_url: str, data_dir: Path, app: FastAPI | None = None, **settings: Any
) -> Iterator[RunningApi]:
    """Start the API, or `app` instead, which needs `state.stopping`. Stop it when the block ends."""
    app = app or create_app(Settings(database_url=database_url, data_dir=data_dir, **settings))
    server = ApiServer(app)
    listener = bind("127.0.0.1", 0)
    port = port_of(listener)
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        await server.serve(sockets=[listener])

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the API did not start")
        time.sleep(0.01)
    try:
        yield RunningApi(app, server, port, loops[0])
    finally:
        server.should_exit = True
        thread.join(15)
        if thread.is_alive():
            raise RuntimeError("the API did not stop")
