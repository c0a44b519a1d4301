"""Worker processes that are killed, frozen or stopped in mid-call: the step runs elsewhere and commits once."""

from __future__ import annotations

import asyncio

import pytest
from engine import check_invariants, ended, register, start, step_runs, until
from fake_clams import FakeClams
from runs import let_go
from sqlalchemy import text
from worker_processes import LEASE_SECONDS, THREADS, WorkerProcess, WorkerProcesses

from chowda.db.database import Database
from chowda.models import StepRun

LONG_SECONDS = 60.0
"A call that lasts longer than any test waits for it."
FOR_EVER_SECONDS = 300.0
"A lease that does not run out during a test."

pytestmark = pytest.mark.timeout(300)
"Several processes start in each; a busy machine takes its time."


async def calls(app: FakeClams, number: int) -> None:
    async def enough() -> bool:
        return len(app.calls) >= number

    await until(enough, f"{number} calls of the app")


async def first_step(database: Database, run_id: int) -> StepRun:
    return (await step_runs(database, run_id))[0]


async def one(database: Database, statement: str) -> float:
    async with database.session() as session:
        return float(await session.scalar(text(statement)) or 0)


async def clock(database: Database) -> float:
    """The database's, in seconds."""
    return await one(database, "SELECT extract(epoch FROM clock_timestamp())::float")


async def results(database: Database) -> int:
    return int(await one(database, "SELECT count(*) FROM mmifs WHERE origin = 'STEP'"))


async def holder_first(
    database: Database, run_id: int, processes: list[WorkerProcess]
) -> list[WorkerProcess]:
    """The process that holds the first step, and the other."""
    name = (await first_step(database, run_id)).worker
    assert name is not None
    return sorted(processes, key=lambda process: not process.is_named(name))


async def test_several_workers_never_hold_more_calls_than_an_app_may_have(
    database: Database, workers: WorkerProcesses
) -> None:
    """Neither of an app that is called one at a time, nor once a limit has been lowered in mid-run."""
    with FakeClams(name="alone", seconds=0.02) as alone, FakeClams(name="limited", seconds=0.3) as limited:
        limits = [await register(database, app, max_concurrency=4) for app in (alone, limited)]
        async with database.session() as session:
            await session.execute(text("UPDATE clams_apps SET one_at_a_time = true WHERE name = 'alone'"))
        await workers.working(2, lease_seconds=20)
        run_ids = [await start(database, [app], 24, app.name) for app in limits]

        async def full() -> bool:
            return limited.most_at_once >= 4

        await until(full, "all slots are in use")
        await register(database, limited, max_concurrency=2)

        async def down() -> bool:
            return limited.open_calls <= 2

        await until(down, "the calls beyond the new limit ended")
        assert limited.most_at_once == 4
        limited.most_at_once = 0
        for run_id in run_ids:
            assert (await ended(database, run_id)).status == "FINISHED"
    assert alone.most_at_once == 1
    assert limited.most_at_once == 2
    assert {step.worker for run_id in run_ids for step in await step_runs(database, run_id)} == {None}
    assert await one(database, "SELECT count(DISTINCT worker) FROM step_attempts") == 2
    await check_invariants(database)


async def test_what_a_killed_worker_held_is_finished_by_another(
    database: Database, workers: WorkerProcesses, app: FakeClams
) -> None:
    app.behave("good", calls=[1], seconds=LONG_SECONDS)
    processes = await workers.working(2)
    run_id = await start(database, [await register(database, app)], files=2)
    await calls(app, 1)
    doomed, _ = await holder_first(database, run_id, processes)
    doomed.kill()
    assert (await ended(database, run_id)).status == "FINISHED"
    assert [(step.attempts, step.losses, step.error_code) for step in await step_runs(database, run_id)] == [
        (2, 0, None),
        (1, 0, None),
    ]
    assert len(app.calls) == 3
    assert await results(database) == 2
    await check_invariants(database)


