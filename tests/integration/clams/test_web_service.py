"""Calls of an app at an endpoint: good answers, and each way in which an app fails."""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from fake_clams import KINDS, FakeClams

from chowda.apps.circuit_breaker import blames_app
from chowda.clams import http_client
from chowda.clams.metadata import check_parameters, parse_metadata
from chowda.clams.mmif import initial_mmif, outline
from chowda.clams.runtimes import AppAnswer, AppCall
from chowda.clams.runtimes.web_service import run
from chowda.enums import DocumentType
from chowda.errors import StepErrorCode, StepFailure

VIDEO = (DocumentType.VIDEO, "/data/cpb-aacip-1.mp4", "video/mp4")
GOOD = {"good", "many_views", "empty_view", "warnings_view", "earlier_view"}
MapOf = dict[str, Any]


def ignore(percent: float) -> None:
    """Progress that no one asks for."""


class Caller:
    """Calls a fake app with a MMIF that holds one view by another app and one by itself."""

    def __init__(self, app: FakeClams, folder: Path) -> None:
        self.app = app
        self.input = folder / "in.mmif"
        self.output = folder / "out.mmif"
        self.start_from(["http://apps.clams.ai/earlier/v1", app.identifier])

    def start_from(self, apps: list[str]) -> None:
        content = json.loads(initial_mmif("cpb-aacip-1", [VIDEO], self.app.metadata["mmif_version"]))
        content["views"] = [
            {
                "id": f"v_{number}",
                "metadata": {"app": app, "contains": {}},
                "annotations": [{"properties": {"id": "a"}}],
            }
            for number, app in enumerate(apps)
        ]
        self.input.write_text(json.dumps(content))

    def call(self, parameters: MapOf | None = None, **changes: Any) -> AppCall:
        metadata = parse_metadata(self.app.metadata)
        check_parameters(metadata, parameters or {})
        values = {
            "endpoint": self.app.url,
            "metadata": metadata,
            "parameters": parameters or {},
            "request_id": "step-17",
            "input_path": self.input,
            "input_outline": asyncio.ensure_future(asyncio.to_thread(outline, self.input)),
            "output_path": self.output,
            "timeout_seconds": 30.0,
            "size_limit_bytes": 8 << 20,
        }
        return AppCall(**values | changes)

    async def __call__(self, parameters: MapOf | None = None, **changes: Any) -> AppAnswer:
        return await run(self.call(parameters, **changes), ignore)

    async def failure(self, parameters: MapOf | None = None, **changes: Any) -> StepFailure:
        with pytest.raises(StepFailure) as caught:
            await self(parameters, **changes)
        assert not self.output.exists()
        return caught.value


@pytest.fixture
def app() -> Iterator[FakeClams]:
    parameters = [
        {"name": "labels", "type": "string", "multivalued": True, "default": []},
        {"name": "map", "type": "map", "multivalued": True, "default": []},
        {"name": "flag", "type": "boolean", "default": True},
        {"name": "prompt", "type": "string", "default": ""},
    ]
    with FakeClams(parameters=parameters) as fake:
        yield fake


@pytest.fixture
def caller(app: FakeClams, tmp_path: Path) -> Caller:
    return Caller(app, tmp_path)


async def test_the_answer_is_in_the_file_with_its_hash_size_and_outline(caller: Caller) -> None:
    answer = await caller()
    content = caller.output.read_bytes()
    assert answer.path == caller.output
    assert answer.sha256 == hashlib.sha256(content).hexdigest()
    assert answer.size_bytes == len(content)
    assert answer.outline == outline(caller.output)
    assert [view.app for view in answer.outline.views][-1] == caller.app.identifier


async def test_the_app_gets_the_mmif_the_request_id_and_the_parameters(caller: Caller) -> None:
    await caller({"labels": ["slate é", "b&c"], "map": {"S": "x:y"}, "flag": False})
    (call,) = caller.app.calls
    assert call.body_bytes == caller.input.stat().st_size
    assert call.locations == ["file:///data/cpb-aacip-1.mp4"]
    assert call.request_id == "step-17"
    assert not call.envelope
    assert call.parameters == {"labels": ["slate é", "b&c"], "map": ["S:x:y"], "flag": ["false"]}


@pytest.mark.parametrize("kind", sorted(GOOD))
async def test_answers_that_apps_give_when_all_went_well_are_taken(caller: Caller, kind: str) -> None:
    caller.app.behave(kind)
    answer = await caller()
    assert len(answer.outline.views) >= 3


