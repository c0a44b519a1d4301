"""The subscription to the audit log."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import datetime
from functools import partial

import strawberry

from chowda import audit
from chowda.pubsub.notifier import AUDIT
from chowda.pubsub.snapshot_cursor import SnapshotCursor, current_cursor
from chowda.schema.context import Info
from chowda.schema.event.type import Event
from chowda.schema.loaders import Loaders
from chowda.schema.optional_values import value_or_none
from chowda.schema.stale_loop import Reading, Source, stale_loop


@strawberry.type(description="New events, oldest first.")
class EventPage:
    cursor: str = strawberry.field(
        description="Subscribe with this cursor to resume after this page, also after a reconnect or on another server."
    )
    as_of: datetime = strawberry.field(description="The time of this state, by the database's clock.")
    events: list[Event] = strawberry.field(
        description="At most 500. An empty page is a heartbeat: nothing has happened."
    )
    stale: bool = strawberry.field(
        description="true: Chowda cannot read its database since `asOf`. More events follow once the database is back."
    )

    def marked_stale(self) -> EventPage:
        return replace(self, events=[], stale=True)


@strawberry.type
class EventSubscriptions:
    @strawberry.subscription(
        description="The actions of people, as they happen, in pages of at most 500. Without `after`, from now on; "
        "with `after`, all since that cursor. The cursor of each page resumes after that page, also after a reconnect "
        "or on another server, and no event is lost. An empty page every 20 s is a heartbeat. BAD_USER_INPUT for a "
        "cursor that cannot be read."
    )
    async def events(
        self, info: Info, after: str | None = strawberry.UNSET
    ) -> AsyncGenerator[EventPage, None]:
        cursor = value_or_none(after)
        if cursor is None:
            async with info.context.database.session() as session:
                cursor, _ = await current_cursor(session)
        SnapshotCursor.decode(cursor)
        source = Source((AUDIT,), partial(_read, cursor), EventPage.marked_stale, is_feed=True)
        return stale_loop(info, source)


async def _read(first_cursor: str, loaders: Loaders, last: EventPage | None) -> Reading[EventPage]:
    async with loaders.context.database.session() as session:
        page = await audit.FEED.read_page(session, last.cursor if last else first_cursor)
    events = [Event.of(row) for row in page.rows]
    event = EventPage(cursor=page.cursor, as_of=page.as_of, events=events, stale=False)
    return Reading(event, differs=bool(events), more=page.more)
