"""Worker processes that are killed, frozen or stopped in mid-call: the step runs elsewhere and commits once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from engine import check_invariants, ended, register, start, step_runs, until
from fake_clams import FakeClams
from sqlalchemy import text

from chowda.db import Database
from chowda.models import StepRun

WORKER = "from chowda.config import load_settings; from chowda.workers.main import run; run(load_settings())"
LONG_SECONDS = 25.0
"A call that lasts longer than any test waits for it."

StartWorker = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start_worker(database_url: str, tmp_path: Path) -> Iterator[StartWorker]:
    """Starts a worker process; whatever is left of it is killed in the end."""
    with ExitStack() as stack:

        def kill(process: subprocess.Popen[bytes]) -> None:
            process.kill()
            process.wait()

        def starting(lease_seconds: float = 2.0) -> subprocess.Popen[bytes]:
            settings = {
                "DATABASE_URL": database_url,
                "DATA_DIR": str(tmp_path),
                "LEASE_SECONDS": str(lease_seconds),
                "POLL_SECONDS": "0.5",
                "FLUSH_SECONDS": "0.05",
                "THREADS": "4",
            }
            environment = os.environ | {f"CHOWDA_{name}": value for name, value in settings.items()}
            process = subprocess.Popen([sys.executable, "-c", WORKER], env=environment)
            stack.callback(kill, process)
            return process

        yield starting


@pytest.fixture
def app() -> Iterator[FakeClams]:
    """Its first call takes long, the others no time."""
    with FakeClams(name="app") as app:
        app.behave("good", calls=[1], seconds=LONG_SECONDS)
        yield app


async def live_workers(database: Database) -> int:
    async with database.session() as session:
        return int(await session.scalar(text("SELECT count(*) FROM workers WHERE until > now()")) or 0)


async def calls(app: FakeClams, number: int) -> None:
    async def enough() -> bool:
        return len(app.calls) >= number

    await until(enough, f"{number} calls of the app")


async def first_step(database: Database, run_id: int) -> StepRun:
    return (await step_runs(database, run_id))[0]


async def results(database: Database) -> int:
    async with database.session() as session:
        return int(await session.scalar(text("SELECT count(*) FROM mmifs WHERE origin = 'STEP'")) or 0)


async def two_workers(
    database: Database, start_worker: StartWorker, lease_seconds: float = 2.0
) -> list[subprocess.Popen[bytes]]:
    """Both live, so that one can take over at once from the other."""
    processes = [start_worker(lease_seconds) for _ in range(2)]

    async def both() -> bool:
        return await live_workers(database) == 2

    await until(both, "both workers live")
    return processes


async def holder_first(
    database: Database, run_id: int, processes: list[subprocess.Popen[bytes]]
) -> list[subprocess.Popen[bytes]]:
    """The process that holds the first step, and the other."""
    name = (await first_step(database, run_id)).worker
    assert name is not None
    return sorted(processes, key=lambda process: f":{process.pid}:" not in name)


async def test_several_workers_never_hold_more_calls_than_an_app_may_have(
    database: Database, start_worker: StartWorker
) -> None:
    """Neither of an app that is called one at a time, nor once a limit has been lowered in mid-run."""
    with FakeClams(name="alone", seconds=0.02) as alone, FakeClams(name="limited", seconds=0.1) as limited:
        limits = [await register(database, app, max_concurrency=4) for app in (alone, limited)]
        async with database.session() as session:
            await session.execute(text("UPDATE clams_apps SET one_at_a_time = true WHERE name = 'alone'"))
        await two_workers(database, start_worker, lease_seconds=20.0)
        run_ids = [await start(database, [app], 24, app.name) for app in limits]
        await calls(limited, 6)
        assert limited.most_at_once == 4
        await register(database, limited, max_concurrency=2)

        async def down() -> bool:
            return limited.open_calls <= 2

        await until(down, "the calls beyond the new limit ended")
        limited.most_at_once = 0
        for run_id in run_ids:
            assert (await ended(database, run_id)).status == "FINISHED"
    assert alone.most_at_once == 1
    assert limited.most_at_once == 2
    workers = {step.worker for run_id in run_ids for step in await step_runs(database, run_id)}
    assert workers == {None}
    async with database.session() as session:
        shared = await session.scalar(text("SELECT count(DISTINCT worker) FROM step_attempts"))
    assert shared == 2
    await check_invariants(database)


async def test_what_a_killed_worker_held_is_finished_by_another(
    database: Database, start_worker: StartWorker, app: FakeClams
) -> None:
    processes = await two_workers(database, start_worker)
    run_id = await start(database, [await register(database, app)], files=2)
    await calls(app, 1)
    doomed, _ = await holder_first(database, run_id, processes)
    doomed.kill()
    doomed.wait()
    assert (await ended(database, run_id)).status == "FINISHED"
    assert [(step.attempts, step.losses, step.error_code) for step in await step_runs(database, run_id)] == [
        (2, 0, None),
        (1, 0, None),
    ]
    assert len(app.calls) == 3
    assert await results(database) == 2
    await check_invariants(database)


async def test_a_worker_that_wakes_from_a_long_sleep_commits_nothing_twice(
    database: Database, start_worker: StartWorker, app: FakeClams
) -> None:
    app.behave("good", calls=[1], seconds=2.0)
    processes = await two_workers(database, start_worker)
    run_id = await start(database, [await register(database, app, max_concurrency=2)], files=1)
    await calls(app, 1)
    sleeper, other = await holder_first(database, run_id, processes)
    sleeper.send_signal(signal.SIGSTOP)
    assert (await ended(database, run_id)).status == "FINISHED"
    before = await first_step(database, run_id)
    assert (before.attempts, len(app.calls)) == (2, 2)
    sleeper.send_signal(signal.SIGCONT)
    other.terminate()
    assert other.wait() == 0
    # That it does the next run shows that it has dealt with the answer that waited for it.
    next_run = await start(database, [await register(database, app)], files=3, name="next")
    assert (await ended(database, next_run)).status == "FINISHED"
    after = await first_step(database, run_id)
    assert (after.mmif_id, after.ended_at, after.fence) == (before.mmif_id, before.ended_at, 2)
    assert await results(database) == 4
    await check_invariants(database)


async def test_a_worker_that_is_told_to_stop_gives_its_steps_back_at_once(
    database: Database, start_worker: StartWorker, app: FakeClams
) -> None:
    """Its leases would last longer than the test: what another does, it was given."""
    processes = await two_workers(database, start_worker, lease_seconds=300)
    run_id = await start(database, [await register(database, app, max_concurrency=2)], files=1)
    await calls(app, 1)
    stopped, _ = await holder_first(database, run_id, processes)
    told = time.monotonic()
    stopped.terminate()
    assert (await ended(database, run_id)).status == "FINISHED"
    assert stopped.wait() == 0
    assert time.monotonic() - told < LONG_SECONDS
    step = await first_step(database, run_id)
    assert (step.attempts, step.losses, step.fence) == (1, 0, 2)
    assert len(app.calls) == 2
    assert await results(database) == 1
    assert await live_workers(database) == 1
    await check_invariants(database)
