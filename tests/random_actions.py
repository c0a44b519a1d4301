"""Does to batch runs what workers, brokers and people do, in an order that somebody else chooses.

The state machine is the real one on a real database; only the apps' answers are made up. Before a change that
nobody else makes at the same time it is worked out from the rows what must become of it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine import check_invariants
from factories import add_app, add_batch
from sqlalchemy import select, text

from chowda.apps.call_limit import CALL_LIMIT_NOW
from chowda.db.database import Database
from chowda.engine import fair_dispatch, leases, step_outcome
from chowda.engine.claim import Claim, try_claim
from chowda.engine.slot_reuse import Sent, reuse_slot
from chowda.enums import ProgressSource
from chowda.errors import BadUserInput, Conflict, StepErrorCode, StepFailure
from chowda.models import PipelineRun, StepRun
from chowda.pipelines import retry_policy
from chowda.pipelines.retry_policy import Policy
from chowda.pipelines.service import NewPipeline, NewStep, create_pipeline
from chowda.runs import batch_runs, counters, pipeline_run_feed, pipeline_runs
from chowda.runs.start import Start, start_batch

LONG_SECONDS = 600.0
FILES = 2
RUNS_LIMIT = 3
POLICIES = (Policy(2, frozenset({StepErrorCode.APP_ERROR, StepErrorCode.APP_BUSY})), None, Policy(5))
"Of the three steps of the pipeline."
CODES = tuple(StepErrorCode)

FORGET = """
    DELETE FROM step_attempts; DELETE FROM step_runs; DELETE FROM pipeline_runs; DELETE FROM run_counters;
    DELETE FROM run_counter_deltas; DELETE FROM batch_run_steps; DELETE FROM batch_runs; DELETE FROM mmifs
    WHERE origin <> 'UPLOAD'; UPDATE app_slots SET until = NULL, step_run_id = NULL, fence = NULL;
    UPDATE clams_apps SET failing_files = '{}', circuit_opened_at = NULL, circuit_trial_at = NULL,
        circuit_trials = 0, circuit_reason = NULL, one_at_a_time = false
"""
STEP = text("""
    SELECT s.*, b.status AS batch_run_status, s.ready_at <= now() AS due, (
        SELECT m.sha256 FROM mmifs m WHERE m.id = coalesce(
            (SELECT before.mmif_id FROM step_runs before WHERE before.id = s.id - 1
             AND before.pipeline_run_id = s.pipeline_run_id),
            p.mmif_id)
    ) AS input
    FROM step_runs s JOIN batch_runs b ON b.id = s.batch_run_id JOIN pipeline_runs p ON p.id = s.pipeline_run_id
    WHERE s.id = :id
""")
FILE = text("""
    SELECT p.id, p.batch_run_id, p.status, p.mmif_id, p.ended_at, b.ended_at AS batch_run_ended_at,
        (SELECT array_agg(s.status ORDER BY s.id) FROM step_runs s WHERE s.pipeline_run_id = p.id) AS steps,
        (SELECT bool_or(s.paused) FROM step_runs s WHERE s.pipeline_run_id = p.id AND s.ended_at IS NULL) AS paused
    FROM pipeline_runs p JOIN batch_runs b ON b.id = p.batch_run_id WHERE p.id = :id
""")
FILES_OF_RUN = text("""
    SELECT p.id, p.status, array_agg(s.status ORDER BY s.id) AS steps, bool_or(s.paused) AS paused
    FROM pipeline_runs p JOIN step_runs s ON s.pipeline_run_id = p.id WHERE p.batch_run_id = :id GROUP BY p.id
""")
SLOTS = text(f"""
    SELECT {CALL_LIMIT_NOW} AS most, (
        SELECT count(*) FROM app_slots t WHERE t.clams_app_id = a.id AND t.until > now()) AS taken
    FROM clams_apps a WHERE a.id = :id
""")
OPEN = ("WAITING", "RUNNING", "PAUSED")
KILL = """
    UPDATE step_runs SET lease_until = now() - interval '1 s'
    WHERE id = :id AND fence = :fence AND status = 'RUNNING'
