"""The minimum for a step: a Dramatiq actor that posts a file to the app and saves the response durably.

Run as `python -m bench.bare_actor DSN URL INPUT OUTPUT_DIR THREADS`. It ends when its standard input does. It has
no leases, retries, slots, progress, validation or notifications. Benchmarks compare Chowda's worker with it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import dramatiq
import httpx
from dramatiq.worker import Worker
from dramatiq_postgres import PostgresBroker

from chowda.workers.broker import transport_dsn

QUEUE = "bare"
ACTOR = "bare.run"


def message(number: int) -> dramatiq.Message[None]:
    return dramatiq.Message(queue_name=QUEUE, actor_name=ACTOR, args=(number,), kwargs={}, options={})


def bare_broker(dsn: str) -> dramatiq.Broker:
    """Return a broker whose connections have the same settings as Chowda's."""
    broker: dramatiq.Broker = PostgresBroker(url=transport_dsn(dsn), results=False, middleware=[])
    return broker


def work(dsn: str, url: str, source: Path, output_dir: Path, threads: int) -> None:
    """Run messages until standard input ends."""
    broker = bare_broker(dsn)
    client = httpx.Client(timeout=600, limits=httpx.Limits(max_connections=threads))

    def run(number: int) -> None:
        answer = client.post(url, content=source.read_bytes(), headers={"Connection": "close"})
        answer.raise_for_status()
        partial = output_dir / f"{number}.part"
        with partial.open("wb") as out:
            out.write(answer.content)
            out.flush()
            os.fsync(out.fileno())
        partial.rename(output_dir / f"{number}.mmif")
        directory = os.open(output_dir, os.O_RDONLY)
        os.fsync(directory)
        os.close(directory)

    worker = Worker(broker, worker_threads=threads, worker_timeout=100)
    worker.queue_prefetch = threads
    worker.start()
    dramatiq.actor(actor_name=ACTOR, queue_name=QUEUE, broker=broker)(run)
    sys.stdin.read()
    worker.stop()


if __name__ == "__main__":
    work(sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]), int(sys.argv[5]))
