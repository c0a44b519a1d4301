"""The audit: who did what, when, on what. The table is `events`; chowda.events are the notifications.

A row is written in the transaction of the action, by `Trail.record` and nothing else: an action that is
refused or rolled back leaves none. An action that was accepted and found its work done already (a cancel of a
run that has ended, a start under a key that was used before) is recorded too: somebody asked for it and was
told yes. Rows are never changed; the housekeeper removes them by age.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import pwd
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import event as orm_event
from sqlalchemy import select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.errors import BadUserInput
from chowda.ids import Kind, opaque
from chowda.models import Event
from chowda.pubsub import change_feed
from chowda.pubsub.notifier import Notifier

PAGE_LIMIT = 500
CLAIM_LIMIT = 100
CURSOR_LIMIT = 200
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

NAMES = {
    Kind.APP: "SELECT name FROM clams_apps WHERE id = :key",
    Kind.PIPELINE: "SELECT name FROM pipelines WHERE id = :key",
    Kind.COLLECTION: "SELECT name FROM collections WHERE id = :key",
    Kind.BATCH: "SELECT name FROM batches WHERE id = :key",
    Kind.BATCH_RUN: "SELECT b.name FROM batch_runs r JOIN batches b ON b.id = r.batch_id WHERE r.id = :key",
    Kind.PIPELINE_RUN: "SELECT f.guid FROM pipeline_runs p JOIN media_files f ON f.id = p.media_file_id "
    "WHERE p.id = :key",
    Kind.STEP_RUN: "SELECT f.guid FROM step_runs s JOIN pipeline_runs p ON p.id = s.pipeline_run_id "
    "JOIN media_files f ON f.id = p.media_file_id WHERE s.id = :key",
    Kind.MMIF: "SELECT f.guid FROM mmifs m JOIN media_files f ON f.id = m.media_file_id WHERE m.id = :key",
}
"What each thing is called, for those that have a name or belong to a file."


def local_user() -> str:
    """The account that this process runs under: all that is known of who acts while there is no sign-in."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"uid {os.geteuid()}"


def readable_claim(header: str | None) -> str | None:
    """What a client says of who acts, as it can be kept and shown; None where it says nothing.

    HTTP headers come as Latin-1; names in UTF-8 are read as such.
    """
    if header is None:
        return None
    with contextlib.suppress(UnicodeError):
        header = header.encode("latin-1").decode()
    shown = "".join(character for character in header if character.isprintable()).strip()
    return shown[:CLAIM_LIMIT] or None


