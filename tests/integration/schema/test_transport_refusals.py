"""What GraphQL's endpoint refuses before any resolver is called, so that no database is needed."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from graphql_wire import MULTIPART, TRANSPORT_WS, codes, greet, receive
from running_api import RunningApi, running_api
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

TYPENAME = {"query": "{ __typename }"}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    with running_api("postgresql://none@127.0.0.1:9/none", tmp_path_factory.mktemp("api")) as running:
        yield running


@pytest.fixture
async def client(api: RunningApi) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=api.url, timeout=30) as client:
        yield client


class TestPostAndGet:
    async def test_both_answer_queries(self, client: httpx.AsyncClient) -> None:
        for answer in (
            await client.post("/graphql", json=TYPENAME),
            await client.get("/graphql", params=TYPENAME),
        ):
            assert answer.status_code == 200
            assert answer.json() == {"data": {"__typename": "Query"}}

    @pytest.mark.parametrize(
        "content_type",
        [
            "text/plain",
            "text/plain; charset=application/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/graphql",
            "application/json-seq",
            None,
        ],
    )
    async def test_a_post_that_a_foreign_page_could_send_unasked_is_refused(
        self, client: httpx.AsyncClient, content_type: str | None
    ) -> None:
        headers = {"Content-Type": content_type} if content_type else {}
        answer = await client.post("/graphql", content=json.dumps(TYPENAME).encode(), headers=headers)
        assert answer.status_code == 415
        assert codes(answer) == ["BAD_USER_INPUT"]

    @pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8"])
    async def test_json_is_taken_with_any_charset(self, client: httpx.AsyncClient, content_type: str) -> None:
        body = json.dumps(TYPENAME).encode()
        answer = await client.post("/graphql", content=body, headers={"Content-Type": content_type})
        assert answer.status_code == 200

    @pytest.mark.parametrize("announced", [True, False], ids=["announced", "chunked"])
    async def test_a_body_above_16_mb_is_refused_and_says_so(
        self, client: httpx.AsyncClient, announced: bool
    ) -> None:
        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(17):
                yield b" " * 1024**2

        content = b" " * (16 * 1024**2 + 1) if announced else pieces()
        answer = await client.post("/graphql", content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == 413
        assert codes(answer) == ["LIMIT_EXCEEDED"]
        assert "16 MB" in answer.json()["errors"][0]["message"]

    async def test_a_body_of_nearly_16_mb_is_taken(self, client: httpx.AsyncClient) -> None:
        body = json.dumps({**TYPENAME, "extensions": {"padding": "x" * (16 * 1024**2 - 200)}}).encode()
        assert 16 * 1024**2 - 200 < len(body) <= 16 * 1024**2
        answer = await client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
        assert answer.json() == {"data": {"__typename": "Query"}}

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"\xff\xfe\xff",
            b"[" * 100_000,
            b'"text"',
            b"null",
            b"7",
            b"{}",
            b'{"query": null}',
            b'{"query": ""}',
            b'{"query": 7}',
            b'{"query": "{ __typename }", "variables": []}',
            b'[{"query": "{ __typename }"}]',
            b"[[]]",
        ],
    )
    @pytest.mark.parametrize("accept", ["application/json", MULTIPART])
    async def test_a_body_that_is_no_graphql_request_is_a_plain_refusal(
        self, client: httpx.AsyncClient, body: bytes, accept: str
    ) -> None:
        headers = {"Content-Type": "application/json", "Accept": accept}
        answer = await client.post("/graphql", content=body, headers=headers)
        assert answer.status_code == 400
        assert codes(answer) == ["BAD_USER_INPUT"]

    @pytest.mark.parametrize("params", [{}, {"query": ""}, {"query": "{ __typename }", "variables": "{"}])
    async def test_a_get_that_is_no_graphql_request_is_a_plain_refusal(
        self, client: httpx.AsyncClient, params: dict[str, str]
    ) -> None:
        answer = await client.get("/graphql", params=params, headers={"Accept": "*/*"})
        assert answer.status_code == 400
        assert codes(answer) == ["BAD_USER_INPUT"]

    @pytest.mark.parametrize("query", ["{", "{ nothing }", "subscription { activeBatchRuns { id } }"])
    async def test_what_graphql_refuses_has_a_code(self, client: httpx.AsyncClient, query: str) -> None:
        answer = await client.post("/graphql", json={"query": query})
        assert codes(answer) == ["BAD_USER_INPUT"]

    async def test_other_methods_are_refused(self, client: httpx.AsyncClient) -> None:
        answer = await client.put("/graphql", json=TYPENAME)
        assert answer.status_code == 405
        assert codes(answer) == ["BAD_USER_INPUT"]


class TestWebSocket:
    @pytest.mark.parametrize("protocol", ["graphql-ws", "chat", None])
    async def test_speaks_graphql_transport_ws_alone(self, api: RunningApi, protocol: str | None) -> None:
        protocols = [Subprotocol(protocol)] if protocol else None
        async with connect(api.websocket_url, subprotocols=protocols) as websocket:
            with pytest.raises(ConnectionClosed) as closed:
                await receive(websocket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4406

    @pytest.mark.parametrize(
        ("messages", "code"),
        [
            (["not json"], 4400),
            (["[" * 100_000], 4400),
            ([b"bytes"], 4400),
            (["[]"], 4400),
            (['"text"'], 4400),
            (["null"], 4400),
            (["{}"], 4400),
            (['{"type": []}'], 4400),
            (['{"type": "unheard of"}'], 4400),
            (['{"type": "connection_init", "payload": 7}'], 4400),
            (['{"type": "connection_init"}', '{"type": "connection_init"}'], 4429),
            (['{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }"}}'], 4401),
            (['{"type": "connection_init"}', '{"type": "subscribe", "id": "1"}'], 4400),
            (['{"type": "connection_init"}', '{"type": "subscribe", "id": "1", "payload": 7}'], 4400),
            (
                [
                    '{"type": "connection_init"}',
                    '{"type": "subscribe", "id": {}, "payload": {"query": "{a}"}}',
                ],
                4400,
            ),
            (
                ['{"type": "connection_init"}', '{"type": "subscribe", "id": "1", "payload": {"query": 7}}'],
                4400,
            ),
            (['{"type": "connection_init"}', '{"type": "complete", "id": {}}'], 4400),
        ],
    )
    async def test_a_message_of_a_wrong_shape_closes_the_connection_with_its_code(
        self, api: RunningApi, messages: list[str | bytes], code: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with connect(api.websocket_url, subprotocols=[TRANSPORT_WS]) as websocket:
            for message in messages:
                await websocket.send(message)
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    await receive(websocket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == code
        assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []

    async def test_pings_of_the_protocol_are_answered(self, api: RunningApi) -> None:
        async with connect(api.websocket_url, subprotocols=[TRANSPORT_WS]) as websocket:
            await greet(websocket)
            await websocket.send('{"type": "ping"}')
            assert (await receive(websocket))["type"] == "pong"


class TestMultipart:
    async def test_mutations_are_not_taken_in_a_get_this_way_either(self, client: httpx.AsyncClient) -> None:
        async with client.stream(
            "GET",
            "/graphql",
            params={"query": 'mutation { cancelBatchRun(id: "brun-1") { id } }'},
            headers={"Accept": MULTIPART},
        ) as answer:
            received = (await answer.aread()).decode()
        assert "BAD_USER_INPUT" in received
        assert '"data":null' in received