FAILURES: dict[str, tuple[StepErrorCode, str]] = {
    "bad_utf8": (StepErrorCode.INVALID_MMIF, "not UTF-8"),
    "brotli": (StepErrorCode.INVALID_MMIF, "encoded as 'br'"),
    "busy": (StepErrorCode.APP_BUSY, "503 Service Unavailable"),
    "deep": (StepErrorCode.INVALID_MMIF, "nested too deeply"),
    "drop": (StepErrorCode.APP_DISCONNECTED, "broke the connection"),
    "empty_body": (StepErrorCode.INVALID_MMIF, "it is empty"),
    "ends_early": (StepErrorCode.APP_DISCONNECTED, "broke the connection"),
    "ends_early_chunked": (StepErrorCode.APP_DISCONNECTED, "broke the connection"),
    "error_view": (StepErrorCode.APP_ERROR, "The app failed: ValueError: it went wrong"),
    "error_view_ok": (StepErrorCode.APP_ERROR, "The app failed: ValueError: it went wrong"),
    "garbage": (StepErrorCode.APP_ERROR, "does not answer in proper HTTP"),
    "gzip_bomb": (StepErrorCode.INVALID_MMIF, "larger than the limit of 8,388,608 bytes"),
    "hang": (StepErrorCode.APP_TIMEOUT, "no whole answer within 0.5 s"),
    "huge": (StepErrorCode.INVALID_MMIF, "larger than the limit of 8,388,608 bytes"),
    "huge_header": (StepErrorCode.APP_ERROR, "does not answer in proper HTTP"),
    "lost_view": (
        StepErrorCode.LOST_VIEWS,
        "lacks 1 of 2 views that were sent: v_0 of http://apps.clams.ai/earlier/v1",
    ),
    "message_error": (StepErrorCode.APP_ERROR, "500 Internal Server Error: Internal Server Error"),
    "nan": (StepErrorCode.INVALID_MMIF, "not JSON"),
    "no_new_view": (StepErrorCode.NO_NEW_VIEW, "no new view by http://apps.clams.ai/fake/v1.0"),
    "not_found": (StepErrorCode.APP_ERROR, "404 Not Found: Not Found Not here."),
    "not_json": (StepErrorCode.INVALID_MMIF, "not JSON"),
    "not_mmif": (StepErrorCode.INVALID_MMIF, "JSON of another shape"),
    "other_app": (StepErrorCode.NO_NEW_VIEW, "only by http://apps.clams.ai/another/v9"),
    "redirect": (
        StepErrorCode.APP_ERROR,
        "a redirect to http://127.0.0.1:9/elsewhere, which is not followed",
    ),
    "reset": (StepErrorCode.APP_DISCONNECTED, "connection reset by peer"),
    "slow_body": (StepErrorCode.APP_TIMEOUT, "no whole answer within 0.5 s"),
    "text_error": (
        StepErrorCode.APP_ERROR,
        "Invalid input data. See below for validation error. it went wrong",
    ),
    "too_long": (StepErrorCode.APP_ERROR, "414 Request-URI Too Long: Request Line is too large"),
    "wrong_documents": (StepErrorCode.WRONG_DOCUMENTS, "d1 (file:///data/another-file.mp4) instead of d1"),
}


def test_every_way_of_answering_is_tried() -> None:
    assert set(KINDS) == GOOD | set(FAILURES)


@pytest.mark.parametrize("kind", FAILURES)
async def test_each_failure_has_its_code_and_says_what_happened(caller: Caller, kind: str) -> None:
    code, said = FAILURES[kind]
    caller.app.behave(kind, times=1)
    timeout = 0.5 if code is StepErrorCode.APP_TIMEOUT else 30.0
    failure = await caller.failure(timeout_seconds=timeout)
    assert (failure.code, said in failure.message) == (code, True), failure.message
    assert "Traceback" not in failure.message
    assert (await caller()).outline.views, "the next call is none the worse for it"


@pytest.mark.parametrize(
    "apps", [["http://apps.clams.ai/earlier/v1"], ["http://apps.clams.ai/fake/v1.0"], []]
)
async def test_the_error_is_found_on_a_new_view_and_on_the_apps_own_earlier_one(
    caller: Caller, apps: list[str]
) -> None:
    caller.start_from(apps)
    caller.app.behave("error_view", message="no slate\0in sight")
    failure = await caller.failure()
    assert failure.code is StepErrorCode.APP_ERROR
    assert failure.message == "The app failed: ValueError: no slate\ufffdin sight"
    assert failure.detail is not None
    assert "raise ValueError(detail)" in failure.detail


