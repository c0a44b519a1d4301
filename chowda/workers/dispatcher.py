"""Sends ready steps to the broker as slots and threads become free."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from chowda.db.database import Database
from chowda.engine import fair_dispatch

PAUSE_AFTER_ERROR_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Dispatcher:
    """Looks for ready steps when it is woken, when a retry falls due, and every `poll_seconds`."""

    def __init__(
        self,
        database: Database,
        send: Callable[[Sequence[int]], Awaitable[None]],
        *,
        resend_seconds: float,
        poll_seconds: float,
    ) -> None:
        """`resend_seconds`: a step that is not claimed this long after it was sent is sent again."""
        self._database = database
        self._send = send
        self._resend_seconds = resend_seconds
        self._poll_seconds = poll_seconds
        self._wake = asyncio.Event()

    def wake(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            self._wake.clear()
            try:
                pause = await self.dispatch()
            except Exception as exc:  # database or broker away: the steps marked as sent are sent again later
                log.warning("dispatch.delayed", error=type(exc).__name__)
                pause = PAUSE_AFTER_ERROR_SECONDS
                await asyncio.sleep(pause)
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def dispatch(self) -> float:
        """Send the steps that can run now; returns the seconds until the next round is due."""
        async with self._database.session() as session:
            step_run_ids = await fair_dispatch.take(session, self._resend_seconds)
            due = None if step_run_ids else await fair_dispatch.seconds_until_next(session)
        if step_run_ids:
            await self._send(step_run_ids)
        return self._poll_seconds if due is None else min(max(due, 0.0), self._poll_seconds)
