"""Looks at each app now and then: does it answer, and is it still what it was?"""

from __future__ import annotations

import asyncio

import structlog

from chowda.apps import health as app_health
from chowda.apps.health import Due
from chowda.db.database import Database
from chowda.models import AppLook
from chowda.pubsub.notifier import Notifier

AT_ONCE = 8
PATIENCE_SECONDS = 15.0
PAUSE_SECONDS = 15.0

log = structlog.get_logger(__name__)


class AppHealthPoller:
    """Every worker process watches; whoever comes first looks. No session is held while an app is asked."""

    def __init__(self, database: Database, notifier: Notifier, *, every_seconds: float) -> None:
        """`every_seconds`: how long after a look the next one is due. 0: never."""
        self._database = database
        self._notifier = notifier
        self._every_seconds = every_seconds

    async def run(self) -> None:
        """Until cancelled."""
        while self._every_seconds:
            looked = 0
            try:
                looked = await self.look()
            except Exception as exc:  # the database is away, or an app answered with what nobody expected
                log.warning("app_watch.delayed", error=type(exc).__name__)
            if looked < AT_ONCE:
                await asyncio.sleep(min(PAUSE_SECONDS, self._every_seconds))

    async def look(self) -> int:
        """At the apps whose turn it is, a few at once; how many that were."""
        async with self._database.session() as session:
            due = await app_health.take_due(session, self._every_seconds, AT_ONCE)
        results = await asyncio.gather(*(self._look_at(app) for app in due), return_exceptions=True)
        if due:
            self._notifier.apps()
        for failure in results:
            if isinstance(failure, Exception):
                raise failure
        return len(due)

    async def _look_at(self, due: Due) -> None:
        seen = await app_health.probe(due.endpoint, PATIENCE_SECONDS)
        async with self._database.session() as session:
            await app_health.note(session, due, seen)
        if seen.outcome is not AppLook.ANSWERED:
            log.info("app.no_answer", app=due.clams_app_id, outcome=seen.outcome, message=seen.message)
