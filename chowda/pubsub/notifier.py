"""The notifier: sends a NOTIFY with the ids of what changed. Readers read the rows again.

NOTIFY takes a lock on the whole database at commit. So state is committed first, and each process sends a
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
TOPICS = frozenset({APPS, AUDIT})
ID_DIGITS = 19
PAUSE_AFTER_ERROR_SECONDS = 1.0
PAYLOAD_IDS = 300
"Postgres takes payloads below 8,000 bytes."

log = structlog.get_logger(__name__)


def encode(words: Iterable[str]) -> Iterator[str]:
    """The words (ids of batch runs, topics) as payloads that fit into a NOTIFY."""
    ordered = sorted(words)
    for start in range(0, len(ordered), PAYLOAD_IDS):
        yield " ".join(ordered[start : start + PAYLOAD_IDS])


def decode(payload: str) -> tuple[set[int], set[str]]:
    """The ids of batch runs and the topics in a payload. Other words are ignored."""
    words = payload.split()
    batch_run_ids = {int(word) for word in words if word.isdecimal() and len(word) <= ID_DIGITS}
    return batch_run_ids, set(TOPICS.intersection(words))


class Notifier:
    """Collects what changed in this process and announces it. Call it after the change has been committed."""

    def __init__(self, database: Database, flush_seconds: float) -> None:
        self._database = database
        self._flush_seconds = flush_seconds
        self._pending: set[str] = set()
        self._wake = asyncio.Event()

    def batch_run(self, batch_run_id: int) -> None:
        self._add(str(batch_run_id))

    def apps(self) -> None:
        self._add(APPS)

    def audit(self) -> None:
        """Announces a new row of the table events (chowda.audit)."""
        self._add(AUDIT)

    def _add(self, word: str) -> None:
        self._pending.add(word)
        self._wake.set()

    async def run(self) -> None:
        """Flushes until it is cancelled. After a failed flush it keeps the set and tries again."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self.flush()
            except Exception as exc:  # the database is away; readers poll in the meantime
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
