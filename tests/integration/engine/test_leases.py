"""Leases: how a step is kept, released or lost, and what a worker can still write after it has lost a step."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any

import pytest
from engine import check_invariants, pipeline_runs, step_runs
from factories import add_app, add_batch, add_pipeline, claim_step, fail_step, finish_step
from sqlalchemy import text

from chowda.db.database import Database
from chowda.engine import leases, step_outcome
from chowda.engine.claim import Claim, try_claim
from chowda.engine.leases import Requeued
from chowda.enums import ProgressSource
from chowda.errors import StepErrorCode, StepFailure
from chowda.models import StepRun
from chowda.pipelines import retry_policy
from chowda.runs import batch_runs
from chowda.runs.start import Start, start_batch

SHA256 = "ab" * 32


async def started(database: Database, files: int = 1, apps: int = 2) -> int:
    registered = [await add_app(database, f"app{n}", max_concurrency=4) for n in range(apps)]
    batch = await add_batch(database, files, await add_pipeline(database, registered))
    async with database.session() as session:
        return (await start_batch(session, Start(batch.id))).id


async def read_step(database: Database, step_run_id: int) -> StepRun:
    async with database.session() as session:
        step = await session.get(StepRun, step_run_id)
    assert step is not None
    return step


async def claim(database: Database, step_run_id: int, lease_seconds: float = 600) -> Claim | None:
    async with database.session() as session:
        return await try_claim(session, step_run_id, "test-worker", lease_seconds)


async def claim_expired(database: Database, step_run_id: int) -> Claim:
    """Claims a step under a lease that has expired."""
    expired = await claim(database, step_run_id, lease_seconds=-1)
    assert expired is not None
    return expired


async def requeue_expired(database: Database) -> list[Requeued]:
    async with database.session() as session:
        return await leases.requeue_expired(session)


async def slots(database: Database) -> list[tuple[Any, ...]]:
    """The taken slots: step run, fence, and seconds until the slot is free."""
    async with database.session() as session:
        found = await session.execute(
            text(
                "SELECT step_run_id, fence, extract(epoch FROM until - now())::float FROM app_slots WHERE until > now()"
            )
        )
        return [tuple(row) for row in found]


async def attempts(database: Database, step_run_id: int) -> list[tuple[int, bool, str | None]]:
    async with database.session() as session:
        found = await session.execute(
            text(
                "SELECT fence, ended_at IS NOT NULL, error_code FROM step_attempts WHERE step_run_id = :id ORDER BY id"
            ),
            {"id": step_run_id},
        )
        return [tuple(row) for row in found]


async def test_step_with_an_expired_lease_is_requeued(database: Database) -> None:
    run_id = await started(database)
    [step, _] = await step_runs(database, run_id)
    await claim_expired(database, step.id)
    assert await requeue_expired(database) == [Requeued(step.id, run_id, failed=False)]
    found = await read_step(database, step.id)
    assert (found.status, found.attempts, found.losses, found.failures) == ("WAITING", 1, 1, 0)
    assert (found.worker, found.lease_until, found.error_code) == (None, None, "WORKER_LOST")
    assert await attempts(database, step.id) == [(1, True, "WORKER_LOST")]
    assert await requeue_expired(database) == []
    assert await claim(database, step.id) is not None
    await check_invariants(database)


async def test_valid_lease_is_kept(database: Database) -> None:
    run_id = await started(database)
    [step, _] = await step_runs(database, run_id)
    await claim_step(database, step.id)
    assert await requeue_expired(database) == []
    assert (await read_step(database, step.id)).status == "RUNNING"


async def test_tenth_lost_worker_in_a_row_ends_the_step_and_its_file(database: Database) -> None:
    run_id = await started(database, files=2, apps=3)
    first, second, third, *others = await step_runs(database, run_id)
    await finish_step(database, await claim_step(database, first.id))
    for loss in range(1, retry_policy.LOSSES + 1):
        await claim_expired(database, second.id)
        assert await requeue_expired(database) == [
            Requeued(second.id, run_id, failed=loss == retry_policy.LOSSES)
        ]
    kept, failed, canceled = [await read_step(database, id) for id in (first.id, second.id, third.id)]
    assert (kept.status, kept.attempts) == ("FINISHED", 1)
    assert (failed.status, failed.attempts, failed.error_code) == ("FAILED", 10, "WORKER_LOST")
    assert failed.error_message
    assert (canceled.status, canceled.attempts, canceled.error_code) == ("CANCELED", 0, None)
    assert [run.status for run in await pipeline_runs(database, run_id)] == ["FAILED", "WAITING"]
    assert {(await read_step(database, other.id)).status for other in others} == {"WAITING"}
    await check_invariants(database)


@pytest.mark.parametrize("between", ["failure", "retry"])
async def test_failure_or_retry_resets_the_count_of_losses(database: Database, between: str) -> None:
    run_id = await started(database, apps=1)
    [step] = await step_runs(database, run_id)
    for _ in range(retry_policy.LOSSES - 1):
        await claim_expired(database, step.id)
        await requeue_expired(database)
    if between == "failure":
        await fail_step(database, await claim_step(database, step.id), StepErrorCode.APP_DISCONNECTED)
        async with database.session() as session:
            await session.execute(text("UPDATE step_runs SET ready_at = now()"))
    else:
        async with database.session() as session:
            await batch_runs.cancel_batch_run(session, run_id)
        async with database.session() as session:
            await batch_runs.retry_batch_run(session, run_id)
    await claim_expired(database, step.id)
    assert await requeue_expired(database) == [Requeued(step.id, run_id, failed=False)]


async def test_lost_workers_do_not_use_up_retries(database: Database) -> None:
    run_id = await started(database, apps=1)
    [step] = await step_runs(database, run_id)
    for _ in range(5):
        await claim_expired(database, step.id)
        await requeue_expired(database)
    await fail_step(database, await claim_step(database, step.id), StepErrorCode.APP_DISCONNECTED)
    found = await read_step(database, step.id)
    assert (found.status, found.failures, found.attempts) == ("WAITING", 1, 6)


async def write_late(database: Database, late: Claim, way: str) -> bool:
    async with database.session() as session:
        match way:
            case "finish":
                return await step_outcome.finish(session, late, SHA256, 10)
            case "fail":
                return await step_outcome.fail(
                    session, late, StepFailure(StepErrorCode.APP_ERROR, "too late")
                )
            case "retry":
                return await step_outcome.fail(session, late, StepFailure(StepErrorCode.APP_BUSY, "too late"))
            case "time out":
                return await step_outcome.fail(
                    session, late, StepFailure(StepErrorCode.APP_TIMEOUT, "too late")
                )
            case _:
                return await step_outcome.set_initial_mmif(session, late, SHA256, 10)


async def everything_but_slots(database: Database) -> list[Any]:
    async with database.session() as session:
        found: list[Any] = []
        for table in (
            "batch_runs",
            "pipeline_runs",
            "step_runs",
            "step_attempts",
            "mmifs",
            "run_counter_deltas",
        ):
            found += await session.scalars(text(f"SELECT row_to_json(t)::text FROM {table} t ORDER BY 1"))
        return found


WAYS = ["finish", "fail", "retry", "time out", "initial"]


@pytest.mark.parametrize("since", ["requeued", "claimed by another", "finished by another", "canceled"])
async def test_write_under_an_old_fence_changes_only_its_own_slot(database: Database, since: str) -> None:
    run_id = await started(database, files=len(WAYS))
    firsts = [step.id for step in await step_runs(database, run_id) if step.position == 1]
    late = [await claim_expired(database, id) for id in firsts[:4]] + [await claim_step(database, firsts[4])]
    if since == "canceled":
        async with database.session() as session:
            await batch_runs.cancel_batch_run(session, run_id)
    else:
        async with database.session() as session:
            await session.execute(
                text("UPDATE step_runs SET lease_until = now() - interval '1 s' WHERE worker <> ''")
            )
        assert len(await requeue_expired(database)) == len(WAYS)
    if since.endswith("another"):
        for step_run_id in firsts:
            async with database.session() as session:
                await session.execute(
                    text("UPDATE app_slots SET step_run_id = NULL, fence = NULL, until = NULL")
                )
            other = await claim_step(database, step_run_id)
            if since.startswith("finished"):
                await finish_step(database, other)
    before, slots_before = await everything_but_slots(database), await slots(database)
    for stale, way in zip(late, WAYS, strict=True):
        assert await write_late(database, stale, way) is False, way
    assert await everything_but_slots(database) == before
    assert [slot[:2] for slot in await slots(database)] == [slot[:2] for slot in slots_before]


async def test_late_answer_frees_the_slot_that_it_still_has(database: Database) -> None:
    run_id = await started(database)
    [step, _] = await step_runs(database, run_id)
    for way in ("finish", "fail"):
        held = await claim_step(database, step.id)
        async with database.session() as session:
            await session.execute(
                text("UPDATE step_runs SET lease_until = now() - interval '1 s' WHERE worker <> ''")
            )
        await requeue_expired(database)
        assert [slot[:2] for slot in await slots(database)] == [(step.id, held.fence)]
        assert await write_late(database, held, way) is False
        assert await slots(database) == []


async def test_extend_keeps_claimed_steps_and_returns_the_lost_ones(database: Database) -> None:
    run_id = await started(database, files=4, apps=1)
    held, requeued, retaken, canceled = [step.id for step in await step_runs(database, run_id)]
    kept = await claim(database, held, lease_seconds=5)
    assert kept is not None
    gone = [await claim_expired(database, requeued), await claim_expired(database, retaken)]
    assert len(await requeue_expired(database)) == 2
    again = await claim_step(database, retaken)
    ended = await claim(database, canceled, lease_seconds=5)
    assert ended is not None
    gone.append(ended)
    async with database.session() as session:  # as the cancel of one file does
        await session.execute(
            text(
                "UPDATE step_runs SET status = 'CANCELED', ended_at = now(), lease_until = NULL, ready_at = NULL "
                "WHERE id = :id"
            ),
            {"id": canceled},
        )
    async with database.session() as session:
        keys = [kept.lease_key, again.lease_key, *(claim.lease_key for claim in gone)]
        assert await leases.extend(session, keys, 300) == {claim.lease_key for claim in gone}
        left = await session.execute(
            text(
                "SELECT id, extract(epoch FROM lease_until - now())::float FROM step_runs WHERE status = 'RUNNING'"
            )
        )
        assert {id: round(seconds) for id, seconds in left} == {held: 300, retaken: 300}
    taken = {(id, fence): round(seconds, -1) for id, fence, seconds in await slots(database)}
    # The slot of a lost step is extended too: the app still works on the call.
    assert taken == {(held, 1): 300, (retaken, 2): 600, (canceled, 1): 300}


async def test_extend_never_shortens_a_slot(database: Database) -> None:
    run_id = await started(database, apps=1)
    [step] = await step_runs(database, run_id)
    held = await claim_step(database, step.id)
    async with database.session() as session:
        await leases.extend(session, [held.lease_key], 5)
    [(_, _, seconds)] = await slots(database)
    assert seconds > 500


async def all_within(awaitables: Iterable[Awaitable[Any]], seconds: float = 10.0) -> list[Any]:
    async with asyncio.timeout(seconds):
        return [await awaitable for awaitable in awaitables]


async def test_heartbeat_and_requeue_never_wait_for_a_long_change(database: Database) -> None:
    """A cancel of 100,000 files takes seconds: no lease of any batch run may expire meanwhile."""
    canceled, other = await started(database, files=2, apps=1), None
    pipeline = await add_pipeline(database, [await add_app(database, "app0", max_concurrency=4)], "p2")
    batch = await add_batch(database, 1, pipeline, "other")
    async with database.session() as session:
        other = (await start_batch(session, Start(batch.id))).id
    [step, expired], [other_step] = await step_runs(database, canceled), await step_runs(database, other)
    held = [await claim_step(database, step.id), await claim_step(database, other_step.id)]
    await claim_expired(database, expired.id)
    keys = [claim.lease_key for claim in held]

    async def extend() -> Any:
        async with database.session() as session:
            return await leases.extend(session, keys, 300)

    async def report() -> None:
        async with database.session() as session:
            await leases.report_progress(session, dict.fromkeys(keys, (50.0, ProgressSource.REPORTED)))

    async with database.session() as long_change:
        await batch_runs.cancel_batch_run(long_change, canceled)
        gone, _, requeued = await all_within([extend(), report(), requeue_expired(database)])
        assert (gone, requeued) == (set(), [])
        assert (await read_step(database, other_step.id)).percent == 50
        assert (await read_step(database, step.id)).percent == 0
    assert await extend() == {held[0].lease_key}


async def test_released_step_counts_no_attempt_and_is_ready_at_once(database: Database) -> None:
    run_id = await started(database, files=2, apps=1)
    [step, other] = await step_runs(database, run_id)
    gone = await claim_expired(database, other.id)
    await requeue_expired(database)
    await claim_step(database, other.id)
    held = await claim_step(database, step.id)
    async with database.session() as session:
        assert await leases.release(session, [held.lease_key, gone.lease_key]) == [step.id]
    released = await read_step(database, step.id)
    assert (released.status, released.attempts, released.losses, released.fence) == ("WAITING", 0, 0, 1)
    assert (released.started_at, released.worker, released.error_code) == (None, None, None)
    assert await attempts(database, step.id) == []
    assert (await read_step(database, other.id)).status == "RUNNING"
    assert (step.id, 1) in {slot[:2] for slot in await slots(database)}, "the app still works on the call"
    again = await claim_step(database, step.id)
    assert again.fence == 2
    assert await write_late(database, held, "finish") is False
    assert await write_late(database, again, "finish") is True
    await check_invariants(database)


async def test_progress_never_falls_during_a_call_and_only_the_holder_reports_it(
    database: Database,
) -> None:
    run_id = await started(database, apps=1)
    [step] = await step_runs(database, run_id)
    stale = await claim_expired(database, step.id)
    await requeue_expired(database)
    held = await claim_step(database, step.id)

    async def report(claim: Claim, percent: float, source: ProgressSource) -> tuple[float, str]:
        async with database.session() as session:
            await leases.report_progress(session, {claim.lease_key: (percent, source)})
        found = await read_step(database, step.id)
        return found.percent, found.progress_source

    assert await report(held, 40, ProgressSource.ESTIMATED) == (40, "ESTIMATED")
    assert await report(held, 30, ProgressSource.REPORTED) == (40, "REPORTED")
    assert await report(stale, 90, ProgressSource.ESTIMATED) == (40, "REPORTED")
    async with database.session() as session:  # one worker may report both
        both = {
            stale.lease_key: (90.0, ProgressSource.REPORTED),
            held.lease_key: (50.0, ProgressSource.REPORTED),
        }
        await leases.report_progress(session, both)
    assert (await read_step(database, step.id)).percent == 50
    assert await report(held, 60, ProgressSource.REPORTED) == (60, "REPORTED")


async def test_claim_that_waited_for_a_lock_gets_a_full_lease_from_then_on(
    database: Database,
) -> None:
    run_id = await started(database)
    [first, *_] = await step_runs(database, run_id)
    async with database.session() as other_session:
        await other_session.execute(text("SELECT FROM pipeline_runs FOR UPDATE"))
        claiming = asyncio.create_task(claim(database, first.id, lease_seconds=10))
        await asyncio.sleep(3)
        assert not claiming.done()
    assert await claiming is not None
    async with database.session() as session:
        left = await session.execute(
            text(
                "SELECT extract(epoch FROM s.lease_until - s.started_at)::float,"
                " extract(epoch FROM t.until - s.started_at)::float"
                " FROM step_runs s JOIN app_slots t ON t.step_run_id = s.id"
            )
        )
    # The start of the step is that of the transaction, three seconds before the lock was free.
    assert all(seconds > 12.5 for seconds in left.one())
