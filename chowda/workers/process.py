"""Wires a worker process: Dramatiq's threads, and the parts that run on their event loop."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
import time
import uuid
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

import dramatiq
import structlog
from dramatiq.asyncio import get_event_loop_thread
from dramatiq.worker import Worker

from chowda.clams.http_client import tls_settings
from chowda.config import Settings
from chowda.db.autocommit import Statements
from chowda.db.database import Database
from chowda.errors import DatabaseAway
from chowda.pubsub.hub import Hub
from chowda.pubsub.notifier import Notifier
from chowda.storage.mmif_store import MmifStore
from chowda.workers.app_health_poller import AppHealthPoller
from chowda.workers.broker import QUEUE, RUN_STEP, check_login, make_broker
from chowda.workers.claim_loop import ClaimLoop
from chowda.workers.dispatcher import Dispatcher
from chowda.workers.heartbeat import Heartbeat
from chowda.workers.maintainer import Maintainer
from chowda.workers.message_sender import MessageSender
from chowda.workers.retention_cleaner import RetentionCleaner

POOLED_SESSIONS = 5
AUTOCOMMIT_CONNECTIONS = 4
PLANNER_OPTIONS = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
"""Every query of a worker uses an index, whatever the size of its tables. So a statement is planned once per
connection, and a plan that was made while a table was small stays right when the table grows."""
LEASES_PER_TRANSACTION = 2
"A transaction that lasts longer is ended: a frozen worker must not delay the dispatch of all others."
STOP_SECONDS = 5
RELEASE_SECONDS = 3
"How long a stop waits for a database that does not answer."

log = structlog.get_logger(__name__)

T = TypeVar("T")


class WorkerProcess:
    """The parts of a worker process. Create it on the event loop that runs them."""

    def __init__(self, settings: Settings, broker: dramatiq.Broker) -> None:
        database_url = settings.require_database_url()
        self.name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.database = Database(
            database_url,
            name="chowda-worker",
            pool_size=POOLED_SESSIONS,
            pre_ping=False,
            options=PLANNER_OPTIONS,
            idle_seconds=settings.lease_seconds,
            transaction_seconds=LEASES_PER_TRANSACTION * settings.lease_seconds,
        )
        self.statements = Statements(self.database, AUTOCOMMIT_CONNECTIONS)
        self.hub = Hub(database_url, database=self.database)
        self.notifier = Notifier(self.database, settings.flush_seconds)

        self.sender = MessageSender(broker)
        self.dispatcher = Dispatcher(
            self.database,
            self.sender.send,
            resend_seconds=settings.lease_seconds,
            poll_seconds=settings.poll_seconds,
        )
        self.maintainer = Maintainer(
            self.database,
            self.notifier,
            self.dispatcher,
            lease_seconds=settings.lease_seconds,
            poll_seconds=settings.poll_seconds,
            flush_seconds=settings.flush_seconds,
        )
        self.app_health_poller = AppHealthPoller(
            self.database, self.notifier, interval_seconds=settings.app_look_seconds
        )
        self.heartbeat = Heartbeat(
            database_url,
            self.notifier,
            self.name,
            threads=settings.threads,
            lease_seconds=settings.lease_seconds,
        )
        store = MmifStore.from_url(settings.store_url)
        self.retention_cleaner = RetentionCleaner(settings, self.database, store)
        self.claim_loop = ClaimLoop(
            settings,
            self.database,
            self.statements,
            store,
            self.notifier,
            self.heartbeat,
            self.dispatcher,
            self.maintainer,
            self.name,
        )
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        await self._warm_up()
        self.hub.on_any(self.dispatcher.wake)
        await self.hub.start()
        self.heartbeat.start()
        self._tasks = [
            asyncio.create_task(part.run())
            for part in (
                self.notifier,
                self.dispatcher,
                self.maintainer,
                self.retention_cleaner,
                self.app_health_poller,
            )
        ]
        log.info("worker.ready", worker=self.name)

    async def _warm_up(self) -> None:
        """Open the connections and load the machine's certificates, so that the first calls need not wait."""
        await asyncio.to_thread(tls_settings)
        try:
            await self.statements.open()
            await self.database.open(POOLED_SESSIONS)
        except DatabaseAway as exc:  # they are opened later, on demand
            log.warning("database.away", error=type(exc).__name__)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        self.sender.stop()
        self.heartbeat.stop()
        stopping = asyncio.create_task(self.claim_loop.stop())
        await asyncio.wait({stopping}, timeout=RELEASE_SECONDS)
        if not stopping.done():
            log.warning("database.unresponsive")  # the leases expire instead
            self.database.mark_unresponsive()
        await stopping
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            async with asyncio.timeout(1):
                await self.notifier.flush()
        except Exception as exc:  # subscribers poll
            log.warning("notifications.lost", error=type(exc).__name__)

    async def close(self) -> None:
        """Call it after the last actor has ended."""
        await self.hub.stop()
        await self.statements.close()
        await self.database.close()