async def test_the_detail_holds_the_beginning_of_what_the_app_answered(caller: Caller) -> None:
    caller.app.behave("text_error", message="x" * 20_000)
    failure = await caller.failure()
    assert failure.detail is not None
    assert failure.detail.startswith("Invalid input data. See below")
    assert len(failure.detail) == 10_000
    assert len(failure.message) < 1_000


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_busy_app_says_when_to_come_back(caller: Caller, status: int) -> None:
    caller.app.behave("busy", status=status, retry_after="7")
    failure = await caller.failure()
    assert (failure.code, failure.retry_after_seconds) == (StepErrorCode.APP_BUSY, 7.0)
    assert str(status) in failure.message
    assert failure.detail == "<h1>Busy</h1>"


@pytest.mark.parametrize(
    ("retry_after", "least", "most"),
    [
        (lambda: format_datetime(datetime.now(UTC) + timedelta(minutes=2), usegmt=True), 90.0, 121.0),
        (lambda: "Fri, 31 Dec 1999 23:59:59 GMT", 0.0, 0.0),
        (lambda: "99999999999", 86_400.0, 86_400.0),
    ],
)
async def test_the_wish_to_come_back_may_be_a_date_and_is_at_most_a_day(
    caller: Caller, retry_after: Callable[[], str], least: float, most: float
) -> None:
    caller.app.behave("busy", retry_after=retry_after())
    failure = await caller.failure()
    assert failure.retry_after_seconds is not None
    assert least <= failure.retry_after_seconds <= most


@pytest.mark.parametrize("kind", ["garbage", "huge_header", "text_error", "redirect"])
async def test_an_answer_without_mmif_says_that_the_app_is_not_well(caller: Caller, kind: str) -> None:
    caller.app.behave(kind)
    assert blames_app(await caller.failure())


async def test_a_date_to_come_back_at_counts_from_the_apps_own_clock(caller: Caller) -> None:
    in_two_hours = datetime.now(UTC) + timedelta(hours=2)
    caller.app.behave(
        "busy",
        date=format_datetime(in_two_hours, usegmt=True),
        retry_after=format_datetime(in_two_hours + timedelta(seconds=30), usegmt=True),
    )
    assert (await caller.failure()).retry_after_seconds == 30.0


@pytest.mark.parametrize("retry_after", ["soon", "-3", "nan", "", "1e9", None])
async def test_a_wish_that_is_none_is_left_out(caller: Caller, retry_after: str | None) -> None:
    caller.app.behave("busy", retry_after=retry_after)
    assert (await caller.failure()).retry_after_seconds is None


async def test_an_app_that_refuses_connections_is_unreachable(caller: Caller) -> None:
    caller.app.refuse_connections()
    failure = await caller.failure()
    assert (failure.code, failure.message) == (
        StepErrorCode.APP_UNREACHABLE,
        f"{caller.app.url} can't be reached: connection refused.",
    )
    caller.app.accept_connections()
    await caller()


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        ("http://no-such-host.invalid:5000", "the host name is unknown"),
        (f"http://{'a' * 64}.invalid:5000", "the host name is unknown"),
        ("https://{host}", "TLS: "),
    ],
)
async def test_unknown_names_and_tls_that_fails_are_unreachable(
    caller: Caller, endpoint: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    endpoint = endpoint.format(host=caller.app.url.removeprefix("http://"))
    failure = await caller.failure(endpoint=endpoint)
    assert failure.code is StepErrorCode.APP_UNREACHABLE
    assert said in failure.message


async def test_an_app_behind_a_proxy_that_fails_is_unreachable(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
        writer.close()

    monkeypatch.setenv("NO_PROXY", "")
    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
        failure = await caller.failure(endpoint="https://app.example")
    assert (failure.code, failure.message) == (
        StepErrorCode.APP_UNREACHABLE,
        "https://app.example can't be reached: proxy: 502 Bad Gateway.",
    )


async def test_a_query_of_the_endpoint_is_kept_and_not_shown(caller: Caller) -> None:
    await caller({"flag": True}, endpoint=f"{caller.app.url}/?key=secret")
    assert caller.app.calls[0].parameters == {"key": ["secret"], "flag": ["true"]}
    caller.app.refuse_connections()
    assert "secret" not in str(await caller.failure(endpoint=f"{caller.app.url}/?key=secret"))


async def test_the_time_limit_is_for_the_whole_call_however_busily_the_app_sends(caller: Caller) -> None:
    """The slow body brings a byte every 50 ms: no single read ever waits for long."""
    caller.app.behave("slow_body")
    started = time.monotonic()
    failure = await caller.failure(timeout_seconds=1.0)
    assert failure.code is StepErrorCode.APP_TIMEOUT
    assert 1.0 <= time.monotonic() - started < 15.0


async def test_an_answer_just_within_the_size_limit_is_taken(caller: Caller) -> None:
    size = (await caller()).size_bytes
    caller.app.reset()
    assert (await caller(size_limit_bytes=size)).size_bytes == size
    failure = await caller.failure(size_limit_bytes=size - 1)
    assert failure.code is StepErrorCode.INVALID_MMIF


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("/there", "{url}/there"),
        ("http://me:s3cret@host/x?key=s3cret", "http://host/x"),
        ("http://[::1", "no address at all"),
    ],
)
async def test_a_redirect_is_told_in_full_but_without_secrets(
    caller: Caller, location: str, said: str
) -> None:
    caller.app.behave("redirect", location=location)
    failure = await caller.failure()
    assert failure.code is StepErrorCode.APP_ERROR
    assert said.format(url=caller.app.url) in failure.message
    assert "s3cret" not in failure.message


