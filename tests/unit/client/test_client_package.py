from __future__ import annotations

import asyncio
import io
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from scripted_server import Event, Page, ScriptedServer, file_run

from chowda.client import (
    AsyncChowda,
    BadUserInput,
    BatchRunFilter,
    Chowda,
    NotFound,
    RunStatus,
    ServerUnreachable,
    TokenRefused,
    UpdatePipelineInput,
    resumable,
)
from chowda.client import Page as ClientPage
from chowda.client.operation import decode
from chowda.enums import RunStatus as ServerStatus

TOKEN = "a-secret-token"


@pytest.fixture(autouse=True)
def short_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resumable, "BACKOFF_SECONDS", (0.05,))
    monkeypatch.delenv("CHOWDA_TOKEN", raising=False)


@pytest.fixture
def chowda(server: ScriptedServer) -> Iterator[Chowda]:
    with Chowda(server.url) as chowda:
        yield chowda


def test_the_address_comes_from_the_environment(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHOWDA_URL", server.url)
    server.add_run()

    with Chowda() as chowda:
        assert chowda.batch_run("brun-1").status is RunStatus.RUNNING
    monkeypatch.delenv("CHOWDA_URL")
    assert Chowda().url == "http://127.0.0.1:8000"


def test_a_list_is_fetched_page_by_page(server: ScriptedServer, chowda: Chowda) -> None:
    server.page_limit = 2
    for _ in range(5):
        server.add_run()

    runs = chowda.batch_runs(filter=BatchRunFilter(text="spring"))

    assert [run.id for run in runs] == [f"brun-{number}" for number in (5, 4, 3, 2, 1)]
    assert [run.id for run in runs.first(3)] == ["brun-5", "brun-4", "brun-3"]
    page = runs.page(2, counted=True)
    assert (len(page.nodes), page.page_info.has_next_page) == (2, True)
    assert page.total_count is not None
    assert page.total_count.count == 5
    assert runs.page(2).total_count is None


async def test_an_async_list_has_the_same_nodes(server: ScriptedServer) -> None:
    server.page_limit = 2
    for _ in range(5):
        server.add_run()

    async with AsyncChowda(server.url) as chowda:
        runs = chowda.batch_runs()
        assert [run.id async for run in runs] == [f"brun-{number}" for number in (5, 4, 3, 2, 1)]
        assert [run.id for run in await runs.first(5)] == [f"brun-{number}" for number in (5, 4, 3, 2, 1)]


def test_an_unknown_id_is_not_found(server: ScriptedServer, chowda: Chowda) -> None:
    for call, message in (
        (lambda: chowda.batch_run("brun-9"), "There is no batch run with the ID 'brun-9'."),
        (lambda: chowda.media_file("guid-9"), "There is no media file with the GUID 'guid-9'."),
        (lambda: chowda.pipeline_versions("pipe-9"), "There is no pipeline with the ID 'pipe-9'."),
    ):
        with pytest.raises(NotFound) as error:
            call()  # type: ignore[no-untyped-call]
        assert error.value.message == message


def test_a_missing_field_is_not_sent_and_none_is_null(server: ScriptedServer, chowda: Chowda) -> None:
    server.add_run()

    chowda.start_batch("batch-1", pipeline_id=None)

    [started] = server.started
    assert started["pipelineId"] is None
    assert "pipelineVersion" not in started
    assert msgspec.to_builtins(UpdatePipelineInput(description=None)) == {"description": None}


async def test_the_blocking_client_works_inside_an_event_loop(server: ScriptedServer) -> None:
    server.add_run()

    with Chowda(server.url) as chowda:  # as in a notebook
        assert chowda.batch_run("brun-1").id == "brun-1"


def test_a_client_must_be_opened_first(server: ScriptedServer) -> None:
    with pytest.raises(RuntimeError, match="with Chowda"):
        Chowda(server.url).batch_run("brun-1")


async def restart(server: ScriptedServer) -> None:
    await asyncio.to_thread(server.stop)
    await asyncio.to_thread(server.start)


async def test_a_feed_continues_from_its_cursor_after_a_restart(
    server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.event_pages.append(Page("c1", [Event("event-1", "startBatch")]))
    seen = []

    async with AsyncChowda(server.url) as chowda:
        async for page in chowda.watch_events():
            seen += [event.id for event in page.events]
            if len(seen) == 1:
                await restart(server)
                server.event_pages.append(Page("c2", [Event("event-2", "cancelBatchRun")]))
                server.events_end = True

    assert seen == ["event-1", "event-2"]
    assert server.resumed_after == [None, "c1"]
    assert "Connection lost, reconnecting" in caplog.text


def test_a_blocking_feed_continues_from_its_cursor_after_a_restart(
    server: ScriptedServer, chowda: Chowda
) -> None:
    server.event_pages.append(Page("c1", [Event("event-1", "startBatch")]))
    seen = []

    for page in chowda.watch_events(after="c0"):
        seen += [event.id for event in page.events]
        if len(seen) == 1:
            server.stop()
            server.start()
            server.event_pages.append(Page("c2", [Event("event-2", "cancelBatchRun")]))
            server.events_end = True

    assert seen == ["event-1", "event-2"]
    assert server.resumed_after == ["c0", "c1"]


async def test_a_page_that_was_not_consumed_is_sent_again(server: ScriptedServer) -> None:
    server.event_pages += [Page("c1", [Event("event-1", "a")]), Page("c2", [Event("event-2", "b")])]

    async with AsyncChowda(server.url) as chowda:
        events = chowda.watch_events()
        assert (await anext(events)).cursor == "c1"
        await restart(server)  # while the second page is in transit, or not yet sent
        server.event_pages[:] = [Page("c2", [Event("event-2", "b")])]
        server.events_end = True
        rest = [page.cursor async for page in events]

    assert set(rest) == {"c2"}
    assert server.resumed_after[-1] in {"c1", "c2"}


async def test_an_invalid_first_cursor_is_refused(server: ScriptedServer) -> None:
    server.refused_cursors = {"old"}

    async with AsyncChowda(server.url) as chowda:
        with pytest.raises(BadUserInput, match="another database"):
            await anext(chowda.watch_events(after="old"))


async def test_a_state_is_sent_again_after_a_restart(server: ScriptedServer) -> None:
    server.add_run(percent=10)
    percents = []

    async with AsyncChowda(server.url) as chowda:
        async for state in chowda.watch_batch_run("brun-1"):
            percents.append(state.percent)
            if len(percents) == 1:
                await restart(server)
                server.change("brun-1", ServerStatus.FINISHED, percent=100.0)

    assert percents == [10, 100]


def test_a_cancelled_subscription_leaves_no_thread(server: ScriptedServer) -> None:
    server.add_run()
    before = threading.active_count()

    with Chowda(server.url) as chowda:
        for state in chowda.watch_batch_run("brun-1"):
            assert state.id == "brun-1"
            break

    assert threading.active_count() == before


async def test_every_request_has_the_token_and_no_output_shows_it(
    server: ScriptedServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.required_token = TOKEN
    server.add_run(ServerStatus.FINISHED)
    server.files["brun-1"] = [file_run(1, mmif=server.add_mmif("m1", b"{}"))]

    async with AsyncChowda(server.url, token=TOKEN) as chowda:
        await chowda.batch_run("brun-1")
        assert [state.status async for state in chowda.watch_batch_run("brun-1")] == ["FINISHED"]
        await chowda.download_mmifs("brun-1", tmp_path)
        shown = repr(chowda) + repr(chowda.session) + repr(Chowda(server.url, token=TOKEN))

    assert server.tokens == {TOKEN}
    assert TOKEN not in caplog.text + shown


async def test_the_error_for_a_refused_token_hides_it(server: ScriptedServer) -> None:
    server.required_token = "another"

    async with AsyncChowda(server.url, token=TOKEN) as chowda:
        for call in (chowda.batch_run("brun-1"), anext(chowda.watch_batch_run("brun-1"))):
            with pytest.raises(TokenRefused) as error:
                await call
            assert "CHOWDA_TOKEN" in error.value.message
            assert TOKEN not in f"{error.value} {error.value.__cause__!r} {error.value.__context__!r}"


@pytest.mark.parametrize("token", ["two words", "line\nend", "naïve"])
def test_an_invalid_token_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(BadUserInput) as error:
        Chowda("http://127.0.0.1:8000", token=token)
    assert token not in error.value.message


async def test_bytes_come_from_the_server_of_the_session(server: ScriptedServer, tmp_path: Path) -> None:
    mmif = server.add_mmif("m1", b"{}")
    assert "elsewhere" in mmif.url
    server.files["brun-1"] = [file_run(1, mmif=mmif)]
    server.add_run()

    async with AsyncChowda(server.url) as chowda:
        downloaded = await chowda.download_mmifs("brun-1", tmp_path)

    assert [file.guid for file in downloaded.files] == ["cpb-aacip-001"]


class RecordingProgress:
    """A progress bar that records its calls."""

    def __init__(self) -> None:
        self.sent_bytes = 0
        self.rows: list[int] = []

    def chunk_sent(self, chunk: bytes) -> None:
        self.sent_bytes += len(chunk)

    def rows_read(self, rows: int) -> None:
        self.rows.append(rows)


def test_an_import_reports_its_progress_and_the_bad_rows(server: ScriptedServer, chowda: Chowda) -> None:
    server.import_lines = [
        {"progress": {"rows": 1000}},
        {"badRow": {"line": 7, "guid": None, "reason": "It has no GUID."}},
        {
            "result": {
                "rows": 1200,
                "added": 1199,
                "updated": 0,
                "unchanged": 0,
                "addedToCollections": 0,
                "collectionsCreated": [],
                "badRows": 1,
                "kept": True,
            }
        },
    ]
    progress = RecordingProgress()

    imported = chowda.import_media(
        io.BytesIO(b"guid\n"),
        atomic=True,
        location="baapb://{guid}.video",
        collections=["a", "b"],
        progress=progress,
    )

    assert server.imports == [
        ({"atomic": ["true"], "location": ["baapb://{guid}.video"], "collection": ["a", "b"]}, b"guid\n")
    ]
    assert [(bad.line, bad.reason) for bad in imported.bad_rows] == [(7, "It has no GUID.")]
    assert (progress.sent_bytes, progress.rows) == (5, [1000])


@pytest.mark.parametrize(
    ("lines", "error", "message"),
    [
        ([{"progress": {"rows": 1000}}], ServerUnreachable, "Nothing was kept"),
        ([{"error": {"code": "BAD_USER_INPUT", "message": "No column."}}], BadUserInput, "No column"),
    ],
)
def test_a_broken_or_refused_import_raises(
    server: ScriptedServer,
    chowda: Chowda,
    lines: list[dict[str, object]],
    error: type[Exception],
    message: str,
) -> None:
    server.import_lines = lines

    with pytest.raises(error, match=message):
        chowda.import_media(io.BytesIO(b"guid\n"))


def test_a_response_that_does_not_fit_suggests_another_version() -> None:
    with pytest.raises(ServerUnreachable, match="may have different versions"):
        decode(ClientPage[str], {"edges": [{"node": 1}]})


async def test_an_unreachable_server_is_an_error_at_once(server: ScriptedServer) -> None:
    server.stop()

    async with AsyncChowda(server.url) as chowda:
        for call in (chowda.batch_run("brun-1"), anext(chowda.watch_events())):
            with pytest.raises(ServerUnreachable, match="Start it with `chowda up`"):
                await call
