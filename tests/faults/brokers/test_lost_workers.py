"""Workers that are killed, frozen or stopped during a call: the step runs on another worker and commits once."""

from __future__ import annotations

import asyncio

import pytest
from engine import check_invariants, ended, register, start, step_runs, until
from fake_clams import FakeClams
from sqlalchemy import text
from worker_processes import LEASE_SECONDS, THREADS, WorkerProcess, WorkerProcesses

from chowda.db.database import Database
from chowda.models import StepRun

LONG_SECONDS = 60.0
"A call longer than any test."
ENDLESS_SECONDS = 300.0
"A lease that does not expire during a test."

pytestmark = pytest.mark.timeout(300)
"Each test starts several processes, which takes time on a busy machine."


async def wait_for_calls(app: FakeClams, count: int) -> None:
    async def are_called() -> bool:
        return len(app.calls) >= count

    await until(are_called, f"{count} calls of the app")


async def first_step(database: Database, run_id: int) -> StepRun:
    return (await step_runs(database, run_id))[0]


async def read_number(database: Database, statement: str) -> float:
    async with database.session() as session:
        return float(await session.scalar(text(statement)) or 0)


async def database_clock(database: Database) -> float:
    """In seconds."""
    return await read_number(database, "SELECT extract(epoch FROM clock_timestamp())::float")


async def count_results(database: Database) -> int:
    return int(await read_number(database, "SELECT count(*) FROM mmifs WHERE origin = 'STEP'"))


async def owner_first(database: Database, run_id: int, processes: list[WorkerProcess]) -> list[WorkerProcess]:
    """Return the process that runs the first step, then the other one."""
    name = (await first_step(database, run_id)).worker
    assert name is not None
    return sorted(processes, key=lambda process: not process.is_named(name))


async def test_several_workers_keep_to_the_limit_of_an_app(
    database: Database, workers: WorkerProcesses
) -> None:
    """Also for an app that is called one at a time, and after the limit was lowered during a run."""
    with FakeClams(name="alone", seconds=0.02) as alone, FakeClams(name="limited", seconds=0.3) as limited:
        limits = [await register(database, app, max_concurrency=4) for app in (alone, limited)]
        async with database.session() as session:
            await session.execute(text("UPDATE clams_apps SET one_at_a_time = true WHERE name = 'alone'"))
        await workers.start_ready(2, lease_seconds=20)
        run_ids = [await start(database, [app], 24, app.name) for app in limits]

        async def all_slots_are_used() -> bool:
            return limited.max_open_calls >= 4

        await until(all_slots_are_used, "all slots are in use")
        await register(database, limited, max_concurrency=2)

        async def limit_is_kept() -> bool:
            return limited.open_calls <= 2

        await until(limit_is_kept, "the calls beyond the new limit ended")
        assert limited.max_open_calls == 4
        limited.max_open_calls = 0
        for run_id in run_ids:
            assert (await ended(database, run_id)).status == "FINISHED"
    assert alone.max_open_calls == 1
    assert limited.max_open_calls == 2
    assert {step.worker for run_id in run_ids for step in await step_runs(database, run_id)} == {None}
    assert await read_number(database, "SELECT count(DISTINCT worker) FROM step_attempts") == 2
    await check_invariants(database)


async def test_steps_of_a_killed_worker_finish_on_another(
    database: Database, workers: WorkerProcesses, app: FakeClams
) -> None:
    app.behave("good", calls=[1], seconds=LONG_SECONDS)
    processes = await workers.start_ready(2)
    run_id = await start(database, [await register(database, app)], files=2)
    await wait_for_calls(app, 1)
    killed, _ = await owner_first(database, run_id, processes)
    killed.kill()
    assert (await ended(database, run_id)).status == "FINISHED"
    assert [(step.attempts, step.losses, step.error_code) for step in await step_runs(database, run_id)] == [
        (2, 0, None),
        (1, 0, None),
    ]
    assert len(app.calls) == 3
    assert await count_results(database) == 2
    await check_invariants(database)


