"""Requesting the metadata of an app from its endpoint."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fake_clams import FakeClams

from chowda.clams.metadata_request import fetch_metadata
from chowda.errors import AppUnreachable, BadUserInput, ChowdaError

JSON = "application/json"


@pytest.fixture
def app() -> Iterator[FakeClams]:
    with FakeClams(name="scenes", mmif_version="1.1.0") as fake:
        yield fake


async def refusal(endpoint: str, kind: type[ChowdaError], timeout: float = 10.0) -> str:
    with pytest.raises(ChowdaError) as caught:
        await fetch_metadata(endpoint, timeout=timeout)
    assert type(caught.value) is kind
    return caught.value.message


async def test_metadata_is_fetched_and_returned_unchanged(app: FakeClams) -> None:
    metadata, described = await fetch_metadata(app.url + "/", timeout=10)
    assert (metadata.name, metadata.mmif_version) == ("scenes", "1.1.0")
    assert described == app.metadata


@pytest.mark.parametrize(
    ("answer", "kind", "expected"),
    [
        ((200, "text/html", b"<html>Welcome</html>"), BadUserInput, "not JSON"),
        ((200, JSON, b"[1, 2]"), BadUserInput, "a list"),
        ((200, JSON, b'{"message": "hello"}'), BadUserInput, "`name`"),
        ((200, JSON, b"[" * 3_000_000), BadUserInput, "nested too deeply"),
        ((200, JSON, b" " * (4 << 20) + b"{}"), BadUserInput, "larger than 4 MB"),
        ((404, "text/html", b"<h1>Not Found</h1>"), AppUnreachable, "answered 404"),
        ((500, JSON, json.dumps({"name": "x"}).encode()), AppUnreachable, "answered 500"),
        ((301, "text/html", b""), AppUnreachable, "answered 301"),
    ],
)
async def test_other_answers_are_refused_with_the_reason(
    app: FakeClams, answer: Any, kind: type[ChowdaError], expected: str
) -> None:
    app.metadata_answer = answer
    message = await refusal(app.url, kind)
    assert expected in message
    assert app.url in message


async def test_missing_app_is_unreachable(app: FakeClams, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    app.refuse_connections()
    assert "connection refused" in await refusal(app.url, AppUnreachable)
    assert "the host name is unknown" in await refusal("http://no-such-host.invalid:5000", AppUnreachable)


async def test_https_endpoint_without_tls_is_unreachable(app: FakeClams) -> None:
    assert "TLS" in await refusal(app.url.replace("http:", "https:"), AppUnreachable)


async def test_redirect_is_refused_with_its_target(app: FakeClams) -> None:
    app.metadata_behaviour = "redirect"
    assert "redirects to http://127.0.0.1:9/elsewhere, which is not followed" in await refusal(
        app.url, AppUnreachable
    )


@pytest.mark.parametrize("kind", ["hang", "drop", "garbage", "huge_header"])
async def test_connection_without_a_valid_answer_is_unreachable(app: FakeClams, kind: str) -> None:
    app.metadata_behaviour = kind
    message = await refusal(app.url, AppUnreachable, timeout=0.5 if kind == "hang" else 10)
    assert ("within 0.5 s" if kind == "hang" else "no valid HTTP answer") in message
