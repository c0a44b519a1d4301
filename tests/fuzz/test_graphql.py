"""Every GraphQL request gets data, or errors with documented codes, and never an internal error."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import httpx
import pytest
import schemathesis
from engine import check_invariants
from factories import add_files, start_run
from fake_clams import FakeClams
from fuzz_cases import CURSORS, GRAPHQL_OPERATIONS, GRAPHQL_REQUESTS, IDS, cases
from graphql import (
    ArgumentNode,
    ListValueNode,
    NameNode,
    ObjectFieldNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
    Visitor,
    parse,
    print_ast,
    visit,
)
from hypothesis import example, given
from hypothesis import strategies as st
from running_api import RunningApi
from schemathesis.graphql import nodes
from sqlalchemy import text

from chowda.db.database import Database
from chowda.errors import BadUserInput, ErrorCode
from chowda.ids import Kind, number_of, opaque
from chowda.pubsub.snapshot_cursor import SnapshotCursor

SCHEMA = Path(__file__).parents[2] / "schema.graphql"
JSON = {"Content-Type": "application/json"}
INTERNAL_WORDS = (
    "Traceback",
    "site-packages",
    "asyncpg",
    "sqlalchemy",
    "SELECT ",
    "INSERT ",
    "/chowda/",
    ".py",
)
KNOWN_IDS = [opaque(kind, 1) for kind in (Kind.APP, Kind.PIPELINE, Kind.BATCH, Kind.BATCH_RUN)]
KNOWN_IDS += [opaque(Kind.PIPELINE_RUN, 1), opaque(Kind.MEDIA_FILE, 1)]
KNOWN_GUIDS = ["run-batch-000001", "run-batch-000002", "cpb-aacip-000001"]
TEXT = st.text(st.characters(exclude_categories=()), max_size=30)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | TEXT
    | st.sampled_from([*KNOWN_IDS, 10**30, 1e308]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)

schemathesis.graphql.scalar(
    "JSON", VALUES.filter(lambda value: _is_writable(value)).map(lambda value: _node(value))
)
schemathesis.graphql.scalar("DateTime", st.datetimes().map(lambda when: nodes.String(when.isoformat())))
OPERATIONS = [
    operation.ok() for operation in schemathesis.graphql.from_path(str(SCHEMA)).get_all_operations()
]


def _is_writable(value: Any) -> bool:
    """Return whether a GraphQL document can express the value: names as keys, finite numbers, no surrogates."""
    match value:
        case float():
            return value == value and abs(value) != float("inf")
        case str():
            return not any("\ud800" <= character <= "\udfff" for character in value)
        case dict():
            return all(
                key.isascii() and key.isidentifier() and _is_writable(item) for key, item in value.items()
            )
        case list():
            return all(map(_is_writable, value))
        case _:
            return True


def _node(value: Any) -> ValueNode:
    match value:
        case None:
            return nodes.Null
        case bool():
            return nodes.Boolean(value)
        case int():
            return nodes.Int(value)
        case float():
            return nodes.Float(value)
        case str():
            return nodes.String(value)
        case list():
            return nodes.List([_node(item) for item in value])
        case _:
            fields = [
                ObjectFieldNode(name=NameNode(value=key), value=_node(item)) for key, item in value.items()
            ]
            return ObjectValueNode(fields=tuple(fields))


class KnownValues(Visitor):
    """Replaces arguments of a document by existing IDs, GUIDs, cursors and the address of a running app."""

    def __init__(self, draw: st.DrawFn, endpoint: str, cursor: str) -> None:
        super().__init__()
        self._draw = draw
        self._values = {
            "guid": KNOWN_GUIDS,
            "guids": KNOWN_GUIDS,
            "after": [opaque(Kind.MEDIA_FILE, 1), cursor],
            "endpoint": [endpoint, endpoint, "http://127.0.0.1:9", "nowhere", "http://xn--a/"],
            "location": ["file:///data/a.mp4", "/data/b.mp4"],
        }

    def enter(self, node: Any, *_: Any) -> Any:
        if not isinstance(node, ArgumentNode | ObjectFieldNode):
            return None
        name = node.name.value
        values = KNOWN_IDS if name.lower().endswith("id") else self._values.get(name)
        # An endpoint is always replaced, so that no other host is called.
        if values is None or (name != "endpoint" and self._draw(st.integers(0, 3)) == 0):
            return None
        known = lambda: StringValueNode(value=self._draw(st.sampled_from(values)))  # noqa: E731
        if isinstance(node.value, ListValueNode):
            value: ValueNode = ListValueNode(values=tuple(known() for _ in node.value.values))
        else:
            value = known()
        return type(node)(name=node.name, value=value)


class ApiChecker:
    """Checks responses of an API with a batch run. Counts the error codes."""

    def __init__(self, api: RunningApi, app: FakeClams, cursor: str) -> None:
        self.api, self.app, self.cursor = api, app, cursor
        self.client = httpx.Client(base_url=api.url, timeout=60)
        self.codes: Counter[str] = Counter()

    def check(self, answer: httpx.Response, well_formed: bool) -> None:
        assert answer.status_code == 200 if well_formed else answer.status_code in (200, 400, 413, 415)
        assert answer.headers["content-type"].startswith("application/json")
        body = answer.json()
        assert set(body) <= {"data", "errors", "extensions"}
        if answer.status_code != 200:
            assert "data" not in body or body["data"] is None
        for error in body.get("errors", []):
            code = error["extensions"]["code"]
            self.codes[code] += 1
            assert code in set(ErrorCode) - {ErrorCode.INTERNAL}, error
            assert error["message"]
            request = unquote_plus(str(answer.request.url)) + answer.request.content.decode(errors="replace")
            for word in INTERNAL_WORDS:
                assert word not in error["message"] or word in request, error
        if "errors" not in body:
            assert body["data"] is not None
            self.codes["none"] += 1


@pytest.fixture(scope="module")
def checker(api: RunningApi, database_url: str) -> Iterator[ApiChecker]:
    async def prepare() -> str:
        database = Database(database_url, name="chowda-test")
        await start_run(database, files=2, steps=2)
        await add_files(database, 1)
        await database.close()
        return SnapshotCursor("1-1-1", "1:1:").encode()

    with FakeClams(name="fuzzed") as app:
        checker = ApiChecker(api, app, asyncio.run(prepare()))
        yield checker
        checker.client.close()


INCOMPLETE_ROWS = """
    SELECT (SELECT count(*) FROM media_files f WHERE NOT EXISTS (SELECT FROM media_documents d
            WHERE d.media_file_id = f.id))
        + (SELECT count(*) FROM pipelines p WHERE NOT EXISTS (SELECT FROM pipeline_steps s WHERE s.pipeline_id = p.id))
        + (SELECT count(*) FROM batches b
           WHERE media_file_count <> (SELECT count(*) FROM batch_media_files WHERE batch_id = b.id))
