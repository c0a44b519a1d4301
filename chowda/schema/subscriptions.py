"""What can be watched. Every event is read anew in a session of its own, which is closed before it is sent.

A subscription keeps no queue: the transport takes an event, and only then is the next one read. So a slow
client gets fewer, newer states, and costs no memory.

While the database is away or silent, what was sent last is sent again, marked as stale; when it is back, the
present state. Nothing is missed: the feed goes on from the cursor of the last page that was sent whole. Only
the first event, when there is nothing yet to mark, is an error then.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import strawberry
from sqlalchemy import func, select

from chowda import audit, models
from chowda.apps import health as app_health
from chowda.apps import load as app_load
from chowda.db.database import Database
from chowda.errors import DatabaseAway
from chowda.ids import Kind, not_found, require
from chowda.pubsub.change_feed import FeedPage
from chowda.pubsub.hub import Watch
from chowda.pubsub.notifier import APPS, AUDIT
from chowda.pubsub.snapshot_cursor import SnapshotCursor, current_cursor
from chowda.runs import batch_runs, pipeline_run_feed
from chowda.schema.app.type import ClamsApp, read_apps
from chowda.schema.batch_run.type import BatchRun, batch_runs_in, read_batch_runs
from chowda.schema.context import Info
from chowda.schema.dataloaders import Loaders, one_snapshot
from chowda.schema.event.type import Event, EventPage
from chowda.schema.pipeline_run.type import PipelineRun, with_their_parts

EVENT_INTERVAL_SECONDS = 0.15
"Changes that come closer together than this arrive as one event."
APPS_INTERVAL_SECONDS = 0.5
"Of the state of all apps: calls begin and end all the time."
HEARTBEAT_SECONDS = 20.0
READ_SECONDS = 30.0
"For one event, its turn for a connection included; who waits longer is told that what it has is stale."
AWAY_POLL_SECONDS = 2.0
"The hub wakes us when the database is back; this stands behind it."

T = TypeVar("T")


@strawberry.type(description="Pipeline runs that are new or have changed, newest state each.")
class PipelineRunPage:
    cursor: str = strawberry.field(
        description="Resumes after this page, over a reconnect and on another server too."
    )
    as_of: datetime = strawberry.field(description="When this was the state, by the database's clock.")
    pipeline_runs: list[PipelineRun] = strawberry.field(
        description="At most 500; none: the feed lives, and nothing has changed."
    )
    stale: bool = strawberry.field(
        description="Chowda can't read its database just now: there may have been changes since `asOf` that are "
        "not told yet. They follow by themselves; such a page is empty, and its cursor is that of the one before."
    )


@strawberry.type(description="All apps, and how they do.")
class AppsState:
    as_of: datetime = strawberry.field(description="When this was the state, by the database's clock.")
    apps: list[ClamsApp] = strawberry.field(description="By name.")
    stale: bool = strawberry.field(
        description="Chowda can't read its database just now, and this is the last state that it knows, as of `asOf`."
    )


@strawberry.type(description="An unknown ID is NOT_FOUND.")
class Subscription:
    @strawberry.subscription(
        description="One batch run: its present state at once, then its state after changes (several changes that "
        "come close together may arrive as one), and last its end state; then the subscription completes."
    )
    async def batch_run(self, info: Info, id: strawberry.ID) -> AsyncGenerator[BatchRun, None]:
        return _batch_run(info, await _known(info, id))

    @strawberry.subscription(
        description="The pipeline runs of a batch run, in pages of at most 500. Without `after`: every run's present "
        "state first, also when the batch run has ended; with it: what changed since. Then the changes, newest state "
        "each. Every page's cursor resumes after that page, over a reconnect and on another server too: nothing is "
        "missed. An empty page every 20 s says that the feed lives. Completes with the batch run. A cursor that can't "
        "be read: BAD_USER_INPUT."
    )
    async def pipeline_runs(
        self, info: Info, batch_run_id: strawberry.ID, after: str | None = strawberry.UNSET
    ) -> AsyncGenerator[PipelineRunPage, None]:
        key = await _known(info, batch_run_id)
        cursor = None if after is None or after is strawberry.UNSET else after
        if cursor is not None:
            SnapshotCursor.decode(cursor)
        return _pipeline_runs(info, key, cursor)

    @strawberry.subscription(
        description="All batch runs that are waiting, running or paused: the present list at once, then each new list."
    )
    async def active_batch_runs(self, info: Info) -> AsyncGenerator[list[BatchRun], None]:
        return _active_batch_runs(info)

    @strawberry.subscription(
        description="All apps with their health and their load: the present state at once, then each new one. Changes "
        "that come close together arrive as one."
    )
    async def apps(self, info: Info) -> AsyncGenerator[AppsState, None]:
        return _apps(info)

    @strawberry.subscription(
        description="What people do, as they do it, in pages of at most 500. Without `after`: from now on; with it: "
        "all that has been done since. Every page's cursor resumes after that page, over a reconnect and on another "
        "server too: nothing is missed. An empty page every 20 s says that the feed lives. A cursor that can't be "
        "read: BAD_USER_INPUT."
    )
    async def events(
        self, info: Info, after: str | None = strawberry.UNSET
    ) -> AsyncGenerator[EventPage, None]:
        cursor = None if after is None or after is strawberry.UNSET else after
        if cursor is None:
            async with info.context.database.session() as session:
                cursor, _ = await current_cursor(session)
        SnapshotCursor.decode(cursor)
        return _events(info, cursor)


async def _known(info: Info, batch_run_id: str) -> int:
    """The key of a batch run that is there. Checked before the first event, so that it is a plain refusal."""
    key = require(Kind.BATCH_RUN, batch_run_id)

    async def is_there() -> bool:
        async with info.context.database.session() as session:
            return await session.get(models.BatchRun, key) is not None

    if not await in_time(is_there()):
        raise not_found(Kind.BATCH_RUN, batch_run_id)
    return key


async def in_time(reading: Awaitable[T]) -> T:
    """What is read. Raises DatabaseAway also when that takes too long, because another holds a lock for instance."""
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await reading
    except TimeoutError as exc:
        raise DatabaseAway(DatabaseAway.BUSY) from exc


async def _batch_run(info: Info, key: int) -> AsyncGenerator[BatchRun, None]:
    context = info.context
    sent: BatchRun | None = None
    torn = False  # the database went while the rest of the last event was read: it was no whole one
    async with context.hub.watch(key) as watch:
        while True:
            pace = Pace()
            try:
                run, differs = await in_time(_read_batch_run(Loaders.of(info), key, sent))
            except DatabaseAway:
                if sent is None:
                    raise
                if not sent.stale:
                    sent = sent.out_of_date()
                    yield sent
                await pace.next_change(watch, AWAY_POLL_SECONDS)
                continue
            if differs or torn:
                yield run
                torn = run.loaders.broken
                sent = sent if torn else run
            if run.status.ended and not torn:
                return
            await pace.next_change(watch, context.settings.poll_seconds)


async def _read_batch_run(loaders: Loaders, key: int, sent: BatchRun | None) -> tuple[BatchRun, bool]:
    """The present state, and whether it has to be told to whom `sent` was sent."""
    async with loaders.context.database.session() as session:
        run = (await read_batch_runs(session, loaders, [key]))[key]
    return run, sent is None or await _looks_different(loaders, sent, run)


async def _looks_different(loaders: Loaders, sent: BatchRun, run: BatchRun) -> bool:
    if sent.stale or run.visible_state != sent.visible_state:
        return True
    if "pipelineRuns" not in loaders.names:
        return False
    async with loaders.context.database.session() as session:
        return bool((await pipeline_run_feed.read_page(session, run.key, sent.cursor, limit=1)).rows)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the feed has to tell at one moment."""

    page: FeedPage[models.PipelineRun]
    pipeline_runs: list[PipelineRun]
    ended: bool
    "The batch run has: what this page and those that follow in the backlog hold is all there is."


