"""Pipelines and parameters at their maximum length, and over it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from engine import check_invariants, ended, pipeline_runs, register, start, step_runs
from factories import add_app, add_batch, app_metadata
from fake_clams import FakeClams
from table_checksums import table_checksums

from chowda.db.database import Database
from chowda.ids import Kind, opaque
from chowda.models import ClamsApp
from chowda.runs.start import Start, start_batch

CREATE = """mutation C($input: CreatePipelineInput!) {
    createPipeline(input: $input) { id steps { position parameters } } }"""
PARAMETERS = [
    {"name": f"parameter{number}", "type": "string", "default": "", "description": "", "multivalued": False}
    for number in range(1000)
]
ALL = {f"parameter{number}": f"value {number} ä" for number in range(1000)}


async def create(
    client: httpx.AsyncClient, name: str, app: ClamsApp, parameters: list[dict[str, Any]]
) -> Any:
    steps = [{"appId": opaque(Kind.APP, app.id), "parameters": values} for values in parameters]
    body = {"query": CREATE, "variables": {"input": {"name": name, "steps": steps}}}
    return (await client.post("/graphql", json=body)).json()


@pytest.mark.parametrize("steps", [50, 100])
async def test_pipeline_with_many_steps_finishes(worker: None, database: Database, steps: int) -> None:
    with FakeClams(name=f"many-{steps}") as app:
        registered = await register(database, app, max_concurrency=4)
        run_id = await start(database, [registered] * steps, files=2, name=f"many-{steps}")
        assert (await ended(database, run_id)).status == "FINISHED"
        assert len(app.calls) == 2 * steps
    runs = await pipeline_runs(database, run_id)
    found = await step_runs(database, run_id)
    assert [step.position for step in found] == [*range(1, steps + 1)] * 2
    assert {step.status for step in found} == {"FINISHED"}
    assert [run.mmif_id for run in runs] == [found[steps - 1].mmif_id, found[-1].mmif_id]
    await check_invariants(database)


async def test_pipeline_with_101_steps_is_refused(client: httpx.AsyncClient, database: Database) -> None:
    app = await add_app(database, "long", metadata=app_metadata("long"))
    before = await table_checksums(database)
    answer = await create(client, "long", app, [{}] * 101)
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert "101" in error["message"] and "100" in error["message"]
    assert await table_checksums(database) == before


async def test_thousand_parameters_are_sent_in_an_envelope_to_an_app_that_accepts_it(
    client: httpx.AsyncClient, worker: None, database: Database
) -> None:
    with FakeClams(name="envelope", mmif_version="1.1.1", parameters=PARAMETERS) as app:
        registered = await register(database, app)
        made = await create(client, "envelope", registered, [ALL])
        assert made["data"]["createPipeline"]["steps"] == [{"position": 1, "parameters": ALL}]
        batch = await add_batch(database, 1, None, "envelope")
        async with database.session() as session:
            pipeline_id = int(made["data"]["createPipeline"]["id"].removeprefix("pipe-"), 36)
            run_id = (await start_batch(session, Start(batch.id, pipeline_id))).id
        assert (await ended(database, run_id)).status == "FINISHED"
        [call] = app.calls
        assert call.envelope
        assert call.parameters == ALL


async def test_too_many_parameters_are_refused_for_an_app_without_envelope(
    client: httpx.AsyncClient, database: Database
) -> None:
    app = await add_app(
        database, "old", metadata=app_metadata("old", mmif_version="1.1.0", parameters=PARAMETERS)
    )
    before = await table_checksums(database)
    answer = await create(client, "old", app, [{}, ALL])
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["message"].startswith("Step 2: The parameters make a request line of ")
    assert "4,094" in error["message"]
    assert error["extensions"]["step"] == 2
    assert await table_checksums(database) == before


async def test_parameters_that_just_fit_into_the_request_line_are_accepted(
    client: httpx.AsyncClient, database: Database
) -> None:
    metadata = app_metadata("fits", mmif_version="1.1.0", parameters=PARAMETERS[:1])
    app = await add_app(database, "fits", endpoint="http://127.0.0.1:9/", metadata=metadata)
    room = 4094 - len("POST /?parameter0= HTTP/1.1")
    assert "errors" not in await create(client, "fits", app, [{"parameter0": "x" * room}])
    [error] = (await create(client, "fits not", app, [{"parameter0": "x" * (room + 1)}]))["errors"]
    assert "4,095 bytes" in error["message"]
    assert "'parameter0' first" in error["message"]


async def test_step_fails_with_a_message_if_the_app_rejects_the_envelope(
    client: httpx.AsyncClient, worker: None, database: Database
) -> None:
    with FakeClams(name="none", mmif_version="1.1.1", parameters=PARAMETERS, takes_envelope=False) as app:
        registered = await register(database, app)
        made = await create(client, "none", registered, [ALL])
        batch = await add_batch(database, 1, None, "none")
        async with database.session() as session:
            pipeline_id = int(made["data"]["createPipeline"]["id"].removeprefix("pipe-"), 36)
            run_id = (await start_batch(session, Start(batch.id, pipeline_id))).id
        assert (await ended(database, run_id)).status == "FAILED"
    [step] = await step_runs(database, run_id)
    assert (step.error_code, step.attempts) == ("APP_ERROR", 1)
    assert "request line" in (step.error_message or "")


async def test_parameters_of_more_than_100_000_characters_are_refused(
    client: httpx.AsyncClient, database: Database
) -> None:
    app = await add_app(
        database, "much", metadata=app_metadata("much", mmif_version="1.2.0", parameters=PARAMETERS)
    )
    before = await table_checksums(database)
    [error] = (await create(client, "much", app, [{"parameter0": "x" * 100_000}]))["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert await table_checksums(database) == before