class AuditLog:
    """Records what one client does. `claim` is what the client says of who acts; nobody proves it."""

    def __init__(self, notifier: Notifier, claim: str | None = None) -> None:
        self._notifier = notifier
        self._actor = local_user()
        self._claim = claim

    async def record(
        self,
        session: AsyncSession,
        action: str,
        kind: Kind,
        key: int | None = None,
        *,
        subject_id: str | None = None,
        name: str | None = None,
        **details: Any,
    ) -> None:
        """One row in this transaction; once it has committed, whoever watches is notified.

        `action` is the name of the mutation. `key` is the row that it was done on: its ID and its name are
        looked up, unless they are given. Without a key the action was on many at once: `details` counts them.
        Call it where the row is there: after it was made, before it is removed.
        """
        if key is not None:
            subject_id = subject_id or opaque(kind, key)
            if name is None and kind in NAMES:
                name = await session.scalar(text(NAMES[kind]), {"key": key})
        session.add(
            Event(
                actor=self._actor,
                actor_claim=self._claim,
                action=action,
                subject_kind=kind.name,
                subject_id=subject_id,
                subject_name=name,
                details=details,
            )
        )
        await session.flush()
        orm_event.listen(session.sync_session, "after_commit", lambda _: self._notifier.audit(), once=True)


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are wanted; None: whichever. `since` is included, `until` is not."""

    actor: str | None = None
    action: str | None = None
    subject_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class EventCursor(msgspec.Struct, frozen=True, array_like=True):
    """Where an event stands in the list: by time, then by key. Stays good when the event has been removed."""

    at_microseconds: int
    key: int

    @classmethod
    def of(cls, event: Event) -> EventCursor:
        return cls((event.at - EPOCH) // timedelta(microseconds=1), event.id)

    @property
    def at(self) -> datetime:
        return EPOCH + timedelta(microseconds=self.at_microseconds)

    def encode(self) -> str:
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).rstrip(b"=").decode()

    @classmethod
    def decode(cls, cursor: str) -> EventCursor:
        """Raises BadUserInput for what is no place."""
        try:
            raw = base64.urlsafe_b64decode(cursor[:CURSOR_LIMIT] + "=" * (-len(cursor) % 4))
            place = msgspec.json.decode(raw, type=cls)
            if len(cursor) <= CURSOR_LIMIT and 0 < place.key < 2**63 and place.at:
                return place
        except (ValueError, OverflowError, binascii.Error, msgspec.MsgspecError):
            pass
        raise BadUserInput(
            f"The cursor {cursor[:80]!r} can't be read. Use an endCursor, or the cursor of an edge."
        )


async def find_events(
    session: AsyncSession, asked: EventFilter, limit: int, after: EventCursor | None = None
) -> Sequence[Event]:
    """Newest first, those that come after this place."""
    statement = select(Event).order_by(Event.at.desc(), Event.id.desc()).limit(limit)
    if after is not None:
        statement = statement.where(tuple_(Event.at, Event.id) < (after.at, after.key))
    for column, wanted in (
        (Event.actor, asked.actor),
        (Event.action, asked.action),
        (Event.subject_id, asked.subject_id),
    ):
        if wanted is not None:
            statement = statement.where(column == wanted)
    if asked.since is not None:
        statement = statement.where(Event.at >= asked.since)
    if asked.until is not None:
        statement = statement.where(Event.at < asked.until)
    return (await session.scalars(statement)).all()


@dataclass(frozen=True, slots=True)
class EventsPage:
    """Events that are new since a cursor, oldest first. `more`: read again at once."""

    cursor: str
    as_of: datetime
    events: Sequence[Event]
    more: bool


async def read_new(session: AsyncSession, after: str, limit: int = PAGE_LIMIT) -> EventsPage:
    """What has been recorded since the cursor, with nothing lost: the cursors are those of pubsub.change_feed.

    Given a cursor of another database, or of this one before it was set back, it begins with the oldest event
    there is. BadUserInput for a cursor that can't be read.
    """
    cursor: change_feed.Cursor | None = change_feed.Cursor.decode(after)
    here, found = await _read(session, cursor, limit)
    if cursor is not None and cursor.is_foreign(here.incarnation, here.snapshot):
        cursor = None
        here, found = await _read(session, None, limit)
    base, target = (cursor.base, cursor.target) if cursor else (None, None)
    if len(found) > limit:
        found = found[:limit]
        following = change_feed.Cursor(here.incarnation, base, target or here.snapshot, found[-1].id)
        return EventsPage(following.encode(), here.as_of, found, more=True)
    following = change_feed.Cursor(here.incarnation, target or here.snapshot)
    return EventsPage(following.encode(), here.as_of, found, more=target is not None)


async def _read(
    session: AsyncSession, cursor: change_feed.Cursor | None, limit: int
) -> tuple[Any, list[Event]]:
    """The present snapshot and up to limit + 1 events, in one statement: one snapshot serves both."""
    parameters: dict[str, Any] = {"last": cursor.last if cursor else 0, "limit": limit + 1}
    conditions = ["id > :last"]
    if cursor is not None and cursor.base is not None:
        conditions.append(change_feed.changed_since("base", cursor.base, parameters, "xid"))
    if cursor is not None and cursor.target is not None:
        conditions.append(f"NOT {change_feed.changed_since('target', cursor.target, parameters, 'xid')}")
    statement = text(f"""
        SELECT here.*, new.* FROM ({change_feed.HERE}) AS here LEFT JOIN LATERAL (
            SELECT * FROM events WHERE {" AND ".join(conditions)} ORDER BY id LIMIT :limit
        ) AS new ON true ORDER BY new.id
    """)
    rows: Sequence[Mapping[str, Any]] = (await session.execute(statement, parameters)).all()  # type: ignore[assignment]
    fields = [column.key for column in Event.__table__.columns]
    return rows[0], [
        Event(**{field: getattr(row, field) for field in fields})
        for row in rows
        if row.id is not None  # type: ignore[attr-defined]
    ]
