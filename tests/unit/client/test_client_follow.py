from __future__ import annotations

import asyncio
import io
import json
from datetime import UTC, datetime

import pytest
from rich.console import Console
from scripted_server import RunCounts, ScriptedServer, file_run, until

from chowda.cli.watch import watch
from chowda.client import (
    AsyncChowda,
    BatchRunState,
    Failure,
    Follower,
    NotFound,
    ServerUnreachable,
    resumable,
)
from chowda.enums import RunStatus

APP_ERROR = (1, "APP_ERROR", "The app says no.")


class Recording:
    """A display that records its calls."""

    def __init__(self) -> None:
        self.states: list[BatchRunState] = []
        self.failures: list[Failure] = []
        self.losses: list[tuple[datetime, str]] = []
        self.restorations = 0

    def show_state(self, state: BatchRunState) -> None:
        self.states.append(state)

    def show_failure(self, failure: Failure) -> None:
        self.failures.append(failure)

    def show_lost(self, since: datetime, reason: str) -> None:
        self.losses.append((since, reason))

    def show_restored(self) -> None:
        self.restorations += 1


@pytest.fixture
def display() -> Recording:
    return Recording()


async def follow_run(server: ScriptedServer, display: Recording) -> BatchRunState:
    async with AsyncChowda(server.url) as chowda:
        return await Follower(chowda, "brun-1", display).run()


async def test_a_run_is_shown_from_its_current_state_to_its_end(
    server: ScriptedServer, display: Recording
) -> None:
    server.add_run(percent=10)
    following = asyncio.create_task(follow_run(server, display))
    await until(lambda: display.states)

    server.change("brun-1", RunStatus.RUNNING, percent=60.0)
    await until(lambda: len(display.states) == 2)
    server.change("brun-1", RunStatus.FINISHED, percent=100.0, counts=RunCounts(total=3, finished=3))
    end = await following

    assert [state.percent for state in display.states] == [10, 60, 100]
    assert end == display.states[-1]
    assert end.status == RunStatus.FINISHED
    assert display.losses == []


async def test_an_ended_run_is_shown_at_once_with_its_failures(
    server: ScriptedServer, display: Recording
) -> None:
    server.add_run()
    server.files["brun-1"] = [file_run(1), file_run(2, failed=APP_ERROR)]
    server.change("brun-1", RunStatus.FAILED)

    end = await follow_run(server, display)

    assert end.status == RunStatus.FAILED
    assert [(f.guid, f.position, f.app, f.code, f.message) for f in display.failures] == [
        ("cpb-aacip-002", 1, "scenes-with-text", "APP_ERROR", "The app says no.")
    ]


async def test_each_failure_is_shown_once(server: ScriptedServer, display: Recording) -> None:
    server.add_run()
    server.files["brun-1"] = [file_run(1, failed=APP_ERROR)]
    following = asyncio.create_task(follow_run(server, display))
    await until(lambda: display.failures)

    server.pages += [
        ("c1", [file_run(1, failed=APP_ERROR), file_run(2)]),
        ("c2", [file_run(3, failed=(2, "APP_TIMEOUT", "Too long."))]),
        ("c3", [file_run(3, failed=(2, "APP_TIMEOUT", "Too long."))]),
    ]
    server.change("brun-1", RunStatus.FAILED)
    await following

    assert [(failure.guid, failure.code) for failure in display.failures] == [
        ("cpb-aacip-001", "APP_ERROR"),
        ("cpb-aacip-003", "APP_TIMEOUT"),
    ]


async def test_a_file_that_fails_after_a_retry_is_shown_again(
    server: ScriptedServer, display: Recording
) -> None:
    server.add_run()
    server.pages += [
        ("c1", [file_run(1, failed=APP_ERROR)]),
        ("c2", [file_run(1)]),
        ("c3", [file_run(1, failed=APP_ERROR)]),
    ]
    following = asyncio.create_task(follow_run(server, display))
    await until(lambda: not server.pages)
    server.change("brun-1", RunStatus.FAILED)
    await following

    assert [failure.guid for failure in display.failures] == ["cpb-aacip-001", "cpb-aacip-001"]


async def test_the_feed_continues_from_its_cursor_after_a_lost_connection(
    server: ScriptedServer, display: Recording
) -> None:
    server.add_run()
    following = asyncio.create_task(follow_run(server, display))
    server.pages.append(("c7", [file_run(1, failed=APP_ERROR)]))
    await until(lambda: display.failures)
    await asyncio.sleep(0.2)  # so that events in transit arrive before the server stops
    before = datetime.now().astimezone()

    await asyncio.to_thread(server.stop)
    await until(lambda: display.losses)
    server.pages.append(("c8", [file_run(2, failed=APP_ERROR)]))
    server.change("brun-1", RunStatus.RUNNING, percent=70.0)
    await asyncio.to_thread(server.start)
    await until(lambda: display.restorations)
    server.change("brun-1", RunStatus.FAILED)
    await following

    assert server.resumed_after == ["c0", "c7"]
    assert [failure.guid for failure in display.failures] == ["cpb-aacip-001", "cpb-aacip-002"]
    assert 70.0 in [state.percent for state in display.states]
    assert len(display.losses) == display.restorations == 1
    assert display.losses[0][0] <= before
    assert "Start it with" not in display.losses[0][1]


