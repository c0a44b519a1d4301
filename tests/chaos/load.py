"""The work of a chaos run: batches of files through three apps, one after another, until it is told to stop."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from typing import Any

import httpx
from chaos.apps import AppProcess
from cluster import Chowda, eventually

FILES = 40
LOOK_SECONDS = 1.0
RECENT = 4
"So many runs may be under way."
OPEN_FILES = 60
"A new batch is started when fewer than this are on their way."

REGISTER = "mutation($i: RegisterAppInput!) { registerApp(input: $i) { id } }"
PIPELINE = "mutation($i: CreatePipelineInput!) { createPipeline(input: $i) { id } }"
ADD = "mutation($i: [MediaFileInput!]!) { addMediaFiles(input: $i) { guid } }"
BATCH = "mutation($i: CreateBatchInput!) { createBatch(input: $i) { id } }"
START = "mutation($i: StartBatchInput!) { startBatch(input: $i) { id } }"
STATE = "query($id: ID!) { batchRun(id: $id) { status endedAt counts { waiting running failed } } }"
RETRY = "mutation($id: ID!) { retryBatchRun(id: $id) { id } }"
PAUSE = "mutation($id: ID!) { pauseBatchRun(id: $id) { id } }"
RESUME = "mutation($id: ID!) { resumeBatchRun(id: $id) { id } }"


class Unanswered(Exception):
    """No API gave an answer: nothing is known of what was asked."""


class Load:
    """Between `start` and `stop` a thread of its own starts batches, and pauses and resumes them at bad moments."""

    def __init__(
        self, chowda: Chowda, apps: Sequence[AppProcess], calls_at_once: int, chance: random.Random
    ) -> None:
        self._chowda = chowda
        self._chance = chance
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.run_ids: list[str] = []
        app_ids = [
            self.surely(
                REGISTER, i={"endpoint": app.url, "maxConcurrency": calls_at_once, "timeoutSeconds": 30}
            )["id"]
            for app in apps
        ]
        steps = [{"appId": app_id} for app_id in app_ids]
        self._pipeline_id = self.surely(PIPELINE, i={"name": "chaos", "steps": steps})["id"]

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            self._top_up()
            if self.run_ids and self._chance.random() < 0.2:
                self._meddle(self._chance.choice(self.run_ids[-RECENT:]), resume=self._chance.random() < 0.7)

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
        self.ask(ADD, i=[{"guid": g, "documents": d} for g, d in zip(guids, documents, strict=True)])
        batch_id = self.ask(
            BATCH, i={"name": f"chaos {number}", "pipelineId": self._pipeline_id, "guids": guids}
        )["id"]
        key = f"chaos-{number}"
        run_id = self.surely(START, i={"batchId": batch_id, "idempotencyKey": key}, patience_seconds=60)["id"]
        self.run_ids.append(run_id)

    def _meddle(self, run_id: str, resume: bool) -> None:
        """What a person does at a bad moment."""
        try:
            self.ask(RESUME if resume else PAUSE, id=run_id)
        except Unanswered:
            return

    def settle(self, patience_seconds: float) -> list[str]:
        """Once nothing hurts any more: retries what failed until all is well; the runs that did not end."""
        for run_id in self.run_ids:
            self.surely(RESUME, id=run_id)
        deadline = time.monotonic() + patience_seconds
        left = list(self.run_ids)
        while left and time.monotonic() < deadline:
            for run_id in list(left):
                state = self.surely(STATE, id=run_id)
                if state["endedAt"] is None:
                    continue
                if state["status"] == "FINISHED":
                    left.remove(run_id)
                else:
                    self.surely(RETRY, id=run_id)
            time.sleep(0.5)
        return left

    def surely(self, query: str, patience_seconds: float = 120, **variables: Any) -> Any:
        """Asks until there is an answer."""

        def ask() -> Any:
            try:
                return self.ask(query, **variables)
            except Unanswered:
                return None

        return eventually(ask, "an answer of the API", patience_seconds)

    def ask(self, query: str, **variables: Any) -> Any:
        """The one field that is asked for, of the first API that gives it. Raises Unanswered."""
        told = ""
        for api in self._chowda.apis:
            try:
                answer = httpx.post(
                    f"{api.url}/graphql", json={"query": query, "variables": variables}, timeout=5
                ).json()
            except (httpx.HTTPError, ValueError) as exc:
                told = type(exc).__name__
                continue
            if answer.get("errors"):
                [error] = answer["errors"]
                code = error["extensions"]["code"]
                assert code == "INTERNAL", f"refused: {error['message']}"
                told = error["message"]
                continue
            return next(iter(answer["data"].values()))
        raise Unanswered(told)

    def _open(self, run_id: str) -> int:
        counts = self.ask(STATE, id=run_id)["counts"]
        return int(counts["waiting"]) + int(counts["running"])