async def _pipeline_runs(info: Info, key: int, cursor: str | None) -> AsyncGenerator[PipelineRunPage, None]:
    context = info.context
    heard = time.monotonic()
    known: FeedPage[models.PipelineRun] | None = None
    stale = False
    async with context.hub.watch(key) as watch:
        while True:
            pace = Pace()
            loaders = Loaders.of(info)
            quiet = heard + HEARTBEAT_SECONDS - time.monotonic()
            try:
                reading = await in_time(_read_page(loaders, key, cursor))
            except DatabaseAway:
                if known is None:
                    raise
                if not stale or quiet <= 0:
                    stale = True
                    yield PipelineRunPage(
                        cursor=known.cursor, as_of=known.as_of, pipeline_runs=[], stale=True
                    )
                    heard = time.monotonic()
                await pace.next_change(watch, AWAY_POLL_SECONDS)
                continue
            page = reading.page
            if reading.pipeline_runs or stale or quiet <= 0:
                yield PipelineRunPage(
                    cursor=page.cursor, as_of=page.as_of, pipeline_runs=reading.pipeline_runs, stale=False
                )
                if loaders.broken:  # the client has an error instead: once more, from the same cursor
                    await pace.next_change(watch, AWAY_POLL_SECONDS)
                    continue
                heard = time.monotonic()
                stale = False
            known, cursor = page, page.cursor
            if page.more:
                continue
            if reading.ended:
                return
            quiet = heard + HEARTBEAT_SECONDS - time.monotonic()
            await pace.next_change(watch, min(context.settings.poll_seconds, max(quiet, 0.0)))


async def _read_page(loaders: Loaders, key: int, cursor: str | None) -> Reading:
    async with loaders.context.database.session() as session:
        # In one snapshot with the page: when the end is seen, the page holds all changes before it.
        await one_snapshot(session)
        page = await pipeline_run_feed.read_page(session, key, cursor)
        ended = await session.scalar(select(models.BatchRun.ended_at).where(models.BatchRun.id == key))
        found = await with_their_parts(session, loaders, page.rows)
    return Reading(page, found, ended is not None)


