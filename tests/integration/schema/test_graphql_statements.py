"""The number of statements of a query does not grow with the size of its result."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from factories import claim_step, fail_step, finish_file, start_run, step_run_ids
from sqlalchemy import event, text

from chowda.config import Settings
from chowda.db.database import Database
from chowda.errors import StepErrorCode
from chowda.ids import Kind, opaque
from chowda.media.collections import create_collection
from chowda.pubsub.hub import Hub
from chowda.pubsub.notifier import Notifier
from chowda.schema import Context, schema
from chowda.storage.mmif_store import MmifStore

EVERYTHING = """query ($id: ID!, $first: Int!) { batchRun(id: $id) {
  status percent cursor counts { total } batch { name pipeline { steps { app { name metadata } } } }
  pipeline { name steps { app { name metadata } } } steps { percent counts { total } app { name metadata } }
  pipelineRuns(first: $first) { edges { node {
    status percent batchRun { id status } mediaFile { guid documents { location } }
    mmif { url mediaFile { guid documents { location } } }
    steps { status percent app { name metadata } error { code } mmif { sha256 mediaFile { guid } } }
  } } }
} }"""


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The statements that are sent in the block."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


@pytest.fixture
def context(database: Database, database_url: str, tmp_path: Any) -> Context:
    settings = Settings(database_url=database_url)
    store = MmifStore.from_url(tmp_path.as_uri())
    return Context(settings, database, Hub(database_url), Notifier(database, 1), store, "http://chowda.test")


async def ask(context: Context, query: str, **variables: Any) -> tuple[dict[str, Any], int]:
    """The data, and the number of statements."""
    with statements(context.database) as sent:
        result = await schema.execute(query, variables, context_value=context)
    assert result.errors is None, result.errors
    assert result.data is not None
    return result.data, len(sent)


async def test_50_pipeline_runs_take_as_many_statements_as_2(context: Context, database: Database) -> None:
    run = await start_run(database, files=60, steps=3)
    for step_run_id in (await step_run_ids(database, run.id))[:20]:
        await finish_file(database, step_run_id)
    run_id = opaque(Kind.BATCH_RUN, run.id)
    few, few_statements = await ask(context, EVERYTHING, id=run_id, first=2)
    many, many_statements = await ask(context, EVERYTHING, id=run_id, first=50)
    assert len(few["batchRun"]["pipelineRuns"]["edges"]) == 2
    edges = many["batchRun"]["pipelineRuns"]["edges"]
    assert len(edges) == 50
    assert sum(edge["node"]["mmif"] is not None for edge in edges) == 20
    assert all(len(edge["node"]["steps"]) == 3 for edge in edges)
    assert many_statements == few_statements
    assert many_statements <= 25


async def test_lists_take_as_many_statements_for_many_as_for_one(
    context: Context, database: Database
) -> None:
    query = (
        "{ batchRuns { nodes { id percent batch { name pipeline { name steps { app { name } } } } "
        "steps { app { metadata } } pipelineRuns(first: 3) { edges { node { mediaFile { guid } } } } } } "
        "pipelines { nodes { steps { app { metadata } } } } apps { nodes { metadata } } "
        "batches { nodes { pipeline { name } } } }"
    )
    await start_run(database, files=4, steps=2, name="first")
    _, one = await ask(context, query)
    for number in range(6):
        await start_run(database, files=4, steps=2, name=f"run{number}")
    data, seven = await ask(context, query)
    assert len(data["batchRuns"]["nodes"]) == 7
    assert all(len(run["pipelineRuns"]["edges"]) == 3 for run in data["batchRuns"]["nodes"])
    assert seven == one


async def test_versions_and_health_take_a_fixed_number_of_statements(
    context: Context, database: Database
) -> None:
    query = (
        "{ pipelines { nodes { archived warnings document diff(from: 1) { changes { words } } "
        "steps { effectiveParameters } "
        "versions { document changes { words } steps { app { health { status } } effectiveParameters } } } } "
        "apps { nodes { parameters { name } health { status drift { message } } history { version metadata } } } "
        "batchRuns { nodes { warnings pipeline { version archived warnings } } } }"
    )
    await start_run(database, files=1, steps=2, name="first")
    _, one = await ask(context, query)
    for number in range(6):
        await start_run(database, files=1, steps=2, name=f"run{number}")
    data, seven = await ask(context, query)
    assert [len(data[name]["nodes"]) for name in ("pipelines", "apps", "batchRuns")] == [7, 14, 7]
    assert seven == one


async def test_fields_that_are_not_selected_are_not_read(context: Context, database: Database) -> None:
    run = await start_run(database, files=2, steps=1)
    for step_run_id in await step_run_ids(database, run.id):
        await finish_file(database, step_run_id)
    query = "query ($id: ID!) { batchRun(id: $id) { pipelineRuns { edges { node { status mediaFile { guid } } } } } }"
    with statements(database) as sent:
        await schema.execute(query, {"id": opaque(Kind.BATCH_RUN, run.id)}, context_value=context)
    assert not any("FROM mmifs" in statement or "media_documents" in statement for statement in sent)


async def test_counts_come_from_counters(context: Context, database: Database) -> None:
    run = await start_run(database, files=2, steps=1)
    query = "query ($id: ID!) { batchRun(id: $id) { percent counts { total } steps { counts { total } } } }"
    with statements(database) as sent:
        await schema.execute(query, {"id": opaque(Kind.BATCH_RUN, run.id)}, context_value=context)
    assert not any("count(" in statement or "FROM pipeline_runs" in statement for statement in sent)


PAGES = {
    "batches": "{ batches { totalCount { count } pageInfo { hasPreviousPage } nodes { name mediaFileCount "
    "lastRun { status percent counts { total } } runs(first: 2) { totalCount { count } nodes { status } } } } }",
    "files of batches": "{ batches { nodes { percentFinished "
    "notStarted(first: 2) { pageInfo { hasPreviousPage } totalCount { count } nodes { guid documents { location } } } "
    "inputMmifs(first: 2) { totalCount { count } nodes { mediaFile { guid } } } "
    "outputMmifs(first: 2) { totalCount { count } nodes { size step { app { name } } } } } } }",
    "batchRuns": "{ batchRuns { nodes { status batch { name } steps { app { name } } } } }",
    "mediaFiles": "{ mediaFiles { nodes { guid documents { location } newestMmif { size appIdentifier } "
    "pipelineRuns(first: 2) { totalCount { count } nodes { status steps { parameters attemptList { number worker "
    "error { code } } } batchRun { batch { name } } } } "
    "mmifs(first: 2) { nodes { origin step { app { name } } } } } } }",
    "pipelineRuns": "{ pipelineRuns { totalCount { count } nodes { mediaFile { guid } batchRun { batch { name } } "
    "steps { parameters attemptList { number startedAt endedAt } mmif { origin } } } } }",
    "collections": "{ collections { totalCount { count } nodes { name mediaFileCount } } }",
    "collections of media files": "{ mediaFiles { nodes { guid collections { name mediaFileCount } } } }",
    "apps": "{ apps { nodes { name health { status } parameters { name } history { version } } } }",
    "mmifs": "{ mmifs { nodes { origin appIdentifier mediaFile { guid } "
    "step { parameters pipelineRun { status } } } } }",
}


@pytest.mark.parametrize("page", sorted(PAGES))
async def test_page_takes_a_fixed_number_of_statements(
    context: Context, database: Database, page: str
) -> None:
    async def add_run(name: str) -> None:
        run = await start_run(database, files=3, steps=2, name=name)
        first, second, _ = await step_run_ids(database, run.id)
        await finish_file(database, first)
        await fail_step(database, await claim_step(database, second))
        async with database.session() as session:
            await create_collection(session, name, None, [f"{name}-batch-000001"])

    await add_run("first")
    few, few_statements = await ask(context, PAGES[page])
    for number in range(3):
        await add_run(f"run{number}")
    many, many_statements = await ask(context, PAGES[page])
    [noun] = few
    assert len(many[noun]["nodes"]) == 4 * len(few[noun]["nodes"])
    assert many_statements == few_statements <= 40


async def test_step_lists_its_calls_and_parameters(context: Context, database: Database) -> None:
    run = await start_run(database, files=1, steps=1)
    [step_run_id] = await step_run_ids(database, run.id)
    await fail_step(database, await claim_step(database, step_run_id), StepErrorCode.APP_BUSY)
    async with database.session() as session:
        await session.execute(text("UPDATE step_runs SET ready_at = now()"))
    await finish_file(database, step_run_id)
    query = "{ pipelineRuns { nodes { steps { parameters attemptList { number worker endedAt error { code } } } } } }"
    data, _ = await ask(context, query)
    [step] = data["pipelineRuns"]["nodes"][0]["steps"]
    assert step["parameters"] == {}
    assert [(a["number"], a["worker"], a["error"]) for a in step["attemptList"]] == [
        (1, "test-worker", {"code": "APP_BUSY"}),
        (2, "test-worker", None),
    ]
    assert all(attempt["endedAt"] for attempt in step["attemptList"])
