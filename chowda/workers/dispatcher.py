"""Sends ready steps to the broker as slots and threads get free."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from chowda.db.database import Database
from chowda.engine import fair_dispatch

PAUSE_AFTER_ERROR_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Dispatcher:
    """Looks for work whenever something in this process or a notification says so, and every few seconds anyway."""

    def __init__(
        self,
        database: Database,
        send: Callable[[Sequence[int]], Awaitable[None]],
        *,
        resend_seconds: float,
        poll_seconds: float,
    ) -> None:
        self._database = database
        self._send = send
        self._resend_seconds = resend_seconds
        self._poll_seconds = poll_seconds
        self._wake = asyncio.Event()

    def wake(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._wake.clear()
            try:
                pause = await self.dispatch()
            except Exception as exc:  # database or broker away: what was marked as sent comes up again
                log.warning("dispatch.delayed", error=type(exc).__name__)
                pause = PAUSE_AFTER_ERROR_SECONDS
                await asyncio.sleep(pause)
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def dispatch(self) -> float:
        """One round; how many seconds it can be until the next."""
        async with self._database.session() as session:
            step_run_ids = await fair_dispatch.take(session, self._resend_seconds)
            due = None if step_run_ids else await fair_dispatch.seconds_until_next(session)
        if step_run_ids:
            await self._send(step_run_ids)
        return self._poll_seconds if due is None else min(max(due, 0.0), self._poll_seconds)
