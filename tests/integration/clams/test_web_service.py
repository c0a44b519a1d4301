"""Calls of a web service: valid answers, and each way in which an app fails."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from app_caller import Caller
from fake_clams import KINDS, FakeClams

from chowda.apps.circuit_breaker import blames_app
from chowda.clams import http_client
from chowda.clams.mmif import outline
from chowda.errors import StepErrorCode

GOOD = {"good", "many_views", "empty_view", "warnings_view", "earlier_view"}


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


async def test_answer_has_file_hash_size_and_outline(caller: Caller) -> None:
    answer = await caller()
    content = caller.output.read_bytes()
    assert answer.path == caller.output
    assert answer.sha256 == hashlib.sha256(content).hexdigest()
    assert answer.size_bytes == len(content)
    assert answer.outline == outline(caller.output)
    assert [view.app for view in answer.outline.views][-1] == caller.app.identifier


async def test_app_receives_mmif_request_id_and_parameters(caller: Caller) -> None:
    await caller({"labels": ["slate é", "b&c"], "map": {"S": "x:y"}, "flag": False})
    (call,) = caller.app.calls
    assert call.body_bytes == caller.input.stat().st_size
    assert call.locations == ["file:///data/cpb-aacip-1.mp4"]
    assert call.request_id == "step-17"
    assert not call.envelope
    assert call.parameters == {"labels": ["slate é", "b&c"], "map": ["S:x:y"], "flag": ["false"]}


@pytest.mark.parametrize("kind", sorted(GOOD))
async def test_valid_answers_are_accepted(caller: Caller, kind: str) -> None:
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
    "garbage": (StepErrorCode.APP_ERROR, "does not answer in valid HTTP"),
    "gzip_bomb": (StepErrorCode.INVALID_MMIF, "larger than the limit of 8,388,608 bytes"),
    "hang": (StepErrorCode.APP_TIMEOUT, "no complete answer within 0.5 s"),
    "huge": (StepErrorCode.INVALID_MMIF, "larger than the limit of 8,388,608 bytes"),
    "huge_header": (StepErrorCode.APP_ERROR, "does not answer in valid HTTP"),
    "lost_view": (
        StepErrorCode.LOST_VIEWS,
        "lacks 1 of 2 views that were sent: v_0 of http://apps.clams.ai/earlier/v1",
    ),
    "message_error": (StepErrorCode.APP_ERROR, "500 Internal Server Error: Internal Server Error"),
    "nan": (StepErrorCode.INVALID_MMIF, "not JSON"),
    "no_new_view": (StepErrorCode.NO_NEW_VIEW, "no new view by http://apps.clams.ai/fake/v1.0"),
    "not_found": (StepErrorCode.APP_ERROR, "404 Not Found: Not Found Not here."),
    "not_json": (StepErrorCode.INVALID_MMIF, "not JSON"),
    "not_mmif": (StepErrorCode.INVALID_MMIF, "JSON of another structure"),
    "other_app": (StepErrorCode.NO_NEW_VIEW, "only by http://apps.clams.ai/another/v9"),
    "redirect": (
        StepErrorCode.APP_ERROR,
        "a redirect to http://127.0.0.1:9/elsewhere, which is not followed",
    ),
    "reset": (StepErrorCode.APP_DISCONNECTED, "connection reset by peer"),
    "slow_body": (StepErrorCode.APP_TIMEOUT, "no complete answer within 0.5 s"),
    "text_error": (
        StepErrorCode.APP_ERROR,
        "Invalid input data. See below for validation error. it went wrong",
    ),
    "too_long": (StepErrorCode.APP_ERROR, "414 Request-URI Too Long: Request Line is too large"),
    "wrong_documents": (StepErrorCode.WRONG_DOCUMENTS, "d1 (file:///data/another-file.mp4) instead of d1"),
}


def test_every_kind_of_answer_is_covered() -> None:
    assert set(KINDS) == GOOD | set(FAILURES)


@pytest.mark.parametrize("kind", FAILURES)
async def test_each_failure_has_its_code_and_message(caller: Caller, kind: str) -> None:
    code, expected = FAILURES[kind]
    caller.app.behave(kind, times=1)
    timeout = 0.5 if code is StepErrorCode.APP_TIMEOUT else 30.0
    failure = await caller.failure(timeout_seconds=timeout)
    assert (failure.code, expected in failure.message) == (code, True), failure.message
    assert "Traceback" not in failure.message
    assert (await caller()).outline.views, "the next call succeeds"


@pytest.mark.parametrize(
    "apps", [["http://apps.clams.ai/earlier/v1"], ["http://apps.clams.ai/fake/v1.0"], []]
)
async def test_error_is_found_in_a_new_and_in_an_earlier_view(caller: Caller, apps: list[str]) -> None:
    caller.write_input(apps)
    caller.app.behave("error_view", message="no slate\0in sight")
    failure = await caller.failure()
    assert failure.code is StepErrorCode.APP_ERROR
    assert failure.message == "The app failed: ValueError: no slate\ufffdin sight"
    assert failure.detail is not None
    assert "raise ValueError(detail)" in failure.detail


async def test_detail_holds_the_beginning_of_the_answer(caller: Caller) -> None:
    caller.app.behave("text_error", message="x" * 20_000)
    failure = await caller.failure()
    assert failure.detail is not None
    assert failure.detail.startswith("Invalid input data. See below")
    assert len(failure.detail) == 10_000
    assert len(failure.message) < 1_000


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_busy_app_sets_the_retry_delay(caller: Caller, status: int) -> None:
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
async def test_retry_after_may_be_a_date_and_is_at_most_a_day(
    caller: Caller, retry_after: Callable[[], str], least: float, most: float
) -> None:
    caller.app.behave("busy", retry_after=retry_after())
    failure = await caller.failure()
    assert failure.retry_after_seconds is not None
    assert least <= failure.retry_after_seconds <= most


@pytest.mark.parametrize("kind", ["garbage", "huge_header", "text_error", "redirect"])
async def test_error_without_mmif_counts_against_the_app(caller: Caller, kind: str) -> None:
    caller.app.behave(kind)
    assert blames_app(await caller.failure())


async def test_retry_after_date_is_relative_to_the_apps_clock(caller: Caller) -> None:
    in_two_hours = datetime.now(UTC) + timedelta(hours=2)
    caller.app.behave(
        "busy",
        date=format_datetime(in_two_hours, usegmt=True),
        retry_after=format_datetime(in_two_hours + timedelta(seconds=30), usegmt=True),
    )
    assert (await caller.failure()).retry_after_seconds == 30.0


@pytest.mark.parametrize("retry_after", ["soon", "-3", "nan", "", "1e9", None])
async def test_invalid_retry_after_is_ignored(caller: Caller, retry_after: str | None) -> None:
    caller.app.behave("busy", retry_after=retry_after)
    assert (await caller.failure()).retry_after_seconds is None


async def test_refused_connection_is_unreachable(caller: Caller) -> None:
    caller.app.refuse_connections()
    failure = await caller.failure()
    assert (failure.code, failure.message) == (
        StepErrorCode.APP_UNREACHABLE,
        f"{caller.app.url} can't be reached: connection refused.",
    )
    caller.app.accept_connections()
    await caller()


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("http://no-such-host.invalid:5000", "the host name is unknown"),
        (f"http://{'a' * 64}.invalid:5000", "the host name is unknown"),
        ("https://{host}", "TLS: "),
    ],
)
async def test_unknown_host_and_failed_tls_are_unreachable(
    caller: Caller, endpoint: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    endpoint = endpoint.format(host=caller.app.url.removeprefix("http://"))
    failure = await caller.failure(endpoint=endpoint)
    assert failure.code is StepErrorCode.APP_UNREACHABLE
    assert expected in failure.message


async def test_failing_proxy_is_unreachable(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
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


async def test_query_of_the_endpoint_is_sent_and_not_displayed(caller: Caller) -> None:
    await caller({"flag": True}, endpoint=f"{caller.app.url}/?key=secret")
    assert caller.app.calls[0].parameters == {"key": ["secret"], "flag": ["true"]}
    caller.app.refuse_connections()
    assert "secret" not in str(await caller.failure(endpoint=f"{caller.app.url}/?key=secret"))


async def test_time_limit_applies_to_the_whole_call(caller: Caller) -> None:
    """The app sends a byte every 50 ms, so no single read takes long."""
    caller.app.behave("slow_body")
    started = time.monotonic()
    failure = await caller.failure(timeout_seconds=1.0)
    assert failure.code is StepErrorCode.APP_TIMEOUT
    assert 1.0 <= time.monotonic() - started < 15.0


async def test_answer_at_the_size_limit_is_accepted(caller: Caller) -> None:
    size = (await caller()).size_bytes
    caller.app.reset()
    assert (await caller(size_limit_bytes=size)).size_bytes == size
    failure = await caller.failure(size_limit_bytes=size - 1)
    assert failure.code is StepErrorCode.INVALID_MMIF


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/there", "{url}/there"),
        ("http://me:s3cret@host/x?key=s3cret", "http://host/x"),
        ("http://[::1", "an invalid address"),
    ],
)
async def test_redirect_target_is_reported_without_secrets(
    caller: Caller, location: str, expected: str
) -> None:
    caller.app.behave("redirect", location=location)
    failure = await caller.failure()
    assert failure.code is StepErrorCode.APP_ERROR
    assert expected.format(url=caller.app.url) in failure.message
    assert "s3cret" not in failure.message


async def test_local_file_errors_do_not_count_against_the_app(caller: Caller, tmp_path: Path) -> None:
    for wrong in ({"output_path": tmp_path / "gone" / "out"}, {"input_path": tmp_path / "gone"}):
        failure = await caller.failure(**wrong)
        assert failure.code is StepErrorCode.STORE_UNAVAILABLE
        assert "no such file" in failure.message.lower()


async def test_announced_size_above_the_limit_fails_at_once(caller: Caller) -> None:
    caller.app.behave("ends_early")
    failure = await caller.failure(size_limit_bytes=100)
    assert failure.code is StepErrorCode.INVALID_MMIF, "before the end of the body"


async def test_cancelled_call_closes_the_connection_and_leaves_no_file(
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


async def test_call_cancelled_during_the_answer_leaves_no_file(caller: Caller) -> None:
    caller.app.behave("huge", size_bytes=1 << 40)
    task = asyncio.create_task(caller(size_limit_bytes=1 << 40))
    while not caller.output.exists() or caller.output.stat().st_size < 4 << 20:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not caller.output.exists()


async def test_concurrent_calls_do_not_mix(app: FakeClams, tmp_path: Path) -> None:
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


async def test_connection_is_closed_after_each_call(caller: Caller) -> None:
    """gunicorn ends the app's worker process after each request, so a reused connection would break."""
    received = bytearray()
    done = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.extend(await reader.readuntil(b"\r\n\r\n"))
        await reader.readexactly(caller.input.stat().st_size)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        assert await reader.read() == b"", "the client closes the connection first"
        writer.close()
        done.set()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        await caller.failure(endpoint=f"http://127.0.0.1:{port}")
        await asyncio.wait_for(done.wait(), 10)
    head = received.decode().lower()
    assert "connection: close" in head
    assert "accept-encoding: identity" in head
    assert f"content-length: {caller.input.stat().st_size}" in head
    assert "transfer-encoding" not in head


@pytest.mark.parametrize(
    ("connect_seconds", "timeout_seconds", "code", "expected"),
    [
        (30.0, 0.5, StepErrorCode.APP_TIMEOUT, "no complete answer within 0.5 s"),
        (0.5, 30.0, StepErrorCode.APP_UNREACHABLE, "no connection within 0.5 s"),
    ],
)
async def test_host_that_drops_packets_times_out(
    caller: Caller,
    connect_seconds: float,
    timeout_seconds: float,
    code: StepErrorCode,
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A listener with a full backlog answers no more connections."""
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
    assert expected in failure.message
