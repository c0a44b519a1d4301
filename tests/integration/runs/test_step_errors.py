"""Every way in which an app can fail, with a real worker: the error code and the number of calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine import check_invariants, ended, pipeline_runs, register, start, step_runs
from fake_clams import KINDS, FakeClams
from sqlalchemy import select, text

from chowda.config import Settings
from chowda.db.database import Database
from chowda.errors import StepErrorCode
from chowda.models import ClamsApp, StepAttempt, StepRun
from chowda.pipelines import retry_policy
from chowda.workers.process import running_worker

GOOD = ("good", "many_views", "empty_view", "warnings_view", "earlier_view")
LIMIT_BYTES = 1 << 20

# The error code, and the number of calls if the app never recovers.
FAILURES = {
    "no_new_view": ("NO_NEW_VIEW", 1),
    "other_app": ("NO_NEW_VIEW", 1),
    "lost_view": ("LOST_VIEWS", 1),
    "error_view": ("APP_ERROR", 1),
    "error_view_ok": ("APP_ERROR", 1),
    "busy": ("APP_BUSY", 3),
    "text_error": ("APP_ERROR", 1),
    "message_error": ("APP_ERROR", 1),
    "not_found": ("APP_ERROR", 1),
    "too_long": ("APP_ERROR", 1),
    "redirect": ("APP_ERROR", 1),
    "not_json": ("INVALID_MMIF", 1),
    "not_mmif": ("INVALID_MMIF", 1),
    "empty_body": ("INVALID_MMIF", 1),
    "nan": ("INVALID_MMIF", 1),
    "bad_utf8": ("INVALID_MMIF", 1),
    "deep": ("INVALID_MMIF", 1),
    "huge": ("INVALID_MMIF", 1),
    "gzip_bomb": ("INVALID_MMIF", 1),
    "brotli": ("INVALID_MMIF", 1),
    "drop": ("APP_DISCONNECTED", 3),
    "reset": ("APP_DISCONNECTED", 3),
    "ends_early": ("APP_DISCONNECTED", 3),
    "ends_early_chunked": ("APP_DISCONNECTED", 3),
    "garbage": ("APP_ERROR", 1),
    "huge_header": ("APP_ERROR", 1),
}
# These change how the app is called afterwards, so each has its own app.
SEPARATE = {
    "wrong_documents": ("WRONG_DOCUMENTS", 3),
    "hang": ("APP_TIMEOUT", 2),
    "slow_body": ("APP_TIMEOUT", 2),
}


@pytest.fixture
def worker(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(retry_policy, "FIRST_DELAY_SECONDS", 0.02)
    settings = Settings(
        database_url=database_url,
        data_dir=tmp_path,
        lease_seconds=10,
        poll_seconds=0.2,
        flush_seconds=0.05,
        threads=16,
        mmif_limit_bytes=LIMIT_BYTES,
    )
    with running_worker(settings):
        yield


def test_every_answer_of_the_fake_app_is_covered() -> None:
    assert set(KINDS) == set(GOOD) | set(FAILURES) | set(SEPARATE)


async def attempts(database: Database, step_run_id: int) -> list[StepAttempt]:
    async with database.session() as session:
        statement = select(StepAttempt).where(StepAttempt.step_run_id == step_run_id).order_by(StepAttempt.id)
        return list(await session.scalars(statement))


async def check_error(database: Database, step: StepRun) -> None:
    """Asserts that the message suits people, and that each attempt has its record."""
    assert step.error_message
    for word in ("Traceback", "File ", "\n", "httpx", "asyncio"):
        assert word not in step.error_message, (step.error_code, step.error_message)
    assert len(step.error_detail or "") <= 10_000
    recorded = await attempts(database, step.id)
    assert len(recorded) == step.attempts
    assert {(attempt.error_code, attempt.ended_at is not None) for attempt in recorded} == {
        (step.error_code, True)
    }


async def test_each_failure_gets_its_error_code_and_number_of_calls(worker: None, database: Database) -> None:
    with FakeClams(name="first") as first, FakeClams(name="second") as second:
        # A good answer follows each bad one: failures of several files in a row would open the circuit.
        kinds = [kind for bad in FAILURES for kind in (bad, "good")] + list(GOOD)
        for number, kind in enumerate(kinds, start=1):
            second.behave(kind, guid=f"batch-{number:06d}", retry_after="0", size_bytes=4 * LIMIT_BYTES)
        apps = [await register(database, app, max_concurrency=6) for app in (first, second)]
        run_id = await start(database, apps, files=len(kinds))
        assert (await ended(database, run_id)).status == "FAILED"
    steps = await step_runs(database, run_id)
    assert {step.status for step in steps[::2]} == {"FINISHED"}
    wrong = {}
    for kind, run, step in zip(kinds, await pipeline_runs(database, run_id), steps[1::2], strict=True):
        code, calls = FAILURES.get(kind, (None, 1))
        outcome = ("FAILED", "FAILED") if code else ("FINISHED", "FINISHED")
        if (run.status, step.status, step.error_code, step.attempts) != (*outcome, code, calls):
            wrong[kind] = (run.status, step.status, step.error_code, step.attempts, step.error_message)
        elif code:
            await check_error(database, step)
    assert wrong == {}
    calls_seen = Counter(call.kind for call in second.calls)
    assert {kind: calls_seen[kind] for kind in FAILURES} == {
        kind: calls for kind, (_, calls) in FAILURES.items()
    }
    await check_invariants(database)


async def slots_of(database: Database, clams_app_id: int) -> list[float]:
    """The seconds until each taken slot of an app is free."""
    async with database.session() as session:
        left = text(
            "SELECT extract(epoch FROM until - now())::float FROM app_slots WHERE clams_app_id = :app AND until > now()"
        )
        return list(await session.scalars(left, {"app": clams_app_id}))


async def test_apps_that_are_away_hang_or_mix_up_files(worker: None, database: Database) -> None:
    with (
        FakeClams(name="mixing") as mixing,
        FakeClams(name="hanging") as hanging,
        FakeClams(name="slow") as slow,
        FakeClams(name="gone") as gone,
    ):
        mixing.behave("wrong_documents", guid="mixing-000001")
        hanging.behave("hang")
        slow.behave("slow_body")
        run_ids, app_ids = {}, {}
        for app, kind in [
            (mixing, "wrong_documents"),
            (hanging, "hang"),
            (slow, "slow_body"),
            (gone, "refused"),
        ]:
            name = str(app.metadata["name"])
            registered = await register(
                database, app, max_concurrency=3, timeout_seconds=1 if app in (hanging, slow) else 60
            )
            app_ids[kind] = registered.id
            if app is gone:
                gone.refuse_connections()
            run_ids[kind] = await start(database, [registered], files=3 if app is mixing else 1, name=name)
        for kind, (code, calls) in (SEPARATE | {"refused": ("APP_UNREACHABLE", 3)}).items():
            assert (await ended(database, run_ids[kind])).status == "FAILED"
            step, *others = await step_runs(database, run_ids[kind])
            assert (step.error_code, step.attempts) == (code, calls), kind
            assert {other.status for other in others} <= {"FINISHED"}
            await check_error(database, step)
        for kind in ("hang", "slow_body"):
            left = await slots_of(database, app_ids[kind])
            assert len(left) == 2, "the app may still work on both calls"
            assert all(50 < seconds <= 60 for seconds in left)
        for kind in ("wrong_documents", "refused"):
            assert await slots_of(database, app_ids[kind]) == []
    async with database.session() as session:
        limited = {app.id: app.one_at_a_time for app in await session.scalars(select(ClamsApp))}
    assert limited == {id: kind == "wrong_documents" for kind, id in app_ids.items()}
    retried = [call for call in mixing.calls if call.kind == "wrong_documents"][1:]
    for retry in retried:
        assert retry.ended is not None
        concurrent = [
            call for call in mixing.calls if call.started < retry.ended and (call.ended or 0) > retry.started
        ]
        assert concurrent == [retry], "a retry runs alone"
    await check_invariants(database)


def test_every_error_code_is_caused_here_or_elsewhere() -> None:
    caused = {code for code, _ in (FAILURES | SEPARATE).values()} | {"APP_UNREACHABLE"}
    elsewhere = {"MEDIA_MISSING", "STORE_UNAVAILABLE", "WORKER_LOST"}
    assert caused | elsewhere == {code.value for code in StepErrorCode}
