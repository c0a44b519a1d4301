"""An app that fails on file after file is left alone, tried now and then, and taken up again when it answers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from engine import batch_run, check_invariants, ended, register, start, step_runs, until
from factories import add_app, add_batch, add_pipeline
from fake_clams import FakeClams
from sqlalchemy import select, text

from chowda.apps import circuit_breaker
from chowda.config import Settings
from chowda.db.database import Database
from chowda.engine import step_outcome
from chowda.engine.claim import Claim, try_claim
from chowda.errors import StepErrorCode, StepFailure
from chowda.models import ClamsApp
from chowda.runs import wait_reasons
from chowda.runs.start import Start, start_batch
from chowda.runs.wait_reasons import WaitReason
from chowda.workers.process import running_worker

REFUSED = StepFailure(StepErrorCode.APP_UNREACHABLE, "The connection was refused.")


async def app_of(database: Database) -> ClamsApp:
    async with database.session() as session:
        return (await session.scalars(select(ClamsApp))).one()


async def started(database: Database, files: int, max_concurrency: int = 20) -> list[int]:
    """Ready steps of one app, in order."""
    app = await add_app(database, max_concurrency=max_concurrency)
    batch = await add_batch(database, files, await add_pipeline(database, [app]))
    async with database.session() as session:
        run_id = (await start_batch(session, Start(batch.id))).id
    return [step.id for step in await step_runs(database, run_id)]


async def claim_step(database: Database, step_run_id: int) -> Claim | None:
    async with database.session() as session:
        return await try_claim(session, step_run_id, "test-worker", 600)


async def fail(database: Database, step_run_id: int, failure: StepFailure = REFUSED) -> None:
    claim = await claim_step(database, step_run_id)
    assert claim is not None
    async with database.session() as session:
        assert await step_outcome.fail(session, claim, failure)


@pytest.mark.parametrize(
    ("failure", "opens"),
    [
        (REFUSED, True),
        (StepFailure(StepErrorCode.APP_TIMEOUT, "too slow"), True),
        (StepFailure(StepErrorCode.APP_BUSY, "busy"), True),
        (StepFailure(StepErrorCode.APP_ERROR, "500", without_mmif=True), True),
        (StepFailure(StepErrorCode.APP_ERROR, "an error view"), False),
        (StepFailure(StepErrorCode.INVALID_MMIF, "not MMIF"), False),
    ],
)
async def test_ten_different_failing_files_open_the_circuit(
    database: Database, failure: StepFailure, opens: bool
) -> None:
    for number, step_run_id in enumerate(await started(database, 10), start=1):
        assert (await app_of(database)).circuit_opened_at is None, number
        await fail(database, step_run_id, failure)
    assert ((await app_of(database)).circuit_opened_at is not None) is opens


async def test_one_failing_file_does_not_open_the_circuit(database: Database) -> None:
    [step_run_id] = await started(database, 1)
    for _ in range(12):
        await fail(database, step_run_id)
        async with database.session() as session:
            await session.execute(text("UPDATE step_runs SET ready_at = now(), failures = 0"))
    assert (await app_of(database)).circuit_opened_at is None


async def test_answer_resets_the_count(database: Database) -> None:
    ready = await started(database, 19)
    for step_run_id in ready[:9]:
        await fail(database, step_run_id)
    claim = await claim_step(database, ready[9])
    assert claim is not None
    async with database.session() as session:
        assert await step_outcome.finish(session, claim, "0" * 64, 2)
    for step_run_id in ready[10:]:
        await fail(database, step_run_id)
    assert (await app_of(database)).circuit_opened_at is None


async def test_open_circuit_sends_one_trial_at_a_time_at_growing_intervals(
    database: Database,
) -> None:
    ready = await started(database, 14)
    for step_run_id in ready[:10]:
        await fail(database, step_run_id)
    assert await claim_step(database, ready[10]) is None  # the trial is not due yet
    async with database.session() as session:
        told = (await wait_reasons.read(session, [ready[10]]))[ready[10]]
    assert told.reason is WaitReason.NO_WORKER
    async with database.session() as session:
        await session.execute(
            text("INSERT INTO workers (name, threads, until) VALUES ('w', 8, now() + interval '1 hour')")
        )
        told = (await wait_reasons.read(session, [ready[10]]))[ready[10]]
    assert told.reason is WaitReason.CIRCUIT_OPEN
    assert "The connection was refused." in told.message
    assert told.until == (await app_of(database)).circuit_trial_at

    await due(database)
    trial = await claim_step(database, ready[10])
    assert trial is not None
    assert await claim_step(database, ready[11]) is None  # one at a time
    async with database.session() as session:
        await step_outcome.fail(session, trial, REFUSED)
    app = await app_of(database)
    assert app.circuit_trials == 1
    assert await claim_step(database, ready[11]) is None
    async with database.session() as session:
        wait = await session.scalar(
            text("SELECT extract(epoch FROM circuit_trial_at - now()) FROM clams_apps")
        )
    assert 1 < wait <= circuit_breaker.FIRST_TRIAL_SECONDS * 2

    await due(database)
    trial = await claim_step(database, ready[11])
    assert trial is not None
    async with database.session() as session:
        assert await step_outcome.finish(session, trial, "0" * 64, 2)
    app = await app_of(database)
    assert (app.circuit_opened_at, app.circuit_reason, app.failing_files) == (None, None, [])
    assert await claim_step(database, ready[12]) is not None
    assert await claim_step(database, ready[13]) is not None
    await check_invariants(database)


async def test_trial_counts_as_an_attempt(database: Database) -> None:
    ready = await started(database, 11)
    for step_run_id in ready[:10]:
        await fail(database, step_run_id)
    for number in (1, 2, 3):
        await due(database)
        async with database.session() as session:
            await session.execute(text("UPDATE step_runs SET ready_at = now() WHERE status = 'WAITING'"))
        await fail(database, ready[10])
        async with database.session() as session:
            step = (
                await session.execute(
                    text("SELECT attempts, status FROM step_runs WHERE id = :id"), {"id": ready[10]}
                )
            ).one()
        assert tuple(step) == (number, "WAITING" if number < 3 else "FAILED")
    assert (await app_of(database)).circuit_trials == 3


@pytest.mark.parametrize(
    ("code", "closes", "put_off"),
    [
        (StepErrorCode.APP_ERROR, True, None),
        (StepErrorCode.INVALID_MMIF, True, None),
        (StepErrorCode.APP_DISCONNECTED, False, True),
        (StepErrorCode.MEDIA_MISSING, False, False),
        (StepErrorCode.STORE_UNAVAILABLE, False, False),
    ],
)
async def test_only_an_answer_closes_the_circuit(
    database: Database, code: StepErrorCode, closes: bool, put_off: bool | None
) -> None:
    ready = await started(database, 11)
    for step_run_id in ready[:10]:
        await fail(database, step_run_id)
    await due(database)
    await fail(database, ready[10], StepFailure(code, "it went wrong"))
    app = await app_of(database)
    assert (app.circuit_opened_at is None) is closes
    if put_off is not None:
        async with database.session() as session:
            later = await session.scalar(text("SELECT circuit_trial_at > now() FROM clams_apps"))
        assert later is put_off
        assert app.circuit_reason == "APP_UNREACHABLE: The connection was refused." or put_off


async def test_many_workers_send_one_trial_at_a_time(database: Database, database_url: str) -> None:
    ready = await started(database, 30)
    for step_run_id in ready[:10]:
        await fail(database, step_run_id)
    crowd = Database(database_url, name="crowd", pool_size=12)

    async def try_it(step_run_id: int) -> Claim | None:
        async with crowd.session() as session:
            return await try_claim(session, step_run_id, "w", 600)

    await crowd.open(12)
    for trial in range(4):
        await due(database)
        asked = ready[10 + trial : 22 + trial]
        claims = [c for c in await asyncio.gather(*map(try_it, asked)) if c is not None]
        assert len(claims) == 1
        async with database.session() as session:
            assert await step_outcome.fail(session, claims[0], REFUSED)
            await session.execute(text("UPDATE step_runs SET ready_at = now() WHERE status = 'WAITING'"))
    await crowd.close()
    assert (await app_of(database)).circuit_trials == 4


async def due(database: Database) -> None:
    async with database.session() as session:
        await session.execute(text("UPDATE clams_apps SET circuit_trial_at = now() - interval '1 ms'"))


async def test_recovered_app_is_called_again(database: Database, database_url: str, tmp_path: Path) -> None:
    settings = Settings(
        database_url=database_url,
        data_dir=tmp_path,
        lease_seconds=2,
        poll_seconds=1,
        flush_seconds=0.05,
        threads=8,
    )
    with running_worker(settings), FakeClams(name="away") as app:
        app.behave("message_error")
        run_id = await start(database, [await register(database, app, max_concurrency=2)], files=40)

        async def opened() -> bool:
            return (await app_of(database)).circuit_opened_at is not None

        await until(opened, "the circuit opened")
        app.reset()
        run = await ended(database, run_id)
    assert run.status == "FAILED"
    statuses = [step.status for step in await step_runs(database, run_id)]
    assert statuses.count("FINISHED") >= 25
    assert 10 <= statuses.count("FAILED") <= 15
    assert (await batch_run(database, run_id)).ended_at is not None
    await check_invariants(database)
