"""A wire that can be cut: it stands between the workers and their broker."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Self, TypeVar

T = TypeVar("T")
Connect = Callable[[], Coroutine[Any, Any, tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
CHUNK_BYTES = 64 * 1024


class TcpProxy:
    """Listens on a free port of loopback and passes on what comes, until it is told otherwise."""

    def __init__(self, connect: Connect) -> None:
        self.port = 0
        self._connect = connect
        self._flows = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tcp-proxy", daemon=True)

    def cut(self) -> int:
        """Resets the connections that are open; how many. New ones are welcome."""
        return self._call(self._cut())

    def refuse(self) -> None:
        """Cuts, and takes no new ones until `accept`."""
        self._call(self._refuse())

    def accept(self) -> None:
        self._call(self._listen())

    def hold(self) -> None:
        """Nothing passes any more, in either direction; connections stay open, and new ones are taken."""
        self._loop.call_soon_threadsafe(self._flows.clear)

    def let_flow(self) -> None:
        self._loop.call_soon_threadsafe(self._flows.set)

    def forget(self) -> None:
        """Nothing passes on those that are open, for ever, and neither end hears of it; new ones work."""
        self._call(self._forget())

    def __enter__(self) -> Self:
        self._flows.set()
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

    async def _cut(self) -> int:
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
        await self._cut()

    async def _forget(self) -> None:
        self._flows = asyncio.Event()
        self._flows.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        writers = {writer}
        self._writers.add(writer)
        flows = self._flows
        try:
            await flows.wait()
            far_reader, far_writer = await self._connect()
            writers.add(far_writer)
            self._writers.add(far_writer)
            both = {
                asyncio.ensure_future(self._pass_on(reader, far_writer, flows)),
                asyncio.ensure_future(self._pass_on(far_reader, writer, flows)),
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

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, flows: asyncio.Event
    ) -> None:
        while chunk := await reader.read(CHUNK_BYTES):
            await flows.wait()
            if flows is not self._flows:  # forgotten
                await asyncio.Event().wait()
            writer.write(chunk)
            await writer.drain()
