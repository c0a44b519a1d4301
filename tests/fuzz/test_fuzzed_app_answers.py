"""Every response of an app becomes a valid result, or a StepFailure with a code that an app can cause."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fuzz_cases import APP_ANSWERS, cases
from hypothesis import example, given
from hypothesis import strategies as st
from mmif import Mmif
from mmif_mutations import http_responses, mutated, mutated_bytes
from raw_app import RawApp

from chowda.clams.metadata_request import fetch_metadata
from chowda.clams.mmif import outline
from chowda.clams.runtimes import web_service
from chowda.clams.runtimes.call import AppAnswer, AppCall
from chowda.clams.vocabulary import type_name
from chowda.errors import StepErrorCode, StepFailure

IDENTIFIER = "http://apps.clams.ai/fuzzed/v1"
OTHER = "http://apps.clams.ai/other/v1"
LIMIT_BYTES = 1 << 20
APP_CODES = set(StepErrorCode) - {
    StepErrorCode.MEDIA_MISSING,
    StepErrorCode.STORE_UNAVAILABLE,
    StepErrorCode.WORKER_LOST,
    StepErrorCode.APP_UNREACHABLE,
    StepErrorCode.APP_TIMEOUT,
}
METADATA = {
    "name": "fuzzed",
    "description": "",
    "identifier": IDENTIFIER,
    "mmif_version": "1.1.0",
    "input": [{"@type": "http://mmif.clams.ai/vocabulary/VideoDocument/v1"}],
    "output": [{"@type": "http://mmif.clams.ai/vocabulary/TimeFrame/v1"}],
}


def view(identifier: str, app: str, **metadata: Any) -> dict[str, Any]:
    frame = "http://mmif.clams.ai/vocabulary/TimeFrame/v1"
    about = metadata or {"contains": {frame: {}}}
    return {
        "id": identifier,
        "metadata": {"app": app, "timestamp": "2026-01-01T00:00:00"} | about,
        "annotations": [
            {"@type": frame, "properties": {"id": f"{identifier}:a1", "start": 1, "label": "HERE"}}
        ],
    }


def mmif_with(*views: dict[str, Any]) -> dict[str, Any]:
    document = {
        "@type": "http://mmif.clams.ai/vocabulary/VideoDocument/v1",
        "properties": {"id": "d1", "mime": "video", "location": "file:///data/a.mp4"},
    }
    return {
        "metadata": {"mmif": "http://mmif.clams.ai/1.1.0"},
        "documents": [document],
        "views": list(views),
    }


SENT = [
    mmif_with(),
    mmif_with(view("v_0", OTHER)),
    mmif_with(
        view("v_0", IDENTIFIER), view("v_1", OTHER, error={"message": "no", "stackTrace": "Traceback"})
    ),
]


class AppCaller:
    """One app and one event loop for all cases."""

    def __init__(self, app: RawApp, directory: Path) -> None:
        self.app = app
        self.runner = asyncio.Runner()
        self.metadata, _ = self.runner.run(fetch_metadata(app.url))
        self.inputs = []
        for number, sent in enumerate(SENT):
            path = directory / f"in-{number}.mmif"
            path.write_text(json.dumps(sent))
            self.inputs.append((path, outline(path)))
        self.output = directory / "out.mmif"
        self.seen: Counter[str] = Counter()

    def answer(self, sent: int, answer: bytes) -> AppAnswer | StepFailure:
        self.app.answer = lambda _: [answer]
        return self.runner.run(self._call(sent))

    async def _call(self, sent: int) -> AppAnswer | StepFailure:
        path, known = self.inputs[sent]
        future = asyncio.get_running_loop().create_future()
        future.set_result(known)
        call = AppCall(
            endpoint=self.app.url,
            metadata=self.metadata,
            parameters={},
            request_id="srun-1",
            input_path=path,
            input_outline=future,
            output_path=self.output,
            timeout_seconds=30,
            size_limit_bytes=LIMIT_BYTES,
        )
        try:
            return await web_service.run(call, lambda _: None)
        except StepFailure as failure:
            return failure


@pytest.fixture
def caller(tmp_path: Path) -> Iterator[AppCaller]:
    with RawApp(METADATA, lambda _: []) as app:
        caller = AppCaller(app, tmp_path)
        yield caller
        caller.runner.close()


def keys(mmif: dict[str, Any]) -> set[tuple[str, str, str | None]]:
    """Return ID, type and location of each document, independently of Chowda's own reader."""
    return {
        (d["properties"]["id"], type_name(d["@type"]), d["properties"].get("location") or None)
        for d in mmif["documents"]
    }


