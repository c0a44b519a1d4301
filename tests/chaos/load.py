"""The load of a chaos run: starts batches of files on a pipeline of three apps until it is stopped."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from chaos.api_client import ApiClient, NoAnswer
from chaos.app_process import AppProcess
from chaos.user import RESUME, TRUST, User
from cluster import Cluster

FILES = 40
INTERVAL_SECONDS = 1.0
RECENT_RUNS = 4
"Only these may be unfinished."
OPEN_FILES = 60
"A new batch starts when fewer files are unfinished."
ACTION_PROBABILITY = 0.8
"Of a user's action in each interval."

REGISTER = "mutation($i: RegisterAppInput!) { registerApp(input: $i) { id } }"
PIPELINE = "mutation($i: CreatePipelineInput!) { createPipeline(input: $i) { id } }"
ADD = "mutation($i: [MediaFileInput!]!) { addMediaFiles(input: $i) { guid } }"
BATCH = "mutation($i: CreateBatchInput!) { createBatch(input: $i) { id } }"
START = "mutation($i: StartBatchInput!) { startBatch(input: $i) { id } }"
STATE = "query($id: ID!) { batchRun(id: $id) { status endedAt counts { waiting running failed } } }"
RETRY_FAILED = """mutation($id: ID!) {
  retryPipelineRuns(filter: {batchRuns: [$id], status: [FAILED]}) { doneCount } }"""


class Load:
    """Between `start` and `stop`, a thread starts batches, and a user pauses, cancels and retries them."""

    def __init__(
        self, cluster: Cluster, apps: Sequence[AppProcess], max_concurrency: int, rng: random.Random
    ) -> None:
        self._rng = rng
        self._stopping = threading.Event()
        self._threads = ThreadPoolExecutor(1)
        self._result: Future[None] | None = None
        self._client = ApiClient(cluster, rng)
        self.run_ids: list[str] = []
        self._app_ids = [
            self._client.execute_until_answered(
                REGISTER, i={"endpoint": app.url, "maxConcurrency": max_concurrency, "timeoutSeconds": 30}
            )["id"]
            for app in apps
        ]
        steps = [{"appId": app_id} for app_id in self._app_ids]
        self._pipeline_id = self._client.execute_until_answered(
            PIPELINE, i={"name": "chaos", "steps": steps}
        )["id"]
        self.user = User(self._client, rng, self._app_ids, len(steps))

    def start(self) -> None:
        self._result = self._threads.submit(self._run)

    def stop(self) -> None:
        """Stop the thread. Raises its exception, if it failed."""
        self._stopping.set()
        if self._result is not None:
            self._result.result()

    def _run(self) -> None:
        while not self._stopping.wait(INTERVAL_SECONDS):
            self._top_up()
            if self.run_ids and self._rng.random() < ACTION_PROBABILITY:
                self.user.act(self._rng.choice(self.run_ids[-RECENT_RUNS:]))

    def _top_up(self) -> None:
        """Start another batch if few files are unfinished. If no API answers, the next call repeats it."""
        try:
            open_files = sum(self._open_files(run_id) for run_id in self.run_ids[-RECENT_RUNS:])
            if open_files < OPEN_FILES:
                self._start_batch(len(self.run_ids))
        except NoAnswer:
            return

    def _start_batch(self, number: int) -> None:
        guids = [f"chaos-{number:03d}-{file:03d}" for file in range(FILES)]
        documents = [[{"type": "VIDEO", "location": f"file:///data/{guid}.mp4"}] for guid in guids]
        self._client.execute(
            ADD, i=[{"guid": g, "documents": d} for g, d in zip(guids, documents, strict=True)]
        )
        batch_id = self._client.execute(
            BATCH, i={"name": f"chaos {number}", "pipelineId": self._pipeline_id, "guids": guids}
        )["id"]
        key = f"chaos-{number}"
        started = self._client.execute_until_answered(
            START, i={"batchId": batch_id, "idempotencyKey": key}, timeout_seconds=60
        )
        self.run_ids.append(started["id"])

    def settle(self, timeout_seconds: float) -> list[str]:
        """Retry failed files until all runs have finished; returns the runs that did not finish.

        Call it after all faults are undone. Files that the user canceled stay canceled.
        """
        for app_id in self._app_ids:
            self._client.execute_until_answered(TRUST, id=app_id)
        for run_id in self.run_ids:
            self._client.execute_until_answered(RESUME, id=run_id)
        deadline = time.monotonic() + timeout_seconds
        unfinished = list(self.run_ids)
        while unfinished and time.monotonic() < deadline:
            for run_id in list(unfinished):
                state = self._client.execute_until_answered(STATE, id=run_id)
                if state["endedAt"] is None:
                    continue
                if state["status"] == "FINISHED":
                    unfinished.remove(run_id)
                else:
                    self._client.execute_until_answered(RETRY_FAILED, id=run_id)
            time.sleep(0.5)
        return unfinished

    def _open_files(self, run_id: str) -> int:
        counts = self._client.execute(STATE, id=run_id)["counts"]
        return int(counts["waiting"]) + int(counts["running"])
