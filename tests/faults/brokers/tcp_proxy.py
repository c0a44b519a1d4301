"""A TCP proxy between the workers and their broker that can reset, refuse and stall connections."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Self, TypeVar

T = TypeVar("T")
Connect = Callable[[], Coroutine[Any, Any, tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
CHUNK_BYTES = 64 * 1024


class TcpProxy:
    """Forwards connections from a free loopback port."""

    def __init__(self, connect: Connect) -> None:
        self.port = 0
        self._connect = connect
        self._flowing = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tcp-proxy", daemon=True)

    def reset_connections(self) -> int:
        """Reset all open connections; returns how many. New ones work."""
        return self._call(self._reset_connections())

    def refuse(self) -> None:
        """Reset all connections and refuse new ones until `accept`."""
        self._call(self._refuse())

    def accept(self) -> None:
        self._call(self._listen())

    def stall(self) -> None:
        """Forward no data in either direction until `resume`. Connections stay open, and new ones are accepted."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def resume(self) -> None:
        self._loop.call_soon_threadsafe(self._flowing.set)

    def abandon_connections(self) -> None:
        """Forward no more data on the open connections and keep them open, as after a power loss. New ones work."""
        self._call(self._abandon_connections())

    def __enter__(self) -> Self:
        self._flowing.set()
        self._thread.start()
        self._call(self._listen())
        return self

    def __exit__(self, *exc: object) -> None:
        self._call(self._refuse())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _reset_connections(self) -> int:
        writers, tasks = list(self._writers), list(self._tasks)
        for writer in writers:
            writer.transport.abort()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return len(tasks)

    async def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._reset_connections()

    async def _abandon_connections(self) -> None:
        self._flowing = asyncio.Event()
        self._flowing.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        writers = {writer}
        self._writers.add(writer)
        flowing = self._flowing
        try:
            await flowing.wait()
            target_reader, target_writer = await self._connect()
            writers.add(target_writer)
            self._writers.add(target_writer)
            both = {
                asyncio.ensure_future(self._forward(reader, target_writer, flowing)),
                asyncio.ensure_future(self._forward(target_reader, writer, flowing)),
            }
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for half in both:
                    half.cancel()
                await asyncio.gather(*both, return_exceptions=True)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            self._writers -= writers
            for each in writers:
                each.transport.abort()

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, flowing: asyncio.Event
    ) -> None:
        while chunk := await reader.read(CHUNK_BYTES):
            await flowing.wait()
            if flowing is not self._flowing:  # abandoned
                await asyncio.Event().wait()
            writer.write(chunk)
            await writer.drain()