"""


@pytest.fixture(autouse=True)
def no_internal_error(
    checker: ApiChecker, database_url: str, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """After each test, the server runs, has logged no error, and the database is consistent and complete."""
    yield

    async def check() -> None:
        database = Database(database_url, name="chowda-test")
        await check_invariants(database)
        async with database.session() as session:
            assert await session.scalar(text(INCOMPLETE_ROWS)) == 0
        await database.close()

    assert checker.client.get("/readyz").status_code == 200
    # asyncio may log that a stream ended after its client disconnected.
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record for record in errors if "StopAsyncIteration()" not in record.getMessage()] == []
    asyncio.run(check())


@st.composite
def documents(draw: st.DrawFn, endpoint: str, cursor: str) -> str:
    operation = draw(st.sampled_from(OPERATIONS))
    case = draw(operation.as_strategy())
    return print_ast(visit(parse(case.body), KnownValues(draw, endpoint, cursor)))


def test_every_operation_accepts_or_refuses_random_arguments(
    checker: ApiChecker,
) -> None:
    """Also checks that the cases cover success and the common error codes."""
    before = checker.codes.copy()

    @cases(GRAPHQL_OPERATIONS)
    @given(data=st.data())
    def try_all(data: st.DataObject) -> None:
        document = data.draw(documents(checker.app.url, checker.cursor))
        is_mutation = document.lstrip().startswith("mutation")
        by_get = not is_mutation and len(document) < 5000 and data.draw(st.booleans())
        if by_get:
            answer = checker.client.get("/graphql", params={"query": document})
        else:
            answer = checker.client.post(
                "/graphql", content=json.dumps({"query": document}).encode(), headers=JSON
            )
        checker.check(answer, well_formed=True)

    try_all()
    codes = checker.codes - before
    assert codes["none"] > GRAPHQL_OPERATIONS // 10
    assert {"BAD_USER_INPUT", "NOT_FOUND"} <= set(codes)


LETTERS = ["{", "}", "$x", "...", "@include(if: true)", '"', '"""', "#", "[", "9" * 5000]