"""
KILL_SLOT = "UPDATE app_slots SET until = now() WHERE step_run_id = :id AND fence = :fence"
TIME = (
    """UPDATE step_runs SET ready_at = least(ready_at, now()), sent_until = NULL WHERE id IN (
        SELECT id FROM step_runs WHERE status = 'WAITING' AND ready_at IS NOT NULL ORDER BY id
        FOR UPDATE SKIP LOCKED)""",
    "UPDATE clams_apps SET circuit_trial_at = now() - interval '1 ms' WHERE circuit_trial_at > now()",
    "UPDATE app_slots SET until = now() WHERE until > now() + interval '20 s' AND until < now() + interval '90 s'",
)
SEEN = text("""
    SELECT p.id, p.status, p.mmif_id, p.ended_at,
        (SELECT array_agg((s.status, s.percent, s.attempts, s.paused, s.mmif_id)::text ORDER BY s.id)
         FROM step_runs s WHERE s.pipeline_run_id = p.id) AS steps
    FROM pipeline_runs p WHERE p.id = ANY(:ids)
""")


@dataclass(frozen=True)
class File:
    status: str
    steps: list[str]
    paused: bool


@dataclass(frozen=True)
class Whole:
    """A batch run with its files, by key."""

    status: str
    began: bool
    files: dict[int, File]


def _whole_after(before: Whole, change: str) -> Whole:
    """What must become of a batch run that nobody else changes."""
    open_again = "RUNNING" if before.began else "WAITING"
    match change:
        case "cancel" if before.status in OPEN:
            files = {
                id: file
                if file.status not in OPEN
                else File(
                    "CANCELED",
                    [was if was == "FINISHED" else "CANCELED" for was in file.steps],
                    file.paused,
                )
                for id, file in before.files.items()
            }
            return replace(before, status="CANCELED", files=files)
        case "pause" if before.status in OPEN:
            return replace(before, status="PAUSED")
        case "resume" if before.status == "PAUSED":
            return replace(before, status=open_again)
    return before


async def set_priority(session: Any, batch_run_id: int) -> None:
    await batch_runs.set_batch_run_priority(session, batch_run_id, 1)


WHOLE_RUN: list[Callable[[Any, int], Awaitable[object]]] = [
    batch_runs.cancel_batch_run,
    batch_runs.pause_batch_run,
    batch_runs.resume_batch_run,
    batch_runs.resume_batch_run,
    set_priority,
    *[batch_runs.retry_batch_run] * 5,
]


@dataclass(frozen=True)
class Do:
    """One thing that is done: `which` picks what it is done to, and `how` in what way, from what there is then."""

    what: str
    which: int
    how: int


class World:
    """Two batches of two files and a pipeline of three steps over two apps; nothing has started."""

    def __init__(self, database: Database, batch_ids: Sequence[int]) -> None:
        self.database = database
        self.batch_ids = batch_ids
        self.run_ids: list[int] = []
        self.file_ids: list[int] = []
        self.step_ids: list[int] = []
        self.messages: list[int] = []
        "All that were ever sent: any may come late, again, or never."
        self.claims: list[Claim] = []
        "All that there ever were: a worker that was frozen or cut off does not know that it has lost its."
        self.finished: Counter[tuple[int, int]] = Counter()
        self._alone = True
        self._cursors: dict[int, str | None] = {}
        self._mirror: dict[int, Any] = {}
        self._done = 0

    @classmethod
    async def prepare(cls, database: Database) -> list[int]:
        """What all worlds in this database have in common: the keys of the batches."""
        apps = [
            await add_app(database, name, max_concurrency=most) for name, most in (("one", 2), ("two", 3))
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

    async def forget(self) -> None:
        """Leaves the database as `prepare` did."""
        async with self.database.session() as session:
            for statement in FORGET.split(";"):
                await session.execute(text(statement))

    async def do(self, things: Sequence[Do]) -> None:
        """All of them at the same instant; then what must always hold is checked."""
        self._alone = len(things) == 1
        await asyncio.gather(*(getattr(self, f"_{thing.what}")(thing.which, thing.how) for thing in things))
        await check_invariants(self.database)
        assert all(count == 1 for count in self.finished.values()), "a call that committed twice"
        await self._read_feed()

    # What workers and brokers do.

    async def _dispatch(self, which: int, how: int) -> None:
        async with self.database.session() as session:
            sent = await fair_dispatch.take(session, LONG_SECONDS)
        if self._alone:
            for step_run_id in sent:
                assert self._may_start(await self._one(STEP, step_run_id)), "sent what may not start"
        self.messages += sent

    async def _begin(self, which: int, how: int) -> None:
        """What is sent is delivered at once."""
        async with self.database.session() as session:
            sent = await fair_dispatch.take(session, LONG_SECONDS)
        for step_run_id in sent:
            await self._claim(step_run_id)

    async def _deliver(self, which: int, how: int) -> None:
        if how % 4 == 0 and self.step_ids:  # a message from another time
            await self._claim(self.step_ids[which % len(self.step_ids)])
        elif self.messages:
            await self._claim(self.messages[-1 - which % len(self.messages)])

    async def _claim(self, step_run_id: int) -> None:
        before = await self._one(STEP, step_run_id)
        async with self.database.session() as session:
            claim = await try_claim(session, step_run_id, "w", LONG_SECONDS)
        if claim is None:
            return
        self.claims.append(claim)
        if self._alone:
            assert self._may_start(before), "began what may not start"
            assert claim.mmif_sha256 == before.input, "began with another MMIF than the newest good one"
            await self._check_slots(claim)

    async def _check_slots(self, claim: Claim) -> None:
        slots = await self._one(SLOTS, claim.clams_app_id)
        assert slots.taken <= slots.most, "more calls than the app may have just now"

    async def _initial(self, which: int, how: int) -> None:
        if claim := self._any_claim(which):
            sha256, size_bytes = self._answer()
            async with self.database.session() as session:
                if claim.mmif_sha256 is None:
                    await step_outcome.set_initial_mmif(session, claim, sha256, size_bytes)

    async def _answered(self, which: int, how: int) -> None:
        """The slot of a call goes to the next step of its app, or is freed."""
        if claim := self._any_claim(which):
            async with self.database.session() as session:
                following = await reuse_slot(session, claim, "w", LONG_SECONDS, follow=how % 4 > 0)
            match following:
                case Claim():
                    self.claims.append(following)
                    if self._alone:
                        step = await self._one(STEP, following.step_run_id)
                        assert following.mmif_sha256 == step.input, "handed over with another MMIF"
                        await self._check_slots(following)
                case Sent():
                    self.messages.append(following.step_run_id)

    async def _finish(self, which: int, how: int) -> None:
        if claim := self._any_claim(which):
            before = await self._one(STEP, claim.step_run_id)
            async with self.database.session() as session:
                ours = await step_outcome.finish(session, claim, *self._answer())
            if ours:
                self.finished[claim.step_run_id, claim.fence] += 1
            assert not self._alone or ours == self._is_ours(claim, before)

    async def _fail(self, which: int, how: int) -> None:
        if claim := self._any_claim(which):
            code = CODES[how % len(CODES)]
            before = await self._one(STEP, claim.step_run_id)
            async with self.database.session() as session:
                ours = await step_outcome.fail(session, claim, StepFailure(code, "it went wrong"))
            if not self._alone:
                return
            assert ours == self._is_ours(claim, before)
            if ours:
                policy = POLICIES[claim.position - 1]
                again = retry_policy.delay_seconds(code, before.failures + 1, None, policy) is not None
                after = await self._one(STEP, claim.step_run_id)
                assert after.status == ("WAITING" if again else "FAILED")

    async def _kill(self, which: int, how: int) -> None:
        """Or freeze, or cut off: the lease of a call has run out, and its worker may still come back."""
        if claim := self._any_claim(which):
            held = {"id": claim.step_run_id, "fence": claim.fence}
            async with self.database.session() as session:
                await session.execute(text(KILL), held)
                await session.execute(text(KILL_SLOT), held)
            if how % 2:
                await self._reap(which, how)

    async def _reap(self, which: int, how: int) -> None:
        async with self.database.session() as session:
            await leases.requeue_expired(session)

    async def _give_back(self, which: int, how: int) -> None:
        given = self.claims[-1 - which % 4 :]
        async with self.database.session() as session:
            await leases.release(session, [claim.lease_key for claim in given])

    async def _beat(self, which: int, how: int) -> None:
        holds = [claim.lease_key for claim in self.claims[-4:]]
        async with self.database.session() as session:
            await leases.extend(session, holds, LONG_SECONDS)
        async with self.database.session() as session:
            await leases.report_progress(session, dict.fromkeys(holds, (how * 7.5, ProgressSource.REPORTED)))

    async def _time(self, which: int, how: int) -> None:
        """Passes: retries, trials and lost messages fall due."""
        async with self.database.session() as session:
            for statement in TIME:
                await session.execute(text(statement))

    async def _keep_house(self, which: int, how: int) -> None:
        async with self.database.session() as session:
            await counters.roll_up(session)
        async with self.database.session() as session:
            await batch_runs.end_batch_runs(session, self.run_ids)
        if self._alone:
            async with self.database.session() as session:
                idle = set(await batch_runs.active_ids(session))
                counted = await counters.read(session, list(idle))
            assert all(of[0].waiting + of[0].running for of in counted.values()), "an end that was not seen"

    # What people do.

    async def _start(self, which: int, how: int) -> None:
        if len(self.run_ids) >= RUNS_LIMIT:
            return
        start = Start(self.batch_ids[which % 2], from_blank_mmif=how % 2 == 0, priority=which % 3 - 1)
        async with self.database.session() as session:
            run_id = (await start_batch(session, start)).id
        async with self.database.session() as session:
            files = select(PipelineRun.id).where(PipelineRun.batch_run_id == run_id).order_by(PipelineRun.id)
            self.file_ids += await session.scalars(files)
            parts = select(StepRun.id).where(StepRun.batch_run_id == run_id).order_by(StepRun.id)
            self.step_ids += await session.scalars(parts)
        self.run_ids.append(run_id)
        self._cursors[run_id] = None

    async def _batch_run(self, which: int, how: int) -> None:
        if not self.run_ids:
            return
        run_id = self.run_ids[which % len(self.run_ids)]
        if how % len(WHOLE_RUN) >= 5:
            await self._retry_batch_run(run_id, (None, None, 1, 2, 3)[how % len(WHOLE_RUN) - 5])
            return
        change = WHOLE_RUN[how % len(WHOLE_RUN)]
        before = await self._whole(run_id)
        async with self.database.session() as session:
            await change(session, run_id)
        if not self._alone:
            return
        after = await self._whole(run_id)
        assert after == _whole_after(before, change.__name__.split("_")[0])
        async with self.database.session() as session:
            await change(session, run_id)
        assert await self._whole(run_id) == after, "done twice is not done once"

    async def _retry_batch_run(self, run_id: int, from_step: int | None) -> None:
        before = await self._whole(run_id)
        refused: type[Exception] | None = None
        try:
            async with self.database.session() as session:
                await batch_runs.retry_batch_run(session, run_id, from_step)
        except (Conflict, BadUserInput) as exc:
            refused = type(exc)
        if not self._alone:
            return
        after = await self._whole(run_id)
        taken_up = [file for file in before.files.values() if file.status in ("FAILED", "CANCELED")]
        if not taken_up:
            assert (refused, after) == (Conflict, before)
        elif from_step is not None and all(from_step > file.steps.count("FINISHED") + 1 for file in taken_up):
            assert (refused, after) == (BadUserInput, before)
        else:
            assert refused is None
            assert after.status in ("WAITING", "RUNNING", "PAUSED")
            for id, was in before.files.items():
                if was not in taken_up:
                    assert after.files[id] == was, "a retry changed what had not failed"
                    continue
                done = was.steps.count("FINISHED")
                kept = min(done, (from_step or done + 1) - 1)
                assert after.files[id].steps == ["FINISHED"] * kept + ["WAITING"] * (len(was.steps) - kept)

    async def _whole(self, run_id: int) -> Whole:
        """A batch run and its files, as a person sees them."""
        async with self.database.session() as session:
            status = await session.scalar(
                text("SELECT status FROM batch_runs WHERE id = :id"), {"id": run_id}
            )
            began = await session.scalar(
                text("SELECT started_at IS NOT NULL FROM batch_runs WHERE id = :id"), {"id": run_id}
            )
            files = await session.execute(FILES_OF_RUN, {"id": run_id})
            return Whole(status, began, {row.id: File(row.status, row.steps, row.paused) for row in files})

    async def _file(self, which: int, how: int) -> None:
        if not self.file_ids:
            return
        file_id = self.file_ids[which % len(self.file_ids)]
        changes = [
            pipeline_runs.cancel_pipeline_run,
            pipeline_runs.pause_pipeline_run,
            pipeline_runs.pause_pipeline_run,
            pipeline_runs.resume_pipeline_run,
        ]
        if how % 8 >= len(changes):
            await self._retry_file(file_id, (None, 1, 2, 3)[how % 8 - len(changes)])
            return
        change = changes[how % 8]
        before = await self._one(FILE, file_id)
        async with self.database.session() as session:
            await change(session, file_id)
        if self._alone:
            await self._changed_as_it_should(before, change.__name__.split("_")[0])

    async def _send_back(self, which: int, how: int) -> None:
        """What a person does with a file that is to begin again."""
        if self.file_ids:
            file_id = self.file_ids[which % len(self.file_ids)]
            async with self.database.session() as session:
                await pipeline_runs.cancel_pipeline_run(session, file_id)
            await self._retry_file(file_id, (None, 1, 2, 3)[how % 4])

    async def _changed_as_it_should(self, before: Any, change: str) -> None:
        after = await self._one(FILE, before.id)
        if before.ended_at is not None:
            assert after == before, f"{change} changed what had ended"
        elif change == "cancel":
            assert after.status == "CANCELED"
            assert after.steps == [was if was == "FINISHED" else "CANCELED" for was in before.steps]
        else:
            assert (after.status, after.steps, after.paused) == (
                before.status,
                before.steps,
                change == "pause",
            )

    async def _retry_file(self, file_id: int, from_step: int | None) -> None:
        before = await self._one(FILE, file_id)
        refused: type[Exception] | None = None
        try:
            async with self.database.session() as session:
                await pipeline_runs.retry_pipeline_run(session, file_id, from_step)
        except (Conflict, BadUserInput) as exc:
            refused = type(exc)
        if not self._alone:
            return
        done = before.steps.count("FINISHED")
        after = await self._one(FILE, file_id)
        if before.ended_at is None or (before.status == "FINISHED" and from_step is None):
            assert (refused, after) == (Conflict, before)
        elif from_step is not None and from_step > done + 1:
            assert (refused, after) == (BadUserInput, before)
        else:
            kept = (from_step or done + 1) - 1
            assert refused is None
            assert after.steps == ["FINISHED"] * kept + ["WAITING"] * (len(before.steps) - kept)
            assert (after.ended_at, after.batch_run_ended_at, after.paused) == (None, None, False)

    async def to_the_end(self) -> None:
        """All workers die, people let go on what they paused: everything comes to an end, by dispatching alone."""
        self._alone = False
        async with self.database.session() as session:
            await session.execute(
                text("UPDATE step_runs SET lease_until = now() - interval '1 s' WHERE status = 'RUNNING'")
            )
            await session.execute(text("UPDATE app_slots SET until = NULL, step_run_id = NULL, fence = NULL"))
        await self._reap(0, 0)
        for change, ids in (
            (batch_runs.resume_batch_run, self.run_ids),
            (pipeline_runs.resume_pipeline_run, self.file_ids),
        ):
            for id in ids:
                async with self.database.session() as session:
                    await change(session, id)
        while True:
            await self._time(0, 0)
            async with self.database.session() as session:
                sent = await fair_dispatch.take(session, LONG_SECONDS)
            if not sent:
                break
            for step_run_id in sent:
                async with self.database.session() as session:
                    claim = await try_claim(session, step_run_id, "last", LONG_SECONDS)
                    assert claim is not None, "sent, and could not be claimed"
                    assert await step_outcome.finish(session, claim, *self._answer())
        await self._keep_house(0, 0)
        await check_invariants(self.database)
        await self._read_feed()
        async with self.database.session() as session:
            assert await batch_runs.active_ids(session) == [], "stuck"

    async def _read_feed(self) -> None:
        """What a subscriber knows who reads on from its cursor is all that there is to know."""
        for run_id, cursor in self._cursors.items():
            async with self.database.session() as session:
                page = await pipeline_run_feed.read_page(session, run_id, cursor)
                told = {"ids": [run.id for run in page.rows]}
                self._mirror |= (
                    {row.id: row for row in await session.execute(SEEN, told)} if told["ids"] else {}
                )
            self._cursors[run_id] = page.cursor
        async with self.database.session() as session:
            truth = {row.id: row for row in await session.execute(SEEN, {"ids": self.file_ids})}
        assert self._mirror == truth, "a change that the feed did not tell"

    async def _one(self, statement: Any, id: int) -> Any:
        async with self.database.session() as session:
            return (await session.execute(statement, {"id": id})).one()

    def _any_claim(self, which: int) -> Claim | None:
        """The newest ones first: most often somebody finishes what has just begun."""
        return self.claims[-1 - which % len(self.claims)] if self.claims else None

    def _answer(self) -> tuple[str, int]:
        self._done += 1
        return hashlib.sha256(str(self._done).encode()).hexdigest(), 10

    @staticmethod
    def _may_start(step: Any) -> bool:
        return bool(
            step.status == "WAITING"
            and step.due
            and not step.paused
            and step.batch_run_status in ("WAITING", "RUNNING")
        )

    @staticmethod
    def _is_ours(claim: Claim, step: Any) -> bool:
        return bool(step.status == "RUNNING" and step.fence == claim.fence)
