"""The database that random actions change: two batches of two files, and a pipeline of three steps over two apps."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

from engine import check_invariants
from factories import add_app, add_batch
from sqlalchemy import text

from chowda.db.database import Database
from chowda.engine import leases
from chowda.engine.claim import Claim
from chowda.errors import StepErrorCode
from chowda.pipelines.retry_policy import Policy
from chowda.pipelines.service import NewPipeline, NewStep, create_pipeline
from chowda.runs import pipeline_run_feed

LEASE_SECONDS = 600.0
FILES = 2
POLICIES = (Policy(2, frozenset({StepErrorCode.APP_ERROR, StepErrorCode.APP_BUSY})), None, Policy(5))
"The retry policies of the three steps."

# Removes everything that was added after World.prepare.
RESET = """
    DELETE FROM step_attempts; DELETE FROM step_runs; DELETE FROM pipeline_runs; DELETE FROM run_counters;
    DELETE FROM run_counter_deltas; DELETE FROM batch_run_steps; DELETE FROM batch_runs; DELETE FROM mmifs
    WHERE origin <> 'UPLOAD'; UPDATE app_slots SET until = NULL, step_run_id = NULL, fence = NULL;
    UPDATE clams_apps SET failing_files = '{}', circuit_opened_at = NULL, circuit_trial_at = NULL,
        circuit_trials = 0, circuit_reason = NULL, one_at_a_time = false
"""

# Reads what a subscriber of the change feed sees of files.
VISIBLE = text("""
    SELECT p.id, p.status, p.mmif_id, p.ended_at,
        (SELECT array_agg((s.status, s.percent, s.attempts, s.paused, s.mmif_id)::text ORDER BY s.id)
         FROM step_runs s WHERE s.pipeline_run_id = p.id) AS steps
    FROM pipeline_runs p WHERE p.id = ANY(:ids)
""")


class World:
    """Remembers the runs, messages and claims so far, and reads the change feed as a subscriber does."""

    def __init__(self, database: Database, batch_ids: Sequence[int]) -> None:
        self.database = database
        self.batch_ids = batch_ids
        self.run_ids: list[int] = []
        self.file_ids: list[int] = []
        self.step_ids: list[int] = []
        self.messages: list[int] = []
        "All messages that were sent. Each can be delivered late, twice or never."
        self.claims: list[Claim] = []
        "All claims. A worker that was frozen or cut off does not know that it has lost its steps."
        self.finished: Counter[tuple[int, int]] = Counter()
        self.is_single = True
        "Whether one action runs alone, so that its result can be predicted."
        self.cursors: dict[int, str | None] = {}
        self._feed_rows: dict[int, Any] = {}
        self._results = 0

    @classmethod
    async def prepare(cls, database: Database) -> list[int]:
        """Adds the rows that all worlds of this database share. Returns the keys of the batches."""
        apps = [
            await add_app(database, name, max_concurrency=limit) for name, limit in (("one", 2), ("two", 3))
        ]
        async with database.session() as session:
            order = zip((apps[0], apps[1], apps[0]), POLICIES, strict=True)
            pipeline = await create_pipeline(
                session, NewPipeline("p", None, [NewStep(app.id, None, policy) for app, policy in order])
            )
        batches = [await add_batch(database, FILES, pipeline, f"batch{n}") for n in range(2)]
        async with database.session() as session:
            await leases.register_worker(session, "w", 100, 1_000_000)
            await session.execute(
                text(
                    "INSERT INTO mmifs (media_file_id, sha256, size_bytes, origin) "
                    "SELECT id, 'upload-' || id, 1, 'UPLOAD' FROM media_files WHERE id % 2 = 0"
                )
            )
        return [batch.id for batch in batches]

    async def reset(self) -> None:
        """Restores the rows that `prepare` added."""
        async with self.database.session() as session:
            for statement in RESET.split(";"):
                await session.execute(text(statement))

    async def check(self) -> None:
        """Asserts the invariants, that no call has committed twice, and that the change feed is complete."""
        await check_invariants(self.database)
        assert all(count == 1 for count in self.finished.values()), "a call has committed twice"
        await self._read_feed()

    async def read_one(self, statement: Any, id: int) -> Any:
        async with self.database.session() as session:
            return (await session.execute(statement, {"id": id})).one()

    def pick_claim(self, which: int) -> Claim | None:
        """The newest claim is 0: most calls end soon after they have begun."""
        return self.claims[-1 - which % len(self.claims)] if self.claims else None

    def new_result(self) -> tuple[str, int]:
        """The sha256 and the size of a new MMIF."""
        self._results += 1
        return hashlib.sha256(str(self._results).encode()).hexdigest(), 10

    async def _read_feed(self) -> None:
        """Asserts that the changes since the last cursor bring a subscriber up to date."""
        for run_id, cursor in self.cursors.items():
            async with self.database.session() as session:
                page = await pipeline_run_feed.read_page(session, run_id, cursor)
                if page.rows:
                    changed = await session.execute(VISIBLE, {"ids": [run.id for run in page.rows]})
                    self._feed_rows |= {row.id: row for row in changed}
            self.cursors[run_id] = page.cursor
        async with self.database.session() as session:
            rows = {row.id: row for row in await session.execute(VISIBLE, {"ids": self.file_ids})}
        assert self._feed_rows == rows, "the change feed has missed a change"
