"""A client that follows all runs through everything, from API to API, with nothing but its cursors."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time

from chaos.load import Load
from cluster import Chowda
from graphql_client import GraphQLFailure
from websockets.exceptions import WebSocketException

PAGES = """subscription ($id: ID!, $after: String) { pipelineRuns(batchRunId: $id, after: $after) {
  cursor pipelineRuns { id status } } }"""
SILENCE_SECONDS = 45.0
"A feed says something every 20 s; one that says nothing for so long has failed its subscriber."
PAUSE_SECONDS = 0.5
BROKEN = (OSError, WebSocketException, GraphQLFailure, AssertionError)


class Watcher:
    """Runs in a thread of its own until `finish`; `seen` is the last state of each file that it was told."""

    def __init__(self, chowda: Chowda, load: Load) -> None:
        self._chowda = chowda
        self._load = load
        self.seen: dict[str, str] = {}
        self.connections = 0
        self.silences = 0
        self._ended: set[str] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()

    def finish(self, patience_seconds: float) -> None:
        """Waits until every feed has come to its end once more, but no longer than that."""
        self._ended.clear()
        deadline = time.monotonic() + patience_seconds
        while not self._ended.issuperset(self._load.run_ids) and time.monotonic() < deadline:
            time.sleep(0.1)
        self._over.set()
        self._thread.join()

    async def _run(self) -> None:
        tasks: dict[str, asyncio.Task[None]] = {}
        while not self._over.is_set():
            for run_id in self._load.run_ids:
                if run_id not in tasks:
                    tasks[run_id] = asyncio.create_task(self._follow(run_id))
            await asyncio.sleep(0.2)
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)

    async def _follow(self, run_id: str) -> None:
        """A feed ends with its run, but a person may retry that: so it is asked for again, with its cursor."""
        after: str | None = None
        for api in itertools.cycle(self._chowda.apis):
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
            except BROKEN:
                pass
            await asyncio.sleep(PAUSE_SECONDS)