async def test_a_silent_server_counts_as_lost(
    server: ScriptedServer, display: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resumable, "SILENCE_SECONDS", 0.3)
    server.add_run()
    following = asyncio.create_task(follow_run(server, display))

    await until(lambda: display.losses)
    server.change("brun-1", RunStatus.FINISHED)
    await following

    assert "silent" in display.losses[0][1]


async def test_the_display_is_stale_while_the_server_has_no_database(
    server: ScriptedServer, display: Recording
) -> None:
    server.add_run(percent=10)
    following = asyncio.create_task(follow_run(server, display))
    await until(lambda: server.resumed_after)
    as_of = datetime(2026, 3, 1, 12, 1, tzinfo=UTC)

    server.change("brun-1", RunStatus.RUNNING, stale=True, as_of=as_of)
    await until(lambda: display.losses)
    assert display.restorations == 0
    server.change("brun-1", RunStatus.RUNNING, stale=False, percent=20.0)
    await until(lambda: display.restorations)
    server.change("brun-1", RunStatus.FINISHED)
    await following

    assert display.losses == [(as_of, "Chowda can't read its database")]
    assert [state.percent for state in display.states] == [10, 20, 20]
    assert len(server.resumed_after) == 1, "the client subscribed again"


async def test_a_cursor_that_the_server_rejects_is_dropped(
    server: ScriptedServer, display: Recording
) -> None:
    run = server.add_run()
    run.cursor = "old"
    server.refused_cursors = {"old"}
    following = asyncio.create_task(follow_run(server, display))
    await until(lambda: server.resumed_after == ["old"])

    server.change("brun-1", RunStatus.RUNNING, cursor="new", percent=50.0)
    await until(lambda: None in server.resumed_after)
    server.change("brun-1", RunStatus.FINISHED)
    await following

    assert set(server.resumed_after) == {"old", None}


async def test_an_unknown_run_is_not_found(server: ScriptedServer, display: Recording) -> None:
    with pytest.raises(NotFound, match=r"There is no batch run with the ID 'brun-1'"):
        await follow_run(server, display)


async def test_an_unreachable_server_is_an_error_before_the_first_state(
    server: ScriptedServer, display: Recording
) -> None:
    server.stop()

    with pytest.raises(ServerUnreachable, match=r"Start it with `chowda up`"):
        await follow_run(server, display)

    assert display.states == []


async def test_watching_with_json_writes_one_object_per_line(server: ScriptedServer) -> None:
    server.add_run()
    server.files["brun-1"] = [file_run(1, failed=APP_ERROR)]
    server.change("brun-1", RunStatus.FAILED)
    console = Console(file=io.StringIO())

    async with AsyncChowda(server.url) as chowda:
        await watch(chowda, "brun-1", console, as_json=True)

    events = [json.loads(line) for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]
    assert [event["event"] for event in events] == ["state", "failure"]
    assert events[0]["batchRun"]["status"] == "FAILED"
    assert events[0]["batchRun"]["steps"][0]["app"]["name"] == "scenes-with-text"
    assert events[1]["failure"]["guid"] == "cpb-aacip-001"


async def test_watching_into_a_pipe_writes_plain_lines(server: ScriptedServer) -> None:
    server.add_run()
    server.files["brun-1"] = [file_run(1, failed=APP_ERROR)]
    console = Console(file=io.StringIO(), width=40)

    async with AsyncChowda(server.url) as chowda:
        watching = asyncio.create_task(watch(chowda, "brun-1", console))
        await until(lambda: server.resumed_after)
        server.change("brun-1", RunStatus.PAUSED)
        await until(lambda: "PAUSED" in console.file.getvalue())  # type: ignore[attr-defined]
        server.change("brun-1", RunStatus.FAILED, counts=RunCounts(total=3, finished=2, failed=1))
        await watching

    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert lines == [
        "brun-1  spring through slates  RUNNING",
        "failed  cpb-aacip-001  1 scenes-with-text  APP_ERROR  The app says no.  prun-1",
        "PAUSED  1 scenes-with-text 0 % done 0/3; 2 slate-ocr 0 % done 0/3",
        "FAILED  files: done 2/3, failed 1, took 2:13",
    ]
