"""Errors over HTTP and WebSocket: their codes, the masking of unexpected errors, and size limits."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import structlog
from factories import start_run
from graphql_client import GraphQLClient, GraphQLFailure
from running_api import RunningApi
from sqlalchemy import text

from chowda.db.database import Database
from chowda.ids import Kind, opaque


@pytest.fixture
def client(api: RunningApi) -> GraphQLClient:
    return GraphQLClient(api.url)


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    """The log entries of the test."""
    with structlog.testing.capture_logs() as entries:
        yield entries


async def codes(client: GraphQLClient, query: str, **variables: Any) -> set[str]:
    answer = await client.answer(query, **variables)
    return {error["extensions"]["code"] for error in answer["errors"]}


@pytest.mark.parametrize("query", ["fragment F on Query { batchRuns { nodes { id } } }", "{", "{ nope }"])
async def test_invalid_documents_are_bad_user_input(client: GraphQLClient, query: str) -> None:
    assert await codes(client, query) == {"BAD_USER_INPUT"}


async def test_result_with_too_many_runs_is_refused(client: GraphQLClient, database: Database) -> None:
    run = await start_run(database, files=80, steps=1)
    query = """query ($id: ID!) { batchRun(id: $id) { pipelineRuns(first: 80) { edges { node {
        batchRun { pipelineRuns(first: 80) { edges { node { id } } } } } } } } }"""
    assert await codes(client, query, id=opaque(Kind.BATCH_RUN, run.id)) == {"LIMIT_EXCEEDED"}


async def test_100_000_guids_in_a_variable_are_accepted(client: GraphQLClient) -> None:
    names = [f"cpb-aacip-{number:06d}" for number in range(100_000)]
    with pytest.raises(GraphQLFailure) as caught:
        await client.execute(
            "mutation ($input: CreateBatchInput!) { createBatch(input: $input) { id } }",
            input={"name": "b", "guids": names},
        )
    assert caught.value.code == "BAD_USER_INPUT"
    assert caught.value.extensions["guids"] == names
    assert len(str(caught.value)) < 1000


async def test_unexpected_error_is_masked_and_logged_under_an_id(
    client: GraphQLClient, database: Database, logged: list[Any]
) -> None:
    run = await start_run(database, files=1, steps=1)
    async with database.session() as session:
        await session.execute(text("ALTER TABLE batches RENAME COLUMN name TO secret_name"))
    answer = await client.answer(
        "query ($id: ID!) { batchRun(id: $id) { id batch { name } } }", id=opaque(Kind.BATCH_RUN, run.id)
    )
    [error] = answer["errors"]
    assert set(error) == {"message", "locations", "path", "extensions"}
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["path"] == ["batchRun", "batch"]
    error_id = error["extensions"]["errorId"]
    assert error["message"] == f"Something went wrong in Chowda; its log says more under {error_id}."
    [entry] = [entry for entry in logged if entry["event"] == "graphql.failed"]
    assert entry["error_id"] == error_id
    assert "does not exist" in str(entry["exc_info"])


async def test_expected_failures_are_not_logged_as_errors(
    client: GraphQLClient, logged: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert await codes(client, 'mutation { cancelBatchRun(id: "brun-1") { id } }') == {"NOT_FOUND"}
        assert await codes(client, "{ nope }") == {"BAD_USER_INPUT"}
    assert [entry for entry in logged if entry["log_level"] in {"error", "warning"}] == []
    assert [record for record in caplog.records if record.name.startswith("strawberry")] == []


async def test_value_outside_its_type_is_an_internal_error(client: GraphQLClient, database: Database) -> None:
    run = await start_run(database, files=1, steps=1)
    async with database.session() as session:
        await session.execute(
            text(
                "INSERT INTO mmifs (media_file_id, sha256, size_bytes, origin) "
                "SELECT id, 'x', 9007199254740993, 'UPLOAD' FROM media_files"
            )
        )
        await session.execute(text("UPDATE pipeline_runs SET mmif_id = (SELECT max(id) FROM mmifs)"))
    query = "query ($id: ID!) { batchRun(id: $id) { pipelineRuns { edges { node { mmif { size } } } } } }"
    assert await codes(client, query, id=opaque(Kind.BATCH_RUN, run.id)) == {"INTERNAL"}


async def test_lost_database_is_an_internal_error(
    client: GraphQLClient, database: Database, database_url: str
) -> None:
    run = await start_run(database, files=1, steps=1)
    run_id = opaque(Kind.BATCH_RUN, run.id)
    watch = "subscription ($id: ID!) { batchRun(id: $id) { status } }"
    async with client.subscribe(watch, id=run_id) as events:
        await events.next()
        await database.close()
        name = psycopg.conninfo.conninfo_to_dict(database_url)["dbname"]
        admin = psycopg.conninfo.make_conninfo(database_url, dbname="postgres")
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )
        with pytest.raises(GraphQLFailure) as caught:
            await events.next()
        assert caught.value.code == "INTERNAL"
        assert caught.value.extensions["errorId"] in str(caught.value)
        with pytest.raises(StopAsyncIteration):
            await events.next()
    assert await codes(client, "{ batchRuns { nodes { id } } }") == {"INTERNAL"}
