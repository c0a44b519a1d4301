"""A user who pauses, cancels and retries runs, and records the expected states of the files."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection, Sequence

from chaos.api_client import ApiClient, NoAnswer, Refused

PAUSE = "mutation($id: ID!) { pauseBatchRun(id: $id) { id } }"
RESUME = "mutation($id: ID!) { resumeBatchRun(id: $id) { id } }"
RETRY = "mutation($id: ID!) { retryBatchRun(id: $id) { id } }"
CANCEL_FILE = "mutation($id: ID!) { cancelPipelineRun(id: $id) { status } }"
RETRY_FILE = "mutation($id: ID!, $step: Int) { retryPipelineRun(id: $id, fromStep: $step) { status } }"
TRUST = "mutation($id: ID!) { updateApp(id: $id, input: {oneAtATime: false}) { id } }"
FILES = "query($id: ID!) { batchRun(id: $id) { pipelineRuns(first: 500) { edges { node { id status } } } } }"
OPEN = ("WAITING", "RUNNING")
ENDED = ("FINISHED", "FAILED", "CANCELED")


class User:
    """Sends each action to one API. An action without an answer may still be executed, even later by a frozen API."""

    def __init__(self, client: ApiClient, rng: random.Random, app_ids: Sequence[str], steps: int) -> None:
        self._client = client
        self._rng = rng
        self._app_ids = app_ids
        self._steps = steps
        self._uncertain: set[str] = set()
        "Files and batch runs whose retry got no answer: it may still be executed and resume a canceled file."
        self.canceled: dict[str, str] = {}
        "Files whose cancellation was confirmed and that were not retried since, with their batch runs."
        self.may_be_canceled: set[str] = set()
        self.sent_back: Counter[str] = Counter()
        "How often an ended file was sent back to an earlier step, or may have been."
        self.actions: Counter[str] = Counter()

    def act(self, run_id: str) -> None:
        """Do something to this run, chosen at random."""
        actions: dict[Callable[[str], None], int] = {
            self._pause: 1,
            self._resume: 3,
            self._cancel_file: 2,
            self._send_file_back: 4,
            self._retry: 1,
            self._trust: 1,
        }
        [action] = self._rng.choices(list(actions), list(actions.values()))
        try:
            action(run_id)
        except NoAnswer:
            self.actions["got no answer"] += 1
        except Refused:
            self.actions["was refused"] += 1

    def _pause(self, run_id: str) -> None:
        self._client.execute_once(PAUSE, id=run_id)
        self.actions["paused a batch run"] += 1

    def _resume(self, run_id: str) -> None:
        self._client.execute_once(RESUME, id=run_id)
        self.actions["resumed a batch run"] += 1

    def _cancel_file(self, run_id: str) -> None:
        if (file_id := self._file(run_id, OPEN)) is None:
            return
        self.may_be_canceled.add(file_id)
        status = self._client.execute_once(CANCEL_FILE, id=file_id)["status"]
        if status == "CANCELED" and self._uncertain.isdisjoint((file_id, run_id)):
            self.canceled[file_id] = run_id
        self.actions["canceled a file"] += 1

    def _send_file_back(self, run_id: str) -> None:
        if (file_id := self._file(run_id, ENDED)) is None:
            return
        self.canceled.pop(file_id, None)
        self.sent_back[file_id] += 1
        step = self._rng.randint(1, self._steps)
        self._send_retry(RETRY_FILE, file_id, step=step)
        self.actions["sent a file back"] += 1

    def _retry(self, run_id: str) -> None:
        """Retry failed and canceled files."""
        for file_id in [file_id for file_id, file_run_id in self.canceled.items() if file_run_id == run_id]:
            del self.canceled[file_id]
        self._send_retry(RETRY, run_id)
        self.actions["retried a batch run"] += 1

    def _trust(self, run_id: str) -> None:
        """Allow concurrent calls again for an app that mixed files up."""
        self._client.execute_once(TRUST, id=self._rng.choice(self._app_ids))
        self.actions["trusted an app again"] += 1

    def _send_retry(self, query: str, id: str, **variables: int) -> None:
        try:
            self._client.execute_once(query, id=id, **variables)
        except NoAnswer:
            self._uncertain.add(id)
            raise

    def _file(self, run_id: str, states: Collection[str]) -> str | None:
        """Return a random file of the run in one of these states."""
        edges = self._client.execute(FILES, id=run_id)["pipelineRuns"]["edges"]
        file_ids = [edge["node"]["id"] for edge in edges if edge["node"]["status"] in states]
        return self._rng.choice(file_ids) if file_ids else None
