"""A client that subscribes to all runs, moves between the APIs, and continues by its cursors."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time

from chaos.load import Load
from cluster import Cluster
from graphql_client import GraphQLFailure
from websockets.exceptions import WebSocketException

PAGES = """subscription ($id: ID!, $after: String) { pipelineRuns(batchRunId: $id, after: $after) {
  cursor pipelineRuns { id status } } }"""
SILENCE_SECONDS = 45.0
"A feed sends an event at least every 20 s. A longer silence is a failure."
PAUSE_SECONDS = 0.5
DISCONNECTED = (OSError, WebSocketException, GraphQLFailure, AssertionError)


class Subscriber:
    """Runs in a thread until `finish`. `seen` holds the last state that it received for each file."""

    def __init__(self, cluster: Cluster, load: Load) -> None:
        self._cluster = cluster
        self._load = load
        self.seen: dict[str, str] = {}
        self.connections = 0
        self.silences = 0
        self._ended: set[str] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()

    def finish(self, timeout_seconds: float) -> None:
        """Wait until every feed has completed once more, at most until the timeout."""
        self._ended.clear()
        deadline = time.monotonic() + timeout_seconds
        while not self._ended.issuperset(self._load.run_ids) and time.monotonic() < deadline:
            time.sleep(0.1)
        self._stopping.set()
        self._thread.join()

    async def _run(self) -> None:
        tasks: dict[str, asyncio.Task[None]] = {}
        while not self._stopping.is_set():
            for run_id in self._load.run_ids:
                if run_id not in tasks:
                    tasks[run_id] = asyncio.create_task(self._follow(run_id))
            await asyncio.sleep(0.2)
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)

    async def _follow(self, run_id: str) -> None:
        """A feed completes with its run, but the user may retry the run: subscribe again with the last cursor."""
        after: str | None = None
        for api in itertools.cycle(self._cluster.apis):
            self.connections += 1
            try:
                async with api.client.subscribe(PAGES, id=run_id, after=after) as events:
                    while True:
                        page = (await events.next(SILENCE_SECONDS))["pipelineRuns"]
                        self.seen |= {run["id"]: run["status"] for run in page["pipelineRuns"]}
                        after = page["cursor"]
            except StopAsyncIteration:
                self._ended.add(run_id)
            except TimeoutError:
                self.silences += 1
            except DISCONNECTED:
                pass
            await asyncio.sleep(PAUSE_SECONDS)
