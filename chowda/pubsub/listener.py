"""The one connection per process that LISTENs for notifications, and that watches whether the database responds.

broadcaster's own Postgres backend loses subscribers and hangs silently when its connection dies, so this is a
backend of Chowda's own.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from typing import Any

import asyncpg
import structlog
from broadcaster import BroadcastBackend, Event

from chowda.db.database import UNREACHABLE, Database, plain_dsn
from chowda.pubsub import notifier

EVERYTHING = ""
"The payload that means: anything may have changed."
KEEP_ALIVE_SECONDS = 3.0
UNRESPONSIVE_SECONDS = 6.0
"A server that misses a keep-alive for this long counts as unresponsive."
CONNECT_SECONDS = 10.0
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0

log = structlog.get_logger(__name__)


class PostgresListener(BroadcastBackend):
    """Listens on one direct connection, sends keep-alives on it, and reconnects when it is lost.

    No error reaches broadcaster's listener task. After a reconnect the listener delivers EVERYTHING, because
    notifications sent in the meantime are lost. It also detects for the process that the server is unreachable or
    unresponsive: it marks `database` and delivers EVERYTHING, so that all watchers read again and notice too.
    """

    def __init__(self, database_url: str, keep_alive_seconds: float, database: Database | None) -> None:
        self._dsn = plain_dsn(database_url)
        self._keep_alive_seconds = keep_alive_seconds
        self._database = database
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
        """Does nothing: the listener has one channel and listens on it from the start."""

    async def unsubscribe(self, channel: str) -> None:
        """Does nothing, as subscribe."""

    async def publish(self, channel: str, message: Any) -> None:
        raise NotImplementedError("notifications are sent by chowda.pubsub.notifier.Notifier")

    async def next_published(self) -> Event:
        return await self._published.get()

    def _deliver(self, payload: str) -> None:
        self._published.put_nowait(Event(notifier.CHANNEL, payload))

    async def _keep_listening(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                connection = await asyncpg.connect(
                    self._dsn,
                    server_settings={"application_name": "chowda-hub"},
                    timeout=CONNECT_SECONDS if not self._away else UNRESPONSIVE_SECONDS,
                )
            except Exception as exc:
                log.warning("listener.unreachable", error=type(exc).__name__)
                if isinstance(exc, UNREACHABLE) and not isinstance(exc, asyncpg.TooManyConnectionsError):
                    self._mark_away(unresponsive=isinstance(exc, TimeoutError))
            else:
                pause = FIRST_PAUSE_SECONDS
                await self._listen(connection)
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _mark_away(self, *, unresponsive: bool) -> None:
        if self._database is not None and unresponsive:
            self._database.mark_unresponsive()
        elif self._database is not None:
            self._database.mark_responsive()
        if not self._away:
            self._away = True
            log.warning("database.away", unresponsive=unresponsive)
            self._deliver(EVERYTHING)

    def _mark_back(self) -> None:
        if self._database is not None:
            self._database.mark_responsive()
        if self._away:
            self._away = False
            log.info("database.back")

    async def _listen(self, connection: asyncpg.Connection[Any]) -> None:
        """Returns when the connection is lost."""
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await connection.add_listener(notifier.CHANNEL, lambda *args: self._deliver(args[3]))
            self.connected = True
            self._mark_back()
            self._deliver(EVERYTHING)
            while not lost.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._keep_alive_seconds):
                        await lost.wait()
                if not lost.is_set():
                    # asyncpg's own time-out: an answer that arrived while this process was held up still counts.
                    await connection.execute("SELECT 1", timeout=UNRESPONSIVE_SECONDS)
        except Exception as exc:
            log.warning("listener.lost", error=type(exc).__name__)
            if isinstance(exc, TimeoutError):
                self._mark_away(unresponsive=True)
        finally:
            self.connected = False
            connection.terminate()
