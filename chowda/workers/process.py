"""Wires a worker process: Dramatiq's threads, and on one event loop whatever stands behind them."""

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

from chowda.clams.transport import tls_settings
from chowda.config import Settings
from chowda.db.autocommit import Statements
from chowda.db.database import Database
from chowda.errors import DatabaseAway
from chowda.pubsub.hub import Hub
from chowda.pubsub.notifier import Notifier
from chowda.storage.mmif_store import MmifStore
from chowda.workers.app_health_poller import AppHealthPoller
from chowda.workers.broker import QUEUE, RUN_STEP, greet, make_broker
from chowda.workers.dispatcher import Dispatcher
from chowda.workers.heartbeat import Heartbeat
from chowda.workers.maintainer import Maintainer
from chowda.workers.message_sender import MessageSender
from chowda.workers.retention_cleaner import RetentionCleaner
from chowda.workers.step_runner import StepRunner

SESSIONS = 5
STATEMENTS = 4
"Connections to the database of each kind."
PLANS = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
"""All that a worker asks goes by an index, whatever the size of the tables: a plan is made once per connection
and not for each step, and one that was made while a table was small is still right when it has grown."""
LEASES_PER_TRANSACTION = 2
"Whoever takes longer is taken for frozen, and must not hold up the turns of all others."
STOP_SECONDS = 5
GIVE_BACK_SECONDS = 3
"How long a stop waits for a database that does not answer."

log = structlog.get_logger(__name__)

T = TypeVar("T")


class WorkerProcess:
    """The parts of one worker process; build it on the event loop that runs them."""

    def __init__(self, settings: Settings, broker: dramatiq.Broker) -> None:
        database_url = settings.require_database_url()
        self.name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.database = Database(
            database_url,
            name="chowda-worker",
            pool_size=SESSIONS,
            pre_ping=False,
            options=PLANS,
            idle_seconds=settings.lease_seconds,
            transaction_seconds=LEASES_PER_TRANSACTION * settings.lease_seconds,
        )
        self.statements = Statements(self.database, STATEMENTS)
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
        self.app_watch = AppHealthPoller(
            self.database, self.notifier, every_seconds=settings.app_look_seconds
        )
        self.heartbeat = Heartbeat(
            database_url,
            self.notifier,
            self.name,
            threads=settings.threads,
            lease_seconds=settings.lease_seconds,
        )
        store = MmifStore.from_url(settings.store_url)
        self.pruner = RetentionCleaner(settings, self.database, store)
        self.runner = StepRunner(
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
            for part in (self.notifier, self.dispatcher, self.maintainer, self.pruner, self.app_watch)
        ]
        log.info("worker.ready", worker=self.name)

    async def _warm_up(self) -> None:
        """What the first calls would else wait for: connections, and the certificates of this machine."""
        await asyncio.to_thread(tls_settings)
        try:
            await self.statements.open()
            await self.database.open(SESSIONS)
        except DatabaseAway as exc:  # they are opened when the database is there
            log.warning("database.away", error=type(exc).__name__)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        self.sender.stop()
        self.heartbeat.stop()
        stopping = asyncio.create_task(self.runner.stop())
        await asyncio.wait({stopping}, timeout=GIVE_BACK_SECONDS)
        if not stopping.done():
            log.warning("database.left_hanging")  # the leases run out instead
            self.database.mark_unresponsive()
        await stopping
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            async with asyncio.timeout(1):
                await self.notifier.flush()
        except Exception as exc:  # the poll stands behind it
            log.warning("notifications.lost", error=type(exc).__name__)

    async def close(self) -> None:
        """Once no thread runs an actor any more."""
        await self.hub.stop()
        self.statements.close()
        await self.database.close()


def run(settings: Settings) -> None:
    """A worker process, until SIGTERM or SIGINT. Call it on the main thread."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with working(settings) as process:
        stopping.wait()
        log.info("worker.stopping", worker=process.name)


@contextmanager
def working(settings: Settings) -> Iterator[WorkerProcess]:
    """Works while the block runs. Once per process at a time: Dramatiq has one event loop."""
    settings.work_dir.mkdir(parents=True, exist_ok=True)
    broker = make_broker(settings)
    worker = Worker(broker, worker_threads=settings.threads, worker_timeout=1000)
    worker.queue_prefetch = settings.threads  # it counts what is running too
    worker.delay_prefetch = 1  # nothing is delayed in the broker
    worker.start()

    async def start() -> WorkerProcess:
        started = WorkerProcess(settings, broker)
        await started.start()
        return started

    try:
        _on_loop(greet(broker, settings)).result()
        process = _on_loop(start()).result()
        # Declares the queue, and with that messages come in: not before there is somebody to take them.
        dramatiq.actor(actor_name=RUN_STEP, queue_name=QUEUE, broker=broker)(process.runner.run)
        try:
            yield process
        finally:
            _stop(worker, process)
    finally:
        _leave(worker, broker)


def _stop(worker: Worker, process: WorkerProcess) -> None:
    for consumer in worker.consumers.values():
        if consumer.consumer is not None:  # fetches no more what others could run; RabbitMQ's takes no notice
            vars(consumer.consumer)["prefetch"] = 0
    _on_loop(process.stop()).result(timeout=STOP_SECONDS)
    for thread in worker.workers:
        thread.stop()
    until = time.monotonic() + STOP_SECONDS / 2
    for thread in worker.workers:  # one may be telling a broker that is away what it has done
        thread.join(max(0.0, until - time.monotonic()))
    _on_loop(process.close()).result(timeout=STOP_SECONDS)


def _leave(worker: Worker, broker: dramatiq.Broker) -> None:
    """In good order, if the broker lets us: one that hangs is left as it is."""

    def leave() -> None:
        worker.stop(timeout=STOP_SECONDS * 1000)
        broker.close()

    leaving = threading.Thread(target=leave, name="leave-broker", daemon=True)
    leaving.start()
    leaving.join(STOP_SECONDS)
    if leaving.is_alive():
        log.warning("broker.left_hanging")
        if (loop_thread := get_event_loop_thread()) is not None:  # else it would keep the process
            loop_thread.stop()  # type: ignore[no-untyped-call]


def _on_loop(coroutine: Coroutine[Any, Any, T]) -> Future[T]:
    thread = get_event_loop_thread()
    if thread is None:
        raise RuntimeError("the worker's event loop is not running")
    return asyncio.run_coroutine_threadsafe(coroutine, thread.loop)
