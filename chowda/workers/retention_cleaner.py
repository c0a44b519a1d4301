"""Removes what is older than the retention settings allow: attempts, events and orphaned bytes in the store."""

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
from chowda.workers.temp_file_cleaner import remove_stale_files

ROUND_SECONDS = 60.0
REST_ROUNDS = 60
"Rounds without attempts after all old attempts were checked."
ORPHANS_PER_PAGE = 100
"Removed at most from one page of the store's listing."
FEW_ORPHANS = 10
"More than this, and more than half of a page, look like another database's store: nothing is removed."

log = structlog.get_logger(__name__)


class RetentionCleaner:
    """Every worker process has one; an advisory lock lets one of them work at a time.

    A round removes up to 1,000 attempts and 1,000 events, and the orphans of one of the store's 256 folders.
    """

    def __init__(self, settings: Settings, database: Database, store: MmifStore) -> None:
        self._settings = settings
        self._database = database
        self._store = store
        self._after_attempt: int | None = 0
        "The key of the last attempt that was checked; None after the last old one."
        self._rested_rounds = 0
        # Start at a random folder, so that workers that restart often still reach every folder.
        start = random.randrange(len(FOLDERS))  # noqa: S311
        self._folders = itertools.cycle(FOLDERS[start:] + FOLDERS[:start])

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            await asyncio.sleep(ROUND_SECONDS * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            try:
                await self.clean()
            except Exception as exc:  # database or store away: the next round goes on
                log.warning("retention.delayed", error=type(exc).__name__)

    async def clean(self) -> None:
        """One round. Removes temporary files in any case, the rest only if no other process is at work."""
        await remove_stale_files(self._settings.work_dir, self._database)
        async with self._lock() as locked:
            if not locked:
                return
            await self._remove_attempts()
            await self._remove_events()
            await self._remove_orphans()

    @asynccontextmanager
    async def _lock(self) -> AsyncIterator[bool]:
        """Yields whether the lock was free. A session lock, since no transaction may span calls of the store."""
        async with self._database.engine.connect() as pooled:
            connection = await pooled.execution_options(isolation_level="AUTOCOMMIT")
            key = {"lock": AdvisoryLock.CLEAN_UP}
            locked = bool(await connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), key))
            try:
                yield locked
            except BaseException:
                await connection.invalidate()
                raise
            if locked:
                await connection.execute(text("SELECT pg_advisory_unlock(:lock)"), key)

    async def _remove_attempts(self) -> None:
        if not self._settings.keep_attempts_days:
            return
        if self._after_attempt is None:
            self._rested_rounds += 1
            if self._rested_rounds < REST_ROUNDS:
                return
            self._after_attempt, self._rested_rounds = 0, 0
        async with self._database.session() as session:
            page = await retention.prune_attempts(
                session, self._after_attempt, self._settings.keep_attempts_days
            )
        self._after_attempt = page.after
        if page.removed:
            log.info("attempts.removed", count=page.removed)

    async def _remove_events(self) -> None:
        if not self._settings.keep_events_days:
            return
        async with self._database.session() as session:
            removed = await retention.prune_events(session, self._settings.keep_events_days)
        if removed:
            log.info("events.removed", count=removed)

    async def _remove_orphans(self) -> None:
        """Remove old bytes that no row names from the next folder of the store."""
        days = self._settings.keep_orphans_days
        if not days:
            return
        async with self._database.session() as session:
            between = await retention.orphan_period(session, days)
        if between is None:
            return
        since, until = between
        # Use the clock that is behind: one that jumps ahead must not make young bytes look old.
        until = min(until, datetime.now(UTC) - timedelta(days=days))
        await self._store.delete_removal_markers()
        async for page in self._store.list_folder(next(self._folders)):
            old = [stored.sha256 for stored in page if since <= stored.modified_at < until]
            async with self._database.session() as session:
                orphans = sorted(set(old) - await retention.named(session, old))
            if len(orphans) > max(FEW_ORPHANS, len(page) // 2):
                log.error(
                    "orphans.too_many",
                    count=len(orphans),
                    of=len(page),
                    message="No row of this database names most of the store. Nothing was removed. Check that "
                    "CHOWDA_MMIF_STORE_URL is the store of this database.",
                )
                continue
            for sha256 in orphans[:ORPHANS_PER_PAGE]:
                await self._remove_orphan(sha256, until)

    async def _remove_orphan(self, sha256: str, until: datetime) -> None:
        async def is_named() -> bool:
            async with self._database.session() as session:
                return bool(await retention.named(session, [sha256]))

        if await self._store.remove(sha256, until, is_named):
            log.info("orphan.removed", sha256=sha256)