async def test_files_that_cannot_be_read_or_written_here_are_no_fault_of_the_app(
    caller: Caller, tmp_path: Path
) -> None:
    for wrong in ({"output_path": tmp_path / "gone" / "out"}, {"input_path": tmp_path / "gone"}):
        failure = await caller.failure(**wrong)
        assert failure.code is StepErrorCode.STORE_UNAVAILABLE
        assert "no such file" in failure.message.lower()


async def test_an_answer_that_says_it_is_too_large_is_not_waited_for(caller: Caller) -> None:
    caller.app.behave("ends_early")
    failure = await caller.failure(size_limit_bytes=100)
    assert failure.code is StepErrorCode.INVALID_MMIF, "though its end never comes"


async def test_when_the_call_is_canceled_the_app_sees_the_connection_close_and_no_file_stays(
    caller: Caller,
) -> None:
    caller.app.behave("hang")
    task = asyncio.create_task(caller())
    while not caller.app.calls:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(10):
        while not caller.app.calls[0].hung_up:
            await asyncio.sleep(0.01)
    assert not caller.output.exists()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_canceled_while_the_answer_comes_in_leaves_no_file(caller: Caller) -> None:
    caller.app.behave("huge", size_bytes=1 << 40)
    task = asyncio.create_task(caller(size_limit_bytes=1 << 40))
    while not caller.output.exists() or caller.output.stat().st_size < 4 << 20:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not caller.output.exists()


async def test_calls_at_once_do_not_mix(app: FakeClams, tmp_path: Path) -> None:
    app.seconds = 0.05
    callers = []
    for number in range(16):
        folder = tmp_path / str(number)
        folder.mkdir()
        callers.append(Caller(app, folder))
        text = callers[-1].input.read_text().replace("cpb-aacip-1", f"cpb-aacip-{number}")
        callers[-1].input.write_text(text)
    answers = await asyncio.gather(*(caller() for caller in callers))
    assert [answer.outline.documents[0].location for answer in answers] == [
        f"file:///data/cpb-aacip-{number}.mp4" for number in range(16)
    ]
    assert app.max_open_calls > 1


async def test_no_connection_is_kept_open_for_a_next_call(caller: Caller) -> None:
    """An app under gunicorn ends its worker process after each request: a kept connection would break."""
    heard = bytearray()
    done = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.readuntil(b"\r\n\r\n"))
        await reader.readexactly(caller.input.stat().st_size)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        assert await reader.read() == b"", "the client closes, though the server would go on"
        writer.close()
        done.set()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        await caller.failure(endpoint=f"http://127.0.0.1:{port}")
        await asyncio.wait_for(done.wait(), 10)
    head = heard.decode().lower()
    assert "connection: close" in head
    assert "accept-encoding: identity" in head
    assert f"content-length: {caller.input.stat().st_size}" in head
    assert "transfer-encoding" not in head


@pytest.mark.parametrize(
    ("connect_seconds", "timeout_seconds", "code", "said"),
    [
        (30.0, 0.5, StepErrorCode.APP_TIMEOUT, "no whole answer within 0.5 s"),
        (0.5, 30.0, StepErrorCode.APP_UNREACHABLE, "no connection within 0.5 s"),
    ],
)
async def test_a_host_that_swallows_packets_ends_in_a_time_out(
    caller: Caller,
    connect_seconds: float,
    timeout_seconds: float,
    code: StepErrorCode,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A listener whose backlog is full answers no more connections."""
    monkeypatch.setattr(http_client, "CONNECT_SECONDS", connect_seconds)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
            fillers.append(filler)
        failure = await caller.failure(
            endpoint=f"http://127.0.0.1:{full.getsockname()[1]}", timeout_seconds=timeout_seconds
        )
        for filler in fillers:
            filler.close()
    assert failure.code is code
    assert said in failure.message
