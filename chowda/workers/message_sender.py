"""Hands messages to the broker."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress
from queue import SimpleQueue

import dramatiq

from chowda.workers.broker import message


class MessageSender:
    """Sends in a thread of its own: a broker that hangs holds up nobody else, nor the end of the process."""

    def __init__(self, broker: dramatiq.Broker) -> None:
        self._broker = broker
        self._orders: SimpleQueue[tuple[Sequence[int], asyncio.Future[None]] | None] = SimpleQueue()
        threading.Thread(target=self._main, name="sender", daemon=True).start()

    async def send(self, step_run_ids: Sequence[int]) -> None:
        """Returns when the broker has taken a message for each; raises what it or its client raises."""
        sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._orders.put((step_run_ids, sent))
        await sent

    def stop(self) -> None:
        """After what is in hand."""
        self._orders.put(None)

    def _main(self) -> None:
        while (order := self._orders.get()) is not None:
            step_run_ids, sent = order
            error: Exception | None = None
            try:
                for step_run_id in step_run_ids:
                    self._broker.enqueue(message(step_run_id))
            except Exception as exc:
                error = exc
            with suppress(RuntimeError):  # nobody waits any more: the loop is closed
                sent.get_loop().call_soon_threadsafe(_settle, sent, error)


def _settle(sent: asyncio.Future[None], error: Exception | None) -> None:
    if sent.done():  # given up
        return
    if error is None:
        sent.set_result(None)
    else:
        sent.set_exception(error)
