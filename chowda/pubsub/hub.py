"""The hub: one LISTEN per process, fanned out to whoever watches, with loss detected.

broadcaster carries the notifications inside the process over a backend of our own, with one fixed channel and one
subscription: its stock Postgres backend loses subscribers and hangs silently when its connection dies.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import structlog
from broadcaster import Broadcast, BroadcastBackend, Event

from chowda.db.database import UNREACHABLE, Database, plain_dsn
from chowda.pubsub import notifier

EVERYTHING = ""  # the payload that stands for "anything may have changed"
KEEP_ALIVE_SECONDS = 3.0
SILENCE_SECONDS = 6.0
"A server that has not answered a question about nothing for so long is held for frozen or cut off."
CONNECT_SECONDS = 10.0
LONGEST_PAUSE_SECONDS = 2.0

log = structlog.get_logger(__name__)


class PostgresListener(BroadcastBackend):
    """One direct connection that listens, is asked every 3 s whether it lives, and comes back.

    Never raises into broadcaster's listener task. After a reconnect it delivers EVERYTHING, since notifications of
    the meantime are lost. It is also who finds out for the process that the server is away or silent: it
    tells `guarded`, and delivers EVERYTHING then too, so that whoever watches finds out at once.
    """

    def __init__(self, database_url: str, keep_alive_seconds: float, guarded: Database | None) -> None:
        self._dsn = plain_dsn(database_url)
        self._keep_alive_seconds = keep_alive_seconds
        self._guarded = guarded
        self._away = False
        self._published: asyncio.Queue[Event] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self.connected = False

    async def connect(self) -> None:
        self._task = asyncio.create_task(self._keep_listening())

    async def disconnect(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def subscribe(self, channel: str) -> None:
        """Nothing to do: the one channel is listened to from the start."""

    async def unsubscribe(self, channel: str) -> None:
        """Nothing to do, likewise."""

    async def publish(self, channel: str, message: Any) -> None:
        raise NotImplementedError("notifications are sent by chowda.pubsub.notifier.Notifier")

    async def next_published(self) -> Event:
        return await self._published.get()

    def _deliver(self, payload: str) -> None:
        self._published.put_nowait(Event(notifier.CHANNEL, payload))

    async def _keep_listening(self) -> None:
        pause = 0.1
        while True:
            try:
                connection = await asyncpg.connect(
                    self._dsn,
                    server_settings={"application_name": "chowda-hub"},
                    timeout=CONNECT_SECONDS if not self._away else SILENCE_SECONDS,
                )
            except Exception as exc:
                log.warning("hub.unreachable", error=type(exc).__name__)
                if isinstance(exc, UNREACHABLE) and not isinstance(exc, asyncpg.TooManyConnectionsError):
                    self._tell_away(silent=isinstance(exc, TimeoutError))
            else:
                pause = 0.1
                await self._listen(connection)
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _tell_away(self, *, silent: bool) -> None:
        if self._guarded is not None and silent:
            self._guarded.mark_unresponsive()
        elif self._guarded is not None:
            self._guarded.mark_responsive()
        if not self._away:
            self._away = True
            log.warning("database.away", silent=silent)
            self._deliver(EVERYTHING)

    def _tell_back(self) -> None:
        if self._guarded is not None:
            self._guarded.mark_responsive()
        if self._away:
            self._away = False
            log.info("database.back")

    async def _listen(self, connection: asyncpg.Connection[Any]) -> None:
        """Until the connection is lost."""
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await connection.add_listener(notifier.CHANNEL, lambda *args: self._deliver(args[3]))
            self.connected = True
            self._tell_back()
            self._deliver(EVERYTHING)
            while not lost.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._keep_alive_seconds):
                        await lost.wait()
                if not lost.is_set():
                    # Its own time-out: an answer that came while this process was held up counts.
                    await connection.execute("SELECT 1", timeout=SILENCE_SECONDS)
        except Exception as exc:
            log.warning("hub.lost", error=type(exc).__name__)
            if isinstance(exc, TimeoutError):
                self._tell_away(silent=True)
        finally:
            self.connected = False
            connection.terminate()


class Watch:
    """A dirty flag, not a queue: a slow reader gets fewer, newer states, and no memory grows."""

    def __init__(self) -> None:
        self._dirty = asyncio.Event()

    def mark(self) -> None:
        self._dirty.set()

    async def changed(self, timeout: float) -> bool:
        """True once something has changed (clears the flag), False after the time-out in seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._dirty.wait()
        except TimeoutError:
            return False
        self._dirty.clear()
        return True


class Hub:
    """Who watches what in this process."""

    def __init__(
        self,
        database_url: str,
        keep_alive_seconds: float = KEEP_ALIVE_SECONDS,
        guarded: Database | None = None,
    ) -> None:
        """`guarded` is told when the server is silent, and when it speaks again."""
        self._listener = PostgresListener(database_url, keep_alive_seconds, guarded)
        self._broadcast = Broadcast(backend=self._listener)
        self._watches: dict[int | str | None, set[Watch]] = defaultdict(set)
        self._wakes: list[Callable[[], None]] = []
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

    def on_any(self, wake: Callable[[], None]) -> None:
        """Calls `wake` at every notification: for the dispatcher, which looks at everything anyway."""
        self._wakes.append(wake)

    @asynccontextmanager
    async def watch(self, *what: int | str | None) -> AsyncIterator[Watch]:
        """A watch on batch runs, with None on all of them, or on some of events.WORDS.

        Starts clean: read after entering.
        """
        watch = Watch()
        for each in what:
            self._watches[each].add(watch)
        try:
            yield watch
        finally:
            for each in what:
                self._watches[each].discard(watch)
                if not self._watches[each]:
                    del self._watches[each]

    async def _fan_out(self) -> None:
        async with self._broadcast.subscribe(notifier.CHANNEL) as notifications:
            while True:
                self._mark((await notifications.get()).message)

    def _mark(self, payload: str) -> None:
        for wake in self._wakes:
            wake()
        if payload == EVERYTHING:
            marked = [watch for watches in self._watches.values() for watch in watches]
        else:
            batch_run_ids, words = notifier.decode(payload)
            named: set[int | str | None] = {*batch_run_ids, *words}
            marked = [watch for key in named for watch in self._watches.get(key, ())]
            if batch_run_ids:
                marked += self._watches.get(None, ())
        for watch in marked:
            watch.mark()
