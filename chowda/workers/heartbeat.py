"""The heartbeat: extends leases and slots, writes progress, and marks calls whose step was lost."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence

import structlog

from chowda.apps import timings
from chowda.db.database import Database
from chowda.engine import leases
from chowda.engine.leases import LeaseKey
from chowda.pubsub.notifier import Notifier
from chowda.workers.in_flight_call import InFlightCall

TICK_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Heartbeat:
    """Runs in its own thread with its own connection, so that no other work of the process delays it."""

    def __init__(
        self, database_url: str, notifier: Notifier, worker: str, *, threads: int, lease_seconds: float
    ) -> None:
        self._database_url = database_url
        self._notifier = notifier
        self._worker = worker
        self._threads = threads
        self._lease_seconds = lease_seconds
        self._calls: dict[LeaseKey, InFlightCall] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._main, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Call it on the event loop of the calls."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def track(self, call: InFlightCall) -> None:
        """Extend the lease and the slot of this call from now on."""
        self._calls[call.claim.lease_key] = call

    def untrack(self, call: InFlightCall) -> None:
        self._calls.pop(call.claim.lease_key, None)

    @property
    def lease_keys(self) -> Sequence[LeaseKey]:
        return list(self._calls)

    def _main(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        database = Database(
            self._database_url,
            name="chowda-heartbeat",
            pool_size=1,
            idle_seconds=self._lease_seconds,
            transaction_seconds=2 * self._lease_seconds,
        )
        tick = min(TICK_SECONDS, self._lease_seconds / 6)
        beat_at = 0.0
        try:
            while not self._stopping.is_set():
                try:
                    if time.monotonic() >= beat_at:
                        async with asyncio.timeout(self._lease_seconds):
                            await self._beat(database)
                        beat_at = time.monotonic() + self._lease_seconds / 3
                    async with asyncio.timeout(self._lease_seconds):
                        await self._write_progress(database)
                except Exception as exc:
                    log.warning("heartbeat.missed", error=type(exc).__name__)
                    beat_at = 0.0
                await asyncio.sleep(tick)
        finally:
            await database.close()

    async def _beat(self, database: Database) -> None:
        """Announce the worker, extend all its leases in one statement, and mark the calls that it lost."""
        keys = self.lease_keys
        async with database.session() as session:
            await leases.register_worker(session, self._worker, self._threads, self._lease_seconds)
        if not keys:
            return
        async with database.session() as session:
            lost = await leases.extend(session, keys, self._lease_seconds)
        await self._update_expected_seconds(database)
        for key in lost:
            call = self._calls.get(key)
            if call is not None and not call.is_lost:
                self._call_on_loop(call.mark_lost)

    async def _update_expected_seconds(self, database: Database) -> None:
        """Ask again for calls that began before their app had finished one, such as the second file of a batch."""
        calls = {
            call.claim.step_run_id: call for call in list(self._calls.values()) if not call.progress.is_known
        }
        if not calls:
            return
        async with database.session() as session:
            expected = await timings.expected(session, list(calls))
        for step_run_id, seconds in expected.items():
            calls[step_run_id].progress.expect(seconds)

    async def _write_progress(self, database: Database) -> None:
        changed, batch_run_ids = {}, set()
        for key, call in list(self._calls.items()):
            if not call.is_lost and (progress := call.progress.take_change()) is not None:
                changed[key] = progress
                batch_run_ids.add(call.claim.batch_run_id)
        if not changed:
            return
        async with database.session() as session:
            await leases.report_progress(session, changed)
        for batch_run_id in batch_run_ids:
            self._call_on_loop(lambda id=batch_run_id: self._notifier.batch_run(id))  # type: ignore[misc]

    def _call_on_loop(self, callback: Callable[[], None]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(callback)
