"""The heartbeat: prolongs leases and slots, writes progress, and tells a call when its step is gone."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence

import structlog

from chowda.apps import timings
from chowda.db.database import Database
from chowda.engine import leases
from chowda.engine.claim import Claim
from chowda.engine.leases import LeaseKey
from chowda.enums import ProgressSource
from chowda.pubsub.notifier import Notifier

TICK_SECONDS = 1.0
ESTIMATE_LIMIT = 99.0
"An estimate is never 100 before the step is done."

log = structlog.get_logger(__name__)


class InFlightCall:
    """A call in flight, from its claim until the app has answered and its slot is free."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.gone = False
        "Once the step is no longer this worker's: canceled, or given to another."
        self.answered = False
        "Once the app has answered well: its slot is free, though the answer is still to be kept."
        self.moved = asyncio.Event()
        "Set once it is gone, has answered, or has ended otherwise."
        self.passed = asyncio.Event()
        "Set once its slot is another step's or free, or stays with it: a commit before that would free the slot."
        self._began = time.monotonic()
        self._reported: float | None = None
        self._expected_seconds = claim.expected_seconds
        self._written: tuple[float, ProgressSource] = (0.0, ProgressSource.NONE)

    def lose(self) -> None:
        self.gone = True
        self.moved.set()

    def answer(self) -> None:
        self.answered = True
        self.moved.set()

    def report(self, percent: float) -> None:
        """What the app itself says, 0 to 100."""
        self._reported = percent

    def expect(self, seconds: float) -> None:
        """How long the call should take: known only now, since the app's first calls had not ended when it began."""
        self._expected_seconds = seconds

    @property
    def is_expected(self) -> bool:
        """Whether there is something to tell a percent from."""
        return self._reported is not None or self._expected_seconds is not None

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def unwritten(self) -> tuple[float, ProgressSource] | None:
        """Percent and source, if they have moved since the last call of this."""
        if self._reported is not None:
            now = (round(self._reported, 1), ProgressSource.REPORTED)
        elif self._expected_seconds:
            estimate = min(100 * self.seconds / self._expected_seconds, ESTIMATE_LIMIT)
            now = (round(estimate, 1), ProgressSource.ESTIMATED)
        else:
            return None
        if now == self._written:
            return None
        self._written = now
        return now


class Heartbeat:
    """Runs in a thread of its own, with a connection of its own: no work in the process can hold it up."""

    def __init__(
        self, database_url: str, notifier: Notifier, worker: str, *, threads: int, lease_seconds: float
    ) -> None:
        self._database_url = database_url
        self._notifier = notifier
        self._worker = worker
        self._threads = threads
        self._lease_seconds = lease_seconds
        self._calls: dict[LeaseKey, InFlightCall] = {}
        self._owner: asyncio.AbstractEventLoop | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._main, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Call it on the loop whose calls it watches over."""
        self._owner = asyncio.get_running_loop()
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def join(self) -> None:
        self._thread.join()

    def hold(self, claim: Claim) -> InFlightCall:
        call = InFlightCall(claim)
        self._calls[claim.lease_key] = call
        return call

    def let_go(self, call: InFlightCall) -> None:
        self._calls.pop(call.claim.lease_key, None)
        call.moved.set()

    @property
    def holds(self) -> Sequence[LeaseKey]:
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
        holds = self.holds
        async with database.session() as session:
            await leases.announce(session, self._worker, self._threads, self._lease_seconds)
        if not holds:
            return
        async with database.session() as session:
            gone = await leases.extend(session, holds, self._lease_seconds)
        await self._expect(database)
        for hold in gone:
            call = self._calls.get(hold)
            if call is not None and not call.gone:
                self._on_owner(call.lose)

    async def _expect(self, database: Database) -> None:
        """The second file of a batch begins before it is noted how long the first one took: asks again."""
        calls = {call.claim.step_run_id: call for call in list(self._calls.values()) if not call.is_expected}
        if not calls:
            return
        async with database.session() as session:
            expected = await timings.expected(session, list(calls))
        for step_run_id, seconds in expected.items():
            calls[step_run_id].expect(seconds)

    async def _write_progress(self, database: Database) -> None:
        moved, batch_run_ids = {}, set()
        for hold, call in list(self._calls.items()):
            if not call.gone and (progress := call.unwritten()) is not None:
                moved[hold] = progress
                batch_run_ids.add(call.claim.batch_run_id)
        if not moved:
            return
        async with database.session() as session:
            await leases.report(session, moved)
        for batch_run_id in batch_run_ids:
            self._on_owner(lambda id=batch_run_id: self._notifier.batch_run(id))  # type: ignore[misc]

    def _on_owner(self, callback: Callable[[], None]) -> None:
        if self._owner is not None and not self._owner.is_closed():
            self._owner.call_soon_threadsafe(callback)
