"""The audit log: who did what, when, on what. Its table is `events`.

`AuditLog.record` writes a row in the transaction of the action, so an action that is refused or rolled back leaves
none. An accepted action that had nothing left to do is recorded too, e.g. cancelling a run that has ended. Rows are
never changed; the retention cleaner deletes old ones.
"""

from __future__ import annotations

import contextlib
import os
import pwd
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, text
from sqlalchemy import event as orm_event
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.ids import Kind, opaque
from chowda.models import Event
from chowda.pagination.filters import Period, in_period
from chowda.pagination.keyset import ListQuery, ListSpec, Order, PageRequest
from chowda.pubsub.change_feed import ChangeFeed
from chowda.pubsub.notifier import Notifier

CLAIM_LIMIT = 100

SUBJECT_NAMES = {
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
"Queries for the name of a subject, or for the GUID of the file that it belongs to."


def local_user() -> str:
    """The account of this process. Chowda has no sign-in, so it stands for everyone who uses this API."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"uid {os.geteuid()}"


def readable_claim(header: str | None) -> str | None:
    """The actor that a client names, without characters that can't be displayed; None if it names none.

    HTTP headers arrive as Latin-1. A header that is valid UTF-8 is decoded as such.
    """
    if header is None:
        return None
    with contextlib.suppress(UnicodeError):
        header = header.encode("latin-1").decode()
    claim = "".join(character for character in header if character.isprintable()).strip()
    return claim[:CLAIM_LIMIT] or None


class AuditLog:
    """Records the actions of one client. `claim` is the actor that the client names; it is not verified."""

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
        """Adds one row to this transaction; after the commit, watchers of the audit log are notified.

        `action` is the name of the mutation. `key` is the row that the action changed: its ID and its name are
        looked up unless they are passed. An action on many rows has no key; `details` holds the counts. Call this
        while the row exists: after creating it, before deleting it.
        """
        if key is not None:
            subject_id = subject_id or opaque(kind, key)
            if name is None and kind in SUBJECT_NAMES:
                name = await session.scalar(text(SUBJECT_NAMES[kind]), {"key": key})
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
    """Which events to list; None matches every event. `since` is included, `until` is not."""

    actor: str | None = None
    action: str | None = None
    subject_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def _conditions(filter: EventFilter) -> list[ColumnElement[bool]]:
    equal = (
        (Event.actor, filter.actor),
        (Event.action, filter.action),
        (Event.subject_id, filter.subject_id),
    )
    return [
        *(column == value for column, value in equal if value is not None),
        *in_period(Event.at, Period(filter.since, filter.until)),
    ]


EVENTS = ListSpec("events", Event, {"at": Order((Event.at, Event.id))}, _conditions)


def list_query(filter: EventFilter, page: PageRequest) -> ListQuery:
    """Events, newest first. A cursor stays valid under another filter, and when its event has been removed."""
    return ListQuery(EVENTS, filter, "at", descending=True, page=page, bound_to_filter=False)


FEED = ChangeFeed(Event, key=Event.id, changed_xid=Event.xid)
"New events, oldest first."
