"""The loop behind every subscription.

A subscription keeps no queue: the loop reads the next event after the transport has taken the last one. So a slow
client gets fewer and newer events, and costs no memory. Every event is read in a session of its own, which is closed
before the event is sent.

While the database does not answer, the loop sends the last event again, marked as stale, and sends the present state
once the database is back. No change is lost: a feed resumes after the last page that was sent completely. Only a
subscription that has sent nothing yet ends with an error.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from chowda.errors import DatabaseAway
from chowda.ids import Kind, not_found, require
from chowda.models import Base
from chowda.pubsub.hub import Watch
from chowda.schema.context import Info
from chowda.schema.loaders import Loaders

EVENT_INTERVAL_SECONDS = 0.15
"Changes that are closer together than this arrive as one event."
HEARTBEAT_SECONDS = 20.0
"A feed without changes sends an empty page this often."
READ_SECONDS = 30.0
"The limit for reading one event, including the wait for a connection. After that the last event is stale."
AWAY_POLL_SECONDS = 2.0
"How often to try again while the database does not answer. The hub also notifies when it is back."

E = TypeVar("E")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reading(Generic[E]):
    """An event as it was read, and what to do with it."""

    event: E
    differs: bool
    "The event shows something that the last one did not."
    more: bool = False
    "More changes can be read at once."
    ended: bool = False
    "The subscription completes after this event."


@dataclass(frozen=True, slots=True)
class Source(Generic[E]):
    """What a subscription shows: `read` gets the last event, or None at first, and returns the present one."""

    watched: tuple[int | str | None, ...]
    "As the arguments of Hub.watch."
    read: Callable[[Loaders, E | None], Awaitable[Reading[E]]]
    mark_stale: Callable[[E], E | None]
    "Returns the last event marked as stale, or None if it cannot be marked."
    interval_seconds: float = EVENT_INTERVAL_SECONDS
    is_feed: bool = False
    "A feed sends pages of changes: it reads on from each page, sent or not, and sends a heartbeat."


async def stale_loop(info: Info, source: Source[E]) -> AsyncGenerator[E, None]:
    """The events of a subscription, until it ends. Raises DatabaseAway only before the first event."""
    last: E | None = None
    stale = False
    incomplete = False  # the database went away while the fields of the last event were read
    sent_at = time.monotonic()
    heartbeat_seconds = HEARTBEAT_SECONDS if source.is_feed else math.inf
    async with info.context.hub.watch(*source.watched) as watch:
        while True:
            throttle = Throttle(source.interval_seconds)
            heartbeat_due = time.monotonic() >= sent_at + heartbeat_seconds
            loaders = Loaders.of(info)
            try:
                reading = await in_time(source.read(loaders, last))
            except DatabaseAway:
                marked = source.mark_stale(last) if last is not None else None
                if marked is None:
                    raise
                if not stale or heartbeat_due:
                    stale = True
                    yield marked
                    sent_at = time.monotonic()
                await throttle.next_change(watch, AWAY_POLL_SECONDS)
                continue
            if reading.differs or stale or incomplete or heartbeat_due:
                yield reading.event
                incomplete = loaders.failed
                if incomplete:
                    await throttle.next_change(watch, AWAY_POLL_SECONDS)
                    continue
                sent_at = time.monotonic()
                stale = False
                last = reading.event
            elif source.is_feed:
                last = reading.event
            if reading.more:
                continue
            if reading.ended:
                return
            until_heartbeat = max(sent_at + heartbeat_seconds - time.monotonic(), 0.0)
            await throttle.next_change(watch, min(info.context.settings.poll_seconds, until_heartbeat))


async def existing_key(info: Info, kind: Kind, model: type[Base], id: str) -> int:
    """The database key of a row that exists. Raises NotFound before the first event, and DatabaseAway."""
    key = require(kind, id)

    async def exists() -> bool:
        async with info.context.database.session() as session:
            return await session.get(model, key) is not None

    if not await in_time(exists()):
        raise not_found(kind, id)
    return key


async def in_time(reading: Awaitable[T]) -> T:
    """Raises DatabaseAway if reading takes too long, e.g. because another session holds a lock."""
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await reading
    except TimeoutError as exc:
        raise DatabaseAway(DatabaseAway.BUSY) from exc


class Throttle:
    """The minimum interval between the reading of two events. It begins when the throttle is created."""

    def __init__(self, interval_seconds: float) -> None:
        self._earliest = time.monotonic() + interval_seconds

    async def next_change(self, watch: Watch, timeout: float) -> None:
        """Waits for a change, at most `timeout` seconds because a notification can be lost, and for the interval."""
        await watch.changed(timeout)
        await asyncio.sleep(max(self._earliest - time.monotonic(), 0.0))
        await watch.changed(0)
