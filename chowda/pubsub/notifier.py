"""Notifications: word that something has changed. Never the news itself: readers re-read rows.

NOTIFY takes a lock over the whole database at commit, so state commits first and each process sends a
deduplicated set of ids a few times a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

import structlog
from sqlalchemy import text

from chowda.db.database import Database

CHANNEL = "chowda"
APPS = "apps"
AUDIT = "audit"
WORDS = frozenset({APPS, AUDIT})
ID_DIGITS = 19
PAUSE_AFTER_ERROR_SECONDS = 1.0
PAYLOAD_IDS = 300  # a payload holds less than 8,000 bytes

log = structlog.get_logger(__name__)


def encode(words: Iterable[str]) -> Iterator[str]:
    """The words (batch run ids, WORDS) as payloads that fit a NOTIFY."""
    ordered = sorted(words)
    for start in range(0, len(ordered), PAYLOAD_IDS):
        yield " ".join(ordered[start : start + PAYLOAD_IDS])


def decode(payload: str) -> tuple[set[int], set[str]]:
    """The batch runs a payload names, and which of WORDS. What can't be read names nothing."""
    words = payload.split()
    return {int(word) for word in words if word.isdecimal() and len(word) <= ID_DIGITS}, set(
        WORDS.intersection(words)
    )


class Notifier:
    """Gathers what changed in this process and announces it. Call it after the change has committed."""

    def __init__(self, database: Database, flush_seconds: float) -> None:
        self._database = database
        self._flush_seconds = flush_seconds
        self._pending: set[str] = set()
        self._wake = asyncio.Event()

    def batch_run(self, batch_run_id: int) -> None:
        self._pending.add(str(batch_run_id))
        self._wake.set()

    def apps(self) -> None:
        self._pending.add(APPS)
        self._wake.set()

    def audit(self) -> None:
        """There is a new row in the table events: see chowda.audit."""
        self._pending.add(AUDIT)
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled. A failed flush is tried again: the set is kept."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self.flush()
            except Exception as exc:  # the database is away: the poll stands behind us meanwhile
                log.warning("notifications.delayed", error=type(exc).__name__)
                self._wake.set()
                await asyncio.sleep(PAUSE_AFTER_ERROR_SECONDS)
            await asyncio.sleep(self._flush_seconds)

    async def flush(self) -> None:
        pending, self._pending = self._pending, set()
        if not pending:
            return
        try:
            async with self._database.session() as session:
                for payload in encode(pending):
                    await session.execute(
                        text("SELECT pg_notify(:channel, :payload)"), {"channel": CHANNEL, "payload": payload}
                    )
        except BaseException:
            self._pending |= pending
            raise
