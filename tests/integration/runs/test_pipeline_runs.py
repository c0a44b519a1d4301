"""Cancel, pause, resume and retry of single files of a batch run, also while workers process them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from engine import batch_run, check_invariants, pipeline_runs, step_runs
from factories import (
    add_app,
    add_batch,
    add_pipeline,
    claim_step,
    end_runs,
    fail_step,
    finish_file,
    finish_step,
    start_run,
)
from sqlalchemy import text

from chowda.db.database import Database
from chowda.engine import fair_dispatch, leases, step_outcome
from chowda.engine.claim import Claim, try_claim
from chowda.errors import BadUserInput, Conflict, NotFound, StepErrorCode, StepFailure
from chowda.models import PipelineRun
from chowda.runs import batch_runs
from chowda.runs.pipeline_runs import (
    cancel_pipeline_run,
    pause_pipeline_run,
    resume_pipeline_run,
    retry_pipeline_run,
)
from chowda.runs.start import Start, start_batch

CHANGES: list[Callable[..., Awaitable[int]]] = [
    cancel_pipeline_run,
    pause_pipeline_run,
    resume_pipeline_run,
    retry_pipeline_run,
]
LONG_SECONDS = 600.0


async def change(database: Database, action: Callable[..., Awaitable[int]], *args: int | None) -> None:
    async with database.session() as session:
        await action(session, *args)


async def states(database: Database, batch_run_id: int, file: int = 0) -> tuple[str, list[str]]:
    """The status of a file and those of its steps."""
    run = (await pipeline_runs(database, batch_run_id))[file]
    steps = [s.status for s in await step_runs(database, batch_run_id) if s.pipeline_run_id == run.id]
    return run.status, steps


async def files_of(database: Database, batch_run_id: int) -> list[PipelineRun]:
    return await pipeline_runs(database, batch_run_id)


async def take(database: Database) -> list[int]:
    async with database.session() as session:
        await leases.register_worker(session, "w", 100, LONG_SECONDS)
        return await fair_dispatch.take(session, LONG_SECONDS)


async def test_canceled_file_ends_alone_and_its_call_commits_nothing(database: Database) -> None:
    run = await start_run(database, files=2, steps=2)
    first, other = await files_of(database, run.id)
    held = await claim_step(database, first.id * 1000 + 1)
    await change(database, cancel_pipeline_run, first.id)
    await change(database, cancel_pipeline_run, first.id)
    assert await states(database, run.id) == ("CANCELED", ["CANCELED", "CANCELED"])
    assert await states(database, run.id, 1) == ("WAITING", ["WAITING", "WAITING"])
    async with database.session() as session:
        assert await step_outcome.finish(session, held, "0" * 64, 2) is False
    await finish_file(database, other.id * 1000 + 1)
    await end_runs(database, run.id)
    assert (await batch_run(database, run.id)).status == "FINISHED", "a canceled file is no failure"
    await check_invariants(database)


@pytest.mark.parametrize("fails", [True, False])
async def test_batch_run_ends_after_its_last_active_file_is_canceled(database: Database, fails: bool) -> None:
    run = await start_run(database, files=2, steps=1)
    first, last = await files_of(database, run.id)
    claim = await claim_step(database, first.id * 1000 + 1)
    await (fail_step if fails else finish_step)(database, claim)
    await change(database, cancel_pipeline_run, last.id)
    await end_runs(database, run.id)
    assert (await batch_run(database, run.id)).status == ("FAILED" if fails else "FINISHED")


async def test_paused_file_starts_no_call_until_resumed_and_others_continue(
    database: Database,
) -> None:
    app = await add_app(database, max_concurrency=5)
    batch = await add_batch(database, 2, await add_pipeline(database, [app, app]))
    async with database.session() as session:
        run_id = (await start_batch(session, Start(batch.id))).id
    paused, other = [file.id * 1000 for file in await files_of(database, run_id)]
    assert await take(database) == [paused + 1, other + 1]
    held = await claim_step(database, paused + 1)
    await change(database, pause_pipeline_run, paused // 1000)
    await change(database, pause_pipeline_run, paused // 1000)
    assert await states(database, run_id) == ("RUNNING", ["RUNNING", "WAITING"])
    await finish_step(database, held)  # a running call continues
    await finish_step(database, await claim_step(database, other + 1))
    async with database.session() as session:
        assert await try_claim(session, paused + 2, "w", LONG_SECONDS) is None
    assert await take(database) == [other + 2]
    async with database.session() as session:
        assert await fair_dispatch.seconds_until_next(session) is None
    await finish_step(database, await claim_step(database, other + 2))
    async with database.session() as session:
        assert await batch_runs.end_batch_runs(session, [run_id]) == []
    await change(database, resume_pipeline_run, paused // 1000)
    assert await take(database) == [paused + 2]
    await finish_step(database, await claim_step(database, paused + 2))
    await end_runs(database, run_id)
    await check_invariants(database)


async def test_pause_survives_a_failed_call_a_lost_worker_and_a_release(database: Database) -> None:
    run = await start_run(database, files=3, steps=1)
    async with database.session() as session:
        await session.execute(
            text(
                "INSERT INTO app_slots (clams_app_id, n) SELECT id, g FROM clams_apps, generate_series(2, 3) g"
            )
        )
        await session.execute(text("UPDATE clams_apps SET max_concurrency = 3"))
    files = await files_of(database, run.id)
    claims = [await claim_step(database, file.id * 1000 + 1) for file in files]
    for file in files:
        await change(database, pause_pipeline_run, file.id)
    busy = StepFailure(StepErrorCode.APP_BUSY, "busy")
    async with database.session() as session:
        assert await step_outcome.fail(session, claims[0], busy)
        assert await leases.release(session, [claims[1].lease_key]) == [claims[1].step_run_id]
        await session.execute(
            text("UPDATE step_runs SET lease_until = now() - interval '1 s' WHERE lease_until > now()")
        )
    async with database.session() as session:
        assert len(await leases.requeue_expired(session)) == 1
        await session.execute(text("UPDATE step_runs SET ready_at = now() WHERE status = 'WAITING'"))
        await session.execute(text("UPDATE app_slots SET until = NULL"))
    assert await take(database) == []
    for claim in claims:
        async with database.session() as session:
            assert await try_claim(session, claim.step_run_id, "w", LONG_SECONDS) is None
    await check_invariants(database)


async def test_dispatch_reads_no_rows_of_paused_files(database: Database) -> None:
    run = await start_run(database, files=2000, steps=1)
    async with database.session() as session:
        await session.execute(text("UPDATE step_runs SET paused = true"))
    assert await take(database) == []  # this also removes their dead entries from the index
    [last] = [step.id for step in (await step_runs(database, run.id))[-1:]]
    await change(database, resume_pipeline_run, last // 1000)
    async with database.session() as session:

        async def rows_read() -> int:
            statement = text(
                "SELECT (SELECT coalesce(seq_tup_read, 0) FROM pg_stat_xact_user_tables WHERE relname = 'step_runs')"
                " + (SELECT sum(pg_stat_get_xact_tuples_returned(indexrelid)) FROM pg_index"
                " WHERE indrelid = 'step_runs'::regclass)"
            )
            return int(await session.scalar(statement) or 0)

        before = await rows_read()
        assert await fair_dispatch.take(session, LONG_SECONDS) == [last]
        assert await fair_dispatch.seconds_until_next(session) is None
        assert await rows_read() - before < 100


async def test_retry_from_a_step_resets_it_and_the_later_steps(database: Database) -> None:
    run = await start_run(database, files=1, steps=3)
    [file] = await files_of(database, run.id)
    first = file.id * 1000 + 1
    claim = await claim_step(database, first)
    async with database.session() as session:
        assert await step_outcome.set_initial_mmif(session, claim, "1" * 64, 1)
    await finish_step(database, claim)
    await finish_step(database, await claim_step(database, first + 1))
    await fail_step(database, await claim_step(database, first + 2))
    await end_runs(database, run.id)
    of_first, of_second, _ = [step.mmif_id for step in await step_runs(database, run.id)]

    await change(database, retry_pipeline_run, file.id, 2)
    assert await states(database, run.id) == ("RUNNING", ["FINISHED", "WAITING", "WAITING"])
    assert (await batch_run(database, run.id)).status == "RUNNING", "the batch run is active again"
    assert (await files_of(database, run.id))[0].mmif_id == of_first
    steps = await step_runs(database, run.id)
    assert [(s.attempts, s.failures, s.mmif_id) for s in steps[1:]] == [(1, 0, None), (0, 0, None)]
    await check_invariants(database)

    await finish_file(database, first + 1)
    await end_runs(database, run.id)
    assert (await batch_run(database, run.id)).status == "FINISHED"
    await change(database, retry_pipeline_run, file.id, 1)  # a finished file too
    again = await claim_step(database, first)
    assert again.mmif_sha256 is None, "it started from scratch"
    assert again.documents is not None
    async with database.session() as session:
        kept = await session.scalar(text("SELECT count(*) FROM mmifs WHERE id = :id"), {"id": of_second})
    assert kept == 1, "earlier results stay"
    await check_invariants(database)


async def test_retry_from_the_first_step_uses_the_input_mmif(database: Database) -> None:
    pipeline = await add_pipeline(database, [await add_app(database)])
    batch = await add_batch(database, 1, pipeline)
    async with database.session() as session:
        await session.execute(
            text(
                "INSERT INTO mmifs (media_file_id, sha256, size_bytes, origin) "
                "SELECT id, 'uploaded', 1, 'UPLOAD' FROM media_files"
            )
        )
        run_id = (await start_batch(session, Start(batch.id, from_blank_mmif=False))).id
    [file] = await files_of(database, run_id)
    assert (await claim_step(database, file.id * 1000 + 1)).mmif_sha256 == "uploaded"
    await change(database, cancel_pipeline_run, file.id)
    async with database.session() as session:
        await session.execute(text("UPDATE app_slots SET until = NULL"))
    await change(database, retry_pipeline_run, file.id, None)
    await finish_step(database, await claim_step(database, file.id * 1000 + 1))
    await change(database, retry_pipeline_run, file.id, 1)
    assert (await claim_step(database, file.id * 1000 + 1)).mmif_sha256 == "uploaded"


async def test_refused_retry_explains_itself_and_changes_nothing(database: Database) -> None:
    run = await start_run(database, files=1, steps=3)
    [file] = await files_of(database, run.id)
    step = file.id * 1000 + 1

    async def assert_refused(from_step: int | None, error: type[Exception], message: str) -> None:
        before = await states(database, run.id)
        with pytest.raises(error, match=message):
            await change(database, retry_pipeline_run, file.id, from_step)
        assert await states(database, run.id) == before

    await assert_refused(None, Conflict, "has not ended. Cancel it first")
    await finish_step(database, await claim_step(database, step))
    await assert_refused(1, Conflict, "has not ended")
    await fail_step(database, await claim_step(database, step + 1))
    await assert_refused(3, BadUserInput, "fromStep is 3, but this file has reached no step after 2")
    for wrong in (0, -1, 4):
        await assert_refused(wrong, BadUserInput, f"fromStep is {wrong}; .* has steps 1 to 3")
    await change(database, retry_pipeline_run, file.id, None)
    await finish_file(database, step + 1)
    await assert_refused(None, Conflict, "this file has finished. .*fromStep")
    for action in CHANGES:
        with pytest.raises(NotFound):
            await change(database, action, 999_999)


async def test_retry_of_a_batch_run_from_a_step_keeps_files_that_did_not_reach_it(database: Database) -> None:
    run = await start_run(database, files=3, steps=3)
    files = await files_of(database, run.id)
    of = [file.id * 1000 + 1 for file in files]
    await finish_file(database, of[0])
    await fail_step(database, await claim_step(database, of[1]))
    await finish_step(database, await claim_step(database, of[2]))
    await finish_step(database, await claim_step(database, of[2] + 1))
    await fail_step(database, await claim_step(database, of[2] + 2))
    with pytest.raises(BadUserInput, match=r"fromStep is 9; .* steps 1 to 3"):
        await change(database, batch_runs.retry_batch_run, run.id, 9)  # type: ignore[arg-type]
    await change(database, batch_runs.retry_batch_run, run.id, 2)  # type: ignore[arg-type]
    assert [await states(database, run.id, n) for n in range(3)] == [
        ("FINISHED", ["FINISHED"] * 3),
        ("RUNNING", ["WAITING"] * 3),
        ("RUNNING", ["FINISHED", "WAITING", "WAITING"]),
    ]
    await fail_step(database, await claim_step(database, of[1]))
    with pytest.raises(BadUserInput, match=r"fromStep is 2, but no file .* has reached a step after 1"):
        await change(database, batch_runs.retry_batch_run, run.id, 2)  # type: ignore[arg-type]
    await check_invariants(database)


async def test_canceled_batch_run_ends_canceled_until_all_files_are_retried(
    database: Database,
) -> None:
    run = await start_run(database, files=2, steps=1)
    first, other = await files_of(database, run.id)
    await change(database, batch_runs.cancel_batch_run, run.id)  # type: ignore[arg-type]
    for file, status in ((first, "CANCELED"), (other, "FINISHED")):
        await change(database, retry_pipeline_run, file.id, None)
        assert (await batch_run(database, run.id)).ended_at is None
        await finish_file(database, file.id * 1000 + 1)
        await end_runs(database, run.id)
        assert (await batch_run(database, run.id)).status == status
    await check_invariants(database)


async def test_file_retried_during_its_old_call_waits_for_a_slot(
    database: Database,
) -> None:
    run = await start_run(database, files=1, steps=1)
    [file] = await files_of(database, run.id)
    step = file.id * 1000 + 1
    old = await claim_step(database, step)
    await change(database, cancel_pipeline_run, file.id)
    await change(database, retry_pipeline_run, file.id, None)
    async with database.session() as session:
        assert await try_claim(session, step, "w", LONG_SECONDS) is None, (
            "the app still works on the old call"
        )
    async with database.session() as session:
        assert await leases.extend(session, [old.lease_key], LONG_SECONDS) == {old.lease_key}
        await step_outcome.release_slot(session, old)  # as the worker does when the app has answered
    new = await claim_step(database, step)
    async with database.session() as session:
        assert not await step_outcome.finish(session, old, "0" * 64, 2)
    async with database.session() as session:
        held = (await session.execute(text("SELECT step_run_id, fence FROM app_slots"))).one()
    assert held == (step, new.fence), "the answer of the old call frees no slot of the new one"
    await finish_step(database, new)
    await check_invariants(database)


# Changes at the same time: the second waits for the first, and then sees its result.


async def test_cancel_that_waits_for_the_last_step_leaves_the_file_finished(
    database: Database,
) -> None:
    run = await start_run(database, files=1, steps=1)
    [file] = await files_of(database, run.id)
    claim = await claim_step(database, file.id * 1000 + 1)
    async with database.session() as session:
        assert await step_outcome.finish(session, claim, "0" * 64, 2)
        canceling = asyncio.create_task(change(database, cancel_pipeline_run, file.id))
        await asyncio.sleep(0.2)
        assert not canceling.done()
    await canceling
    assert await states(database, run.id) == ("FINISHED", ["FINISHED"])


async def test_batch_run_does_not_end_during_the_retry_of_a_file(database: Database) -> None:
    run = await start_run(database, files=1, steps=1)
    [file] = await files_of(database, run.id)
    await fail_step(database, await claim_step(database, file.id * 1000 + 1))
    async with database.session() as session:
        await retry_pipeline_run(session, file.id)
        async with database.session() as other:
            assert await batch_runs.end_batch_runs(other, [run.id]) == []
    assert (await batch_run(database, run.id)).ended_at is None
    await finish_file(database, file.id * 1000 + 1)
    await check_invariants(database)


async def test_claim_that_waits_during_a_pause_of_its_file_starts_nothing(database: Database) -> None:
    run = await start_run(database, files=1, steps=1)
    [file] = await files_of(database, run.id)

    async def claim() -> object:
        async with database.session() as session:
            return await try_claim(session, file.id * 1000 + 1, "w", LONG_SECONDS)

    async with database.session() as session:
        await pause_pipeline_run(session, file.id)
        claiming = asyncio.create_task(claim())
        await asyncio.sleep(0.2)
        assert not claiming.done()
    assert await claiming is None
    assert await states(database, run.id) == ("WAITING", ["WAITING"])


async def test_claim_that_waits_during_a_retry_does_not_start_from_the_old_mmif(
    database: Database,
) -> None:
    run = await start_run(database, files=1, steps=2)
    [file] = await files_of(database, run.id)
    first = file.id * 1000 + 1
    await finish_step(database, await claim_step(database, first))

    async def claim() -> Claim | None:
        async with database.session() as session:
            return await try_claim(session, first + 1, "w", LONG_SECONDS)

    async with database.session() as session:
        await cancel_pipeline_run(session, file.id)
        await retry_pipeline_run(session, file.id, 1)
        again = await try_claim(session, first, "w", LONG_SECONDS)
        assert again is not None
        claiming = asyncio.create_task(claim())  # it has read the MMIF of the step
        await asyncio.sleep(0.2)
        assert not claiming.done()
        assert await step_outcome.finish(session, again, "9" * 64, 2)
    assert await claiming is None
    claimed = await claim()
    assert claimed is not None
    assert claimed.mmif_sha256 == "9" * 64


async def test_only_one_of_concurrent_retries_succeeds(database: Database) -> None:
    run = await start_run(database, files=1, steps=1)
    [file] = await files_of(database, run.id)
    await fail_step(database, await claim_step(database, file.id * 1000 + 1))
    outcomes = await asyncio.gather(
        *(change(database, retry_pipeline_run, file.id, None) for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict"] * 3 + ["NoneType"]
    await check_invariants(database)