async def _active_batch_runs(info: Info) -> AsyncGenerator[list[BatchRun], None]:
    context = info.context
    sent: list[BatchRun] | None = None
    torn = False
    async with context.hub.watch(None) as watch:
        while True:
            pace = Pace()
            try:
                active, differs = await in_time(_read_active(Loaders.of(info), sent))
            except DatabaseAway:
                if not sent:  # an empty list can't be marked
                    raise
                if not sent[0].stale:
                    sent = [run.out_of_date() for run in sent]
                    yield sent
                await pace.next_change(watch, AWAY_POLL_SECONDS)
                continue
            if differs or torn:
                yield active
                torn = any(run.loaders.broken for run in active)
                sent = sent if torn else active
            await pace.next_change(watch, context.settings.poll_seconds)


async def _read_active(loaders: Loaders, sent: list[BatchRun] | None) -> tuple[list[BatchRun], bool]:
    """The present list, and whether it has to be told to whom `sent` was sent."""
    async with loaders.context.database.session() as session:
        await one_snapshot(session)
        keys = await batch_runs.unended(session)
        found = await batch_runs_in(session, loaders, keys)
    active = [found[key] for key in keys]
    return active, sent is None or await _list_looks_different(loaders, sent, active)


@dataclass(frozen=True, slots=True)
class AppsReading:
    """All apps at one moment. `looks`: what a client may see of them; equal ones look the same."""

    as_of: datetime
    apps: list[ClamsApp]
    looks: object


async def _apps(info: Info) -> AsyncGenerator[AppsState, None]:
    context = info.context
    sent: AppsReading | None = None
    stale = torn = False
    async with context.hub.watch(None, APPS) as watch:
        while True:
            pace = Pace(APPS_INTERVAL_SECONDS)
            loaders = Loaders.of(info)
            try:
                now = await in_time(_read_apps(loaders))
            except DatabaseAway:
                if sent is None:
                    raise
                if not stale:
                    stale = True
                    for app in sent.apps:
                        app.loaders.begin_again()
                    yield AppsState(as_of=sent.as_of, apps=sent.apps, stale=True)
                await pace.next_change(watch, AWAY_POLL_SECONDS)
                continue
            if sent is None or stale or torn or now.looks != sent.looks:
                yield AppsState(as_of=now.as_of, apps=now.apps, stale=False)
                torn = loaders.broken
                sent = sent if torn else now
                stale = False
            await pace.next_change(watch, context.settings.poll_seconds)


async def _read_apps(loaders: Loaders) -> AppsReading:
    async with loaders.context.database.session() as session:
        await one_snapshot(session)
        as_of: datetime = (await session.scalars(select(func.now()))).one()
        keys = list(await session.scalars(select(models.ClamsApp.id).order_by(models.ClamsApp.name)))
        found = await read_apps(session, loaders, keys)
        load = await app_load.read(session, keys)
        health = await app_health.read(session, keys)
    apps = [found[key] for key in keys]
    seen = [{**vars(app), "loaders": None} for app in apps]
    return AppsReading(as_of, apps, (seen, load, health))


async def _events(info: Info, cursor: str) -> AsyncGenerator[EventPage, None]:
    context = info.context
    heard = time.monotonic()
    known: FeedPage[models.Event] | None = None
    stale = False
    async with context.hub.watch(AUDIT) as watch:
        while True:
            pace = Pace()
            quiet = heard + HEARTBEAT_SECONDS - time.monotonic()
            try:
                page = await in_time(_read_events(context.database, cursor))
            except DatabaseAway:
                if known is None:
                    raise
                if not stale or quiet <= 0:
                    stale = True
                    yield EventPage(cursor=known.cursor, as_of=known.as_of, events=[], stale=True)
                    heard = time.monotonic()
                await pace.next_change(watch, AWAY_POLL_SECONDS)
                continue
            known, cursor = page, page.cursor
            if page.rows or stale or quiet <= 0:
                found = [Event.of(row) for row in page.rows]
                yield EventPage(cursor=page.cursor, as_of=page.as_of, events=found, stale=False)
                heard = time.monotonic()
                stale = False
            if page.more:
                continue
            quiet = heard + HEARTBEAT_SECONDS - time.monotonic()
            await pace.next_change(watch, min(context.settings.poll_seconds, max(quiet, 0.0)))


async def _read_events(database: Database, cursor: str) -> FeedPage[models.Event]:
    async with database.session() as session:
        return await audit.FEED.read_page(session, cursor)


async def _list_looks_different(loaders: Loaders, sent: list[BatchRun], active: list[BatchRun]) -> bool:
    if [run.key for run in sent] != [run.key for run in active]:
        return True
    for before, now in zip(sent, active, strict=True):
        if await _looks_different(loaders, before, now):
            return True
    return False


class Pace:
    """Begins when an event is read; the next one is not read before the interval has passed."""

    def __init__(self, interval_seconds: float = EVENT_INTERVAL_SECONDS) -> None:
        self._earliest = time.monotonic() + interval_seconds

    async def next_change(self, watch: Watch, timeout: float) -> None:
        """Waits for a change, at most `timeout` seconds: a notification may have been lost."""
        await watch.changed(timeout)
        await asyncio.sleep(max(self._earliest - time.monotonic(), 0.0))
        await watch.changed(0)
