"""GraphQL over POST, GET, WebSocket and multipart HTTP, with the complete API."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from factories import start_run
from gql import Client, gql
from gql.transport.websockets import WebsocketsTransport
from graphql_wire import MULTIPART, TRANSPORT_WS, codes, greet, parts, receive, subscribe, until
from running_api import RunningApi, running_api
from sqlalchemy import text
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from chowda.api import graphql_endpoint
from chowda.db.database import Database
from chowda.ids import Kind, opaque
from chowda.runs import batch_runs

TYPENAME = {"query": "{ __typename }"}
MUTATION = 'mutation { cancelBatchRun(id: "brun-1") { id } }'
WATCH = "subscription Watch($id: ID!) { batchRun(id: $id) { id status percent } }"


@pytest.fixture
async def client(api: RunningApi) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=api.url, timeout=30) as client:
        yield client


class TestPostAndGet:
    async def test_get_accepts_variables(self, client: httpx.AsyncClient) -> None:
        query = "query Q($id: ID!) { batchRun(id: $id) { id } }"
        answer = await client.get("/graphql", params={"query": query, "variables": '{"id": "brun-1"}'})
        assert answer.json() == {"data": {"batchRun": None}}

    async def test_get_refuses_mutations(
        self, api: RunningApi, client: httpx.AsyncClient, database: Database
    ) -> None:
        run = await start_run(database)
        mutation = MUTATION.replace("brun-1", opaque(Kind.BATCH_RUN, run.id))
        answer = await client.get("/graphql", params={"query": mutation})
        assert answer.status_code == 400
        assert codes(answer) == ["BAD_USER_INPUT"]
        [state] = (
            (await client.post("/graphql", json={"query": '{ batchRun(id: "brun-1") { status } }'}))
            .json()["data"]
            .values()
        )
        assert state == {"status": "WAITING"}

    async def test_mmif_urls_begin_with_the_address_of_the_request(
        self, api: RunningApi, client: httpx.AsyncClient, database: Database
    ) -> None:
        run = await start_run(database, files=1)
        async with database.session() as session:
            await session.execute(
                text(
                    "INSERT INTO mmifs (media_file_id, sha256, size_bytes, origin) "
                    "SELECT media_file_id, repeat('a', 64), 2, 'INITIAL' FROM pipeline_runs"
                )
            )
            await session.execute(text("UPDATE pipeline_runs SET mmif_id = (SELECT id FROM mmifs)"))
        query = "query Q($id: ID!) { batchRun(id: $id) { pipelineRuns { edges { node { mmif { url } } } } } }"
        body = {"query": query, "variables": {"id": opaque(Kind.BATCH_RUN, run.id)}}
        answer = await client.post("/graphql", json=body, headers={"Host": f"localhost:{api.port}"})
        [edge] = answer.json()["data"]["batchRun"]["pipelineRuns"]["edges"]
        assert edge["node"]["mmif"]["url"] == f"http://localhost:{api.port}/mmif/mmif-1"


class TestWebSocket:
    async def test_sends_the_present_state_then_changes_and_completes(
        self, api: RunningApi, database: Database
    ) -> None:
        run = await start_run(database)
        states = []
        async with Client(transport=WebsocketsTransport(url=api.websocket_url)) as session:
            watched = gql(WATCH)
            watched.variable_values = {"id": opaque(Kind.BATCH_RUN, run.id)}
            async for result in session.subscribe(watched):
                states.append(result["batchRun"]["status"])
                if states == ["WAITING"]:
                    async with database.session() as db:
                        await batch_runs.cancel_batch_run(db, run.id)
                    api.loop.call_soon_threadsafe(api.services.notifier.batch_run, run.id)
        assert states[0] == "WAITING"
        assert states[-1] == "CANCELED"

    async def test_refused_operation_has_a_code_and_keeps_the_connection(self, api: RunningApi) -> None:
        async with connect(api.websocket_url, subprotocols=[TRANSPORT_WS]) as websocket:
            await greet(websocket)
            await subscribe(websocket, "1", "{ nothing }")
            refused = await receive(websocket)
            assert (refused["type"], refused["id"]) == ("error", "1")
            assert refused["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"
            await subscribe(websocket, "2", WATCH, id="brun-zz")
            refused = await receive(websocket)
            assert refused["id"] == "2"
            assert "NOT_FOUND" in json.dumps(refused)
            await subscribe(websocket, "3", "{ __typename }")
            while (answer := await receive(websocket))["id"] != "3":
                pass
            assert answer["payload"] == {"data": {"__typename": "Query"}}

    async def test_disconnected_client_leaves_no_watch(self, api: RunningApi, database: Database) -> None:
        run_id = opaque(Kind.BATCH_RUN, (await start_run(database)).id)
        for ending in ("complete", "close", "abort"):
            async with connect(api.websocket_url, subprotocols=[TRANSPORT_WS]) as websocket:
                await greet(websocket)
                await subscribe(websocket, "1", WATCH, id=run_id)
                await receive(websocket)
                assert api.services.hub.watchers == 1
                match ending:
                    case "complete":
                        await websocket.send(json.dumps({"type": "complete", "id": "1"}))
                    case "close":
                        await websocket.close()
                    case _:
                        websocket.transport.abort()
                await until(lambda: api.services.hub.watchers == 0)


class TestLimits:
    @pytest.fixture
    def api(self, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningApi]:
        monkeypatch.setattr(graphql_endpoint, "CONNECTION_INIT_SECONDS", 0.3)
        monkeypatch.setattr(graphql_endpoint, "SUBSCRIPTIONS_PER_CONNECTION", 2)
        with running_api(database_url, tmp_path) as running:
            yield running

    async def test_connection_without_init_is_closed(self, api: RunningApi) -> None:
        async with connect(api.websocket_url, subprotocols=[TRANSPORT_WS]) as websocket:
            with pytest.raises(ConnectionClosed) as closed:
                await receive(websocket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4408

    async def test_subscriptions_of_a_connection_are_limited(
        self, api: RunningApi, database: Database
    ) -> None:
        run_id = opaque(Kind.BATCH_RUN, (await start_run(database)).id)
        async with connect(api.websocket_url, subprotocols=[TRANSPORT_WS]) as websocket:
            await greet(websocket)
            for number in ("1", "2", "3"):
                await subscribe(websocket, number, WATCH, id=run_id)
            answers = {answer["id"]: answer for answer in [await receive(websocket) for _ in range(3)]}
            assert answers["1"]["type"] == answers["2"]["type"] == "next"
            assert answers["3"]["type"] == "error"
            assert answers["3"]["payload"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
            await websocket.send('{"type": "complete", "id": "1"}')
            await until(lambda: api.services.hub.watchers == 1)
            await subscribe(websocket, "4", WATCH, id=run_id)
            assert (await receive(websocket))["type"] == "next"


class TestMultipart:
    def watch(self, client: httpx.AsyncClient, run_id: str, method: str = "POST") -> Any:
        body = {"query": WATCH, "variables": {"id": run_id}}
        if method == "GET":
            params = {**body, "variables": json.dumps(body["variables"])}
            return client.stream("GET", "/graphql", params=params, headers={"Accept": MULTIPART})
        return client.stream("POST", "/graphql", json=body, headers={"Accept": MULTIPART})

    @pytest.mark.parametrize("method", ["POST", "GET"])
    async def test_sends_a_heartbeat_then_states_and_completes(
        self, api: RunningApi, client: httpx.AsyncClient, database: Database, method: str
    ) -> None:
        run = await start_run(database)
        received = []
        async with self.watch(client, opaque(Kind.BATCH_RUN, run.id), method) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("multipart/mixed;boundary=graphql")
            async for part in parts(answer):
                received.append(part)
                if len(received) == 2:
                    async with database.session() as session:
                        await batch_runs.cancel_batch_run(session, run.id)
                    api.loop.call_soon_threadsafe(api.services.notifier.batch_run, run.id)
        assert received[0] == {}
        assert received[1]["payload"]["data"]["batchRun"]["status"] == "WAITING"
        assert received[-2]["payload"]["data"]["batchRun"]["status"] == "CANCELED"
        assert received[-1] == "end"

    async def test_disconnected_client_leaves_no_watch(
        self, api: RunningApi, client: httpx.AsyncClient, database: Database
    ) -> None:
        run = await start_run(database)
        async with self.watch(client, opaque(Kind.BATCH_RUN, run.id)) as answer:
            async for part in parts(answer):
                if part != {}:
                    break
            assert api.services.hub.watchers == 1
        await until(lambda: api.services.hub.watchers == 0)

    async def test_refusal_is_a_part_with_a_code(self, client: httpx.AsyncClient) -> None:
        async with self.watch(client, "brun-zz") as answer:
            received = [part async for part in parts(answer) if part != {}]
        assert received[0]["payload"]["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        assert received[-1] == "end"

    async def test_ends_after_the_requested_number_of_events(
        self, client: httpx.AsyncClient, database: Database
    ) -> None:
        run = await start_run(database)
        body = {"query": WATCH, "variables": {"id": opaque(Kind.BATCH_RUN, run.id)}}
        async with client.stream(
            "POST", "/graphql", params={"events": 1}, json=body, headers={"Accept": MULTIPART}
        ) as answer:
            received = [part async for part in parts(answer) if part != {}]
        assert received[0]["payload"]["data"]["batchRun"]["status"] == "WAITING"
        assert received[1:] == ["end"]

    @pytest.mark.parametrize("events", ["0", "-1", "x", "1001", "9" * 5000])
    async def test_invalid_number_of_events_is_refused(self, client: httpx.AsyncClient, events: str) -> None:
        body = {"query": "subscription { activeBatchRuns { id } }"}
        answer = await client.post(
            "/graphql", params={"events": events}, json=body, headers={"Accept": MULTIPART}
        )
        assert answer.status_code == 400
        assert "1 to 1,000" in answer.text


class TestUnexpectedErrors:
    """A column is missing. No transport shows details of the error."""

    @pytest.fixture
    async def run_id(self, api: RunningApi, database: Database) -> str:
        run = await start_run(database)
        async with database.session() as session:
            await session.execute(text("ALTER TABLE batch_runs RENAME COLUMN batch_id TO secret_column"))
        return opaque(Kind.BATCH_RUN, run.id)

    def check(self, text: str) -> None:
        assert "INTERNAL" in text
        for detail in (
            "batch_runs",
            "secret_column",
            "SELECT",
            "asyncpg",
            "Traceback",
            "site-packages",
            ".py",
        ):
            assert detail not in text

    async def test_over_post_and_get(self, client: httpx.AsyncClient, run_id: str) -> None:
        query = {"query": f'{{ batchRun(id: "{run_id}") {{ id status }} }}'}
        for answer in (
            await client.post("/graphql", json=query),
            await client.get("/graphql", params=query),
        ):
            self.check(answer.text)

    async def test_over_websocket(self, api: RunningApi, run_id: str) -> None:
        async with connect(api.websocket_url, subprotocols=[TRANSPORT_WS]) as websocket:
            await greet(websocket)
            await subscribe(websocket, "1", WATCH, id=run_id)
            self.check(json.dumps(await receive(websocket)))

    async def test_over_multipart(self, client: httpx.AsyncClient, run_id: str) -> None:
        body = {"query": WATCH, "variables": {"id": run_id}}
        self.check((await client.post("/graphql", json=body, headers={"Accept": MULTIPART})).text)


async def test_server_stops_within_seconds_and_notifies_subscribers(
    database_url: str, database: Database, tmp_path: Path
) -> None:
    run_id = opaque(Kind.BATCH_RUN, (await start_run(database)).id)
    with socket.socket() as mute:
        with running_api(database_url, tmp_path) as api:
            mute.connect(("127.0.0.1", api.port))
            mute.sendall(f"GET /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: {MULTIPART}\r\n".encode())
            client = httpx.AsyncClient(base_url=api.url, timeout=30)
            body = {"query": WATCH, "variables": {"id": run_id}}
            stream = client.stream("POST", "/graphql", json=body, headers={"Accept": MULTIPART})
            answer = await stream.__aenter__()
            websocket = await connect(api.websocket_url, subprotocols=[TRANSPORT_WS])
            await greet(websocket)
            await subscribe(websocket, "1", WATCH, id=run_id)
            await receive(websocket)
            await until(lambda: api.services.hub.watchers == 2)
            stopping = time.monotonic()
        assert time.monotonic() - stopping < 10
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            await receive(websocket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012
    received = [part async for part in parts(answer)]
    assert received[-2]["payload"] is None
    assert "stopping" in received[-2]["errors"][0]["message"]
    assert received[-1] == "end"
    await stream.__aexit__(None, None, None)
    await client.aclose()
