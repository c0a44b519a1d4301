"""Queries of the audit log."""

from __future__ import annotations

from datetime import datetime

import strawberry

from chowda import audit
from chowda.pagination import keyset
from chowda.pagination.keyset import PAGE_SIZE, PageRequest
from chowda.pubsub.snapshot_cursor import current_cursor
from chowda.schema.context import Info
from chowda.schema.event.type import EventConnection
from chowda.schema.loaders import use_one_snapshot


@strawberry.type
class EventQueries:
    @strawberry.field(
        description="The audit log, newest first, in pages of at most 500. `subject` is an ID or a GUID. `since` "
        "includes its time, `until` does not."
    )
    async def events(
        self,
        info: Info,
        first: int | None = PAGE_SIZE,
        after: str | None = strawberry.UNSET,
        actor: str | None = strawberry.UNSET,
        action: str | None = strawberry.UNSET,
        subject: strawberry.ID | None = strawberry.UNSET,
        since: datetime | None = strawberry.UNSET,
        until: datetime | None = strawberry.UNSET,
    ) -> EventConnection:
        filter = audit.EventFilter(
            actor or None, action or None, subject or None, since or None, until or None
        )
        query = audit.list_query(filter, PageRequest.of(first, after or None, None, None))
        query.position()  # raises for a cursor that cannot be read
        async with info.context.database.session() as session:
            await use_one_snapshot(session)
            cursor, _ = await current_cursor(session)
            page = (await keyset.read_pages(session, [query]))[query]
        return EventConnection.of(query, page, cursor)
