"""Counts of a batch run's parts: exact at any moment, also while others change, read and roll up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from engine import check_invariants, step_runs
from factories import add_app, add_batch, add_pipeline, claim_step, fail_step, finish_step, start_run
from sqlalchemy import text

from chowda.db.database import Database
from chowda.engine import leases
from chowda.enums import ProgressSource
from chowda.runs import batch_runs, counters
from chowda.runs.counters import Counts
from chowda.runs.start import Start, start_batch

FILES = 24


@pytest.fixture
async def many(database_url: str) -> AsyncIterator[Database]:
    many = Database(database_url, name="many", pool_size=10)
    yield many
    await many.close()


async def read(database: Database, run_id: int) -> dict[int, Counts]:
    async with database.session() as session:
        return (await counters.read(session, [run_id]))[run_id]


async def roll_up(database: Database) -> list[int]:
    async with database.session() as session:
        return await counters.roll_up(session)


async def deltas(database: Database) -> int:
    async with database.session() as session:
        return int(await session.scalar(text("SELECT count(*) FROM run_counter_deltas")) or 0)


async def test_counts_follow_every_change_and_a_roll_up_keeps_them(database: Database) -> None:
    run = await start_run(database, files=3, steps=2)
    assert await read(database, run.id) == {n: Counts(waiting=3) for n in (0, 1, 2)}
    first, _, second, *_ = [step.id for step in await step_runs(database, run.id)]
    held = await claim_step(database, first)
    assert (await read(database, run.id))[0] == Counts(waiting=2, running=1)
    await finish_step(database, held)
    await fail_step(database, await claim_step(database, second))
    exact = {
        0: Counts(waiting=1, running=1, failed=1),
        1: Counts(waiting=1, finished=1, failed=1),
        2: Counts(waiting=2, canceled=1),
    }
    assert await read(database, run.id) == exact
    assert await roll_up(database) == [run.id]
    assert await read(database, run.id) == exact
    assert await deltas(database) == 0
    assert await roll_up(database) == []
    async with database.session() as session:
        await batch_runs.cancel_batch_run(session, run.id)
    assert (await read(database, run.id))[0] == Counts(failed=1, canceled=2)
    assert await deltas(database) <= 3, (
        "one delta for each table and position, for any number of changed rows"
    )
    async with database.session() as session:
        await batch_runs.retry_batch_run(session, run.id)
    assert (await read(database, run.id))[0] == Counts(waiting=1, running=2)
    await check_invariants(database)


async def test_rolled_back_changes_are_not_counted(database: Database) -> None:
    run = await start_run(database, files=2, steps=1)
    async with database.session() as session:
        savepoint = await session.begin_nested()
        await batch_runs.cancel_batch_run(session, run.id)
        assert (await counters.read(session, [run.id]))[run.id][0] == Counts(canceled=2)
        await savepoint.rollback()
    assert (await read(database, run.id))[0] == Counts(waiting=2)
    assert await deltas(database) == 0


async def test_readers_see_every_file_once_during_changes_and_roll_ups(
    database: Database, many: Database
) -> None:
    app = await add_app(database, max_concurrency=FILES)
    batch = await add_batch(database, FILES, await add_pipeline(database, [app, app]))
    async with database.session() as session:
        run_id = (await start_batch(session, Start(batch.id))).id
    ids = [step.id for step in await step_runs(database, run_id)]

    async def work(step_run_ids: list[int]) -> None:
        for step_run_id in step_run_ids:
            await finish_step(many, await claim_step(many, step_run_id))

    workers = [asyncio.create_task(work(ids[2 * n : 2 * n + 12])) for n in range(0, FILES, 6)]
    reads, roll_ups = 0, 0
    while not all(worker.done() for worker in workers):
        counts, *rolled_up = await asyncio.gather(read(many, run_id), roll_up(many), roll_up(many))
        reads, roll_ups = reads + 1, roll_ups + sum(map(bool, rolled_up))
        assert {part.total for part in counts.values()} == {FILES}
        assert all(number >= 0 for part in counts.values() for number in (part.waiting, part.running))
        assert counts[1].finished >= counts[2].finished >= counts[0].finished
    await asyncio.gather(*workers)
    assert reads > 5
    assert roll_ups > 1
    assert await read(database, run_id) == {n: Counts(finished=FILES) for n in (0, 1, 2)}
    while await roll_up(database):
        pass
    assert await read(database, run_id) == {n: Counts(finished=FILES) for n in (0, 1, 2)}


async def test_batch_run_ends_once_and_only_with_its_own_counts(database: Database, many: Database) -> None:
    done, other = [await start_run(database, 1, 1, name) for name in ("done", "other")]
    [step] = await step_runs(database, done.id)
    await fail_step(database, await claim_step(database, step.id))

    async def end() -> list[int]:
        async with many.session() as session:
            return await batch_runs.end_batch_runs(session, [done.id, other.id])

    ended = await asyncio.gather(*(end() for _ in range(6)))
    assert [run_id for ids in ended for run_id in ids] == [done.id]
    async with database.session() as session:
        assert await batch_runs.active_ids(session) == [other.id]


async def test_running_percent_sums_the_running_steps(database: Database) -> None:
    app = await add_app(database, max_concurrency=4)
    batch = await add_batch(database, 4, await add_pipeline(database, [app]))
    async with database.session() as session:
        run_id = (await start_batch(session, Start(batch.id))).id
    claims = [await claim_step(database, step.id) for step in (await step_runs(database, run_id))[:3]]
    async with database.session() as session:
        progress = {
            c.lease_key: (percent, ProgressSource.REPORTED)
            for c, percent in zip(claims, (10.0, 25.5, 50.0), strict=True)
        }
        await leases.report_progress(session, progress)
    await finish_step(database, claims[2])
    async with database.session() as session:
        assert await counters.running_percent(session, [run_id, 999]) == {run_id: {1: 35.5}}