def check_result(sent: dict[str, Any], result: AppAnswer) -> None:
    content = result.path.read_bytes()
    assert hashlib.sha256(content).hexdigest() == result.sha256
    assert len(content) == result.size_bytes <= LIMIT_BYTES
    mmif = json.loads(content.decode(), parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert {d[:2] for d in keys(mmif)} == {d[:2] for d in keys(sent)}
    found = {(v["id"], v["metadata"]["app"].strip().rstrip("/")) for v in mmif["views"]}
    earlier = {(v["id"], v["metadata"]["app"]) for v in sent["views"]}
    assert {(i, a.partition("://")[2]) for i, a in earlier} <= {(i, a.partition("://")[2]) for i, a in found}
    new = [v for v in mmif["views"] if v["id"] not in {i for i, _ in earlier}]
    own = IDENTIFIER.partition("://")[2]
    assert any(v["metadata"]["app"].strip().rstrip("/").partition("://")[2] == own for v in new)
    errors = {v["id"]: v["metadata"].get("error") for v in sent["views"]}
    for v in mmif["views"]:
        if v["metadata"]["app"] == IDENTIFIER and v["metadata"].get("error"):
            assert v["metadata"]["error"] == errors.get(v["id"])
    assert all(isinstance(v.get("annotations", []), list) for v in mmif["views"])


def check_with_mmif_python(result: AppAnswer) -> None:
    """mmif-python finds the same documents and views. It does not read the annotations, which Chowda doesn't check."""
    mmif = json.loads(result.path.read_bytes())
    documents = [
        {
            "@type": d["@type"],
            "properties": {k: d["properties"][k] for k in ("id", "location") if k in d["properties"]},
        }
        for d in mmif["documents"]
    ]
    views = [
        {
            "id": v["id"],
            "metadata": {"app": v["metadata"]["app"], "timestamp": "2026-01-01T00:00:00", "contains": {}},
        }
        | {"annotations": []}
        for v in mmif["views"]
    ]
    read = Mmif({"metadata": {"mmif": mmif["metadata"]["mmif"]}, "documents": documents, "views": views})
    assert {d.id for d in read.documents} == {d.id for d in result.outline.documents}
    assert {v.id: v.metadata.app for v in read.views} == {v.id: v.app for v in result.outline.views}


def check_failure(failure: StepFailure, output: Path) -> None:
    assert failure.code in APP_CODES, failure
    assert 0 < len(failure.message) < 3000
    assert "\n" not in failure.message
    for word in ("Traceback (most", "site-packages", "httpx.", "bytearray"):
        assert word not in failure.message
    for text in (failure.message, failure.detail or ""):
        assert "\0" not in text
        text.encode()
    assert len(failure.detail or "") <= 10_000
    assert not output.exists(), "a failed call leaves no file"


@st.composite
def cases_of(draw: st.DrawFn) -> tuple[int, bytes, bool]:
    """Return the index of the MMIF that is sent, the response, and whether the response is valid."""
    sent = draw(st.sampled_from(range(len(SENT))))
    good = SENT[sent] | {"views": [*SENT[sent]["views"], view(f"v_{len(SENT[sent]['views'])}", IDENTIFIER)]}
    mmif = draw(mutated(good))
    body = draw(mutated_bytes(mmif))
    answer, is_valid = draw(http_responses(body))
    return sent, answer, is_valid and body == json.dumps(good).encode()


def check(caller: AppCaller, sent: int, answer: bytes, good: bool) -> None:
    outcome = caller.answer(sent, answer)
    if isinstance(outcome, AppAnswer):
        caller.runner.run(
            asyncio.to_thread(check_result, SENT[sent], outcome)
        )  # in a thread, whose stack is as small as Chowda's
        caller.runner.run(asyncio.to_thread(check_with_mmif_python, outcome))
        caller.seen["a result"] += 1
        outcome.path.unlink()
    else:
        assert not good, f"refused: {outcome}"
        check_failure(outcome, caller.output)
        caller.seen[outcome.code] += 1


def test_response_becomes_a_valid_result_or_a_failure_with_a_code(
    caller: AppCaller,
) -> None:
    """Also checks that the cases cover a result and every code."""

    @cases(APP_ANSWERS)
    @given(cases_of())
    @example((0, b"HTTP/1.1 503 B\r\nRetry-After: Fri, 31 Dec 9999 23:59:59 -9959\r\n\r\n", False))
    @example((0, b"HTTP/1.1 503 B\r\nRetry-After: Mon, 01 Jan 0001 00:00:00 +2359\r\n\r\n", False))
    @example((0, b"HTTP/1.1 200 O\r\nSet-Cookie: \x1c\r\n\r\n", False))
    @example((0, b"HTTP/1.1 302 F\r\nLocation: http://xn--a/\r\n\r\n", False))
    @example((1, b"HTTP/1.1 200 O\r\n\r\n" + json.dumps(SENT[1]).encode(), False))
    @example((1, b"HTTP/1.1 200 O\r\n\r\n" + json.dumps(SENT[0]).encode(), False))
    @example((0, b"HTTP/1.1 200 O\r\n\r\n" + json.dumps(SENT[0] | {"documents": []}).encode(), False))
    @example((0, b"HTTP/1.1 200 O\r\nTransfer-Encoding: chunked\r\n\r\n", False))
    def try_all(case: tuple[int, bytes, bool]) -> None:
        check(caller, *case)

    try_all()
    assert caller.seen["a result"] > APP_ANSWERS // 20, "too few cases are valid"
    assert set(caller.seen) == {"a result", *APP_CODES}
