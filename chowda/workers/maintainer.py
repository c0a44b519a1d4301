"""Folds tallies, ends batch runs, and returns the steps of lost workers to the queue."""

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
    """Every worker process keeps house; locks see to it that the work is done once."""

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
        self._database = database
        self._notifier = notifier
        self._dispatcher = dispatcher
        self._lease_seconds = lease_seconds
        self._poll_seconds = min(poll_seconds, lease_seconds / 4)
        self._flush_seconds = flush_seconds
        self._wake = asyncio.Event()
        self._timings: defaultdict[int, Timing] = defaultdict(Timing)
        self._heard: float | None = None
        "When the database was last heard of, on its own clock."
        self._sweep_from = 0.0

    def wake(self) -> None:
        """A step or a run has changed its state in this process."""
        self._wake.set()

    def timed(self, clams_app_id: int, seconds: float, media_seconds: float | None) -> None:
        """A call of this app has finished in this process."""
        self._timings[clams_app_id].add(seconds, media_seconds)

    async def run(self) -> None:
        """Until cancelled."""
        look_at = time.monotonic()
        while True:
            try:
                async with asyncio.timeout(self._poll_seconds):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                await self._fold()
                if time.monotonic() >= look_at:
                    look_at = time.monotonic() + self._poll_seconds
                    await self._end_all()
                    await self._sweep()
            except Exception as exc:
                log.warning("housekeeping.delayed", error=type(exc).__name__)
                self._heard = None
            await asyncio.sleep(self._flush_seconds)

    async def _fold(self) -> None:
        gathered, self._timings = self._timings, defaultdict(Timing)
        async with self._database.session() as session:
            await timings.add(session, gathered)
            touched = await counters.roll_up(session)
        if touched:
            await self._end(touched)

    async def _end_all(self) -> None:
        async with self._database.session() as session:
            unended = await batch_runs.unended(session)
        if unended:
            await self._end(unended)

    async def _end(self, batch_run_ids: list[int]) -> None:
        async with self._database.session() as session:
            ended = await batch_runs.end_batch_runs(session, batch_run_ids)
        for batch_run_id in ended:
            self._notifier.batch_run(batch_run_id)

    async def _sweep(self) -> None:
        async with self._database.session() as session:
            now = await leases.clock(session)
            if self._heard is None or now - self._heard >= self._lease_seconds:
                # At the start, or the database was away, stalled or asleep with its machine: whoever was cut off
                # as we were gets one lease to come back before it is held for dead.
                self._sweep_from = now + self._lease_seconds
            self._heard = now
            reaped = await leases.requeue_expired(session) if now >= self._sweep_from else []
        for step in reaped:
            log.warning(
                "worker.lost", step_run=step.step_run_id, batch_run=step.batch_run_id, failed=step.failed
            )
            self._notifier.batch_run(step.batch_run_id)
        if reaped:
            self._dispatcher.wake()
            self._wake.set()
