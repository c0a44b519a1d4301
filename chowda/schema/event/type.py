"""Events of the audit log: who did what, when, and on which object."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import strawberry

from chowda import models
from chowda.ids import Kind, opaque
from chowda.pagination.keyset import ListQuery, Page
from chowda.schema.connection import PageInfo
from chowda.schema.scalars import JSON


@strawberry.type(
    description="An action of a person. Events never change. They are removed after the retention period."
)
class Event:
    id: strawberry.ID
    at: datetime = strawberry.field(description="The time of the action, by the database's clock.")
    actor: str = strawberry.field(
        description="Who acted. As long as there is no sign-in: the account that the API runs under."
    )
    actor_claim: str | None = strawberry.field(
        description="The name that the client sent (header X-Chowda-Actor). It is not verified."
    )
    action: str = strawberry.field(
        description="The name of the mutation, e.g. cancelBatchRun, or uploadMmif for POST /mmif."
    )
    subject_kind: str = strawberry.field(
        description="The kind of the changed object, e.g. BATCH_RUN or MEDIA_FILE."
    )
    subject_id: strawberry.ID | None = strawberry.field(
        description="The ID of the changed object, or its GUID. Null for an action on several objects at once."
    )
    subject_name: str | None = strawberry.field(
        description="The name of the changed object at the time of the action."
    )
    details: JSON = strawberry.field(description="Counts, and the values that the client sent.")

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


@strawberry.type(description="An event of a page, with its cursor.")
class EventEdge:
    cursor: str
    node: Event


@strawberry.type(description="A page of events, newest first.")
class EventConnection:
    edges: list[EventEdge]
    page_info: PageInfo
    cursor: str = strawberry.field(
        description="Read this page, then subscribe to events(after: cursor): no event is lost between the two."
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
