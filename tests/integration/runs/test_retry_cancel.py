"""Cancel, pause, resume and retry of batch runs, also while workers process them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from engine import batch_run, check_invariants, pipeline_runs, step_runs
from factories import add_app, add_batch, add_pipeline, claim_step, fail_step, finish_step, start_run
from sqlalchemy import text

from chowda.db.database import Database
from chowda.engine import leases
from chowda.engine.claim import Claim, try_claim
from chowda.enums import ProgressSource
from chowda.errors import Conflict, NotFound
from chowda.runs import batch_runs
from chowda.runs.start import Start, start_batch


@pytest.fixture
async def many(database_url: str) -> AsyncIterator[Database]:
    many = Database(database_url, name="many", pool_size=8)
    yield many
    await many.close()


async def test_locks_of_many_files_never_deadlock(database: Database, many: Database) -> None:
    """Cancel, release, heartbeat and requeueing meet on the same files, which are stored in no order."""
    app = await add_app(database, max_concurrency=60)
    batch = await add_batch(database, 60, await add_pipeline(database, [app]))
    for _ in range(6):
        async with database.session() as session:
            run_id = (await start_batch(session, Start(batch.id))).id
        claims = [await claim_step(database, step.id) for step in await step_runs(database, run_id)]
        keys = [claim.lease_key for claim in claims]
        async with database.session() as session:
            for claim in reversed(claims):
                statement = "UPDATE pipeline_runs SET started_at = now() WHERE id = :id"
                await session.execute(text(statement), {"id": claim.pipeline_run_id})

        async def cancel(run_id: int = run_id) -> None:
            async with many.session() as session:
                await batch_runs.cancel_batch_run(session, run_id)

        async def heartbeat(keys: list[leases.LeaseKey] = keys) -> None:
            async with many.session() as session:
                await leases.extend(session, keys, 600)
                await leases.report_progress(session, dict.fromkeys(keys, (5.0, ProgressSource.REPORTED)))

        async def release(keys: list[leases.LeaseKey]) -> None:
            async with many.session() as session:
                await leases.release(session, keys)

        await asyncio.gather(release(keys[:40]), cancel(), heartbeat(), release(keys[::-1]), heartbeat())
        assert {step.status for step in await step_runs(database, run_id)} == {"CANCELED"}
        async with database.session() as session:
            await session.execute(text("UPDATE app_slots SET until = NULL, step_run_id = NULL, fence = NULL"))
    await check_invariants(database)


async def test_claim_that_waits_during_a_pause_of_its_run_starts_nothing(database: Database) -> None:
    run = await start_run(database, files=1, steps=1)
    [step] = await step_runs(database, run.id)

    async def claim() -> Claim | None:
        async with database.session() as session:
            return await try_claim(session, step.id, "w", 600)

    async with database.session() as session:
        await batch_runs.pause_batch_run(session, run.id)
        claiming = asyncio.create_task(claim())
        await asyncio.sleep(0.2)
        assert not claiming.done()
    assert await claiming is None
    found = await batch_run(database, run.id)
    assert (found.status, found.started_at) == ("PAUSED", None)


async def test_retry_continues_failed_and_canceled_files_only(
    database: Database,
) -> None:
    run = await start_run(database, files=4, steps=2)
    of = [step.id for step in await step_runs(database, run.id)]
    await finish_step(database, await claim_step(database, of[0]))
    await finish_step(database, await claim_step(database, of[1]))  # the first file is done
    await fail_step(database, await claim_step(database, of[2]))  # the second file fails
    await finish_step(database, await claim_step(database, of[4]))  # the third file is half done
    half = (await pipeline_runs(database, run.id))[2].mmif_id
    async with database.session() as session:
        # The run has not ended, so the failed file continues at once.
        await batch_runs.retry_batch_run(session, run.id)
    assert [r.status for r in await pipeline_runs(database, run.id)] == [
        "FINISHED",
        "RUNNING",
        "RUNNING",
        "WAITING",
    ]
    async with database.session() as session:
        await batch_runs.cancel_batch_run(session, run.id)
    canceled = await batch_run(database, run.id)
    assert (canceled.status, canceled.ended_at is not None) == ("CANCELED", True)
    async with database.session() as session:
        await batch_runs.retry_batch_run(session, run.id)
    retried = await batch_run(database, run.id)
    assert (retried.status, retried.ended_at) == ("RUNNING", None)
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
    assert [s.failures for s in found] == [0] * 8, "a fresh retry budget"
    assert found[2].error_code == "APP_ERROR", "the last error stays until the step has finished"
    assert (await claim_step(database, of[5])).mmif_sha256 is not None
    assert (await pipeline_runs(database, run.id))[2].mmif_id == half
    await check_invariants(database)


async def test_ended_batch_run_does_not_change(database: Database) -> None:
    run = await start_run(database, files=1, steps=1)
    [step] = await step_runs(database, run.id)
    await finish_step(database, await claim_step(database, step.id))
    async with database.session() as session:
        assert await batch_runs.end_batch_runs(session, [run.id]) == [run.id]
    ended = await batch_run(database, run.id)
    for change in (batch_runs.cancel_batch_run, batch_runs.pause_batch_run, batch_runs.resume_batch_run):
        async with database.session() as session:
            await change(session, run.id)
        after = await batch_run(database, run.id)
        assert (after.status, after.ended_at) == ("FINISHED", ended.ended_at)
    with pytest.raises(Conflict, match="nothing to retry"):
        async with database.session() as session:
            await batch_runs.retry_batch_run(session, run.id)
    with pytest.raises(NotFound):
        async with database.session() as session:
            await batch_runs.cancel_batch_run(session, 999)


@pytest.mark.parametrize("status", ["WAITING", "RUNNING"])
async def test_resume_restores_the_status_before_the_pause(database: Database, status: str) -> None:
    run = await start_run(database, files=2, steps=1)
    [step, other] = await step_runs(database, run.id)
    held = await claim_step(database, step.id) if status == "RUNNING" else None
    async with database.session() as session:
        await batch_runs.pause_batch_run(session, run.id)
    async with database.session() as session:
        assert await try_claim(session, other.id, "w", 600) is None
    if held is not None:
        await finish_step(database, held)  # a running call continues
    async with database.session() as session:
        await batch_runs.resume_batch_run(session, run.id)
    assert (await batch_run(database, run.id)).status == status
    await claim_step(database, other.id)
