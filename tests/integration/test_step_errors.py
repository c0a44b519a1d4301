"""Each way in which an app can fail becomes the StepError that the contract's table names, through a real worker."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from engine import check_invariants, ended, register, start, step_runs
from factories import add_app
from fake_clams import KINDS, Call, FakeClams
from postgres_fixture import TemplateDatabase
from sqlalchemy import select, text

from chowda import retry
from chowda.config import Settings
from chowda.db import Database
from chowda.models import AppSlot, ClamsApp, StepAttempt, StepRun
from chowda.workers.main import working

GOOD = {"good", "many_views", "empty_view", "warnings_view", "earlier_view"}

# Code and calls as the contract's table has them, and what the message must tell.
FAILURES: dict[str, tuple[str, int, str]] = {
    "bad_utf8": ("INVALID_MMIF", 1, "not UTF-8"),
    "brotli": ("INVALID_MMIF", 1, "'br'"),
    "busy": ("APP_BUSY", 3, "503 Service Unavailable"),
    "busy_429": ("APP_BUSY", 3, "429 Too Many Requests"),
    "busy_with_a_wish": ("APP_BUSY", 3, "asks to come back in 1 s"),
    "deep": ("INVALID_MMIF", 1, "nested too deeply"),
    "drop": ("APP_DISCONNECTED", 3, "broke the connection"),
    "empty_body": ("INVALID_MMIF", 1, "empty"),
    "ends_early": ("APP_DISCONNECTED", 3, "broke the connection"),
    "ends_early_chunked": ("APP_DISCONNECTED", 3, "broke the connection"),
    "error_view": ("APP_ERROR", 1, "The app failed: ValueError: it went wrong"),
    "error_view_ok": ("APP_ERROR", 1, "The app failed: ValueError: it went wrong"),
    "error_view_long": ("APP_ERROR", 1, "The app failed: ValueError: long"),
    "error_view_trace": ("APP_ERROR", 1, "The app failed: ValueError: KeyError: 'slate'"),
    "garbage": ("APP_ERROR", 1, "proper HTTP"),
    "gzip_bomb": ("INVALID_MMIF", 1, "larger than the limit"),
    "hang": ("APP_TIMEOUT", 2, "no whole answer within 1 s"),
    "huge": ("INVALID_MMIF", 1, "larger than the limit"),
    "huge_header": ("APP_ERROR", 1, "proper HTTP"),
    "lost_view": ("LOST_VIEWS", 1, "v_0 of http://apps.clams.ai/earlier/v1.0"),
    "message_error": ("APP_ERROR", 1, "Internal Server Error"),
    "name_unknown": ("APP_UNREACHABLE", 3, "the host name is unknown"),
    "nan": ("INVALID_MMIF", 1, "not JSON"),
    "no_new_view": ("NO_NEW_VIEW", 1, "no new view by http://apps.clams.ai/sick/v1.0"),
    "not_found": ("APP_ERROR", 1, "404 Not Found"),
    "not_json": ("INVALID_MMIF", 1, "not JSON"),
    "not_mmif": ("INVALID_MMIF", 1, "JSON of another shape"),
    "other_app": ("NO_NEW_VIEW", 1, "only by http://apps.clams.ai/another/v9"),
    "redirect": ("APP_ERROR", 1, "http://127.0.0.1:9/elsewhere, which is not followed"),
    "refused": ("APP_UNREACHABLE", 3, "connection refused"),
    "reset": ("APP_DISCONNECTED", 3, "broke the connection"),
    "slow_body": ("APP_TIMEOUT", 2, "no whole answer within 1 s"),
    "text_error": ("APP_ERROR", 1, "it went wrong"),
    "text_error_trace": ("APP_ERROR", 1, "validation error. KeyError: 'slate'"),
    "text_error_long": ("APP_ERROR", 1, "500 Internal Server Error: Invalid input data."),
    "tls": ("APP_UNREACHABLE", 3, "TLS: "),
    "too_long": ("APP_ERROR", 1, "414"),
    "wrong_documents": ("WRONG_DOCUMENTS", 3, "file:///data/another-file.mp4"),
}
TRACEBACK = (
    'Traceback (most recent call last):\n  File "/app/app.py", line 7, in _annotate\n'
    "    frames[label]\n    ~~~~~~^^^^^^^\nKeyError: 'slate'"
)
VARIANTS: dict[str, tuple[str, dict[str, object]]] = {
    "busy_429": ("busy", {"status": 429}),
    "busy_with_a_wish": ("busy", {"status": 504, "retry_after": "1"}),
    "error_view_long": ("error_view", {"message": "long" * 10_000}),
    "error_view_trace": ("error_view", {"message": TRACEBACK}),
    "gzip_bomb": ("gzip_bomb", {"size_bytes": 16 << 20}),
    "text_error_trace": ("text_error", {"message": TRACEBACK}),
    "text_error_long": ("text_error", {"message": "x" * 20_000}),
}
UNREACHABLE = ("refused", "name_unknown", "tls")
SLOW = ("hang", "slow_body")
# By itself, since its app is held to one call at a time from then on; the other files are good.
ALONE = ("wrong_documents", "good", "good", "good")
# One app for all the rest: fewer than ten of them blame the app rather than the file, so its circuit stays closed.
SICK = tuple(sorted((GOOD | set(FAILURES)) - {*UNREACHABLE, *SLOW, "wrong_documents"}))


@dataclass(frozen=True)
class Told:
    """What became of a file: its steps at the app before, the app that failed and the app after."""

    earlier: StepRun
    step: StepRun
    later: StepRun
    attempts: list[StepAttempt]
    "Of the step in the middle, in order."
    calls: list[Call]
    "That the app in the middle saw."


@dataclass(frozen=True)
class Outcome:
    told: dict[str, Told]
    apps: dict[str, ClamsApp]
    slots: dict[tuple[int, int], datetime | None]
    "Until when each slot that is held is taken, by step run and fence."
    alone: list[Call]
    "All calls that the app of `wrong_documents` saw."


def location(run: str, number: int) -> str:
    return f"file:///data/{run}-{number:06d}.video"


async def run_all(database: Database) -> Outcome:
    with ExitStack() as stack:
        fakes = {
            name: stack.enter_context(FakeClams(name=name))
            for name in ("earlier", "sick", "slow", "alone", "refused", "later")
        }
        fakes["alone"].seconds = 0.2
        registered = {
            name: await register(database, fake, 1 if name == "refused" else 8, 1 if name == "slow" else 60)
            for name, fake in fakes.items()
        }
        fakes["refused"].in_loop(fakes["refused"].refuse())
        tls = fakes["later"].url.replace("http://", "https://")
        registered["name_unknown"] = await add_app(
            database, "name_unknown", endpoint="http://no-such-host.invalid:5000"
        )
        registered["tls"] = await add_app(database, "tls", endpoint=tls)

        planned = {"sick": SICK, "slow": SLOW, "alone": ALONE} | {name: (name,) for name in UNREACHABLE}
        run_ids = {}
        for name, kinds in planned.items():
            for number, kind in enumerate(kinds, start=1):
                answer, options = VARIANTS.get(kind, (kind, {}))
                if name in fakes and answer in KINDS:
                    fakes[name].behave(answer, guid=f"{name}-{number:06d}", **options)
            through = [registered["earlier"], registered[name], registered["later"]]
            run_ids[name] = await start(database, through, len(kinds), name)
        told = {}
        for name, run_id in run_ids.items():
            await ended(database, run_id)
            steps = await step_runs(database, run_id)
            for place, kind in enumerate(planned[name]):
                seen = fakes[name].calls if name in fakes else []
                calls = [call for call in seen if call.locations == [location(name, place + 1)]]
                three = steps[3 * place : 3 * place + 3]
                told.setdefault(kind, Told(*three, await attempts_of(database, three[1]), calls))
        await check_invariants(database)
        async with database.session() as session:
            apps = {app.name: app for app in await session.scalars(select(ClamsApp))}
            held = await session.scalars(select(AppSlot).where(AppSlot.step_run_id.is_not(None)))
            slots = {(slot.step_run_id or 0, slot.fence or 0): slot.until for slot in held}
        return Outcome(told, apps, slots, fakes["alone"].calls)


async def attempts_of(database: Database, step: StepRun) -> list[StepAttempt]:
    async with database.session() as session:
        found = select(StepAttempt).where(StepAttempt.step_run_id == step.id).order_by(StepAttempt.fence)
        return list(await session.scalars(found))


@pytest.fixture(scope="module")
def outcome(migrated: TemplateDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """One run of the worker for all tests below: a file for each kind."""
    folder: Path = tmp_path_factory.mktemp("step-errors")

    async def run(dsn: str) -> Outcome:
        database = Database(dsn, name="chowda-test")
        try:
            return await run_all(database)
        finally:
            await database.close()

    with migrated.clone() as dsn, pytest.MonkeyPatch.context() as patch:
        patch.setattr(retry, "FIRST_DELAY_SECONDS", 0.01)
        settings = Settings(
            database_url=dsn,
            data_dir=folder,
            lease_seconds=5,
            poll_seconds=1,
            flush_seconds=0.05,
            threads=16,
            mmif_limit_bytes=1 << 20,
        )
        with working(settings):
            found = asyncio.run(run(dsn))
        assert list(settings.work_dir.iterdir()) == [], "files that failed calls left behind"
        yield found


def test_every_way_of_answering_is_tried() -> None:
    assert set(KINDS) <= GOOD | set(FAILURES)


@pytest.mark.parametrize("kind", sorted(GOOD))
def test_good_answers_finish_all_steps(outcome: Outcome, kind: str) -> None:
    told = outcome.told[kind]
    for step in (told.earlier, told.step, told.later):
        assert (step.status, step.attempts, step.error_code, step.percent) == ("FINISHED", 1, None, 100)
        assert step.error_message is step.error_detail is None


@pytest.mark.parametrize("kind", sorted(FAILURES))
def test_a_failure_has_the_code_and_the_calls_of_the_table(outcome: Outcome, kind: str) -> None:
    code, calls, said = FAILURES[kind]
    told = outcome.told[kind]
    step = told.step
    assert (step.status, step.error_code, step.attempts) == ("FAILED", code, calls), step.error_message
    assert step.error_message is not None
    assert said in step.error_message
    assert [attempt.error_code for attempt in told.attempts] == [code] * calls
    assert all(attempt.ended_at is not None for attempt in told.attempts)
    if kind not in UNREACHABLE:
        assert len(told.calls) == calls
    assert step.mmif_id is None


@pytest.mark.parametrize("kind", sorted(FAILURES))
def test_the_message_is_for_a_person_and_the_detail_is_cut(outcome: Outcome, kind: str) -> None:
    step = outcome.told[kind].step
    message = step.error_message or ""
    assert 20 <= len(message) <= 2_500
    for unwanted in ("Traceback", 'File "', ", line ", "<class", "httpx", "Error(", "\n"):
        assert unwanted not in message
    assert len(step.error_detail or "") <= 10_000


@pytest.mark.parametrize("kind", sorted(FAILURES))
def test_the_steps_before_stay_finished_and_the_steps_after_are_canceled_uncalled(
    outcome: Outcome, kind: str
) -> None:
    told = outcome.told[kind]
    assert (told.earlier.status, told.earlier.error_code) == ("FINISHED", None)
    assert (told.later.status, told.later.attempts, told.later.error_code) == ("CANCELED", 0, None)
    assert told.later.started_at is None
    assert told.later.ended_at == told.step.ended_at


def test_the_detail_holds_what_the_app_answered(outcome: Outcome) -> None:
    trace = outcome.told["error_view"].step.error_detail or ""
    assert trace.startswith("<class 'ValueError'>: it went wrong\n")
    assert "raise ValueError(detail)" in trace
    assert outcome.told["not_json"].step.error_detail == "<html><body>Welcome to nginx!</body></html>"
    assert outcome.told["busy"].step.error_detail == "<h1>Busy</h1>"
    assert len(outcome.told["text_error_long"].step.error_detail or "") == 10_000
    assert outcome.told["drop"].step.error_detail is None


@pytest.mark.parametrize("kind", ["error_view_trace", "text_error_trace"])
def test_a_traceback_among_the_apps_words_is_in_the_detail_alone(outcome: Outcome, kind: str) -> None:
    assert TRACEBACK in (outcome.told[kind].step.error_detail or "")


def test_a_busy_app_is_called_no_earlier_than_it_asked_for(outcome: Outcome) -> None:
    first, second, third = outcome.told["busy_with_a_wish"].calls
    assert first.ended is not None and second.ended is not None
    assert second.started - first.ended >= 1.0
    assert third.started - second.ended >= 1.0


@pytest.mark.parametrize("kind", SLOW)
def test_after_a_time_out_the_slot_stays_taken_for_another_minute(outcome: Outcome, kind: str) -> None:
    told = outcome.told[kind]
    assert len(told.attempts) == 2
    for attempt in told.attempts:
        until = outcome.slots[attempt.step_run_id, attempt.fence]
        assert attempt.ended_at is not None and until is not None
        assert until - attempt.ended_at == timedelta(seconds=60)
        assert attempt.ended_at - attempt.started_at >= timedelta(seconds=1)


def test_after_any_other_failure_the_slot_is_free(outcome: Outcome) -> None:
    slow = {outcome.told[kind].step.id for kind in SLOW}
    assert {step_run_id for step_run_id, _ in outcome.slots} == slow


def test_an_app_that_answers_about_another_file_is_held_to_one_call_at_a_time(outcome: Outcome) -> None:
    assert {app.name for app in outcome.apps.values() if app.one_at_a_time} == {"alone"}
    first, *again = outcome.told["wrong_documents"].calls
    assert len(again) == 2
    for retried in again:
        assert retried.ended is not None
        for other in outcome.alone:
            assert other is retried or other.ended is not None
            assert other is retried or other.started >= retried.ended or other.ended <= retried.started
    assert first.started < again[0].started


def test_so_few_failures_leave_every_app_in_use(outcome: Outcome) -> None:
    assert [app.name for app in outcome.apps.values() if app.circuit_opened_at is not None] == []


async def test_a_file_whose_call_timed_out_waits_for_the_slot_and_not_for_the_app(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The app, which may still work on it, is not called again until its slot is free."""
    monkeypatch.setattr(retry, "FIRST_DELAY_SECONDS", 0.01)
    settings = Settings(
        database_url=database_url, data_dir=tmp_path, lease_seconds=2, poll_seconds=0.2, threads=4
    )
    with working(settings), FakeClams(name="slow") as slow:
        slow.behave("hang", calls=[1])
        run_id = await start(database, [await register(database, slow, 1, timeout_seconds=1)], files=1)
        async with asyncio.timeout(40):
            while (await step_runs(database, run_id))[0].error_code is None:
                await asyncio.sleep(0.05)
        await asyncio.sleep(1.0)
        [step] = await step_runs(database, run_id)
        assert (step.status, step.error_code, step.attempts) == ("WAITING", "APP_TIMEOUT", 1)
        assert len(slow.calls) == 1
        async with database.session() as session:
            await session.execute(text("UPDATE app_slots SET until = now()"))
        assert (await ended(database, run_id)).status == "FINISHED"
    [step] = await step_runs(database, run_id)
    assert (step.attempts, step.error_code, step.error_message) == (2, None, None)
    assert len(slow.calls) == 2


async def test_every_error_status_without_mmif_tells_of_the_app_and_not_of_the_file(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """Such failures open the app's circuit when they go on; an error view, a file that the app can't read, doesn't."""
    blamed = {
        "redirect": True,
        "not_found": True,
        "message_error": True,
        "error_view": False,
        "not_mmif": False,
    }
    settings = Settings(
        database_url=database_url, data_dir=tmp_path, lease_seconds=2, flush_seconds=0.05, threads=4
    )
    with working(settings), ExitStack() as stack:
        run_ids = []
        for kind in blamed:
            app = stack.enter_context(FakeClams(name=kind))
            app.behave(kind)
            run_ids.append(await start(database, [await register(database, app)], 1, kind))
        for run_id in run_ids:
            assert (await ended(database, run_id)).status == "FAILED"
    async with database.session() as session:
        apps = (await session.scalars(select(ClamsApp))).all()
    assert {app.name: bool(app.failing_files) for app in apps} == blamed