async def test_worker_frozen_for_longer_than_its_lease_commits_nothing(
    database: Database, workers: WorkerProcesses, app: FakeClams
) -> None:
    app.behave("good", calls=[1], seconds=LEASE_SECONDS)
    processes = await workers.start_ready(2)
    run_id = await start(database, [await register(database, app, max_concurrency=2)], files=1)
    await wait_for_calls(app, 1)
    frozen_worker, other = await owner_first(database, run_id, processes)
    with frozen_worker.frozen():
        assert (await ended(database, run_id)).status == "FINISHED"
        before = await first_step(database, run_id)
        assert (before.attempts, len(app.calls)) == (2, 2)
    other.terminate()
    assert other.exit_status() == 0
    # It runs the next batch, so it has processed the answer that arrived while it was frozen.
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
    assert [frozen_worker.is_named(name) for name in names] == [True] * 3
    after = await first_step(database, run_id)
    assert (after.mmif_id, after.ended_at, after.fence) == (before.mmif_id, before.ended_at, 2)
    assert await count_results(database) == 4
    await check_invariants(database)


async def test_stopped_worker_releases_its_steps_within_a_second(
    database: Database, workers: WorkerProcesses, app: FakeClams
) -> None:
    """Measured by the rows. Its leases would last longer than the test."""
    app.seconds = LONG_SECONDS
    (stopped,) = await workers.start_ready(1, lease_seconds=ENDLESS_SECONDS)
    run_id = await start(database, [await register(database, app, max_concurrency=THREADS)], files=THREADS)
    await wait_for_calls(app, THREADS)
    stopped_at = await database_clock(database)
    stopped.terminate()
    assert stopped.exit_status() == 0
    steps = await step_runs(database, run_id)
    assert [(s.status, s.attempts, s.losses, s.worker, s.started_at) for s in steps] == [
        ("WAITING", 0, 0, None, None)
    ] * THREADS
    delays = [step.ready_at.timestamp() - stopped_at for step in steps if step.ready_at is not None]
    assert len(delays) == THREADS and max(delays) < 1.0, delays
    assert await read_number(database, "SELECT count(*) FROM step_attempts") == 0
    assert await workers.live_names() == []
    await check_invariants(database)


async def test_released_steps_run_on_another_worker_at_once(
    database: Database, workers: WorkerProcesses, app: FakeClams
) -> None:
    """The leases would last longer than the test, so the steps were released."""
    app.behave("good", calls=[1], seconds=LONG_SECONDS)
    processes = await workers.start_ready(2, lease_seconds=ENDLESS_SECONDS)
    run_id = await start(database, [await register(database, app, max_concurrency=2)], files=1)
    await wait_for_calls(app, 1)
    stopped, _ = await owner_first(database, run_id, processes)
    stopped.terminate()
    assert (await ended(database, run_id)).status == "FINISHED"
    assert stopped.exit_status() == 0
    step = await first_step(database, run_id)
    assert (step.attempts, step.losses, step.fence) == (1, 0, 2)
    assert len(app.calls) == 2
    assert await count_results(database) == 1
    assert len(await workers.live_names()) == 1
    await check_invariants(database)


async def steps_of(process: WorkerProcess, database: Database, run_id: int) -> set[tuple[int, int]]:
    """Return the keys and fences of the steps that the process runs."""
    return {(s.id, s.fence) for s in await step_runs(database, run_id) if process.is_named(s.worker)}


async def test_rolling_restart_of_all_workers_only_delays_a_run(
    database: Database, workers: WorkerProcesses, app: FakeClams
) -> None:
    """All threads of a worker are busy when it stops."""
    concurrency, files = 3 * THREADS, 8 * THREADS
    app.capacity = 0
    processes = await workers.start_ready(3)
    run_id = await start(database, [await register(database, app, max_concurrency=concurrency)], files)
    for process in processes:

        async def is_busy(process: WorkerProcess = process) -> bool:
            """All threads run a call, and none has just been answered: it would not be released."""
            before = await steps_of(process, database, run_id)
            await asyncio.sleep(0.5)
            return len(before) == THREADS and before == await steps_of(process, database, run_id)

        await until(is_busy, "all threads of the next worker to stop are busy")
        process.terminate()
        assert process.exit_status() == 0
        workers.start()
        app.release_calls(1)
    app.release_all_calls()
    assert (await ended(database, run_id)).status == "FINISHED"
    steps = await step_runs(database, run_id)
    assert [(s.attempts, s.losses, s.error_code) for s in steps] == [(1, 0, None)] * files
    assert sum(s.fence for s in steps) >= files + concurrency, "the released steps were claimed again"
    assert len(app.calls) <= sum(s.fence for s in steps)
    assert await read_number(database, "SELECT count(*) FROM step_attempts") == files
    assert await count_results(database) == files
    await check_invariants(database)
