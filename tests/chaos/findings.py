"""Checks the results of a chaos run: is any file lost, duplicated or stuck?"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from chaos.app_process import AppProcess
from chaos.user import User
from cluster import Cluster
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
class Findings:
    steps: int = 0
    attempts: int = 0
    results: int = 0
    lost: int = 0
    "Files whose MMIF is missing, differs from its hash or, unless canceled, lacks a view of an app."
    duplicated: int = 0
    "Steps with a second result although their file was not sent back, and files with two views of one app."
    stuck: int = 0
    "Batch runs, files and steps that have not ended."
    missed: int = 0
    "Files whose last state the subscriber did not receive."
    canceled: int = 0
    "Files that the user canceled and that are still canceled."
    wrongly_canceled: int = 0
    "Files that continued after their cancellation, and files that are canceled without a request."
    codes: Counter[str] = field(default_factory=Counter)
    "Attempts by error code."

    @property
    def ok(self) -> bool:
        wrong = self.lost + self.duplicated + self.stuck + self.missed + self.wrongly_canceled
        return self.results > 0 and wrong == 0


def check(cluster: Cluster, apps: Sequence[AppProcess], user: User, seen: Mapping[str, str]) -> Findings:
    """Raises AssertionError for an invariant of the engine that does not hold."""
    findings = Findings()
    expected = Counter(app.identifier for app in apps)
    with psycopg.connect(cluster.postgres.dsn) as connection:
        for key, status, sha256 in connection.execute(FILES):
            file_id = opaque(Kind.PIPELINE_RUN, key)
            views = _views(cluster.store, sha256)
            if status == "CANCELED":
                findings.canceled += 1
                findings.wrongly_canceled += file_id not in user.may_be_canceled
                findings.lost += sha256 is not None and views is None
            else:
                findings.wrongly_canceled += file_id in user.canceled
                findings.lost += not (status == "FINISHED" and views is not None and views >= expected)
            findings.duplicated += views is not None and any(views[app] > 1 for app in expected)
            findings.missed += seen.get(file_id) != status
        for key, times in connection.execute(RESULTS):
            findings.duplicated += times > 1 + user.sent_back[opaque(Kind.PIPELINE_RUN, key)]

        def read_number(statement: str) -> int:
            row = connection.execute(statement.encode()).fetchone()
            return int(row[0]) if row else 0

        findings.stuck = read_number(UNENDED)
        findings.steps = read_number("SELECT count(*) FROM step_runs")
        findings.attempts = read_number("SELECT sum(attempts) FROM step_runs")
        findings.results = read_number("SELECT count(*) FROM mmifs WHERE origin = 'STEP'")
        findings.codes = Counter(dict(connection.execute(CODES).fetchall()))
    asyncio.run(_check_invariants(cluster))
    return findings


def _views(store: Path, sha256: str | None) -> Counter[str] | None:
    """Return the number of views of each app in this MMIF. None: missing from the store, or damaged."""
    if sha256 is None:
        return None
    path = store / sha256[:2] / f"{sha256}.mmif"
    if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        return None
    return Counter(view["metadata"]["app"] for view in json.loads(path.read_bytes())["views"])


async def _check_invariants(cluster: Cluster) -> None:
    database = Database(cluster.postgres.dsn, name="chowda-test")
    await check_invariants(database)
    await database.close()