@st.composite
def bodies(draw: st.DrawFn, endpoint: str, cursor: str) -> bytes:
    """Return a request: a document with random edits and variables, or random bytes."""
    if draw(st.integers(0, 5)) == 0:
        return draw(st.binary(max_size=100) | VALUES.map(lambda value: json.dumps(value).encode()))
    document = draw(documents(endpoint, cursor))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(document)))
        put = draw(TEXT | st.sampled_from(LETTERS))
        document = document[:place] + put + document[place + draw(st.integers(0, 5)) :]
    if "://" in document.replace(endpoint, "").replace("http://127.0.0.1:9", "").replace("http://xn--a/", ""):
        document = document.replace("://", ":")  # no other host is called
    request = {"query": document, "variables": draw(VALUES), "operationName": draw(st.none() | VALUES)}
    for key in draw(st.sets(st.sampled_from(sorted(request)))):
        del request[key]
    return json.dumps(request | draw(st.just({}) | st.dictionaries(TEXT, VALUES, max_size=2))).encode()


@cases(GRAPHQL_REQUESTS)
@given(data=st.data())
def test_malformed_request_is_answered(checker: ApiChecker, data: st.DataObject) -> None:
    body = data.draw(bodies(checker.app.url, checker.cursor))
    checker.check(checker.client.post("/graphql", content=body, headers=JSON), well_formed=False)


MUTATIONS = {
    "cancelBatchRun": "mutation M($v: ID!) { cancelBatchRun(id: $v) { id } }",
    "createPipeline": "mutation M($v: CreatePipelineInput!) { createPipeline(input: $v) { id steps { parameters } } }",
    "addMediaFiles": "mutation M($v: [MediaFileInput!]!) { addMediaFiles(input: $v) { guid documents { location } } }",
    "createBatch": "mutation M($v: CreateBatchInput!) { createBatch(input: $v) { id } }",
    "startBatch": "mutation M($v: StartBatchInput!) { startBatch(input: $v) { id } }",
}
WORDS = TEXT | st.sampled_from([*KNOWN_IDS, *KNOWN_GUIDS, "file:///a", "/a", "VIDEO"])
INPUTS = {
    "cancelBatchRun": WORDS,
    "createPipeline": st.fixed_dictionaries(
        {
            "name": WORDS,
            "steps": st.lists(st.fixed_dictionaries({"appId": WORDS, "parameters": VALUES}), max_size=3),
        },
        optional={"description": st.none() | WORDS},
    ),
    "addMediaFiles": st.lists(
        st.fixed_dictionaries(
            {
                "guid": WORDS,
                "documents": st.lists(
                    st.fixed_dictionaries(
                        {"type": st.just("VIDEO") | WORDS, "location": WORDS},
                        optional={"mime": st.none() | WORDS, "durationSeconds": st.floats() | st.integers()},
                    ),
                    max_size=3,
                ),
            }
        ),
        max_size=3,
    ),
    "createBatch": st.fixed_dictionaries(
        {"name": WORDS, "guids": st.lists(WORDS, max_size=4)}, optional={"pipelineId": st.none() | WORDS}
    ),
    "startBatch": st.fixed_dictionaries(
        {"batchId": WORDS},
        optional={"pipelineId": st.none() | WORDS, "idempotencyKey": WORDS, "fromBlankMmif": st.booleans()},
    ),
}


