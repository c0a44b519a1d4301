"""Rolls up counters, ends batch runs, and requeues the steps of lost workers."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict

import structlog

from chowda.apps import timings
from chowda.apps.timings import Timing
from chowda.db.database import Database
from chowda.engine import leases
from chowda.pubsub.notifier import Notifier
from chowda.runs import batch_runs, counters
from chowda.workers.dispatcher import Dispatcher

log = structlog.get_logger(__name__)


class Maintainer:
    """Every worker process has one; locks in the database ensure that the work is done once."""

    def __init__(
        self,
        database: Database,
        notifier: Notifier,
        dispatcher: Dispatcher,
        *,
        lease_seconds: float,
        poll_seconds: float,
        flush_seconds: float,
    ) -> None:
        """`flush_seconds` is the shortest pause between two roll-ups."""
        self._database = database
        self._notifier = notifier
        self._dispatcher = dispatcher
        self._lease_seconds = lease_seconds
        self._poll_seconds = min(poll_seconds, lease_seconds / 4)
        self._flush_seconds = flush_seconds
        self._wake = asyncio.Event()
        self._timings: defaultdict[int, Timing] = defaultdict(Timing)
        self._database_seen_at: float | None = None
        "When the database last answered, on its own clock."
        self._requeue_from = 0.0

    def wake(self) -> None:
        """Roll up soon: a step or a run changed its state in this process."""
        self._wake.set()

    def add_timing(self, clams_app_id: int, seconds: float, media_seconds: float | None) -> None:
        """Record how long a successful call of this app took. The next roll-up writes it."""
        self._timings[clams_app_id].add(seconds, media_seconds)

    async def run(self) -> None:
        """Runs until cancelled."""
        poll_at = time.monotonic()
        while True:
            try:
                async with asyncio.timeout(self._poll_seconds):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                await self._roll_up()
                if time.monotonic() >= poll_at:
                    poll_at = time.monotonic() + self._poll_seconds
                    await self._end_all_batch_runs()
                    await self._requeue_expired()
            except Exception as exc:
                log.warning("maintenance.delayed", error=type(exc).__name__)
                self._database_seen_at = None
            await asyncio.sleep(self._flush_seconds)

    async def _roll_up(self) -> None:
        new_timings, self._timings = self._timings, defaultdict(Timing)
        async with self._database.session() as session:
            await timings.add(session, new_timings)
            changed = await counters.roll_up(session)
        if changed:
            await self._end_batch_runs(changed)

    async def _end_all_batch_runs(self) -> None:
        async with self._database.session() as session:
            unended = await batch_runs.active_ids(session)
        if unended:
            await self._end_batch_runs(unended)

    async def _end_batch_runs(self, batch_run_ids: list[int]) -> None:
        """End those whose parts have all ended."""
        async with self._database.session() as session:
            ended = await batch_runs.end_batch_runs(session, batch_run_ids)
        for batch_run_id in ended:
            self._notifier.batch_run(batch_run_id)

    async def _requeue_expired(self) -> None:
        async with self._database.session() as session:
            now = await leases.clock(session)
            if self._database_seen_at is None or now - self._database_seen_at >= self._lease_seconds:
                # After a start or an outage, wait one lease before declaring workers dead: they may have been cut off
                # as this one was.
                self._requeue_from = now + self._lease_seconds
            self._database_seen_at = now
            requeued = await leases.requeue_expired(session) if now >= self._requeue_from else []
        for step in requeued:
            log.warning(
                "worker.lost", step_run=step.step_run_id, batch_run=step.batch_run_id, failed=step.failed
            )
            self._notifier.batch_run(step.batch_run_id)
        if requeued:
            self._dispatcher.wake()
            self._wake.set()
