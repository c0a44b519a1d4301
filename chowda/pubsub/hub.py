"""The hub: hands the notifications of the process's one listener to all watches that they concern.

broadcaster carries them inside the process, with one fixed channel and one subscription.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from broadcaster import Broadcast

from chowda.db.database import Database
from chowda.pubsub import notifier
from chowda.pubsub.listener import EVERYTHING, KEEP_ALIVE_SECONDS, PostgresListener


class Watch:
    """A dirty flag, not a queue: a slow reader sees fewer, newer states, and memory does not grow."""

    def __init__(self) -> None:
        self._dirty = asyncio.Event()

    def mark(self) -> None:
        self._dirty.set()

    async def changed(self, timeout: float) -> bool:
        """True once something has changed (clears the flag), False after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._dirty.wait()
        except TimeoutError:
            return False
        self._dirty.clear()
        return True


class Hub:
    """The watches of this process."""

    def __init__(
        self,
        database_url: str,
        keep_alive_seconds: float = KEEP_ALIVE_SECONDS,
        database: Database | None = None,
    ) -> None:
        """`database` is marked when the server stops responding, and when it responds again."""
        self._listener = PostgresListener(database_url, keep_alive_seconds, database)
        self._broadcast = Broadcast(backend=self._listener)
        self._watches: dict[int | str | None, set[Watch]] = defaultdict(set)
        self._callbacks: list[Callable[[], None]] = []
        self._task: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        return self._listener.connected

    @property
    def watchers(self) -> int:
        return sum(len(watches) for watches in self._watches.values())

    async def start(self) -> None:
        await self._broadcast.connect()
        self._task = asyncio.create_task(self._fan_out())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._broadcast.disconnect()

    def on_any(self, callback: Callable[[], None]) -> None:
        """Calls `callback` at every notification."""
        self._callbacks.append(callback)

    @asynccontextmanager
    async def watch(self, *subjects: int | str | None) -> AsyncIterator[Watch]:
        """A watch on subjects: keys of batch runs, None for all batch runs, notifier.TOPICS.

        The watch starts clean, so read the state after entering.
        """
        watch = Watch()
        for subject in subjects:
            self._watches[subject].add(watch)
        try:
            yield watch
        finally:
            for subject in subjects:
                self._watches[subject].discard(watch)
                if not self._watches[subject]:
                    del self._watches[subject]

    async def _fan_out(self) -> None:
        async with self._broadcast.subscribe(notifier.CHANNEL) as notifications:
            while True:
                self._mark((await notifications.get()).message)

    def _mark(self, payload: str) -> None:
        for callback in self._callbacks:
            callback()
        if payload == EVERYTHING:
            marked = [watch for watches in self._watches.values() for watch in watches]
        else:
            batch_run_ids, topics = notifier.decode(payload)
            subjects: set[int | str | None] = {*batch_run_ids, *topics}
            marked = [watch for subject in subjects for watch in self._watches.get(subject, ())]
            if batch_run_ids:
                marked += self._watches.get(None, ())
        for watch in marked:
            watch.mark()
