"""Forgets what is old, a little at a time; one process at a time over all workers."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import text

from chowda.config import Settings
from chowda.db.advisory_locks import AdvisoryLock
from chowda.db.database import Database
from chowda.engine import retention
from chowda.storage.mmif_store import FOLDERS, MmifStore
from chowda.workers.temp_file_cleaner import sweep

ROUND_SECONDS = 60.0
REST_ROUNDS = 60
"So many rounds after it has been through all old attempts it begins anew."
ORPHANS_AT_ONCE = 100
FEW_ORPHANS = 10

log = structlog.get_logger(__name__)


class RetentionCleaner:
    """Every worker process has one; a lock of the database sees to it that only one works at a time.

    In a round: 1,000 attempts, 1,000 events, and one of the 256 folders of the store.
    """

    def __init__(self, settings: Settings, database: Database, store: MmifStore) -> None:
        self._settings = settings
        self._database = database
        self._store = store
        self._after: int | None = 0
        self._rested = 0
        # Not always the same first: a worker that never lives for long gets everywhere, too.
        start = random.randrange(len(FOLDERS))  # noqa: S311
        self._folders = itertools.cycle(FOLDERS[start:] + FOLDERS[:start])

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(ROUND_SECONDS * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            try:
                await self.round()
            except Exception as exc:  # database or store away: there is time
                log.warning("pruning.delayed", error=type(exc).__name__)

    async def round(self) -> None:
        await sweep(self._settings.work_dir, self._database)
        async with self._alone() as alone:
            if not alone:
                return
            await self._attempts()
            await self._events()
            await self._orphans()

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[bool]:
        """A lock of the connection and of no transaction: it is held while the store is asked."""
        async with self._database.engine.connect() as pooled:
            connection = await pooled.execution_options(isolation_level="AUTOCOMMIT")
            alone = bool(
                await connection.scalar(
                    text("SELECT pg_try_advisory_lock(:lock)"), {"lock": AdvisoryLock.CLEAN_UP}
                )
            )
            try:
                yield alone
            except BaseException:
                await connection.invalidate()
                raise
            if alone:
                await connection.execute(
                    text("SELECT pg_advisory_unlock(:lock)"), {"lock": AdvisoryLock.CLEAN_UP}
                )

    async def _attempts(self) -> None:
        if not self._settings.keep_attempts_days:
            return
        if self._after is None:
            self._rested += 1
            if self._rested < REST_ROUNDS:
                return
            self._after, self._rested = 0, 0
        async with self._database.session() as session:
            done = await retention.prune_attempts(session, self._after, self._settings.keep_attempts_days)
        self._after = done.after
        if done.removed:
            log.info("attempts.pruned", count=done.removed)

    async def _events(self) -> None:
        if not self._settings.keep_events_days:
            return
        async with self._database.session() as session:
            removed = await retention.prune_events(session, self._settings.keep_events_days)
        if removed:
            log.info("events.pruned", count=removed)

    async def _orphans(self) -> None:
        days = self._settings.keep_orphans_days
        if not days:
            return
        async with self._database.session() as session:
            between = await retention.orphans_between(session, days)
        if between is None:
            return
        since, until = between
        # Of two clocks the one that is behind: nothing goes for a leap of either.
        until = min(until, datetime.now(UTC) - timedelta(days=days))
        await self._store.forget_announcements()
        async for page in self._store.listed(next(self._folders)):
            old = [each.sha256 for each in page if since <= each.modified_at < until]
            async with self._database.session() as session:
                orphans = sorted(set(old) - await retention.named(session, old))
            if len(orphans) > max(FEW_ORPHANS, len(page) // 2):
                log.error(
                    "orphans.too_many",
                    count=len(orphans),
                    of=len(page),
                    message="Most of the store is named by no row of this database: is it another one's? "
                    "Nothing was removed.",
                )
                continue
            for sha256 in orphans[:ORPHANS_AT_ONCE]:
                await self._remove(sha256, until)

    async def _remove(self, sha256: str, until: datetime) -> None:
        async def wanted() -> bool:
            async with self._database.session() as session:
                return bool(await retention.named(session, [sha256]))

        if await self._store.remove(sha256, until, wanted):
            log.info("orphan.removed", sha256=sha256)
