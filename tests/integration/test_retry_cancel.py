"""Whatever is done to a batch run, in whatever order and all at once: no deadlock, no contradiction, no dead end."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from engine import batch_run, check_invariants, pipeline_runs, step_runs
from factories import add_app, add_batch, add_pipeline, claim_step, fail_step, finish_step, start_run
from sqlalchemy import text

from chowda import leases, retry, runs, steps, tallies, turns
from chowda.batches import Start, start_batch
from chowda.db import Database
from chowda.errors import Conflict, NotFound, StepErrorCode, StepFailure
from chowda.models.status import ProgressSource
from chowda.steps import Claim

SHA256 = "cd" * 32
AT_ONCE = 4


@pytest.fixture
async def many(database_url: str) -> AsyncIterator[Database]:
    many = Database(database_url, name="many", pool_size=8)
    yield many
    await many.close()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST_DELAY_SECONDS", 0.0)


class Driver:
    """Does to batch runs what workers and people do, as a seed has it."""

    def __init__(self, database: Database, run_ids: list[int], step_run_ids: list[int], seed: int) -> None:
        self.database = database
        self.run_ids = run_ids
        self.step_run_ids = step_run_ids
        self.chance = random.Random(seed)
        self.claims: list[Claim] = []
        "Those that are held and those that were lost: workers don't always know."

    def held(self) -> Claim | None:
        return self.chance.choice(self.claims) if self.claims else None

    async def claim(self) -> None:
        lease_seconds = self.chance.choice([600, 600, -1])
        async with self.database.session() as session:
            claim = await steps.claim(session, self.chance.choice(self.step_run_ids), "w", lease_seconds)
        if claim is not None:
            self.claims.append(claim)

    async def finish(self) -> None:
        if claim := self.held():
            async with self.database.session() as session:
                await steps.finish(session, claim, SHA256, 10)

    async def initial(self) -> None:
        if claim := self.held():
            async with self.database.session() as session:
                await steps.set_initial_mmif(session, claim, SHA256, 10)

    async def fail(self) -> None:
        if claim := self.held():
            failure = StepFailure(self.chance.choice(list(StepErrorCode)), "it went wrong")
            async with self.database.session() as session:
                await steps.fail(session, claim, failure)

    async def beat(self) -> None:
        holds = [claim.hold for claim in self.claims]
        async with self.database.session() as session:
            await leases.prolong(session, holds, 600)
        async with self.database.session() as session:
            percent = self.chance.uniform(0, 100)
            await leases.report(session, dict.fromkeys(holds, (percent, ProgressSource.REPORTED)))

    async def give_back(self) -> None:
        given = self.chance.sample(self.claims, min(len(self.claims), 5))
        async with self.database.session() as session:
            await leases.give_back(session, [claim.hold for claim in given])

    async def reap(self) -> None:
        async with self.database.session() as session:
            await leases.reap(session)

    async def keep_house(self) -> None:
        async with self.database.session() as session:
            await tallies.fold(session)
        async with self.database.session() as session:
            await runs.end_batch_runs(session, self.run_ids)

    async def dispatch(self) -> None:
        async with self.database.session() as session:
            await turns.take(session, 0.01)

    async def person(self) -> None:
        does = self.chance.choice(
            [runs.cancel_batch_run, runs.pause_batch_run, runs.resume_batch_run, runs.retry_batch_run]
        )
        run_id = self.chance.choice(self.run_ids)
        try:
            async with self.database.session() as session:
                await does(session, run_id)
        except Conflict:
            assert does is runs.retry_batch_run

    async def some(self) -> None:
        ways: list[Callable[[], Awaitable[None]]] = [
            *[self.claim] * 6,
            *[self.finish] * 4,
            self.initial,
            *[self.fail] * 2,
            self.beat,
            self.give_back,
            self.reap,
            self.keep_house,
            self.dispatch,
            self.person,
        ]
        await self.chance.choice(ways)()

    async def to_the_end(self) -> None:
        """All workers die, the people let go on what they paused: everything must come to an end."""
        async with self.database.session() as session:
            await session.execute(
                text("UPDATE step_runs SET lease_until = now() - interval '1 s' WHERE status = 'RUNNING'")
            )
            await session.execute(text("UPDATE app_slots SET until = NULL, step_run_id = NULL, fence = NULL"))
            await session.execute(
                text(
                    "UPDATE clams_apps SET failing_files = '{}', circuit_opened_at = NULL, one_at_a_time = false"
                )
            )
        await self.reap()
        for run_id in self.run_ids:
            async with self.database.session() as session:
                await runs.resume_batch_run(session, run_id)
        for step_run_id in self.step_run_ids:  # in the order of their positions
            async with self.database.session() as session:
                claim = await steps.claim(session, step_run_id, "last", 600)
                if claim is not None:
                    assert await steps.finish(session, claim, SHA256, 10)
        await self.keep_house()


async def driver(database: Database, many: Database, seed: int) -> Driver:
    apps = [await add_app(database, name, max_concurrency=6) for name in ("one", "two")]
    pipeline = await add_pipeline(database, apps)
    batches = [await add_batch(database, 4, pipeline, f"batch{n}") for n in range(2)]
    run_ids = []
    for batch in batches:
        async with database.session() as session:
            run_ids.append((await start_batch(session, Start(batch.id))).id)
    step_run_ids = [step.id for run_id in run_ids for step in await step_runs(database, run_id)]
    return Driver(many, run_ids, step_run_ids, seed)


@pytest.mark.parametrize("seed", range(4))
async def test_nothing_that_happens_at_once_contradicts_itself_or_gets_stuck(
    database: Database, many: Database, seed: int
) -> None:
    drive = await driver(database, many, seed)
    for turn in range(90):
        await asyncio.gather(*(drive.some() for _ in range(AT_ONCE)))
        if turn % 6 == 0:
            await check_invariants(database)
    await drive.to_the_end()
    await check_invariants(database)
    for run_id in drive.run_ids:
        run = await batch_run(database, run_id)
        assert run.ended_at is not None, run.status
        assert {step.status for step in await step_runs(database, run_id)} <= {
            "FINISHED",
            "FAILED",
            "CANCELED",
        }


async def test_who_locks_many_files_never_waits_in_a_circle(database: Database, many: Database) -> None:
    """Cancel, give back, heartbeat and reaper meet on the same files, which lie in the table in no order."""
    app = await add_app(database, max_concurrency=60)
    batch = await add_batch(database, 60, await add_pipeline(database, [app]))
    for _ in range(6):
        async with database.session() as session:
            run_id = (await start_batch(session, Start(batch.id))).id
        claims = [await claim_step(database, step.id) for step in await step_runs(database, run_id)]
        holds = [claim.hold for claim in claims]
        async with database.session() as session:
            for claim in reversed(claims):
                touched = "UPDATE pipeline_runs SET started_at = now() WHERE id = :id"
                await session.execute(text(touched), {"id": claim.pipeline_run_id})

        async def cancel(run_id: int = run_id) -> None:
            async with many.session() as session:
                await runs.cancel_batch_run(session, run_id)

        async def beat(holds: list[leases.Hold] = holds) -> None:
            async with many.session() as session:
                await leases.prolong(session, holds, 600)
                await leases.report(session, dict.fromkeys(holds, (5.0, ProgressSource.REPORTED)))

        async def give_back(holds: list[leases.Hold]) -> None:
            async with many.session() as session:
                await leases.give_back(session, holds)

        await asyncio.gather(give_back(holds[:40]), cancel(), beat(), give_back(holds[::-1]), beat())
        assert {step.status for step in await step_runs(database, run_id)} == {"CANCELED"}
        async with database.session() as session:
            await session.execute(text("UPDATE app_slots SET until = NULL, step_run_id = NULL, fence = NULL"))
    await check_invariants(database)


async def test_a_claim_that_waited_while_its_run_was_paused_starts_nothing(database: Database) -> None:
    run = await start_run(database, files=1, steps=1)
    [step] = await step_runs(database, run.id)

    async def claim() -> Claim | None:
        async with database.session() as session:
            return await steps.claim(session, step.id, "w", 600)

    async with database.session() as session:
        await runs.pause_batch_run(session, run.id)
        claiming = asyncio.create_task(claim())
        await asyncio.sleep(0.2)
        assert not claiming.done()
    assert await claiming is None
    found = await batch_run(database, run.id)
    assert (found.status, found.started_at) == ("PAUSED", None)


async def test_a_retry_takes_up_what_failed_and_what_was_canceled_and_nothing_else(
    database: Database,
) -> None:
    run = await start_run(database, files=4, steps=2)
    of = [step.id for step in await step_runs(database, run.id)]
    await finish_step(database, await claim_step(database, of[0]))
    await finish_step(database, await claim_step(database, of[1]))  # the first file is through
    await fail_step(database, await claim_step(database, of[2]))  # the second fails at once
    await finish_step(database, await claim_step(database, of[4]))  # the third has come half the way
    half = (await pipeline_runs(database, run.id))[2].mmif_id
    async with database.session() as session:
        await runs.retry_batch_run(session, run.id)  # the run has not ended: the failed file goes on at once
    assert [r.status for r in await pipeline_runs(database, run.id)] == [
        "FINISHED",
        "RUNNING",
        "RUNNING",
        "WAITING",
    ]
    async with database.session() as session:
        await runs.cancel_batch_run(session, run.id)
    canceled = await batch_run(database, run.id)
    assert (canceled.status, canceled.ended_at is not None) == ("CANCELED", True)
    async with database.session() as session:
        await runs.retry_batch_run(session, run.id)
    again = await batch_run(database, run.id)
    assert (again.status, again.ended_at) == ("RUNNING", None)
    found = await step_runs(database, run.id)
    assert [(s.status, s.ready_at is not None) for s in found] == [
        ("FINISHED", False),
        ("FINISHED", False),
        ("WAITING", True),
        ("WAITING", False),
        ("FINISHED", False),
        ("WAITING", True),
        ("WAITING", True),
        ("WAITING", False),
    ]
    assert [s.failures for s in found] == [0] * 8, "a fresh budget"
    assert found[2].error_code == "APP_ERROR", "the last error stays until the step has finished"
    assert (await claim_step(database, of[5])).mmif_sha256 is not None
    assert (await pipeline_runs(database, run.id))[2].mmif_id == half
    await check_invariants(database)


async def test_what_has_ended_is_left_as_it_is(database: Database) -> None:
    run = await start_run(database, files=1, steps=1)
    [step] = await step_runs(database, run.id)
    await finish_step(database, await claim_step(database, step.id))
    async with database.session() as session:
        assert await runs.end_batch_runs(session, [run.id]) == [run.id]
    ended = await batch_run(database, run.id)
    for does in (runs.cancel_batch_run, runs.pause_batch_run, runs.resume_batch_run):
        async with database.session() as session:
            await does(session, run.id)
        now = await batch_run(database, run.id)
        assert (now.status, now.ended_at) == ("FINISHED", ended.ended_at)
    with pytest.raises(Conflict, match="nothing to retry"):
        async with database.session() as session:
            await runs.retry_batch_run(session, run.id)
    with pytest.raises(NotFound):
        async with database.session() as session:
            await runs.cancel_batch_run(session, 999)


@pytest.mark.parametrize("status", ["WAITING", "RUNNING"])
async def test_a_pause_ends_where_it_began(database: Database, status: str) -> None:
    run = await start_run(database, files=2, steps=1)
    [step, other] = await step_runs(database, run.id)
    held = await claim_step(database, step.id) if status == "RUNNING" else None
    async with database.session() as session:
        await runs.pause_batch_run(session, run.id)
    async with database.session() as session:
        assert await steps.claim(session, other.id, "w", 600) is None
    if held is not None:
        await finish_step(database, held)  # what is in flight goes on
    async with database.session() as session:
        await runs.resume_batch_run(session, run.id)
    assert (await batch_run(database, run.id)).status == status
    await claim_step(database, other.id)
