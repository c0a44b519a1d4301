"""Every request to the other HTTP routes gets a response or a refusal with a message, never an internal error."""

from __future__ import annotations

import http.client
import json
import logging
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from fuzz_cases import ROUTES, cases
from hypothesis import example, given
from hypothesis import strategies as st
from running_api import RunningApi

from chowda.errors import ErrorCode

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
PARTS = ["mmif", "batch-runs", "mmif.zip", "mmif-1", "brun-1", "..", ".", "", "graphql", "%", "healthz"]
WORDS = TEXT | st.sampled_from(PARTS)
PATHS = st.lists(WORDS, max_size=4).map(
    lambda words: "/" + "/".join(quote(word, safe="%.") for word in words)
)
ROUTED = st.builds("/mmif/{}".format, TEXT.map(quote)) | st.builds(
    "/batch-runs/{}/mmif.zip".format, TEXT.map(lambda word: quote(word, safe=""))
)
QUERIES = st.sampled_from(["", "?", "?guid="]) | st.builds("?guid={}".format, TEXT.map(quote))
HEADERS = st.dictionaries(
    st.sampled_from(
        ["Content-Type", "Range", "If-None-Match", "Accept", "Content-Encoding", "Expect", "Origin"]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
    | st.sampled_from(["application/json", "*", "bytes=0-", "100-continue", "gzip", "null"]),
    max_size=3,
)
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "MMIF"])


@pytest.fixture(autouse=True)
def no_internal_error(api: RunningApi, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@cases(ROUTES)
@given(method=METHODS, path=PATHS | ROUTED, query=QUERIES, headers=HEADERS, body=st.binary(max_size=50))
@example(method="GET", path="/", query="", headers={"Range": ""}, body=b"")
def test_random_path_is_served_or_refused_with_a_message(
    api: RunningApi, method: str, path: str, query: str, headers: dict[str, str], body: bytes
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=30)
    try:
        connection.request(method, path + query, body if method != "GET" else None, headers)
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    assert answer.status < 500
    if answer.status == 400 and answer.getheader("content-type", "").startswith("text/plain"):
        assert (
            content == b"Invalid HTTP request received."
        )  # not HTTP: the message comes from the HTTP server
        return
    assert answer.getheader("x-content-type-options") == "nosniff"
    if answer.status >= 400 and method != "HEAD":
        reply = json.loads(content)
        errors = reply["errors"] if "errors" in reply else [reply["error"]]
        for error in errors:
            code = error.get("code") or error["extensions"]["code"]
            assert code in set(ErrorCode) - {ErrorCode.INTERNAL}
            assert error["message"]
            for word in ("Traceback", "site-packages", "SELECT", "asyncpg"):
                assert word not in error["message"]
