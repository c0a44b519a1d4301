"""Events: who did what, when, on what."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import strawberry

from chowda import models
from chowda.ids import Kind, opaque
from chowda.pagination.keyset import ListQuery, Page
from chowda.schema.connection import PageInfo
from chowda.schema.scalars import JSON


@strawberry.type(description="Something that a person did. Never changed; removed when it is old.")
class Event:
    id: strawberry.ID
    at: datetime = strawberry.field(description="When, by the database's clock.")
    actor: str = strawberry.field(
        description="Who: while there is no sign-in, the account that the API runs under."
    )
    actor_claim: str | None = strawberry.field(
        description="What the client said of who acts (header X-Chowda-Actor). Nobody has proved it."
    )
    action: str = strawberry.field(
        description="The name of the mutation, e.g. cancelBatchRun; uploadMmif for POST /mmif."
    )
    subject_kind: str = strawberry.field(description="What it was done on, e.g. BATCH_RUN or MEDIA_FILE.")
    subject_id: strawberry.ID | None = strawberry.field(
        description="Its ID, or its GUID; null for an action on many at once."
    )
    subject_name: str | None = strawberry.field(description="What it was called then.")
    details: JSON = strawberry.field(description="Counts, and what was asked for.")

    @classmethod
    def of(cls, row: models.Event) -> Event:
        return cls(
            id=strawberry.ID(opaque(Kind.EVENT, row.id)),
            at=row.at,
            actor=row.actor,
            actor_claim=row.actor_claim,
            action=row.action,
            subject_kind=row.subject_kind,
            subject_id=strawberry.ID(row.subject_id) if row.subject_id is not None else None,
            subject_name=row.subject_name,
            details=cast(JSON, row.details),
        )


@strawberry.type(description="An event in its place of a page.")
class EventEdge:
    cursor: str
    node: Event


@strawberry.type(description="A page of events, newest first.")
class EventConnection:
    edges: list[EventEdge]
    page_info: PageInfo
    cursor: str = strawberry.field(
        description="Read this page, then subscribe to events(after: cursor): nothing is missed."
    )

    @classmethod
    def of(cls, query: ListQuery, page: Page[models.Event], cursor: str) -> EventConnection:
        edges = [EventEdge(cursor=query.cursor_of(row), node=Event.of(row)) for row in page.rows]
        page_info = PageInfo(
            has_next_page=page.more,
            has_previous_page=query.page.cursor is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        )
        return cls(edges=edges, page_info=page_info, cursor=cursor)


@strawberry.type(description="Events that are new, oldest first.")
class EventPage:
    cursor: str = strawberry.field(
        description="Resumes after this page, over a reconnect and on another server too."
    )
    as_of: datetime = strawberry.field(description="When this was the state, by the database's clock.")
    events: list[Event] = strawberry.field(
        description="At most 500; none: the feed lives, and nothing has been done."
    )
    stale: bool = strawberry.field(
        description="The database is away since `asOf`: more follows by itself, from this cursor, when it is back."
    )
