"""The list of the calls of a batch run."""

from __future__ import annotations

from typing import Any

import pytest
from factories import claim_step, fail_step, finish_step, start_run, step_run_ids
from graphql_client import GraphQLClient
from running_api import RunningApi
from sqlalchemy import event, text

from chowda.db.database import Database
from chowda.errors import StepErrorCode
from chowda.pagination import keyset
from chowda.pagination.keyset import ListQuery, PageRequest, Parent
from chowda.runs.attempt_list import ATTEMPTS

CALLS = """query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    batchRun(id: $id) { attempts(first: $first, after: $after, last: $last, before: $before) {
        nodes { number worker startedAt endedAt underWay error { code }
                stepRun { position pipelineRun { mediaFile { guid } } } }
        pageInfo { hasNextPage startCursor endCursor } totalCount { count } } } }"""


@pytest.fixture
def client(api: RunningApi) -> GraphQLClient:
    return GraphQLClient(api.url)


async def call(database: Database, step_run_id: int, code: StepErrorCode | None = None) -> None:
    claim = await claim_step(database, step_run_id)
    await (finish_step(database, claim) if code is None else fail_step(database, claim, code))


async def make_ready(database: Database) -> None:
    async with database.session() as session:
        await session.execute(text("UPDATE step_runs SET ready_at = now() WHERE ready_at IS NOT NULL"))


async def calls(client: GraphQLClient, run: int, **paging: Any) -> dict[str, Any]:
    data = await client.execute(CALLS, id=f"brun-{run}", **paging)
    attempts: dict[str, Any] = data["batchRun"]["attempts"]
    return attempts


async def test_calls_of_a_run_are_listed_newest_first_without_those_of_others(
    client: GraphQLClient, database: Database
) -> None:
    run, other = await start_run(database, name="one"), await start_run(database, name="other")
    first, second, third = await step_run_ids(database, run.id)
    await call(database, first, StepErrorCode.APP_BUSY)
    await call(database, (await step_run_ids(database, other.id))[0])
    await call(database, second)
    await make_ready(database)
    await call(database, first)
    await claim_step(database, third)

    attempts = await calls(client, run.id)
    states = [(a["number"], a["underWay"], a["error"] and a["error"]["code"]) for a in attempts["nodes"]]
    assert states == [(1, True, None), (2, False, None), (1, False, None), (1, False, "APP_BUSY")]
    assert [a["endedAt"] is None for a in attempts["nodes"]] == [True, False, False, False]
    assert {a["worker"] for a in attempts["nodes"]} == {"test-worker"}
    files = [a["stepRun"]["pipelineRun"]["mediaFile"]["guid"] for a in attempts["nodes"]]
    assert files[1] == files[3]
    assert len(set(files)) == 3
    assert attempts["totalCount"]["count"] == 4


async def test_paging_is_stable_while_new_calls_begin(client: GraphQLClient, database: Database) -> None:
    run = await start_run(database, files=5)
    steps = await step_run_ids(database, run.id)
    for step in steps[:4]:
        await call(database, step)
    newest = await calls(client, run.id, first=2)
    await call(database, steps[4])
    older = await calls(client, run.id, first=2, after=newest["pageInfo"]["endCursor"])
    newer = await calls(client, run.id, last=2, before=newest["pageInfo"]["startCursor"])

    everything = (await calls(client, run.id))["nodes"]
    assert newest["nodes"] == everything[1:3]
    assert older["nodes"] == everything[3:5]
    assert not older["pageInfo"]["hasNextPage"]
    assert newer["nodes"] == everything[:1]


async def test_page_of_calls_is_read_from_an_index(database: Database) -> None:
    run, other = await start_run(database, name="one"), await start_run(database, name="other")
    async with database.session() as session:
        for number in (run.id, other.id):
            [step, *_] = await step_run_ids(database, number)
            await session.execute(
                text(
                    "INSERT INTO step_attempts (step_run_id, batch_run_id, fence, worker) "
                    "SELECT :step, :run, i, 'w' FROM generate_series(1, 3000) i"
                ),
                {"step": step, "run": number},
            )
        await session.execute(text("ANALYZE step_attempts"))
    statements: list[tuple[str, Any]] = []

    def record(*arguments: Any) -> None:
        statements.append((arguments[2], arguments[3]))

    query = ListQuery(
        ATTEMPTS, None, "BEGUN", True, PageRequest(50), Parent("batch_run_id", run.id), bound_to_filter=False
    )
    async with database.session() as session:
        connection = await session.connection()
        event.listen(connection.sync_connection, "before_cursor_execute", record)
        page = (await keyset.read_pages(session, [query]))[query]
        [(statement, parameters)] = statements
        plan = "\n".join((await connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)).scalars())
    assert len(page.rows) == 50
    assert "ix_step_attempts_batch_run_id_id" in plan, plan
    assert "Seq Scan on step_attempts" not in plan, plan