@cases(GRAPHQL_REQUESTS)
@given(data=st.data())
def test_well_formed_variables_with_random_values_are_answered(
    checker: ApiChecker, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(MUTATIONS)))
    body = json.dumps({"query": MUTATIONS[name], "variables": {"v": data.draw(INPUTS[name])}}).encode()
    checker.check(checker.client.post("/graphql", content=body, headers=JSON), well_formed=True)


SNAPSHOTS = st.from_regex(r"[0-9]{1,20}:[0-9]{1,20}:([0-9]{1,20}(,[0-9]{1,20}){0,3})?", fullmatch=True)
PRINTABLE = TEXT.filter(str.isprintable)
RANDOM_CURSORS = st.builds(
    SnapshotCursor,
    st.just("1-1-1") | PRINTABLE,
    st.none() | SNAPSHOTS | PRINTABLE,
    st.none() | SNAPSHOTS,
    st.integers(-1, 2**63),
).map(SnapshotCursor.encode)
PAGE = """query Q($id: ID!, $first: Int, $after: String) {
    batchRun(id: $id) { cursor pipelineRuns(first: $first, after: $after) { pageInfo { endCursor } } } }"""


@cases(CURSORS)
@given(cursor=RANDOM_CURSORS | TEXT, first=st.integers(-1, 600))
@example(cursor=SnapshotCursor("1-1-1", f"{2**64 - 1}:{2**64 - 1}:").encode(), first=1)
def test_random_cursor_is_accepted_or_refused(checker: ApiChecker, cursor: str, first: int) -> None:
    variables = {"id": opaque(Kind.BATCH_RUN, 1), "first": first, "after": cursor}
    body = json.dumps({"query": PAGE, "variables": variables}).encode()
    checker.check(checker.client.post("/graphql", content=body, headers=JSON), well_formed=True)
    try:
        SnapshotCursor.decode(cursor)
    except BadUserInput as refused:
        assert refused.message
        readable = False
    else:
        readable = True
    query = (
        "subscription S($id: ID!, $after: String) { pipelineRuns(batchRunId: $id, after: $after) { cursor } }"
    )
    body = json.dumps({"query": query, "variables": variables}).encode()
    accept = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0'
    with checker.client.stream("POST", "/graphql", content=body, headers=JSON | {"Accept": accept}) as answer:
        received = ""
        for chunk in answer.iter_text():
            received += chunk
            if '"cursor":' in received or '"code":' in received:
                break
    assert "INTERNAL" not in received
    assert ("BAD_USER_INPUT" in received) is not readable, received


@cases(CURSORS)
@given(
    kind=st.sampled_from(list(Kind)), id=TEXT | st.from_regex(r"[a-z]{1,5}-[0-9a-z]{0,14}", fullmatch=True)
)
def test_each_row_has_exactly_one_id(kind: Kind, id: str) -> None:
    number = number_of(kind, id)
    assert number is None or (0 < number < 2**63 and opaque(kind, number) == id)


@cases(IDS)
@given(kind=st.sampled_from(list(Kind)), number=st.integers(1, 2**63 - 1))
def test_id_converts_back_to_its_number(kind: Kind, number: int) -> None:
    assert number_of(kind, opaque(kind, number)) == number
