"""Sends messages to the broker from a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress
from queue import SimpleQueue

import dramatiq

from chowda.workers.broker import step_message


class MessageSender:
    """Its own daemon thread isolates a broker that hangs: neither the event loop nor the process's end waits for it."""

    def __init__(self, broker: dramatiq.Broker) -> None:
        self._broker = broker
        self._requests: SimpleQueue[tuple[Sequence[int], asyncio.Future[None]] | None] = SimpleQueue()
        threading.Thread(target=self._main, name="sender", daemon=True).start()

    async def send(self, step_run_ids: Sequence[int]) -> None:
        """Send a message for each step; returns once the broker has accepted all. Raises the broker's errors."""
        sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests.put((step_run_ids, sent))
        await sent

    def stop(self) -> None:
        """End the thread after the requests that are already queued."""
        self._requests.put(None)

    def _main(self) -> None:
        while (request := self._requests.get()) is not None:
            step_run_ids, sent = request
            error: Exception | None = None
            try:
                for step_run_id in step_run_ids:
                    self._broker.enqueue(step_message(step_run_id))
            except Exception as exc:
                error = exc
            with suppress(RuntimeError):  # the loop is closed
                sent.get_loop().call_soon_threadsafe(_resolve, sent, error)


def _resolve(sent: asyncio.Future[None], error: Exception | None) -> None:
    if sent.done():  # its waiter was cancelled
        return
    if error is None:
        sent.set_result(None)
    else:
        sent.set_exception(error)