def run(settings: Settings) -> None:
    """Run a worker until SIGTERM or SIGINT. Call it on the main thread."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with running_worker(settings) as process:
        stopping.wait()
        log.info("worker.stopping", worker=process.name)


@contextmanager
def running_worker(settings: Settings) -> Iterator[WorkerProcess]:
    """Run a worker during the block. One at a time per process: Dramatiq has one event loop.

    Raises ConfigurationError if the broker refuses the login.
    """
    settings.work_dir.mkdir(parents=True, exist_ok=True)
    broker = make_broker(settings)
    worker = Worker(broker, worker_threads=settings.threads, worker_timeout=1000)
    worker.queue_prefetch = settings.threads  # includes the messages that are being processed
    worker.delay_prefetch = 1  # Chowda sends no delayed messages
    worker.start()

    async def start() -> WorkerProcess:
        started = WorkerProcess(settings, broker)
        await started.start()
        return started

    try:
        _on_loop(check_login(broker, settings)).result()
        process = _on_loop(start()).result()
        # This declares the queue, and messages arrive from then on: the process must be ready.
        dramatiq.actor(actor_name=RUN_STEP, queue_name=QUEUE, broker=broker)(process.claim_loop.run)
        try:
            yield process
        finally:
            _stop(worker, process)
    finally:
        _close_broker(worker, broker)


def _stop(worker: Worker, process: WorkerProcess) -> None:
    for consumer in worker.consumers.values():
        if consumer.consumer is not None:  # fetch nothing that other workers could run; RabbitMQ's ignores it
            vars(consumer.consumer)["prefetch"] = 0
    _on_loop(process.stop()).result(timeout=STOP_SECONDS)
    for thread in worker.workers:
        thread.stop()
    until = time.monotonic() + STOP_SECONDS / 2
    for thread in worker.workers:  # one may wait for a broker that is away, to acknowledge its message
        thread.join(max(0.0, until - time.monotonic()))
    _on_loop(process.close()).result(timeout=STOP_SECONDS)


def _close_broker(worker: Worker, broker: dramatiq.Broker) -> None:
    """Close the connections to the broker, but do not wait long for one that hangs."""

    def close() -> None:
        worker.stop(timeout=STOP_SECONDS * 1000)
        broker.close()

    closing = threading.Thread(target=close, name="close-broker", daemon=True)
    closing.start()
    closing.join(STOP_SECONDS)
    if closing.is_alive():
        log.warning("broker.unresponsive")
        if (loop_thread := get_event_loop_thread()) is not None:  # it would keep the process alive
            loop_thread.stop()  # type: ignore[no-untyped-call]


def _on_loop(coroutine: Coroutine[Any, Any, T]) -> Future[T]:
    thread = get_event_loop_thread()
    if thread is None:
        raise RuntimeError("the worker's event loop is not running")
    return asyncio.run_coroutine_threadsafe(coroutine, thread.loop)
