"""Slots: an app never gets more calls at once than its limit, however many workers claim at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from engine import step_runs
from factories import add_app, add_batch, add_pipeline, claim_step, finish_step
from sqlalchemy import text

from chowda.db.database import Database
from chowda.engine import leases, step_outcome
from chowda.engine.claim import Claim, try_claim
from chowda.errors import StepErrorCode, StepFailure
from chowda.models import ClamsApp
from chowda.runs import batch_runs
from chowda.runs.start import Start, start_batch

CLAIMERS = 16
ROUNDS = 10


@pytest.fixture
async def crowd(database_url: str) -> AsyncIterator[Database]:
    """A connection for each claimer, opened before the race."""
    crowd = Database(database_url, name="crowd", pool_size=CLAIMERS)

    async def open_one() -> None:
        async with crowd.session() as session:
            await session.execute(text("SELECT pg_sleep(0.05)"))

    await asyncio.gather(*(open_one() for _ in range(CLAIMERS)))
    yield crowd
    await crowd.close()


async def started(database: Database, app: ClamsApp, files: int, name: str = "batch") -> int:
    pipeline = await add_pipeline(database, [app], f"{name}-pipeline")
    batch = await add_batch(database, files, pipeline, name)
    async with database.session() as session:
        return (await start_batch(session, Start(batch.id))).id


async def claim(database: Database, step_run_id: int, lease_seconds: float = 600) -> Claim | None:
    async with database.session() as session:
        return await try_claim(session, step_run_id, "test-worker", lease_seconds)


async def claim_at_once(crowd: Database, step_run_ids: Sequence[int]) -> list[Claim]:
    claims = await asyncio.gather(*(claim(crowd, step_run_id) for step_run_id in step_run_ids))
    return [claim for claim in claims if claim is not None]


async def waiting(database: Database, batch_run_id: int) -> list[int]:
    return [step.id for step in await step_runs(database, batch_run_id) if step.status == "WAITING"]


async def taken_slots(database: Database) -> int:
    async with database.session() as session:
        found = await session.scalar(text("SELECT count(*) FROM app_slots WHERE until > now()"))
        return int(found or 0)


async def test_16_concurrent_claimers_get_exactly_as_many_steps_as_slots(
    database: Database, crowd: Database
) -> None:
    run_id = await started(database, await add_app(database, max_concurrency=3), CLAIMERS + 3 * ROUNDS)
    for _ in range(ROUNDS):
        claims = await claim_at_once(crowd, (await waiting(database, run_id))[:CLAIMERS])
        assert len(claims) == await taken_slots(database) == 3
        assert await claim_at_once(crowd, (await waiting(database, run_id))[:CLAIMERS]) == []
        await asyncio.gather(*(finish_step(crowd, claim) for claim in claims))
        assert await taken_slots(database) == 0


async def test_step_with_16_concurrent_claimers_is_claimed_once(database: Database, crowd: Database) -> None:
    run_id = await started(database, await add_app(database, max_concurrency=CLAIMERS), ROUNDS)
    for step_run_id in await waiting(database, run_id):
        claims = await claim_at_once(crowd, [step_run_id] * CLAIMERS)
        assert len(claims) == await taken_slots(database) == 1
        await finish_step(database, claims[0])
    assert [(step.attempts, step.fence) for step in await step_runs(database, run_id)] == [(1, 1)] * ROUNDS


async def test_failed_claim_hides_no_slot_from_other_claims(database: Database, crowd: Database) -> None:
    """Half of the claimers try a step that is claimed already: the other half gets all slots that are left."""
    run_id = await started(database, await add_app(database, max_concurrency=3), 9 + 3 * ROUNDS)
    for _ in range(ROUNDS):
        contested, *others = await waiting(database, run_id)
        async with database.session() as session:  # keeps the file locked while all claim
            first = await try_claim(session, contested, "test-worker", 600)
            claiming = asyncio.create_task(claim_at_once(crowd, [contested] * 8 + others[:8]))
            await asyncio.sleep(0.02)
        claims = await claiming
        assert first is not None
        assert len(claims) == 2
        await asyncio.gather(*(finish_step(crowd, claim) for claim in [first, *claims]))


async def test_claims_do_not_wait_for_each_other(database: Database, crowd: Database) -> None:
    run_id = await started(database, await add_app(database, max_concurrency=2), 3)
    begun, step, next_step = await waiting(database, run_id)
    await finish_step(database, await claim_step(database, begun))
    async with database.session() as session:
        assert await try_claim(session, step, "test-worker", 600) is not None
        async with asyncio.timeout(10):
            assert await claim(crowd, next_step) is not None


async def test_app_that_mixed_up_files_gets_one_call_at_a_time(database: Database, crowd: Database) -> None:
    run_id = await started(database, await add_app(database, max_concurrency=3), CLAIMERS + 2)
    first, second = await claim_at_once(crowd, (await waiting(database, run_id))[:2])
    async with database.session() as session:
        mixed_up = StepFailure(StepErrorCode.WRONG_DOCUMENTS, "another file's MMIF")
        assert await step_outcome.fail(session, first, mixed_up)
    assert await claim_at_once(crowd, (await waiting(database, run_id))[:CLAIMERS]) == []  # second still runs
    await finish_step(database, second)
    for _ in range(5):
        claims = await claim_at_once(crowd, (await waiting(database, run_id))[:CLAIMERS])
        assert len(claims) == 1
        await finish_step(database, claims[0])


@pytest.mark.parametrize("limit", [1, 2])
async def test_lowered_limit_applies_to_new_calls_while_old_ones_end(
    database: Database, crowd: Database, limit: int
) -> None:
    run_id = await started(database, await add_app(database, max_concurrency=4), CLAIMERS + 4)
    in_flight = await claim_at_once(crowd, (await waiting(database, run_id))[:4])
    assert len(in_flight) == 4
    await add_app(database, max_concurrency=limit)
    while in_flight:
        await finish_step(database, in_flight.pop(0))
        claims = await claim_at_once(crowd, (await waiting(database, run_id))[:CLAIMERS])
        assert not claims or len(in_flight) + len(claims) <= limit
        if claims:
            break
    assert len(in_flight) + len(claims) == limit


async def test_slot_of_a_canceled_call_stays_taken_until_the_app_answers(database: Database) -> None:
    app = await add_app(database, max_concurrency=1)
    canceled, other = [await started(database, app, 1, name) for name in ("canceled", "other")]
    [step], [next_step] = [await waiting(database, run_id) for run_id in (canceled, other)]
    call = await claim_step(database, step)
    async with database.session() as session:
        await batch_runs.cancel_batch_run(session, canceled)
    assert await claim(database, next_step) is None
    async with database.session() as session:
        await step_outcome.release_slot(session, call)
    assert await claim(database, next_step) is not None


@pytest.mark.parametrize("answer", ["succeeded", "failed", "canceled"])
async def test_answer_frees_its_slot_while_a_heartbeat_extends_it(database: Database, answer: str) -> None:
    run_id = await started(database, await add_app(database, max_concurrency=1), 2)
    held = await claim_step(database, (await waiting(database, run_id))[0])

    async def commit_answer() -> None:
        async with database.session() as session:
            if answer == "succeeded":
                await step_outcome.finish(session, held, "0" * 64, 1)
            elif answer == "failed":
                await step_outcome.fail(session, held, StepFailure(StepErrorCode.APP_ERROR, "it broke"))
            else:
                await step_outcome.abandon(session, held, None)

    async with database.session() as heartbeat:
        await leases.extend(heartbeat, [held.lease_key], 600)
        committing = asyncio.create_task(commit_answer())
        await asyncio.sleep(0.1)
    await committing
    assert await taken_slots(database) == 0


@pytest.mark.parametrize("lost", [False, True], ids=["own step", "lost step"])
async def test_app_that_mixes_up_files_is_limited_even_if_the_step_was_lost(
    database: Database, lost: bool
) -> None:
    app = await add_app(database, max_concurrency=2)
    run_id = await started(database, app, 1)
    held = await claim_step(database, (await waiting(database, run_id))[0])
    mixed_up = StepFailure(StepErrorCode.WRONG_DOCUMENTS, "this is another file's MMIF")
    async with database.session() as session:  # a person limited it before
        await session.execute(text("UPDATE clams_apps SET one_at_a_time = true"))
    if lost:
        async with database.session() as session:
            await batch_runs.cancel_batch_run(session, run_id)
    async with database.session() as session:
        await (
            step_outcome.abandon(session, held, mixed_up)
            if lost
            else step_outcome.fail(session, held, mixed_up)
        )
        assert await session.scalar(text("SELECT one_at_a_time AND mixed_up_at IS NOT NULL FROM clams_apps"))


async def test_slot_of_a_dead_worker_is_free_after_one_lease(database: Database) -> None:
    run_id = await started(database, await add_app(database, max_concurrency=1), 2)
    step, next_step = await waiting(database, run_id)
    assert await claim(database, step, lease_seconds=0.5) is not None
    assert await claim(database, next_step) is None
    await asyncio.sleep(0.6)
    assert await claim(database, next_step) is not None


async def test_late_answer_does_not_free_a_slot_taken_by_another_call(database: Database) -> None:
    run_id = await started(database, await add_app(database, max_concurrency=1), 3)
    step, next_step, last_step = await waiting(database, run_id)
    late = await claim(database, step, lease_seconds=0)
    assert late is not None
    assert await claim(database, next_step) is not None
    async with database.session() as session:
        assert await step_outcome.finish(session, late, "0" * 64, 1)
    assert await taken_slots(database) == 1
    assert await claim(database, last_step) is None


async def test_slot_stays_taken_for_a_minute_after_a_timeout(database: Database) -> None:
    run_id = await started(database, await add_app(database, max_concurrency=1), 2)
    step, next_step = await waiting(database, run_id)
    call = await claim(database, step, lease_seconds=1)
    assert call is not None
    async with database.session() as session:
        assert await step_outcome.fail(session, call, StepFailure(StepErrorCode.APP_TIMEOUT, "no answer"))
        left = await session.scalar(text("SELECT extract(epoch FROM until - now()) FROM app_slots"))
    assert 59 <= left <= 60
    assert await claim(database, next_step) is None
