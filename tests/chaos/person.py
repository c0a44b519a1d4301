"""Who changes their mind about runs that are under way, and remembers what must have become of the files by that."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection, Sequence

from chaos.asking import Asking, Refused, Unanswered

PAUSE = "mutation($id: ID!) { pauseBatchRun(id: $id) { id } }"
RESUME = "mutation($id: ID!) { resumeBatchRun(id: $id) { id } }"
RETRY = "mutation($id: ID!) { retryBatchRun(id: $id) { id } }"
CANCEL_FILE = "mutation($id: ID!) { cancelPipelineRun(id: $id) { status } }"
RETRY_FILE = "mutation($id: ID!, $step: Int) { retryPipelineRun(id: $id, fromStep: $step) { status } }"
TRUST = "mutation($id: ID!) { updateApp(id: $id, input: {oneAtATime: false}) { id } }"
FILES = "query($id: ID!) { batchRun(id: $id) { pipelineRuns(first: 500) { edges { node { id status } } } } }"
OPEN = ("WAITING", "RUNNING")
ENDED = ("FINISHED", "FAILED", "CANCELED")


class Person:
    """Asks one API for each deed. What gets no answer may be done all the same, and later: by one that was frozen."""

    def __init__(self, asking: Asking, chance: random.Random, app_ids: Sequence[str], steps: int) -> None:
        self._asking = asking
        self._chance = chance
        self._app_ids = app_ids
        self._steps = steps
        self._uncertain: set[str] = set()
        "Files and batch runs of which a retry got no answer: it may come yet, and make a canceled file go on."
        self.canceled: dict[str, str] = {}
        "Files whose end by a cancel was confirmed and that nobody has let go on since, and their batch runs."
        self.may_be_canceled: set[str] = set()
        self.sent_back: Counter[str] = Counter()
        "How often a file that had been at its end was sent back to an earlier step, or may have been."
        self.deeds: Counter[str] = Counter()

    def meddle(self, run_id: str) -> None:
        """What a person does at a bad moment."""
        deeds: dict[Callable[[str], None], int] = {
            self._pause: 1,
            self._resume: 3,
            self._cancel_file: 2,
            self._send_file_back: 4,
            self._retry: 1,
            self._trust: 1,
        }
        [deed] = self._chance.choices(list(deeds), list(deeds.values()))
        try:
            deed(run_id)
        except Unanswered:
            self.deeds["got no answer"] += 1
        except Refused:
            self.deeds["was refused"] += 1

    def _pause(self, run_id: str) -> None:
        self._asking.ask_once(PAUSE, id=run_id)
        self.deeds["paused a batch run"] += 1

    def _resume(self, run_id: str) -> None:
        self._asking.ask_once(RESUME, id=run_id)
        self.deeds["resumed a batch run"] += 1

    def _cancel_file(self, run_id: str) -> None:
        if (file_id := self._file(run_id, OPEN)) is None:
            return
        self.may_be_canceled.add(file_id)
        status = self._asking.ask_once(CANCEL_FILE, id=file_id)["status"]
        if status == "CANCELED" and self._uncertain.isdisjoint((file_id, run_id)):
            self.canceled[file_id] = run_id
        self.deeds["canceled a file"] += 1

    def _send_file_back(self, run_id: str) -> None:
        if (file_id := self._file(run_id, ENDED)) is None:
            return
        self.canceled.pop(file_id, None)
        self.sent_back[file_id] += 1
        step = self._chance.randint(1, self._steps)
        self._ask_for_a_retry(RETRY_FILE, file_id, step=step)
        self.deeds["sent a file back"] += 1

    def _retry(self, run_id: str) -> None:
        """What failed and what was canceled."""
        for file_id in [file_id for file_id, its_run in self.canceled.items() if its_run == run_id]:
            del self.canceled[file_id]
        self._ask_for_a_retry(RETRY, run_id)
        self.deeds["retried a batch run"] += 1

    def _trust(self, run_id: str) -> None:
        """Lets an app that mixed files up have several calls at once again."""
        self._asking.ask_once(TRUST, id=self._chance.choice(self._app_ids))
        self.deeds["trusted an app again"] += 1

    def _ask_for_a_retry(self, query: str, id: str, **variables: int) -> None:
        try:
            self._asking.ask_once(query, id=id, **variables)
        except Unanswered:
            self._uncertain.add(id)
            raise

    def _file(self, run_id: str, states: Collection[str]) -> str | None:
        """One of them that is in one of these states."""
        edges = self._asking.ask(FILES, id=run_id)["pipelineRuns"]["edges"]
        found = [edge["node"]["id"] for edge in edges if edge["node"]["status"] in states]
        return self._chance.choice(found) if found else None
