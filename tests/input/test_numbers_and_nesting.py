"""Extreme JSON and GraphQL: each request is refused with a code and changes nothing, or works."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from factories import add_app, app_metadata
from graphql_wire import TRANSPORT_WS, greet, receive
from running_api import RunningApi
from table_checksums import table_checksums
from websockets.asyncio.client import connect

from chowda.db.database import Database

JSON = {"Content-Type": "application/json"}
DEEP = 200_000
DIGITS = "1" + "0" * 5000

CREATE = (
    "mutation Create($input: CreatePipelineInput!) { createPipeline(input: $input) { steps { parameters } } }"
)
LITERAL = (
    'mutation { createPipeline(input: {name: "p", steps: [{appId: "app-1", parameters: {%s}}]}) { id } }'
)
WATCH = "query Q($first: Int) { batchRuns(first: $first) { edges { cursor } } }"


@pytest.fixture(autouse=True)
async def app(database: Database) -> None:
    """Add app-1, whose parameters the tests set."""
    kinds = {"count": "integer", "sure": "number", "text": "string"}
    parameters = [
        {"name": name, "type": kind, "default": 1 if kind != "string" else ""} for name, kind in kinds.items()
    ]
    await add_app(database, "extreme", metadata=app_metadata("extreme", parameters=parameters))


def create(parameters: str, name: str = "p") -> bytes:
    """Return a request that creates a pipeline. `parameters` is raw JSON."""
    pipeline = f'{{"name": "{name}", "steps": [{{"appId": "app-1", "parameters": {parameters}}}]}}'
    return f'{{"query": {json.dumps(CREATE)}, "variables": {{"input": {pipeline}}}}}'.encode()


def watch(first: str) -> bytes:
    return f'{{"query": {json.dumps(WATCH)}, "variables": {{"first": {first}}}}}'.encode()


def document(text: str) -> bytes:
    return json.dumps({"query": text}).encode()


def nested(opening: str, closing: str, depth: int = DEEP) -> str:
    return opening * depth + closing * depth


REFUSED = {
    "an integer of 5,001 digits as parameter": create(f'{{"count": {DIGITS}}}'),
    "an integer of 5,001 digits as variable": watch(DIGITS),
    "an integer of 5,001 digits in the document": document(
        f"{{ batchRuns(first: {DIGITS}) {{ edges {{ cursor }} }} }}"
    ),
    "an integer of 5,001 digits in the document's parameters": document(LITERAL % f"count: {DIGITS}"),
    "a string of a megabyte where a number belongs": document(
        f'{{ batchRuns(first: "{"x" * 2**20}") {{ edges {{ cursor }} }} }}'
    ),
    "an integer beyond 32 bits": watch("4294967296"),
    "NaN as parameter": create('{"sure": NaN}'),
    "Infinity as parameter": create('{"sure": Infinity}'),
    "1e400 as parameter": create('{"sure": 1e400}'),
    "1e400 in the document's parameters": document(LITERAL % "sure: 1e400"),
    "NaN as variable": watch("NaN"),
    "1e400 as variable": watch("1e400"),
    "lists 200,000 deep as parameter": create(f'{{"text": {nested("[", "]")}}}'),
    "objects 200,000 deep as parameters": create(nested('{"text":', "}").replace("}", "1}", 1)),
    "lists 900 deep as parameter": create(f'{{"text": {nested("[", "]", 900)}}}'),
    "lists 200,000 deep as variable": watch(nested("[", "]")),
    "fields 200,000 deep": document("{ a" * DEEP + "}" * DEEP),
    "lists 200,000 deep in the document": document(f"{{ mediaFile(guid: {nested('[', ']')}) {{ guid }} }}"),
    "a list type 200,000 deep": document(
        f"query ($x: {nested('[', ']').replace('[]', '[Int]')}) {{ __typename }}"
    ),
    "NUL in a parameter": create('{"text": "\\u0000"}'),
    "NUL as the name of a parameter": create('{"\\u0000": 1}'),
    "half a character in a parameter": create('{"text": "\\ud800"}'),
    "half a character as the name of an operation": b'{"query": "{ __typename }", "operationName": "\\ud800"}',
    "a number as the name of an operation": b'{"query": "{ __typename }", "operationName": 7}',
    "an object as the name of an operation": b'{"query": "{ __typename }", "operationName": {}}',
    "half a character in the document": b'{"query": "{ \\ud800 }"}',
    "a list of requests": b'[{"query": "{ __typename }"}, {"query": "{ __typename }"}]',
    "a byte order mark and nothing": b"\xef\xbb\xbf",
    "invalid UTF-8": b'{"query": "{ __typename }\xff"}',
    "an empty body": b"",
}


async def assert_refused(answer: httpx.Response) -> None:
    """Assert that the request is refused with a code for bad input and a short message without internals."""
    assert answer.status_code in (200, 400, 413), answer.text[:500]
    errors = answer.json()["errors"]
    assert errors
    for error in errors:
        assert error["extensions"]["code"] in ("BAD_USER_INPUT", "LIMIT_EXCEEDED"), error
        assert 0 < len(error["message"]) < 5000
        assert "Cannot query field" not in error["message"], "the test names an unknown field"
        for word in ("Traceback", "site-packages", ".py", "asyncpg", "SELECT"):
            assert word not in error["message"]
    assert not any((answer.json().get("data") or {}).values())


@pytest.mark.parametrize("what", REFUSED)
async def test_invalid_request_is_refused_and_changes_nothing(
    what: str, client: httpx.AsyncClient, database: Database
) -> None:
    before = await table_checksums(database)
    await assert_refused(await client.post("/graphql", content=REFUSED[what], headers=JSON))
    assert await table_checksums(database) == before


@pytest.mark.parametrize("name", ["7", "{}", "[]", "true"])
async def test_operation_name_must_be_a_string(client: httpx.AsyncClient, name: str) -> None:
    body = b'{"query": "{ __typename }", "operationName": %s}' % name.encode()
    answer = await client.post("/graphql", content=body, headers=JSON)
    await assert_refused(answer)
    assert "`operationName` must be a string" in answer.json()["errors"][0]["message"]


async def test_error_returns_lone_surrogates_unchanged(client: httpx.AsyncClient) -> None:
    query = 'mutation C($guids: [String!]!) { createBatch(input: {name: "b", guids: $guids}) { id } }'
    body = json.dumps({"query": query, "variables": {"guids": ["\ud800", "\udfff\ud800"]}}).encode()
    answer = await client.post("/graphql", content=body, headers=JSON)
    await assert_refused(answer)
    assert answer.json()["errors"][0]["extensions"]["guids"] == ["\ud800", "\udfff\ud800"]


@pytest.mark.parametrize(
    "variables",
    ['{"first": ' + DIGITS + "}", '{"first": NaN}', "[" * 10_000, '{"first": "\\ud800"}', "\x00", "7"],
)
async def test_invalid_variables_of_a_get_request_are_refused(
    client: httpx.AsyncClient, variables: str
) -> None:
    await assert_refused(await client.get("/graphql", params={"query": WATCH, "variables": variables}))


@pytest.mark.parametrize("first", [DIGITS, "NaN", "1e400", nested("[", "]", 900), '"\\ud800"'])
async def test_invalid_variables_over_a_websocket_are_refused(api: RunningApi, first: str) -> None:
    async with connect(api.websocket_url, subprotocols=[TRANSPORT_WS]) as websocket:
        await greet(websocket)
        payload = watch(first).decode()
        await websocket.send(f'{{"id": "1", "type": "subscribe", "payload": {payload}}}')
        try:
            answer = await receive(websocket)
        except Exception as exc:
            assert getattr(getattr(exc, "rcvd", None), "code", None) == 4400, exc
            return
    reply = json.dumps(answer)
    assert "BAD_USER_INPUT" in reply
    assert "INTERNAL" not in reply


@pytest.mark.parametrize(
    ("parameters", "stored"),
    [
        ('{"count": 1000000000000000000000000000000}', {"count": 10**30}),
        ('{"sure": 1e30}', {"sure": 1e30}),
        ('{"sure": 1e308}', {"sure": 1e308}),
        ('{"sure": 5e-324}', {"sure": 5e-324}),
        ('{"count": 1, "count": 2}', {"count": 2}),
        ('{"text": "\\ud83d\\ude00 \\u200f"}', {"text": "😀 \u200f"}),
    ],
)
async def test_unusual_but_valid_parameters_are_stored_unchanged(
    client: httpx.AsyncClient, parameters: str, stored: dict[str, Any]
) -> None:
    answer = await client.post("/graphql", content=create(parameters, str(hash(parameters))), headers=JSON)
    assert answer.json() == {"data": {"createPipeline": {"steps": [{"parameters": stored}]}}}


TEXTS = {
    "registerApp endpoint": "registerApp(input: {endpoint: $text})",
    "registerApp name": 'registerApp(input: {endpoint: "http://127.0.0.1:9", name: $text})',
    "createPipeline name": 'createPipeline(input: {name: $text, steps: [{appId: "app-1"}]})',
    "createPipeline description": 'createPipeline(input: {name: "p", description: $text, steps: [{appId: "app-1"}]})',
    "createBatch name": 'createBatch(input: {name: $text, guids: ["g"]})',
    "createBatch description": 'createBatch(input: {name: "b", description: $text, guids: ["g"]})',
    "createBatch guids": 'createBatch(input: {name: "b", guids: [$text]})',
    "startBatch key": 'startBatch(input: {batchId: "batch-1", idempotencyKey: $text})',
    "addMediaFiles guid": 'addMediaFiles(input: [{guid: $text, documents: [{type: VIDEO, location: "/a"}]}])',
    "addMediaFiles location": 'addMediaFiles(input: [{guid: "g2", documents: [{type: VIDEO, location: $text}]}])',
    "addMediaFiles mime": (
        'addMediaFiles(input: [{guid: "g2", documents: [{type: VIDEO, location: "/a", mime: $text}]}])'
    ),
}
IDS = {
    "createPipeline appId": 'createPipeline(input: {name: "p", steps: [{appId: $id}]})',
    "createBatch pipelineId": 'createBatch(input: {name: "b", pipelineId: $id, guids: ["g"]})',
    "startBatch batchId": "startBatch(input: {batchId: $id})",
    "cancelBatchRun": "cancelBatchRun(id: $id)",
    "retryBatchRun": "retryBatchRun(id: $id)",
}
BAD_TEXTS = {
    "NUL": "file:///a\0b",
    "half a character": "file:///a\ud800b",
    "a megabyte": "file:///" + "x" * 2**20,
}


@pytest.fixture
async def with_a_batch(client: httpx.AsyncClient) -> None:
    for mutation in (
        'addMediaFiles(input: [{guid: "g", documents: [{type: VIDEO, location: "/a"}]}]) { guid }',
        'createBatch(input: {name: "b", guids: ["g"]}) { id }',
    ):
        answer = await client.post("/graphql", json={"query": f"mutation {{ {mutation} }}"})
        assert "errors" not in answer.json()


@pytest.mark.parametrize("field", TEXTS)
async def test_invalid_text_is_refused_and_changes_nothing(
    field: str, client: httpx.AsyncClient, database: Database, with_a_batch: None
) -> None:
    before = await table_checksums(database)
    for text in BAD_TEXTS.values():
        body = json.dumps(
            {
                "query": f"mutation M($text: String!) {{ {TEXTS[field]} {{ __typename }} }}",
                "variables": {"text": text},
            }
        ).encode()
        await assert_refused(await client.post("/graphql", content=body, headers=JSON))
    assert await table_checksums(database) == before


@pytest.mark.parametrize("field", IDS)
async def test_invalid_id_is_not_found(
    field: str, client: httpx.AsyncClient, database: Database, with_a_batch: None
) -> None:
    before = await table_checksums(database)
    for text in BAD_TEXTS.values():
        body = json.dumps(
            {"query": f"mutation M($id: ID!) {{ {IDS[field]} {{ __typename }} }}", "variables": {"id": text}}
        ).encode()
        answer = await client.post("/graphql", content=body, headers=JSON)
        [error] = answer.json()["errors"]
        assert error["extensions"]["code"] == "NOT_FOUND"
        assert len(error["message"]) < 500
    assert await table_checksums(database) == before


@pytest.mark.parametrize(
    "query", ["mediaFile(guid: $text)", "app(id: $text)", "batchRun(id: $text)", "pipelineRun(id: $text)"]
)
async def test_query_with_an_invalid_id_returns_null(client: httpx.AsyncClient, query: str) -> None:
    kind = "String!" if "guid" in query else "ID!"
    for text in BAD_TEXTS.values():
        body = json.dumps(
            {
                "query": f"query Q($text: {kind}) {{ found: {query} {{ __typename }} }}",
                "variables": {"text": text},
            }
        ).encode()
        answer = await client.post("/graphql", content=body, headers=JSON)
        assert answer.json() == {"data": {"found": None}}


@pytest.mark.parametrize("field", ["names: [$text]", "text: $text"])
@pytest.mark.parametrize("listed", ["apps", "pipelines", "batches"])
async def test_filter_with_invalid_text_finds_nothing_or_is_refused(
    client: httpx.AsyncClient, listed: str, field: str
) -> None:
    for text in BAD_TEXTS.values():
        query = f"query Q($text: String!) {{ {listed}(filter: {{{field}}}) {{ edges {{ cursor }} }} }}"
        body = json.dumps({"query": query, "variables": {"text": text}}).encode()
        answer = await client.post("/graphql", content=body, headers=JSON)
        if "errors" in answer.json():
            await assert_refused(answer)
        else:
            assert answer.json() == {"data": {listed: {"edges": []}}}


async def test_batch_with_a_duplicate_guid_is_refused(
    client: httpx.AsyncClient, database: Database, with_a_batch: None
) -> None:
    before = await table_checksums(database)
    query = 'mutation { createBatch(input: {name: "twice", guids: ["g", "g"]}) { id } }'
    answer = await client.post("/graphql", json={"query": query})
    await assert_refused(answer)
    [error] = answer.json()["errors"]
    assert error["extensions"]["guids"] == ["g"]
    assert "1 GUID is repeated: g" in error["message"]
    assert await table_checksums(database) == before
