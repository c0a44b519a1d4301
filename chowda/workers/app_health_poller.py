"""Probes each registered app at an interval: does it answer, and with the metadata that was registered?"""

from __future__ import annotations

import asyncio

import structlog

from chowda.apps import health as app_health
from chowda.apps.health import Due
from chowda.db.database import Database
from chowda.models import ProbeOutcome
from chowda.pubsub.notifier import Notifier

APPS_PER_ROUND = 8
PROBE_TIMEOUT_SECONDS = 15.0
PAUSE_SECONDS = 15.0

log = structlog.get_logger(__name__)


class AppHealthPoller:
    """Every worker process has one; an app that is due is probed by one of them. No session is held during a probe."""

    def __init__(self, database: Database, notifier: Notifier, *, interval_seconds: float) -> None:
        """`interval_seconds` is the time between two probes of an app; 0 turns probing off."""
        self._database = database
        self._notifier = notifier
        self._interval_seconds = interval_seconds

    async def run(self) -> None:
        """Runs until cancelled."""
        while self._interval_seconds:
            probed = 0
            try:
                probed = await self.probe_due_apps()
            except Exception as exc:  # the database is away, or an app sent an unexpected answer
                log.warning("app_health.delayed", error=type(exc).__name__)
            if probed < APPS_PER_ROUND:
                await asyncio.sleep(min(PAUSE_SECONDS, self._interval_seconds))

    async def probe_due_apps(self) -> int:
        """Probe up to APPS_PER_ROUND apps concurrently; returns how many. Raises the first unexpected error."""
        async with self._database.session() as session:
            due = await app_health.take_due(session, self._interval_seconds, APPS_PER_ROUND)
        results = await asyncio.gather(*(self._probe(app) for app in due), return_exceptions=True)
        if due:
            self._notifier.apps()
        for failure in results:
            if isinstance(failure, Exception):
                raise failure
        return len(due)

    async def _probe(self, app: Due) -> None:
        probe = await app_health.probe(app.endpoint, PROBE_TIMEOUT_SECONDS)
        async with self._database.session() as session:
            await app_health.note(session, app, probe)
        if probe.outcome is not ProbeOutcome.ANSWERED:
            log.info("app.no_answer", app=app.clams_app_id, outcome=probe.outcome, message=probe.message)