async def test_a_worker_that_wakes_from_a_sleep_longer_than_its_lease_commits_nothing(
    database: Database, workers: WorkerProcesses, app: FakeClams
) -> None:
    app.behave("good", calls=[1], seconds=LEASE_SECONDS)
    processes = await workers.working(2)
    run_id = await start(database, [await register(database, app, max_concurrency=2)], files=1)
    await calls(app, 1)
    sleeper, other = await holder_first(database, run_id, processes)
    with sleeper.frozen():
        assert (await ended(database, run_id)).status == "FINISHED"
        before = await first_step(database, run_id)
        assert (before.attempts, len(app.calls)) == (2, 2)
    other.terminate()
    assert other.exit_status() == 0
    # That it does the next run shows that it has dealt with the answer that waited for it.
    next_run = await start(database, [await register(database, app)], files=3, name="next")
    assert (await ended(database, next_run)).status == "FINISHED"
    async with database.session() as session:
        names = await session.scalars(
            text(
                "SELECT a.worker FROM step_attempts a JOIN step_runs s ON s.id = a.step_run_id "
                "WHERE s.batch_run_id = :id"
            ),
            {"id": next_run},
        )
    assert [sleeper.is_named(name) for name in names] == [True] * 3
    after = await first_step(database, run_id)
    assert (after.mmif_id, after.ended_at, after.fence) == (before.mmif_id, before.ended_at, 2)
    assert await results(database) == 4
    await check_invariants(database)


async def test_a_worker_that_is_told_to_stop_gives_its_steps_back_within_a_second(
    database: Database, workers: WorkerProcesses, app: FakeClams
) -> None:
    """By the rows that it writes. Its leases would last longer than the test."""
    app.seconds = LONG_SECONDS
    (stopped,) = await workers.working(1, lease_seconds=FOR_EVER_SECONDS)
    run_id = await start(database, [await register(database, app, max_concurrency=THREADS)], files=THREADS)
    await calls(app, THREADS)
    told = await clock(database)
    stopped.terminate()
    assert stopped.exit_status() == 0
    steps = await step_runs(database, run_id)
    assert [(s.status, s.attempts, s.losses, s.worker, s.started_at) for s in steps] == [
        ("WAITING", 0, 0, None, None)
    ] * THREADS
    given_back = [step.ready_at.timestamp() - told for step in steps if step.ready_at is not None]
    assert len(given_back) == THREADS and max(given_back) < 1.0, given_back
    assert await one(database, "SELECT count(*) FROM step_attempts") == 0
    assert await workers.names() == []
    await check_invariants(database)


async def test_what_a_stopped_worker_gave_back_runs_elsewhere_at_once(
    database: Database, workers: WorkerProcesses, app: FakeClams
) -> None:
    """Its leases would last longer than the test: what another does, it was given."""
    app.behave("good", calls=[1], seconds=LONG_SECONDS)
    processes = await workers.working(2, lease_seconds=FOR_EVER_SECONDS)
    run_id = await start(database, [await register(database, app, max_concurrency=2)], files=1)
    await calls(app, 1)
    stopped, _ = await holder_first(database, run_id, processes)
    stopped.terminate()
    assert (await ended(database, run_id)).status == "FINISHED"
    assert stopped.exit_status() == 0
    step = await first_step(database, run_id)
    assert (step.attempts, step.losses, step.fence) == (1, 0, 2)
    assert len(app.calls) == 2
    assert await results(database) == 1
    assert len(await workers.names()) == 1
    await check_invariants(database)


async def held_by(process: WorkerProcess, database: Database, run_id: int) -> set[tuple[int, int]]:
    """Steps and their fences."""
    return {(s.id, s.fence) for s in await step_runs(database, run_id) if process.is_named(s.worker)}


async def test_a_rolling_restart_of_all_workers_delays_a_run_and_does_nothing_else(
    database: Database, workers: WorkerProcesses, app: FakeClams
) -> None:
    """Each has all its threads at work when it is told to stop."""
    at_once, files = 3 * THREADS, 8 * THREADS
    app.capacity = 0
    processes = await workers.working(3)
    run_id = await start(database, [await register(database, app, max_concurrency=at_once)], files)
    for process in processes:

        async def is_busy(process: WorkerProcess = process) -> bool:
            """And none of its calls is one that has just been answered: it would not be given back."""
            before = await held_by(process, database, run_id)
            await asyncio.sleep(0.5)
            return len(before) == THREADS and before == await held_by(process, database, run_id)

        await until(is_busy, "the next worker to stop has all its threads at work")
        process.terminate()
        assert process.exit_status() == 0
        workers.start()
        app.in_loop(app.let_go(1))
    let_go(app)
    assert (await ended(database, run_id)).status == "FINISHED"
    steps = await step_runs(database, run_id)
    assert [(s.attempts, s.losses, s.error_code) for s in steps] == [(1, 0, None)] * files
    assert sum(s.fence for s in steps) >= files + at_once, "what was given back was claimed anew"
    assert len(app.calls) <= sum(s.fence for s in steps)
    assert await one(database, "SELECT count(*) FROM step_attempts") == files
    assert await results(database) == files
    await check_invariants(database)
