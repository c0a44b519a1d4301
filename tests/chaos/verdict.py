"""What is left when a chaos run is over: is anything lost, doubled or stuck?"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from chaos.apps import AppProcess
from chaos.person import Person
from cluster import Chowda
from engine import check_invariants

from chowda.db.database import Database
from chowda.ids import Kind, opaque

FILES = "SELECT p.id, p.status, m.sha256 FROM pipeline_runs p LEFT JOIN mmifs m ON m.id = p.mmif_id"
UNENDED = """
    SELECT (SELECT count(*) FROM batch_runs WHERE ended_at IS NULL)
         + (SELECT count(*) FROM pipeline_runs WHERE ended_at IS NULL)
         + (SELECT count(*) FROM step_runs WHERE status IN ('WAITING', 'RUNNING'))
"""
CODES = (
    "SELECT coalesce(error_code, 'good'), count(*) FROM step_attempts WHERE ended_at IS NOT NULL GROUP BY 1"
)
RESULTS = """
    SELECT s.pipeline_run_id, count(*) FROM mmifs m JOIN step_runs s ON s.id = m.step_run_id
    GROUP BY s.id, s.pipeline_run_id HAVING count(*) > 1
"""


@dataclass
class Verdict:
    steps: int = 0
    attempts: int = 0
    results: int = 0
    lost: int = 0
    "Files without the whole of their MMIF in the store: bytes as the row says, and a view of each app unless canceled."
    doubled: int = 0
    "Steps with two results though nobody sent their file back, and files with two views of one app."
    stuck: int = 0
    "Batch runs, files and steps that have not ended."
    missed: int = 0
    "Files whose last state a subscriber was not told."
    canceled: int = 0
    "Files that the person canceled, and that are so still."
    disobeyed: int = 0
    "Files that were canceled and went on, and files that are canceled though nobody asked for it."
    codes: Counter[str] = field(default_factory=Counter)
    "Attempts by what became of them."

    @property
    def good(self) -> bool:
        wrong = self.lost + self.doubled + self.stuck + self.missed + self.disobeyed
        return self.results > 0 and wrong == 0


def judge(chowda: Chowda, apps: Sequence[AppProcess], person: Person, seen: Mapping[str, str]) -> Verdict:
    """Raises AssertionError for an invariant of the engine that does not hold."""
    verdict = Verdict()
    wanted = Counter(app.identifier for app in apps)
    with psycopg.connect(chowda.postgres.dsn) as connection:
        for key, status, sha256 in connection.execute(FILES):
            file_id = opaque(Kind.PIPELINE_RUN, key)
            views = _views(chowda.store, sha256)
            if status == "CANCELED":
                verdict.canceled += 1
                verdict.disobeyed += file_id not in person.may_be_canceled
                verdict.lost += sha256 is not None and views is None
            else:
                verdict.disobeyed += file_id in person.canceled
                verdict.lost += not (status == "FINISHED" and views is not None and views >= wanted)
            verdict.doubled += views is not None and any(views[app] > 1 for app in wanted)
            verdict.missed += seen.get(file_id) != status
        for key, times in connection.execute(RESULTS):
            verdict.doubled += times > 1 + person.sent_back[opaque(Kind.PIPELINE_RUN, key)]

        def count(statement: str) -> int:
            row = connection.execute(statement.encode()).fetchone()
            return int(row[0]) if row else 0

        verdict.stuck = count(UNENDED)
        verdict.steps = count("SELECT count(*) FROM step_runs")
        verdict.attempts = count("SELECT sum(attempts) FROM step_runs")
        verdict.results = count("SELECT count(*) FROM mmifs WHERE origin = 'STEP'")
        verdict.codes = Counter(dict(connection.execute(CODES).fetchall()))
    asyncio.run(_invariants(chowda))
    return verdict


def _views(store: Path, sha256: str | None) -> Counter[str] | None:
    """How many views each app has in this MMIF; None where the store has not just these bytes."""
    if sha256 is None:
        return None
    path = store / sha256[:2] / f"{sha256}.mmif"
    if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        return None
    return Counter(view["metadata"]["app"] for view in json.loads(path.read_bytes())["views"])


async def _invariants(chowda: Chowda) -> None:
    database = Database(chowda.postgres.dsn, name="chowda-test")
    await check_invariants(database)
    await database.close()
