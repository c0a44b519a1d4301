"""Fair dispatch: the order in which steps are sent, how many, and when they are sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from engine import ended, register, start, step_runs, until
from factories import add_app, add_batch, add_pipeline, claim_step, finish_step
from fake_clams import FakeClams
from sqlalchemy import text

from chowda.config import Settings
from chowda.db.advisory_locks import AdvisoryLock
from chowda.db.database import Database
from chowda.engine import fair_dispatch, leases, step_outcome
from chowda.engine.claim import Claim, try_claim
from chowda.engine.slot_reuse import reuse_slot
from chowda.errors import DatabaseAway, StepErrorCode, StepFailure
from chowda.models import ClamsApp
from chowda.runs import batch_runs, counters
from chowda.runs.start import Start, start_batch
from chowda.workers.broker import make_broker, step_message
from chowda.workers.process import running_worker

LONG_SECONDS = 600.0


async def started(database: Database, apps: Sequence[ClamsApp], files: int, name: str) -> int:
    batch = await add_batch(database, files, await add_pipeline(database, apps, f"{name}-pipeline"), name)
    async with database.session() as session:
        return (await start_batch(session, Start(batch.id))).id


async def register_worker(
    database: Database, threads: int = 100, worker: str = "worker", seconds: float = LONG_SECONDS
) -> None:
    async with database.session() as session:
        await leases.register_worker(session, worker, threads, seconds)


async def take(database: Database, resend_seconds: float = LONG_SECONDS) -> list[int]:
    async with database.session() as session:
        return await fair_dispatch.take(session, resend_seconds)


async def step_ids(database: Database, batch_run_id: int) -> list[int]:
    return [step.id for step in await step_runs(database, batch_run_id)]


async def execute(database: Database, statement: str) -> None:
    async with database.session() as session:
        await session.execute(text(statement))


async def test_small_run_does_not_wait_for_an_earlier_large_one(database: Database) -> None:
    await register_worker(database)
    app = await add_app(database, max_concurrency=4)
    large = set(await step_ids(database, await started(database, [app], 300, "large")))
    for step_run_id in await take(database):
        await finish_step(database, await claim_step(database, step_run_id))
    small = set(await step_ids(database, await started(database, [app], 10, "small")))
    rounds = 0
    while small:
        sent = await take(database)
        assert len(sent) == 4
        assert len(small & set(sent)) == min(2, len(small)), "both get half of the slots"
        for step_run_id in sent:
            await finish_step(database, await claim_step(database, step_run_id))
        small -= set(sent)
        rounds += 1
    assert rounds == 5
    assert len(large & set(await take(database))) == 4


async def test_10_files_after_10_000_end_in_twice_their_time_alone_on_half_the_slots(
    database: Database,
) -> None:
    """Time is counted in calls of the same duration: alone, 2 of the 4 slots need 5 calls for the 10 files."""
    await register_worker(database)
    app = await add_app(database, max_concurrency=4)
    large = await started(database, [app], 10_000, "large")
    held = [await claim_step(database, step_run_id) for step_run_id in await take(database)]
    small = await started(database, [app], 10, "small")
    calls = 0
    while (await finished_files(database, small)) != 10:
        claim = held.pop(0)  # a call ends, and its slot goes to the next one
        async with database.session() as session:
            following = await reuse_slot(session, claim, "test-worker", LONG_SECONDS, follow=True)
        await finish_step(database, claim)
        calls += 1
        assert following is not None
        held.append(
            following if isinstance(following, Claim) else await claim_step(database, following.step_run_id)
        )
    assert claim.batch_run_id == small
    assert calls <= 2 * 5 * 4, "4 slots take 40 calls in twice the time of 5 calls"
    assert {claim.batch_run_id for claim in held} == {large}


async def finished_files(database: Database, batch_run_id: int) -> int:
    async with database.session() as session:
        return (await counters.read(session, [batch_run_id]))[batch_run_id][0].finished


async def test_dispatch_order_counts_running_steps(database: Database) -> None:
    await register_worker(database)
    app = await add_app(database, max_concurrency=4)
    first = await step_ids(database, await started(database, [app], 10, "first"))
    claims = [await claim_step(database, step_run_id) for step_run_id in await take(database)]
    second = await step_ids(database, await started(database, [app], 10, "second"))
    await finish_step(database, claims[0])
    await finish_step(database, claims[1])
    assert set(await take(database)) == set(second[:2]), "the first batch run has two running calls"
    assert set(first[:4]) == {claim.step_run_id for claim in claims}


async def test_higher_priority_goes_first(database: Database) -> None:
    await register_worker(database)
    app = await add_app(database, max_concurrency=3)
    await started(database, [app], 5, "plain")
    urgent = await started(database, [app], 4, "urgent")
    async with database.session() as session:
        await batch_runs.set_batch_run_priority(session, urgent, 1)
    assert await take(database) == (await step_ids(database, urgent))[:3]


async def test_worker_calls_an_urgent_run_first_even_if_it_started_later(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    with FakeClams(name="app", seconds=0.05) as app:
        registered = await register(database, app)
        plain = await started(database, [registered], 12, "plain")
        with worker(database_url, tmp_path, lease_seconds=10.0):

            async def some_calls() -> bool:
                return len(app.calls) >= 2

            await until(some_calls, "the first calls")
            batch = await add_batch(
                database, 5, await add_pipeline(database, [registered], "urgent-pipeline"), "urgent"
            )
            async with database.session() as session:
                urgent = (await start_batch(session, Start(batch.id, priority=5))).id
                before = len(app.calls)
            for run_id in (urgent, plain):
                assert (await ended(database, run_id)).status == "FINISHED"
    async with database.session() as session:
        begun = "SELECT batch_run_id FROM step_runs ORDER BY started_at"
        order = list(await session.scalars(text(begun)))
    last = max(at for at, run_id in enumerate(order) if run_id == urgent)
    assert last <= before + 5 + 2, "only running and sent calls of the other run came between"


async def test_files_pass_the_apps_independently(database: Database) -> None:
    await register_worker(database)
    apps = [await add_app(database, name) for name in ("first", "second")]
    run_id = await started(database, apps, 2, "batch")
    one_first, one_second, two_first, _ = await step_ids(database, run_id)
    assert await take(database) == [one_first]
    await finish_step(database, await claim_step(database, one_first))
    assert set(await take(database)) == {one_second, two_first}


async def test_dispatch_sends_as_many_steps_as_live_workers_have_threads(database: Database) -> None:
    app = await add_app(database, max_concurrency=50)
    run_id = await started(database, [app], 50, "batch")
    assert await take(database) == [], "there is no worker"
    await register_worker(database, 5, "dead", seconds=-1)
    assert await take(database) == [], "no worker is alive"
    await register_worker(database, 3, "one")
    first = await take(database)
    assert len(first) == 3
    assert await take(database) == [], "a sent step takes a thread too"
    await register_worker(database, 4, "two")
    assert len(await take(database)) == 4
    for step_run_id in first:
        await claim_step(database, step_run_id)
    assert await take(database) == [], "a running step takes a thread"
    async with database.session() as session:
        await batch_runs.cancel_batch_run(session, run_id)
    assert await take(database) == []


async def test_dispatch_sends_as_many_steps_as_the_app_has_free_slots(database: Database) -> None:
    await register_worker(database)
    app = await add_app(database, max_concurrency=3)
    await started(database, [app], 20, "batch")
    sent = await take(database)
    assert len(sent) == 3
    claims = [await claim_step(database, step_run_id) for step_run_id in sent]
    assert await take(database) == []
    await finish_step(database, claims[0])
    assert len(await take(database)) == 1
    await add_app(database, max_concurrency=1)
    await finish_step(database, claims[1])
    assert await take(database) == [], "the limit was lowered, and two calls are running or sent"


async def test_concurrent_dispatchers_send_no_more_than_one_would(database: Database) -> None:
    await register_worker(database)
    app = await add_app(database, max_concurrency=7)
    await started(database, [app], 40, "batch")
    sent = [
        step_run_id
        for taken in await asyncio.gather(*(take(database) for _ in range(8)))
        for step_run_id in taken
    ]
    assert len(sent) == len(set(sent)) == 7


async def test_frozen_dispatcher_blocks_the_others_for_at_most_a_lease(
    database: Database, database_url: str
) -> None:
    await register_worker(database)
    await started(database, [await add_app(database, max_concurrency=2)], 2, "batch")
    frozen = Database(database_url, name="frozen", idle_seconds=0.5)
    with pytest.raises(DatabaseAway):
        async with frozen.session() as session:
            assert len(await fair_dispatch.take(session, LONG_SECONDS)) == 2
            async with asyncio.timeout(30):
                assert len(await take(database)) == 2, (
                    "the steps that the frozen dispatcher took were never sent"
                )
    await frozen.close()


async def test_dispatcher_frozen_after_preparing_a_statement_does_not_block_others(
    database: Database, database_url: str
) -> None:
    """The server does not count it as idle: the driver has prepared the statement and has not run it."""
    await register_worker(database)
    await started(database, [await add_app(database, max_concurrency=2)], 2, "batch")
    frozen = Database(database_url, name="frozen", idle_seconds=0.5, transaction_seconds=1.0)
    with pytest.raises(DatabaseAway):
        async with frozen.session() as session:
            await session.execute(fair_dispatch.BEGIN, {"lock": AdvisoryLock.DISPATCH})
            connection = (await (await session.connection()).get_raw_connection()).driver_connection
            assert connection is not None
            await connection.prepare("SELECT 'what comes next'")
            async with asyncio.timeout(30):
                assert len(await take(database)) == 2
    await frozen.close()


async def test_unclaimed_step_is_sent_again(database: Database) -> None:
    await register_worker(database)
    [step] = await step_ids(database, await started(database, [await add_app(database)], 1, "batch"))
    assert await take(database, resend_seconds=0.3) == [step]
    assert await take(database) == []
    await asyncio.sleep(0.35)
    assert await take(database, resend_seconds=0) == [step]
    await claim_step(database, step)
    assert await take(database) == []


async def test_retry_waits_for_its_delay(database: Database) -> None:
    await register_worker(database)
    [step] = await step_ids(database, await started(database, [await add_app(database)], 1, "batch"))
    async with database.session() as session:
        assert await fair_dispatch.seconds_until_next(session) is None
    [sent] = await take(database)
    busy = StepFailure(StepErrorCode.APP_BUSY, "come back later", retry_after_seconds=50)
    async with database.session() as session:
        claim = await try_claim(session, sent, "test-worker", LONG_SECONDS)
        assert claim is not None
        assert await step_outcome.fail(session, claim, busy)
    assert await take(database) == []
    async with database.session() as session:
        assert 40 < (await fair_dispatch.seconds_until_next(session) or 0) <= 50
        assert await try_claim(session, step, "test-worker", LONG_SECONDS) is None, (
            "the message arrives too early"
        )
    await execute(database, "UPDATE step_runs SET ready_at = now() - interval '1 s'")
    assert await take(database) == [step]


async def test_paused_run_is_skipped_and_takes_no_slot(database: Database) -> None:
    await register_worker(database)
    app = await add_app(database)
    paused = await started(database, [app], 2, "paused")
    [sent] = await take(database)
    async with database.session() as session:
        await batch_runs.pause_batch_run(session, paused)
    other = await step_ids(database, await started(database, [app], 1, "other"))
    async with database.session() as session:  # its message arrives
        assert await try_claim(session, sent, "test-worker", LONG_SECONDS) is None
    assert await take(database) == other
    await finish_step(database, await claim_step(database, other[0]))
    assert await take(database) == []
    async with database.session() as session:
        await batch_runs.resume_batch_run(session, paused)
    assert await take(database) == [sent]


async def test_cost_of_dispatch_does_not_grow_with_the_batch(database: Database) -> None:
    await register_worker(database)
    await started(database, [await add_app(database)], 3000, "batch")

    async def rows_read() -> int:
        found = await session.scalar(
            text(
                "SELECT (SELECT coalesce(seq_tup_read, 0) FROM pg_stat_xact_user_tables WHERE relname = 'step_runs')"
                " + (SELECT sum(pg_stat_get_xact_tuples_returned(indexrelid)) FROM pg_index"
                " WHERE indrelid = 'step_runs'::regclass)"
            )
        )
        return int(found or 0)

    async with database.session() as session:
        before = await rows_read()
        assert len(await fair_dispatch.take(session, LONG_SECONDS)) == 1
        assert await fair_dispatch.seconds_until_next(session) is None
        assert await rows_read() - before < 100


@contextmanager
def worker(database_url: str, data_dir: Path, lease_seconds: float) -> Iterator[None]:
    with running_worker(
        Settings(
            database_url=database_url,
            data_dir=data_dir,
            lease_seconds=lease_seconds,
            poll_seconds=0.5,
            flush_seconds=0.05,
            threads=4,
        )
    ):
        yield


async def queued(database: Database) -> int:
    async with database.session() as session:
        return int(await session.scalar(text("SELECT count(*) FROM dramatiq.queue")) or 0)


@pytest.mark.parametrize("lost", [False, True], ids=["waits", "is lost"])
async def test_message_can_wait_for_a_worker_or_be_lost(
    database: Database, database_url: str, tmp_path: Path, lost: bool
) -> None:
    """A waiting message is received when a worker starts; the step of a lost one is sent again after a lease."""
    await register_worker(database, worker="dead")
    with FakeClams(name="app") as app:
        run_id = await start(database, [await register(database, app)], files=1)
        sent = await take(database, resend_seconds=1.0 if lost else LONG_SECONDS)
        await execute(database, "DELETE FROM workers")
        broker = make_broker(Settings(database_url=database_url, data_dir=tmp_path))
        for step_run_id in sent:
            broker.enqueue(step_message(step_run_id))
        broker.close()
        assert await queued(database) == 1
        if lost:
            await execute(database, "DELETE FROM dramatiq.queue")
        with worker(database_url, tmp_path, lease_seconds=2.0):
            assert (await ended(database, run_id)).status == "FINISHED"
    assert len(app.calls) == 1
