"""Unusual responses of apps, with a real worker: each fails the step and stores nothing, or is a result."""

from __future__ import annotations

import gzip
import itertools
import json
import random
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from engine import check_invariants, ended, pipeline_runs, start, step_runs
from factories import add_app, app_metadata
from peak_memory import SMAPS, Peak
from raw_app import Answer, RawApp, http
from sqlalchemy import func, select

from chowda.clams.mmif import outline
from chowda.config import Settings
from chowda.db.database import Database
from chowda.ids import Kind, opaque
from chowda.models import Mmif, StepRun
from chowda.storage.mmif_store import MmifStore

MEGABYTE = 1 << 20
VIEW = b'{"id":"v","metadata":{}},'
DEEP = 200_000
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"


def bomb(compress: Any, size_bytes: int = 1 << 30) -> bytes:
    """Return compressed white space, a thousandth of its size."""
    piece = b" " * MEGABYTE
    return b"".join([*(compress.compress(piece) for _ in range(size_bytes // MEGABYTE)), compress.flush()])


GZIP_BOMB = bomb(zlib.compressobj(9, wbits=31))
ZLIB_BOMB = bomb(zlib.compressobj(9))


def nested(opening: bytes, closing: bytes) -> bytes:
    return opening * DEEP + b"1" + closing * DEEP


def stream_of(head: bytes, piece: bytes, times: int) -> Iterator[bytes]:
    yield head
    yield from itertools.repeat(piece, times)


def with_value(value: bytes) -> Callable[[RawApp, bytes], Iterable[bytes]]:
    """A valid response with this value in an annotation."""
    return lambda app, sent: [http(app.good(sent, b'{"id": "a", "start": ' + value + b"}"))]


def with_view_fields(**view: Any) -> Callable[[RawApp, bytes], Iterable[bytes]]:
    """A valid response, except for these fields of its view."""
    return lambda app, sent: [http(app.good(sent, **view))]


def fixed(*pieces: bytes) -> Callable[[RawApp, bytes], Iterable[bytes]]:
    return lambda app, sent: pieces


def good(
    *headers: str, status: str = "200 OK", kind: str = "application/json"
) -> Callable[[RawApp, bytes], Iterable[bytes]]:
    return lambda app, sent: [http(app.good(sent), *headers, status=status, content_type=kind)]


def compressed(
    encoding: str, compress: Callable[[bytes], bytes]
) -> Callable[[RawApp, bytes], Iterable[bytes]]:
    return lambda app, sent: [http(compress(app.good(sent)), f"Content-Encoding: {encoding}")]


Response = Callable[[RawApp, bytes], Iterable[bytes]]

BAD: dict[str, tuple[str, Response]] = {
    "Infinity": ("INVALID_MMIF", with_value(b"-Infinity")),
    "lists 200,000 deep in an annotation": ("INVALID_MMIF", with_value(nested(b"[", b"]"))),
    "objects 200,000 deep in an annotation": ("INVALID_MMIF", with_value(nested(b'{"a":', b"}"))),
    "only 200,000 brackets": ("INVALID_MMIF", fixed(http(b"[" * DEEP))),
    "an error 200,000 deep": (
        "INVALID_MMIF",
        lambda app, sent: [http(app.good(sent).replace(b'"contains": {}', b'"error": ' + nested(b"[", b"]")))],
    ),
    "a byte order mark": ("INVALID_MMIF", lambda app, sent: [http(b"\xef\xbb\xbf" + app.good(sent))]),
    "UTF-16": ("INVALID_MMIF", lambda app, sent: [http(app.good(sent).decode().encode("utf-16"))]),
    "half a character in an annotation": ("INVALID_MMIF", with_value(b'"\\ud800"')),
    "half a character as the view's id": ("INVALID_MMIF", with_view_fields(id="\ud800")),
    "annotations that are not a list": ("INVALID_MMIF", with_view_fields(annotations={"a": 1})),
    "JSON twice": ("INVALID_MMIF", lambda app, sent: [http(app.good(sent) * 2)]),
    "JSON cut off": ("INVALID_MMIF", lambda app, sent: [http(app.good(sent)[:-20])]),
    "no content at all": ("INVALID_MMIF", fixed(b"HTTP/1.1 204 No Content\r\n\r\n")),
    "a bomb in gzip": ("INVALID_MMIF", fixed(http(GZIP_BOMB, "Content-Encoding: gzip"))),
    "a bomb in deflate": ("INVALID_MMIF", fixed(http(ZLIB_BOMB, "Content-Encoding: deflate"))),
    "a bomb in a bomb": (
        "INVALID_MMIF",
        fixed(http(gzip.compress(GZIP_BOMB), "Content-Encoding: gzip, gzip")),
    ),
    "a bomb in Brotli": ("INVALID_MMIF", fixed(http(b"\x8b\x02\x80{}\x03", "Content-Encoding: br"))),
    "gzip in name only": ("INVALID_MMIF", good("Content-Encoding: gzip")),
    "gzip cut off": (
        "APP_DISCONNECTED",
        lambda app, sent: [http(gzip.compress(app.good(sent))[:-9], "Content-Encoding: gzip")],
    ),
    "a megabyte in one header": ("APP_ERROR", fixed(HEAD, b"X-A: " + b"a" * MEGABYTE + b"\r\n\r\n{}")),
    "a megabyte of headers": ("APP_ERROR", fixed(HEAD, b"X-A: aaaaaaa\r\n" * 80_000, b"\r\n{}")),
    "a status line of a megabyte": ("APP_ERROR", fixed(b"HTTP/1.1 200 " + b"O" * MEGABYTE + b"\r\n\r\n{}")),
    "two lengths": ("APP_ERROR", fixed(HEAD, b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ")),
    "a negative length": ("APP_ERROR", fixed(HEAD, b"Content-Length: -1\r\n\r\n{}")),
    "a length of ten thousand digits": ("APP_ERROR", fixed(HEAD, b"Content-Length: " + b"9" * 10_000 + b"\r\n\r\n{}")),
    "a length of an exabyte": ("INVALID_MMIF", fixed(HEAD, b"Content-Length: 1152921504606846976\r\n\r\n{}")),
    "both a length and chunks": (
        "APP_DISCONNECTED",
        fixed(HEAD, b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}"),
    ),
    "chunks of no size": ("APP_ERROR", fixed(HEAD, b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")),
    "a status of 999": ("APP_ERROR", good(status="999 Whatever")),
    "a status of 99": ("APP_ERROR", good(status="99 Whatever")),
    "no status line": ("APP_ERROR", fixed(b"{}\r\n\r\n")),
    "a few bytes": ("APP_DISCONNECTED", fixed(b"{}")),
    "a request": ("APP_ERROR", fixed(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")),
    "NUL in a header": ("APP_ERROR", fixed(HEAD, b"X-A: a\0b\r\nContent-Length: 2\r\n\r\n{}")),
    "an error of NUL and half characters": (
        "APP_ERROR",
        fixed(http(b'{"message": "a\\u0000b \xff \\ud800"}', status="500 Oh")),
    ),
    "a megabyte of error": ("APP_ERROR", fixed(http(b"no " * MEGABYTE, status="500 Oh"))),
    "views without end": (
        "INVALID_MMIF",
        lambda app, sent: [http(sent.replace(b'"views": []', b'"views": [' + VIEW * 200_000 + b"]"))],
    ),
}  # fmt: skip

VALID: dict[str, Response] = {
    "1e400": with_value(b"1e400"),
    "an integer of ten thousand digits": with_value(b"9" * 10_000),
    "one key twice": with_value(b'1, "start": 2'),
    "NUL in an annotation": with_value(b'"\\u0000"'),
    "a wrong content type": good(kind="text/html; charset=utf-16"),
    "an invalid content type": good(kind="\xff\xfe"),
    "a status of 299": good(status="299 Odd"),
    "a status without a phrase": good(status="200"),
    "early hints before it": lambda app, sent: [
        b"HTTP/1.1 103 Early Hints\r\n\r\n" * 50,
        http(app.good(sent)),
    ],
    "gzip": compressed("gzip", gzip.compress),
    "GZIP in capitals": compressed("GZIP", gzip.compress),
    "deflate": compressed("deflate", zlib.compress),
    "an end marked by the end of the connection": lambda app, sent: [HEAD, b"\r\n", app.good(sent)],
    "a byte at a time": lambda app, sent: [bytes([byte]) for byte in http(app.good(sent))],
    "more than it announced": lambda app, sent: [http(app.good(sent)), b"more"],
}


def described(name: str) -> dict[str, Any]:
    return app_metadata(name, mmif_version="1.0.5")


def by_guid(app: RawApp, responses: dict[str, Response]) -> Answer:
    """Respond to each file by the GUID in its location; a valid response for other files."""

    def answer(sent: bytes) -> Iterable[bytes]:
        location = json.loads(sent)["documents"][0]["properties"]["location"]
        guid = location.removeprefix("file:///data/").removesuffix(".video")
        return responses.get(guid, good())(app, sent)

    return answer


async def run_through(
    database: Database, name: str, responses: list[Response], timeout_seconds: int = 60
) -> tuple[RawApp, list[StepRun], int]:
    """Run a file for each response, followed by a valid one: the circuit breaker stops an app that only fails."""
    files = [way for bad in responses for way in (bad, good())]
    with RawApp(described(name), lambda sent: ()) as app:
        app.answer = by_guid(app, {f"{name}-{number:06d}": way for number, way in enumerate(files, start=1)})
        registered = await add_app(
            database,
            name,
            endpoint=app.url,
            max_concurrency=8,
            timeout_seconds=timeout_seconds,
            metadata=app.metadata,
        )
        run_id = await start(database, [registered], files=len(files), name=name)
        await ended(database, run_id)
        return app, await step_runs(database, run_id), run_id


async def test_invalid_response_fails_the_step_and_is_not_stored(
    worker: None, database: Database, settings: Settings
) -> None:
    _, steps, run_id = await run_through(database, "bad", [way for _, way in BAD.values()])
    wrong = {}
    for (what, (code, _)), step in zip(BAD.items(), steps[::2], strict=True):
        if (step.status, step.error_code, step.mmif_id) != ("FAILED", code, None):
            wrong[what] = (step.status, step.error_code, step.error_message)
        else:
            message, detail = step.error_message or "", step.error_detail or ""
            assert 0 < len(message) < 1500, (what, len(message))
            assert len(detail) <= 10_000
            for word in ("Traceback", "\n", "\0", "httpx", "asyncio", "bytearray"):
                assert word not in message, (what, message)
    assert wrong == {}
    assert {step.status for step in steps[1::2]} == {"FINISHED"}
    async with database.session() as session:
        made = (
            select(func.count())
            .select_from(Mmif)
            .where(Mmif.step_run_id.in_([step.id for step in steps[::2]]))
        )
        assert await session.scalar(made) == 0
    for run, step in zip((await pipeline_runs(database, run_id))[::2], steps[::2], strict=True):
        assert run.status == "FAILED"
        assert run.mmif_id is not None, f"the input of {opaque(Kind.STEP_RUN, step.id)} stays its newest"
    assert list(settings.work_dir.iterdir()) == []
    await check_invariants(database)


async def test_unusual_but_valid_response_is_a_result(
    worker: None, database: Database, settings: Settings
) -> None:
    _, steps, _ = await run_through(database, "valid", list(VALID.values()))
    wrong = {
        what: (step.error_code, step.error_message)
        for what, step in zip(VALID, steps[::2], strict=True)
        if step.status != "FINISHED"
    }
    assert wrong == {}
    store = MmifStore.from_url(settings.store_url)
    async with database.session() as session:
        for mmif in await session.scalars(
            select(Mmif).where(Mmif.step_run_id.in_([step.id for step in steps]))
        ):
            path = store.local_path(mmif.sha256)
            assert path is not None
            assert len(outline(path).views) == 1
    await check_invariants(database)


@pytest.mark.skipif(not SMAPS.exists(), reason="reads the memory of a process from Linux's /proc")
async def test_response_of_100_mb_of_noise_uses_little_memory_and_leaves_no_file(
    worker: None, database: Database, settings: Settings
) -> None:
    piece = random.Random(7).randbytes(MEGABYTE)
    nonsense: dict[str, Response] = {
        "noise": lambda app, sent: stream_of(HEAD + b"\r\n", piece, 100),
        "one text": lambda app, sent: stream_of(HEAD + b'\r\n"', b"x" * MEGABYTE, 100),
        "one list": lambda app, sent: stream_of(HEAD + b"\r\n[", b"0," * (MEGABYTE // 2), 100),
        "lists in lists": lambda app, sent: stream_of(HEAD + b"\r\n", b"[" * MEGABYTE, 100),
        "a frame around nothing": lambda app, sent: stream_of(
            HEAD + b'\r\n{"metadata": {"mmif": "http://mmif.clams.ai/1.0.5"}, "documents": [], "views": [',
            b'{"id": "v", "metadata": ' + b" " * (MEGABYTE - 27) + b"},",
            100,
        ),
    }
    with Peak() as peak:
        _, steps, _ = await run_through(database, "nonsense", list(nonsense.values()))
    assert [(step.status, step.error_code) for step in steps[::2]] == [("FAILED", "INVALID_MMIF")] * len(
        nonsense
    )
    assert peak.growth < 64 * MEGABYTE, f"{peak.growth:,} bytes for responses of 100 MB"
    assert list(settings.work_dir.iterdir()) == []


async def test_slow_trickle_does_not_extend_the_timeout(worker: None, database: Database) -> None:
    def trickle(start: bytes) -> Response:
        def answer(app: RawApp, sent: bytes) -> Iterator[bytes]:
            yield start
            for _ in range(60):
                time.sleep(1)
                yield b"x"

        return answer

    ways = [trickle(b""), trickle(b"HTTP/1.1 200 OK\r\nX-A: "), trickle(HEAD + b"\r\n {")]
    _, steps, _ = await run_through(database, "trickle", ways, timeout_seconds=1)
    assert [(step.status, step.error_code, step.attempts) for step in steps[::2]] == [
        ("FAILED", "APP_TIMEOUT", 2)
    ] * 3
