"""Mutations of single files, priorities, retry policies and wait reasons, over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from engine import batch_run, check_invariants
from factories import (
    add_app,
    add_batch,
    add_pipeline,
    claim_step,
    end_runs,
    fail_step,
    finish_file,
    start_run,
    step_run_ids,
)
from graphql_client import GraphQLClient, GraphQLFailure
from running_api import RunningApi
from sqlalchemy import text

from chowda.db.database import Database
from chowda.engine import leases, step_outcome
from chowda.errors import StepErrorCode, StepFailure
from chowda.ids import Kind, opaque
from chowda.runs import batch_runs

FILE = "id status paused steps { status attempts } batchRun { status }"
WAITING = """query ($id: ID!) { pipelineRun(id: $id) { steps { waitingFor { reason message until } } } }"""


@pytest.fixture
def client(api: RunningApi) -> GraphQLClient:
    return GraphQLClient(api.url)


async def change(client: GraphQLClient, action: str, id: str, **more: object) -> Any:
    arguments = "".join(f", {name}: {value}" for name, value in more.items())
    query = f"mutation ($id: ID!) {{ {action}PipelineRun(id: $id{arguments}) {{ {FILE} }} }}"
    return (await client.execute(query, id=id))[f"{action}PipelineRun"]


async def refused(client: GraphQLClient, query: str, **variables: object) -> tuple[str, str]:
    with pytest.raises(GraphQLFailure) as caught:
        await client.execute(query, **variables)
    return caught.value.code, str(caught.value)


async def execute(database: Database, *statements: str) -> None:
    async with database.session() as session:
        for statement in statements:
            await session.execute(text(statement))


async def test_file_is_paused_resumed_canceled_and_retried(client: GraphQLClient, database: Database) -> None:
    run = await start_run(database, files=2, steps=2)
    step = (await step_run_ids(database, run.id))[0]
    file = opaque(Kind.PIPELINE_RUN, step // 1000)
    for action, paused in (("pause", True), ("pause", True), ("resume", False), ("resume", False)):
        result = await change(client, action, file)
        assert (result["status"], result["paused"]) == ("WAITING", paused), action
    await change(client, "pause", file)
    for action in ("cancel", "cancel", "pause", "resume"):
        result = await change(client, action, file)
        assert (result["status"], result["paused"], result["batchRun"]["status"]) == (
            "CANCELED",
            False,
            "WAITING",
        )
    assert (await change(client, "retry", file))["status"] == "WAITING"
    code, message = await refused(client, f'mutation {{ retryPipelineRun(id: "{file}") {{ id }} }}')
    assert (code, "has not ended" in message) == ("CONFLICT", True)
    await finish_file(database, step)
    for from_step, expected in ((0, "fromStep is 0"), (3, "fromStep is 3; .*steps 1 to 2")):
        query = f'mutation {{ retryPipelineRun(id: "{file}", fromStep: {from_step}) {{ id }} }}'
        code, message = await refused(client, query)
        assert code == "BAD_USER_INPUT"
        assert expected.split(";")[0] in message
    result = await change(client, "retry", file, fromStep=2)
    assert [s["status"] for s in result["steps"]] == ["FINISHED", "WAITING"]
    assert result["status"] == "RUNNING"
    code, message = await refused(client, 'mutation { cancelPipelineRun(id: "prun-zz") { id } }')
    assert (code, message) == ("NOT_FOUND", "There is no pipeline run with the ID 'prun-zz'.")
    await check_invariants(database)


async def test_retry_of_a_file_reopens_its_ended_batch_run(client: GraphQLClient, database: Database) -> None:
    run = await start_run(database, files=2, steps=1)
    first, second = await step_run_ids(database, run.id)
    await fail_step(database, await claim_step(database, first))
    await finish_file(database, second)
    await end_runs(database, run.id)
    batch = (
        "query ($id: ID!) { batchRun(id: $id) { status percent counts { waiting running failed finished } } }"
    )
    result = await change(client, "retry", opaque(Kind.PIPELINE_RUN, first // 1000))
    assert result["batchRun"]["status"] == "RUNNING"
    found = (await client.execute(batch, id=opaque(Kind.BATCH_RUN, run.id)))["batchRun"]
    assert found == {
        "status": "RUNNING",
        "percent": 50.0,
        "counts": {"waiting": 0, "running": 1, "failed": 0, "finished": 1},
    }


async def test_priority_is_set_at_the_start_and_later(client: GraphQLClient, database: Database) -> None:
    pipeline = await add_pipeline(database, [await add_app(database)])
    batch = opaque(Kind.BATCH, (await add_batch(database, 1, pipeline)).id)
    start = "mutation ($input: StartBatchInput!) { startBatch(input: $input) { id priority } }"
    result = (await client.execute(start, input={"batchId": batch, "priority": 7}))["startBatch"]
    assert result["priority"] == 7
    assert (await client.execute(start, input={"batchId": batch}))["startBatch"]["priority"] == 0
    code, message = await refused(client, start, input={"batchId": batch, "priority": 101})
    assert (code, "priority is 101; it must be from -100 to 100" in message) == ("BAD_USER_INPUT", True)
    set_it = "mutation ($id: ID!, $to: Int!) { setBatchRunPriority(id: $id, priority: $to) { priority } }"
    assert (await client.execute(set_it, id=result["id"], to=-3))["setBatchRunPriority"] == {"priority": -3}
    assert (await refused(client, set_it, id=result["id"], to=-101))[0] == "BAD_USER_INPUT"
    assert (await refused(client, set_it, id="brun-zz", to=1))[0] == "NOT_FOUND"
    await client.execute("mutation ($id: ID!) { cancelBatchRun(id: $id) { id } }", id=result["id"])
    again = (await client.execute(set_it, id=result["id"], to=9))["setBatchRunPriority"]
    assert again == {"priority": -3}, "an ended run keeps its priority"


async def test_retry_policy_is_stored_returned_and_followed(
    client: GraphQLClient, database: Database
) -> None:
    app = opaque(Kind.APP, (await add_app(database, max_concurrency=4)).id)
    policies: Sequence[dict[str, Any] | None] = (
        None,
        {},
        {"attempts": 2, "codes": ["APP_ERROR", "APP_BUSY", "APP_ERROR"]},
    )
    create = "mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) "
    create += "{ id steps { retry { attempts codes } } } }"
    steps_input = [{"appId": app, "retry": policy} for policy in policies]
    made = (await client.execute(create, input={"name": "p", "steps": steps_input}))["createPipeline"]
    result = [
        {"retry": None},
        {"retry": {"attempts": 3, "codes": None}},
        {"retry": {"attempts": 2, "codes": ["APP_BUSY", "APP_ERROR"]}},
    ]
    assert made["steps"] == result
    wrong = {"name": "q", "steps": [{"appId": app}, {"appId": app, "retry": {"attempts": 0}}]}
    code, message = await refused(client, create, input=wrong)
    assert (code, "Step 2: retry.attempts is 0" in message) == ("BAD_USER_INPUT", True)
    wrong = {"name": "q", "steps": [{"appId": app, "retry": {"codes": ["APP_ODD"]}}]}
    assert "APP_ODD" in (await refused(client, create, input=wrong))[1]

    batch = opaque(Kind.BATCH, (await add_batch(database, 1)).id)
    start = "mutation ($input: StartBatchInput!) { startBatch(input: $input) "
    start += "{ pipeline { steps { retry { attempts codes } } } pipelineRuns { edges { node { id } } } } }"
    started = (await client.execute(start, input={"batchId": batch, "pipelineId": made["id"]}))["startBatch"]
    assert started["pipeline"]["steps"] == result, "the run keeps the policy of its start"
    await execute(database, "UPDATE pipeline_steps SET retry = NULL")
    async with database.session() as session:
        [step] = await session.scalars(text("SELECT id FROM step_runs WHERE position = 1"))
    for _ in range(2):
        await steps_finish(database, step)
        step += 1
    for status in ("WAITING", "FAILED"):
        await fail_step(database, await claim_step(database, step), StepErrorCode.APP_ERROR)
        async with database.session() as session:
            found = text("SELECT status FROM step_runs WHERE id = :id")
            assert await session.scalar(found, {"id": step}) == status
        await execute(database, "UPDATE step_runs SET ready_at = now() WHERE status = 'WAITING'")


async def steps_finish(database: Database, step_run_id: int) -> None:
    claim = await claim_step(database, step_run_id)
    async with database.session() as session:
        assert await step_outcome.finish(session, claim, "0" * 64, 2)


async def waits(client: GraphQLClient, step_run_id: int) -> dict[str, Any]:
    file = opaque(Kind.PIPELINE_RUN, step_run_id // 1000)
    found = (await client.execute(WAITING, id=file))["pipelineRun"]["steps"]
    return dict(found[step_run_id % 1000 - 1]["waitingFor"])


async def test_every_waiting_step_shows_its_reason(client: GraphQLClient, database: Database) -> None:
    run = await start_run(database, files=3, steps=2)
    first, second, _ = await step_run_ids(database, run.id)
    app = "run-app1"

    async def waiting_for(step: int = second) -> tuple[str, str, bool]:
        waiting = await waits(client, step)
        return waiting["reason"], waiting["message"], waiting["until"] is not None

    assert await waiting_for() == (
        "NO_WORKER",
        "No worker is running. Start one with `chowda worker`, or start Chowda with `chowda up`.",
        False,
    )
    async with database.session() as session:
        await leases.register_worker(session, "w", 8, 600)
    assert (await waiting_for())[0] == "TURN"
    assert await waiting_for(second + 1) == (
        "EARLIER_STEP",
        "An earlier step of this file has not finished.",
        False,
    )
    held = await claim_step(database, first)
    all_taken = f"The app '{app}' has reached its limit of 1 call at a time."
    assert await waiting_for() == ("APP_SLOTS", all_taken, False)

    file = opaque(Kind.PIPELINE_RUN, second // 1000)
    await change(client, "pause", file)
    assert await waiting_for() == ("PAUSED", "This file is paused. Resume it to continue.", False)
    async with database.session() as session:
        await batch_runs.pause_batch_run(session, run.id)
    both = "This file and its batch run are paused. Resume both to continue."
    assert await waiting_for() == ("PAUSED", both, False)
    await change(client, "resume", file)
    assert await waiting_for() == ("PAUSED", "The batch run is paused. Resume it to continue.", False)
    async with database.session() as session:
        await batch_runs.resume_batch_run(session, run.id)

    async with database.session() as session:
        assert await step_outcome.fail(session, held, StepFailure(StepErrorCode.APP_BUSY, "busy", None, 50))
    assert await waiting_for(first) == ("RETRY", "The last call failed and will be retried.", True)

    await execute(
        database,
        "INSERT INTO app_slots (clams_app_id, n) SELECT id, 2 FROM clams_apps WHERE name = 'run-app1'",
        "UPDATE app_slots SET until = now() + interval '1 h', step_run_id = 1, fence = 1 WHERE n = 2",
    )
    assert (await waiting_for())[:2] == (
        "APP_SLOTS",
        f"The limit of the app '{app}' was lowered to 1 call at a time. Earlier calls beyond the limit are still "
        "running.",
    )
    await execute(
        database,
        "UPDATE app_slots SET until = NULL",
        "UPDATE clams_apps SET circuit_opened_at = now(), circuit_trial_at = now() + interval '9 s', "
        "circuit_reason = 'APP_UNREACHABLE: The connection was refused.'",
    )
    reason, message, has_until = await waiting_for()
    assert (reason, has_until) == ("CIRCUIT_OPEN", True)
    assert message.endswith(
        "gets one trial call at a time. Last error: APP_UNREACHABLE: The connection was refused."
    )
    await execute(database, "UPDATE clams_apps SET circuit_trial_at = now() - interval '1 s'")
    assert (await waiting_for())[::2] == ("CIRCUIT_OPEN", False), "a trial is due or running"
    assert (await batch_run(database, run.id)).status == "RUNNING"


async def test_app_that_mixed_files_up_has_a_note(client: GraphQLClient, database: Database) -> None:
    run = await start_run(database, files=1, steps=1)
    [step] = await step_run_ids(database, run.id)
    query = "query { apps { nodes { oneAtATime note } } }"
    assert (await client.execute(query))["apps"]["nodes"] == [{"oneAtATime": False, "note": None}]
    await fail_step(database, await claim_step(database, step), StepErrorCode.WRONG_DOCUMENTS)
    [app] = (await client.execute(query))["apps"]["nodes"]
    async with database.session() as session:
        today = await session.scalar(
            text("SELECT to_char(mixed_up_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') FROM clams_apps")
        )
    assert app["oneAtATime"] is True
    assert app["note"].startswith(f"The app answered with another file's MMIF on {today} at ")
    assert "Chowda calls it one request at a time" in app["note"]
