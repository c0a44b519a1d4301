"""Slot reuse: the slot of an answered call goes to the next step, to one step only, and never beyond the limit."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress

import pytest
from engine import check_invariants, step_runs
from factories import add_app, add_batch, add_pipeline, claim_step, finish_step, step_run_ids
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.db.autocommit import Statements
from chowda.db.database import Database
from chowda.engine import fair_dispatch, step_outcome
from chowda.engine.claim import START_BATCH_RUN, Claim, try_claim
from chowda.engine.slot_reuse import Sent, reuse_slot
from chowda.errors import Conflict, StepErrorCode, StepFailure
from chowda.models import BatchRun, ClamsApp
from chowda.runs import batch_runs, pipeline_runs
from chowda.runs.start import Start, start_batch


@pytest.fixture
async def statements(database: Database) -> AsyncIterator[Statements]:
    statements = Statements(database, 8)
    await statements.open()
    yield statements
    await statements.close()


async def started(
    database: Database, app: ClamsApp, files: int, name: str, priority: int = 0, running: bool = True
) -> BatchRun:
    """A batch run of these files and one app. With `running`, as if a step had been claimed before."""
    batch = await add_batch(database, files, await add_pipeline(database, [app], f"{name}-pipeline"), name)
    async with database.session() as session:
        run = await start_batch(session, Start(batch.id, priority=priority))
        if running:
            await session.execute(START_BATCH_RUN, {"batch_run_id": run.id})
    return run


async def reuse(statements: Statements, claim: Claim, follow: bool = True) -> Claim | Sent | None:
    return await reuse_slot(statements, claim, "test-worker", 600, follow=follow)


async def holders(database: Database) -> list[tuple[int, int]]:
    async with database.session() as session:
        found = await session.execute(
            text("SELECT step_run_id, fence FROM app_slots WHERE until > now() ORDER BY n")
        )
        return [(row.step_run_id, row.fence) for row in found]


SAME_FOR_ALL_FILES = (
    "app_metadata",
    "app_name",
    "clams_app_id",
    "endpoint",
    "mmif_versions",
    "parameters",
    "is_last",
    "position",
)


async def test_slot_goes_to_the_next_file_with_all_that_its_call_needs(
    database: Database, statements: Statements
) -> None:
    run = await started(database, await add_app(database, max_concurrency=2), 3, "one")
    first, second, third = await step_run_ids(database, run.id)
    claim, claimed = await claim_step(database, first), await claim_step(database, third)
    following = await reuse(statements, claim)
    assert isinstance(following, Claim)
    assert following.step_run_id == second
    assert await holders(database) == [(second, following.fence), (third, claimed.fence)]
    for field in SAME_FOR_ALL_FILES:
        assert getattr(following, field) == getattr(claimed, field), field
    assert following.guid == "one-000002"
    assert following.documents == [["VIDEO", "file:///data/one-000002.video", None]]
    for held in (claim, following, claimed):
        await finish_step(database, held)
    assert [(step.status, step.attempts) for step in await step_runs(database, run.id)] == [
        ("FINISHED", 1)
    ] * 3
    await check_invariants(database)


async def test_slot_is_freed_if_no_step_follows(database: Database, statements: Statements) -> None:
    run = await started(database, await add_app(database), 1, "one")
    claim = await claim_step(database, (await step_run_ids(database, run.id))[0])
    assert await reuse(statements, claim) is None
    assert await holders(database) == []


async def test_slot_is_freed_if_no_step_shall_follow(database: Database, statements: Statements) -> None:
    run = await started(database, await add_app(database), 2, "one")
    claim = await claim_step(database, (await step_run_ids(database, run.id))[0])
    assert await reuse(statements, claim, follow=False) is None
    assert await holders(database) == []
    assert [step.status for step in await step_runs(database, run.id)] == ["RUNNING", "WAITING"]


async def test_worker_that_lost_the_slot_cannot_reuse_it(database: Database, statements: Statements) -> None:
    run = await started(database, await add_app(database), 3, "one")
    first, second, _ = await step_run_ids(database, run.id)
    stale = await claim_step(database, first)
    async with database.session() as session:
        await session.execute(text("UPDATE app_slots SET until = NULL, step_run_id = NULL, fence = NULL"))
    other = await claim_step(database, second)
    assert await reuse(statements, stale) is None
    assert await holders(database) == [(second, other.fence)]
    assert [step.status for step in await step_runs(database, run.id)] == ["RUNNING", "RUNNING", "WAITING"]


async def test_slots_are_shared_evenly_between_batch_runs(database: Database, statements: Statements) -> None:
    app = await add_app(database, max_concurrency=4)
    large = await started(database, app, 40, "large")
    claims = [await claim_step(database, id) for id in (await step_run_ids(database, large.id))[:4]]
    small = await started(database, app, 10, "small")
    running: list[Claim] = []
    for claim in claims:
        following = await reuse(statements, claim)
        assert isinstance(following, Claim)
        await finish_step(database, claim)
        running.append(following)
    assert sorted(claim.batch_run_id for claim in running) == [large.id] * 2 + [small.id] * 2


async def test_batch_run_of_ten_files_gets_half_of_the_calls_until_it_ends(
    database: Database, statements: Statements
) -> None:
    app = await add_app(database, max_concurrency=2)
    large = await started(database, app, 40, "large")
    claims = [await claim_step(database, id) for id in (await step_run_ids(database, large.id))[:2]]
    small = await started(database, app, 10, "small")
    order: list[int] = []
    while len(order) < 24:
        claim = claims.pop(0)
        following = await reuse(statements, claim)
        await finish_step(database, claim)
        assert isinstance(following, Claim)
        order.append(following.batch_run_id)
        claims.append(following)
    last = max(at for at, batch_run_id in enumerate(order) if batch_run_id == small.id)
    assert Counter(order)[small.id] == 10
    assert last <= 20
    assert order[-1] == large.id


async def test_higher_priority_goes_first(database: Database, statements: Statements) -> None:
    app = await add_app(database)
    usual = await started(database, app, 3, "usual")
    claim = await claim_step(database, (await step_run_ids(database, usual.id))[0])
    urgent = await started(database, app, 2, "urgent", priority=5)
    for batch_run_id in (urgent.id, urgent.id, usual.id):
        following = await reuse(statements, claim)
        await finish_step(database, claim)
        assert isinstance(following, Claim)
        assert following.batch_run_id == batch_run_id
        claim = following


async def test_step_of_a_waiting_batch_run_is_marked_as_sent(
    database: Database, statements: Statements
) -> None:
    app = await add_app(database, max_concurrency=2)
    large = await started(database, app, 4, "large")
    claim, other = [await claim_step(database, id) for id in (await step_run_ids(database, large.id))[:2]]
    new = await started(database, app, 1, "new", running=False)
    [step_run_id] = await step_run_ids(database, new.id)
    assert await reuse(statements, claim) == Sent(step_run_id)
    assert await holders(database) == [(other.step_run_id, other.fence)]
    async with database.session() as session:
        assert step_run_id not in await fair_dispatch.take(session, 600)
    assert (await claim_step(database, step_run_id)).batch_run_id == new.id


async def test_paused_and_sent_steps_are_skipped(database: Database, statements: Statements) -> None:
    app = await add_app(database)
    one, other = [await started(database, app, 4, name) for name in ("one", "other")]
    claim = await claim_step(database, (await step_run_ids(database, one.id))[0])
    _, paused, sent, last = await step_runs(database, one.id)
    async with database.session() as session:
        await batch_runs.pause_batch_run(session, other.id)
        await pipeline_runs.pause_pipeline_run(session, paused.pipeline_run_id)
        await session.execute(
            text("UPDATE step_runs SET sent_until = now() + interval '1 hour' WHERE id = :id"),
            {"id": sent.id},
        )
    following = await reuse(statements, claim)
    assert isinstance(following, Claim)
    assert following.step_run_id == last.id
    assert await reuse(statements, following) is None


async def test_slot_beyond_a_lowered_limit_is_not_reused(database: Database, statements: Statements) -> None:
    app = await add_app(database, max_concurrency=3)
    run = await started(database, app, 9, "one")
    claims = [await claim_step(database, id) for id in (await step_run_ids(database, run.id))[:3]]
    async with database.session() as session:
        await session.execute(text("UPDATE clams_apps SET max_concurrency = 1"))
    assert await reuse(statements, claims[2]) is None
    assert await reuse(statements, claims[0]) is None  # a call beyond the limit is still running
    assert await reuse(statements, claims[1]) is None
    assert await holders(database) == []


@pytest.mark.parametrize(
    "state",
    [
        "active = false",
        "one_at_a_time = true",
        "circuit_opened_at = now(), circuit_trial_at = now() + interval '1 hour'",
    ],
)
async def test_slot_of_an_app_with_a_new_restriction_is_not_reused(
    database: Database, statements: Statements, state: str
) -> None:
    run = await started(database, await add_app(database, max_concurrency=2), 6, "one")
    claims = [await claim_step(database, id) for id in (await step_run_ids(database, run.id))[:2]]
    async with database.session() as session:
        await session.execute(text(f"UPDATE clams_apps SET {state}"))
    assert [await reuse(statements, claim) for claim in claims] == [None, None]
    assert await holders(database) == []


async def test_16_concurrent_reuses_take_16_different_steps(
    database: Database, statements: Statements
) -> None:
    run = await started(database, await add_app(database, max_concurrency=16), 96, "one")
    claims: Iterable[Claim] = [
        await claim_step(database, id) for id in (await step_run_ids(database, run.id))[:16]
    ]
    for _ in range(5):
        following = await asyncio.gather(*(reuse(statements, claim) for claim in claims))
        taken = [claim for claim in following if isinstance(claim, Claim)]
        assert len({claim.step_run_id for claim in taken}) == 16
        assert sorted(await holders(database)) == sorted((claim.step_run_id, claim.fence) for claim in taken)
        await asyncio.gather(*(finish_step(database, claim) for claim in claims))
        claims = taken
    await check_invariants(database)


async def test_reuse_during_cancels_retries_and_failures_keeps_the_invariants(
    database: Database, statements: Statements
) -> None:
    """All at the same moment, several times: there is no deadlock, and no slot is shared."""
    app = await add_app(database, max_concurrency=6)
    run = await started(database, app, 30, "one")

    async def work(step_run_id: int) -> None:
        async with database.session() as session:
            following: Claim | Sent | None = await try_claim(session, step_run_id, "test-worker", 600)
        while isinstance(following, Claim):
            claim = following
            following = await reuse(statements, claim)
            async with database.session() as session:
                if claim.step_run_id % 3:
                    await step_outcome.finish(session, claim, "0" * 64, 10)
                else:
                    await step_outcome.fail(session, claim, StepFailure(StepErrorCode.APP_ERROR, "it failed"))

    async def change(action: Callable[[AsyncSession, int], Awaitable[object]]) -> None:
        with suppress(Conflict):
            async with database.session() as session:
                await action(session, run.id)

    for _ in range(8):
        waiting = [step.id for step in await step_runs(database, run.id) if step.status == "WAITING"]
        await asyncio.gather(
            *(work(id) for id in waiting[:6]),
            change(batch_runs.cancel_batch_run),
            change(batch_runs.retry_batch_run),
        )
        assert len(await holders(database)) == 0
        await check_invariants(database)
        await change(batch_runs.retry_batch_run)
