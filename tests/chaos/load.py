"""The work of a chaos run: batches of files through three apps, one after another, until it is told to stop."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from chaos.apps import AppProcess
from chaos.asking import Asking, Unanswered
from chaos.person import RESUME, TRUST, Person
from cluster import Chowda

FILES = 40
LOOK_SECONDS = 1.0
RECENT = 4
"So many runs may be under way."
OPEN_FILES = 60
"A new batch is started when fewer than this are on their way."
MEDDLES = 0.8
"How often, at a look, the person does something."

REGISTER = "mutation($i: RegisterAppInput!) { registerApp(input: $i) { id } }"
PIPELINE = "mutation($i: CreatePipelineInput!) { createPipeline(input: $i) { id } }"
ADD = "mutation($i: [MediaFileInput!]!) { addMediaFiles(input: $i) { guid } }"
BATCH = "mutation($i: CreateBatchInput!) { createBatch(input: $i) { id } }"
START = "mutation($i: StartBatchInput!) { startBatch(input: $i) { id } }"
STATE = "query($id: ID!) { batchRun(id: $id) { status endedAt counts { waiting running failed } } }"
RETRY_FAILED = """mutation($id: ID!) {
  retryPipelineRuns(filter: {batchRuns: [$id], status: [FAILED]}) { doneCount } }"""


class Load:
    """Between `start` and `stop` a thread of its own starts batches, and a person changes their mind about them."""

    def __init__(
        self, chowda: Chowda, apps: Sequence[AppProcess], calls_at_once: int, chance: random.Random
    ) -> None:
        self._chance = chance
        self._over = threading.Event()
        self._threads = ThreadPoolExecutor(1)
        self._done: Future[None] | None = None
        self._asking = Asking(chowda, chance)
        self.run_ids: list[str] = []
        self._app_ids = [
            self._asking.surely(
                REGISTER, i={"endpoint": app.url, "maxConcurrency": calls_at_once, "timeoutSeconds": 30}
            )["id"]
            for app in apps
        ]
        steps = [{"appId": app_id} for app_id in self._app_ids]
        self._pipeline_id = self._asking.surely(PIPELINE, i={"name": "chaos", "steps": steps})["id"]
        self.person = Person(self._asking, chance, self._app_ids, len(steps))

    def start(self) -> None:
        self._done = self._threads.submit(self._run)

    def stop(self) -> None:
        """Raises what its thread ended with, if that was not this."""
        self._over.set()
        if self._done is not None:
            self._done.result()

    def _run(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            self._top_up()
            if self.run_ids and self._chance.random() < MEDDLES:
                self.person.meddle(self._chance.choice(self.run_ids[-RECENT:]))

    def _top_up(self) -> None:
        """Starts another batch if there is room for one; one that gets no answer is asked for again, with its key."""
        try:
            open_files = sum(self._open(run_id) for run_id in self.run_ids[-RECENT:])
            if open_files < OPEN_FILES:
                self._start_batch(len(self.run_ids))
        except Unanswered:
            return

    def _start_batch(self, number: int) -> None:
        guids = [f"chaos-{number:03d}-{file:03d}" for file in range(FILES)]
        documents = [[{"type": "VIDEO", "location": f"file:///data/{guid}.mp4"}] for guid in guids]
        self._asking.ask(ADD, i=[{"guid": g, "documents": d} for g, d in zip(guids, documents, strict=True)])
        batch_id = self._asking.ask(
            BATCH, i={"name": f"chaos {number}", "pipelineId": self._pipeline_id, "guids": guids}
        )["id"]
        key = f"chaos-{number}"
        started = self._asking.surely(
            START, i={"batchId": batch_id, "idempotencyKey": key}, patience_seconds=60
        )
        self.run_ids.append(started["id"])

    def settle(self, patience_seconds: float) -> list[str]:
        """Once nothing hurts any more: retries what failed until all is well; the runs that did not end.

        What the person canceled stays so.
        """
        for app_id in self._app_ids:
            self._asking.surely(TRUST, id=app_id)
        for run_id in self.run_ids:
            self._asking.surely(RESUME, id=run_id)
        deadline = time.monotonic() + patience_seconds
        left = list(self.run_ids)
        while left and time.monotonic() < deadline:
            for run_id in list(left):
                state = self._asking.surely(STATE, id=run_id)
                if state["endedAt"] is None:
                    continue
                if state["status"] == "FINISHED":
                    left.remove(run_id)
                else:
                    self._asking.surely(RETRY_FAILED, id=run_id)
            time.sleep(0.5)
        return left

    def _open(self, run_id: str) -> int:
        counts = self._asking.ask(STATE, id=run_id)["counts"]
        return int(counts["waiting"]) + int(counts["running"])
