"""Asking an endpoint what app it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fake_clams import FakeClams

from chowda.clams.client import check_endpoint, fetch_metadata
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


async def test_the_metadata_is_read_and_given_back_as_it_came(app: FakeClams) -> None:
    metadata, described = await fetch_metadata(app.url + "/", timeout=10)
    assert (metadata.name, metadata.mmif_version) == ("scenes", "1.1.0")
    assert described == app.metadata


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
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
async def test_what_does_not_answer_as_a_clams_app_is_refused_with_the_reason(
    app: FakeClams, answer: Any, kind: type[ChowdaError], said: str
) -> None:
    app.metadata_answer = answer
    message = await refusal(app.url, kind)
    assert said in message
    assert app.url in message


async def test_an_app_that_is_not_there_is_unreachable(
    app: FakeClams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    app.refuse_connections()
    assert "connection refused" in await refusal(app.url, AppUnreachable)
    assert "the host name is unknown" in await refusal("http://no-such-host.invalid:5000", AppUnreachable)


async def test_what_speaks_no_tls_is_unreachable(app: FakeClams) -> None:
    assert "TLS" in await refusal(app.url.replace("http:", "https:"), AppUnreachable)


async def test_an_address_that_redirects_is_refused_with_the_one_to_register(app: FakeClams) -> None:
    app.metadata_behaviour = "redirect"
    assert "redirects to http://127.0.0.1:9/elsewhere, which is not followed" in await refusal(
        app.url, AppUnreachable
    )


@pytest.mark.parametrize("kind", ["hang", "drop", "garbage", "huge_header"])
async def test_what_takes_the_connection_and_gives_no_answer_is_unreachable(
    app: FakeClams, kind: str
) -> None:
    app.metadata_behaviour = kind
    message = await refusal(app.url, AppUnreachable, timeout=0.5 if kind == "hang" else 10)
    assert ("within 0.5 s" if kind == "hang" else "no proper HTTP answer") in message


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "localhost:5000",
        "ftp://host/",
        "file:///etc/passwd",
        "http://",
        "http:///x",
        "http://host:99999",
        "http://[::1",
        "http://a\nb",
        "http://xn--a/",
    ],
)
def test_what_is_no_http_url_is_refused(endpoint: str) -> None:
    with pytest.raises(BadUserInput, match="endpoint"):
        check_endpoint(endpoint)


@pytest.mark.parametrize(
    "endpoint", ["http://me:s3cret@host:5000", "https://s3cret@host", "ftp://me:s3cret@host"]
)
def test_credentials_in_the_url_are_refused_and_not_repeated(endpoint: str) -> None:
    with pytest.raises(BadUserInput, match="user name or password") as caught:
        check_endpoint(endpoint)
    assert "s3cret" not in caught.value.message


def test_the_same_endpoint_is_written_the_same_way() -> None:
    assert check_endpoint(" http://HOST:80/ ") == check_endpoint("http://host") == "http://host"
    assert check_endpoint("https://host:443/apps/ocr/") == "https://host/apps/ocr/"
