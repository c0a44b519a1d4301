"""The latency of a status change to a subscriber, and the memory that a hundred stalled subscribers take."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from sqlalchemy import text
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from bench.bare_subscription import CHANNEL, TABLE
from bench.stack import ROOT, Row, Stack, anonymous_bytes
from bench.stalled_clients import stalled_clients
from chowda.db.database import Database
from chowda.enums import RunStatus
from chowda.ids import Kind, require
from chowda.pubsub.notifier import Notifier
from chowda.runs.batch_runs import pause_batch_run, resume_batch_run

CHANGES = 60
STALLED_CLIENTS = 100
FILES = 100
LOCATION_CHARACTERS = 2000
"As long as signed URLs, so that a page is large enough to fill the buffers between the API and a client."
STALLED_SECONDS = 60.0
WARM_UP_SECONDS = 15.0
GROWTH_LIMIT_BYTES = 32 * 2**20

BARE = "subscription($id: ID!) { run(id: $id) { id status } }"
OURS = "subscription($id: ID!) { batchRun(id: $id) { id status } }"
PAGES = (
    "subscription($id: ID!) { pipelineRuns(batchRunId: $id) { cursor pipelineRuns "
    "{ id status percent mediaFile { guid documents { location } } } } }"
)


def measure() -> list[Row]:
    with Stack(workers=0) as stack:
        pipeline_id = stack.pipeline("one", [stack.register(stack.app("app"), 4)])
        guids = [f"cpb-aacip-{number:06d}" for number in range(FILES)]
        stack.ask(
            "mutation($files: [MediaFileInput!]!) { addMediaFiles(input: $files) { guid } }",
            files=[
                {
                    "guid": guid,
                    "documents": [{"type": "VIDEO", "location": f"{guid:/>{LOCATION_CHARACTERS}}"}],
                }
                for guid in guids
            ],
        )
        small = stack.start(stack.batch("small", pipeline_id, guids[:3]))
        large = stack.start(stack.batch("large", pipeline_id, guids))
        return [*asyncio.run(_latency(stack, small)), *asyncio.run(_stalled(stack, large))]


async def _latency(stack: Stack, run_id: str) -> list[Row]:
    """Measure from the commit of a change to its arrival. Alternates between Chowda and the bare subscription."""
    async with contextlib.AsyncExitStack() as opened:
        database = Database(stack.postgres.dsn, name="bench")
        opened.push_async_callback(database.close)
        notifier = Notifier(database, stack.settings.flush_seconds)
        sending = asyncio.create_task(notifier.run())
        opened.callback(sending.cancel)
        key = require(Kind.BATCH_RUN, run_id)

        async with database.session() as session:
            await session.execute(text(f"CREATE TABLE {TABLE} (id bigint PRIMARY KEY, status text NOT NULL)"))
            await session.execute(text(f"INSERT INTO {TABLE} VALUES (1, 'WAITING')"))

        async def change_bare(status: RunStatus) -> float:
            async with database.session() as session:
                await session.execute(text(f"UPDATE {TABLE} SET status = :status"), {"status": status})
                await session.execute(text(f"SELECT pg_notify('{CHANNEL}', '1')"))
                return time.perf_counter()

        async def change_ours(status: RunStatus) -> float:
            act = pause_batch_run if status == RunStatus.PAUSED else resume_batch_run
            async with database.session() as session:
                await act(session, key)
                committing = time.perf_counter()
            notifier.batch_run(key)
            return committing

        port = opened.enter_context(_bare_server(stack.postgres.dsn))
        bare = await opened.enter_async_context(_subscribed(f"ws://127.0.0.1:{port}/graphql", BARE, "1"))
        ours = await opened.enter_async_context(_subscribed(_websocket_url(stack), OURS, run_id))
        taken: dict[str, list[float]] = {"bare": [], "ours": []}
        for number in range(CHANGES):
            status = RunStatus.PAUSED if number % 2 == 0 else RunStatus.WAITING
            for name, websocket, change in (("bare", bare, change_bare), ("ours", ours, change_ours)):
                taken[name].append(await _seconds_until_seen(websocket, status, change))
                await asyncio.sleep(random.uniform(0.05, 0.5))
    return _latency_rows(taken["bare"], taken["ours"], stack.settings.flush_seconds)


def _latency_rows(bare: list[float], ours: list[float], flush_seconds: float) -> list[Row]:
    bare_median, ours_median = statistics.median(bare), statistics.median(ours)
    allowed = 2 * bare_median + flush_seconds
    return [
        Row(
            f"Latency of a status change to a subscriber, median of {len(ours)}",
            f"{ours_median * 1000:.1f} ms ({ours_median / bare_median:.1f} x bare)",
            f"2 x bare {bare_median * 1000:.1f} ms + flush {flush_seconds * 1000:.0f} ms",
            ours_median / allowed,
            1.0,
        )
    ]


async def _seconds_until_seen(
    websocket: ClientConnection, status: RunStatus, change: Callable[[RunStatus], Awaitable[float]]
) -> float:
    """Return the seconds from the commit, whose time `change` returns, to the event with this status."""
    arrived = asyncio.create_task(_arrival(websocket, status))
    committing = await change(status)
    return await arrived - committing


async def _arrival(websocket: ClientConnection, status: RunStatus) -> float:
    while True:
        message = json.loads(await websocket.recv())
        at = time.perf_counter()
        if next(iter(message["payload"]["data"].values()))["status"] == status:
            return at


async def _stalled(stack: Stack, run_id: str) -> list[Row]:
    """A batch changes constantly, a hundred clients stop reading, and one keeps reading."""
    database = Database(stack.postgres.dsn, name="bench")
    notifier = Notifier(database, stack.settings.flush_seconds)
    sending = asyncio.create_task(notifier.run())
    changing = asyncio.create_task(_keep_changing(database, notifier, require(Kind.BATCH_RUN, run_id)))
    try:
        with stalled_clients(stack.settings.port, STALLED_CLIENTS, PAGES, {"id": run_id}):
            async with _subscribed(_websocket_url(stack), PAGES, run_id) as fast:
                await _read_for(fast, WARM_UP_SECONDS)
                before = anonymous_bytes(stack.api.pid)
                pages = await _read_for(fast, STALLED_SECONDS)
                after = anonymous_bytes(stack.api.pid)
    finally:
        changing.cancel()
        sending.cancel()
        await asyncio.gather(changing, sending, return_exceptions=True)
        await database.close()
    grown = max(after - before, 0)
    return [
        Row(
            f"{STALLED_CLIENTS} clients that stop reading for {STALLED_SECONDS:.0f} s: growth of the API",
            f"+{grown / 2**20:.1f} MiB of {after / 2**20:.0f}; a reader got {pages} of {STALLED_SECONDS:.0f} pages",
            f"{GROWTH_LIMIT_BYTES // 2**20} MiB",
            grown / GROWTH_LIMIT_BYTES,
            1.0,
        )
    ]


async def _keep_changing(database: Database, notifier: Notifier, key: int) -> None:
    """Write progress as heartbeats do: all steps of the run in one statement, once a second."""
    async with database.session() as session:
        await session.execute(
            text(
                "UPDATE step_runs SET status = 'RUNNING', lease_until = now() + interval '1 hour' "
                "WHERE batch_run_id = :key"
            ),
            {"key": key},
        )
    percent = 0.0
    while True:
        percent = (percent + 0.5) % 100
        async with database.session() as session:
            await session.execute(
                text("UPDATE step_runs SET percent = :percent WHERE batch_run_id = :key"),
                {"percent": percent, "key": key},
            )
        notifier.batch_run(key)
        await asyncio.sleep(1)


async def _read_for(websocket: ClientConnection, seconds: float) -> int:
    """Read for this time and return the number of events."""
    events = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                message = json.loads(await websocket.recv())
                if message["type"] != "next" or message["payload"].get("errors"):
                    raise RuntimeError(f"the subscription ended: {str(message)[:500]}")
                events += 1
    return events


@contextlib.asynccontextmanager
async def _subscribed(url: str, query: str, run_id: str) -> AsyncIterator[ClientConnection]:
    """Open a WebSocket with one subscription and read its first event."""
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], max_size=None) as websocket:
        await websocket.send(json.dumps({"type": "connection_init"}))
        await websocket.recv()
        payload: dict[str, Any] = {"query": query, "variables": {"id": run_id}}
        await websocket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        first = json.loads(await websocket.recv())
        if first["type"] != "next" or first["payload"].get("errors"):
            raise RuntimeError(f"the subscription was refused: {first}")
        yield websocket


@contextlib.contextmanager
def _bare_server(dsn: str) -> Iterator[int]:
    """Start the bare subscription and yield its port once it listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen([sys.executable, "-m", "bench.bare_subscription", dsn, str(port)], cwd=ROOT)
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _websocket_url(stack: Stack) -> str:
    return f"ws://127.0.0.1:{stack.settings.port}/graphql"
