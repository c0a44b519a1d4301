"""Queries and mutations over HTTP, on a real database."""

from __future__ import annotations

import asyncio
import re
import socket
from datetime import datetime

import httpx
import pytest
from factories import (
    add_app,
    add_batch,
    add_files,
    add_pipeline,
    claim_step,
    end_runs,
    fail_step,
    finish_file,
    finish_step,
    guids,
    start_run,
    step_run_ids,
)
from fake_clams import FakeClams
from graphql_client import GraphQLClient, GraphQLFailure
from running_api import RunningApi
from sqlalchemy import text

from chowda.db.database import Database
from chowda.errors import StepErrorCode
from chowda.ids import Kind, opaque

REGISTER = (
    "mutation ($input: RegisterAppInput!) { registerApp(input: $input) { id name identifier version runtime "
)
REGISTER += "endpoint image maxConcurrency metadata } }"
ADD = "mutation ($input: [MediaFileInput!]!) { addMediaFiles(input: $input) { guid createdAt documents "
ADD += "{ type location mime durationSeconds } } }"
CREATE_PIPELINE = (
    "mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) { id name description "
)
CREATE_PIPELINE += "steps { position parameters app { id name } } } }"
CREATE_BATCH = "mutation ($input: CreateBatchInput!) { createBatch(input: $input) { id name description "
CREATE_BATCH += "mediaFileCount pipeline { id } } }"
START = "mutation ($input: StartBatchInput!) { startBatch(input: $input) { id status batch { id } } }"
BATCH_RUN = """query ($id: ID!) { batchRun(id: $id) {
  id status percent createdAt startedAt endedAt
  counts { total waiting running finished failed canceled }
  steps { position percent app { name } counts { total waiting running finished failed canceled } }
} }"""
PAGE = """query ($id: ID!, $first: Int, $after: String, $status: RunStatus) { batchRun(id: $id) {
  pipelineRuns(first: $first, after: $after, status: $status) {
    edges { cursor node { mediaFile { guid } status } } pageInfo { hasNextPage endCursor }
  }
} }"""
PIPELINE_RUN = """query ($id: ID!) { pipelineRun(id: $id) {
  id status percent startedAt endedAt batchRun { id } mediaFile { guid }
  mmif { id sha256 size url mediaFile { guid } createdAt }
  steps { id position status percent progressSource attempts error { code message detail } mmif { id }
          app { name } startedAt endedAt }
} }"""


@pytest.fixture
def client(api: RunningApi) -> GraphQLClient:
    return GraphQLClient(api.url)


def counts(**known: int) -> dict[str, int]:
    states = dict.fromkeys(("waiting", "running", "finished", "failed", "canceled"), 0) | known
    return {"total": sum(states.values())} | states


async def failure(client: GraphQLClient, query: str, **variables: object) -> GraphQLFailure:
    with pytest.raises(GraphQLFailure) as caught:
        await client.execute(query, **variables)
    return caught.value


async def test_register_create_and_start(client: GraphQLClient) -> None:
    with FakeClams(name="finder") as app:
        registered = (await client.execute(REGISTER, input={"endpoint": f"{app.url}/", "maxConcurrency": 3}))[
            "registerApp"
        ]
    assert registered == {
        "id": registered["id"],
        "name": "finder",
        "identifier": "http://apps.clams.ai/finder/v1.0",
        "version": "v1.0",
        "runtime": "WEB_SERVICE",
        "endpoint": app.url.rstrip("/"),
        "image": None,
        "maxConcurrency": 3,
        "metadata": app.metadata,
    }
    steps = [{"appId": registered["id"], "parameters": {"pretty": True}}, {"appId": registered["id"]}]
    pipeline = (
        await client.execute(CREATE_PIPELINE, input={"name": "p", "description": "two", "steps": steps})
    )["createPipeline"]
    app_fields = {"id": registered["id"], "name": "finder"}
    assert pipeline == {
        "id": pipeline["id"],
        "name": "p",
        "description": "two",
        "steps": [
            {"position": 1, "parameters": {"pretty": True}, "app": app_fields},
            {"position": 2, "parameters": {}, "app": app_fields},
        ],
    }
    document = {"type": "VIDEO", "location": "file:///a.mp4", "mime": "video/mp4", "durationSeconds": 12.5}
    [file] = (await client.execute(ADD, input=[{"guid": "one", "documents": [document]}]))["addMediaFiles"]
    assert (file["guid"], file["documents"]) == ("one", [document])
    assert datetime.fromisoformat(file["createdAt"]).tzinfo is not None
    batch = (
        await client.execute(
            CREATE_BATCH, input={"name": "b", "pipelineId": pipeline["id"], "guids": ["one"]}
        )
    )["createBatch"]
    assert batch == {
        "id": batch["id"],
        "name": "b",
        "description": None,
        "mediaFileCount": 1,
        "pipeline": {"id": pipeline["id"]},
    }
    run = (await client.execute(START, input={"batchId": batch["id"]}))["startBatch"]
    assert run == {"id": run["id"], "status": "WAITING", "batch": {"id": batch["id"]}}
    again = await client.execute(START, input={"batchId": batch["id"]})
    assert again["startBatch"]["id"] != run["id"]


async def test_endpoint_without_an_app_is_not_registered(client: GraphQLClient) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{unused.getsockname()[1]}"
        unreachable = await failure(client, REGISTER, input={"endpoint": endpoint})
    assert unreachable.code == "APP_UNREACHABLE"
    assert "refused" in str(unreachable)
    for runtime in ("COMMAND", "KUBERNETES_JOB"):
        refused = await failure(client, REGISTER, input={"runtime": runtime, "image": "x", "command": ["y"]})
        assert refused.code == "BAD_USER_INPUT"
        assert runtime in str(refused)
    assert (await client.execute("{ apps { nodes { id } } }"))["apps"]["nodes"] == []


async def test_chowda_itself_is_not_registered_as_an_app(client: GraphQLClient, api: RunningApi) -> None:
    refused = await failure(client, REGISTER, input={"endpoint": f"{api.url}/healthz"})
    assert refused.code == "BAD_USER_INPUT"
    assert "does not answer as a CLAMS app" in str(refused)


async def test_queries_return_null_for_unknown_ids(client: GraphQLClient, database: Database) -> None:
    run = await start_run(database)
    for wrong in ("brun-zz", "nonsense", opaque(Kind.PIPELINE, run.id), "", "\0", "brun-" + "z" * 13):
        answer = await client.execute(
            "query ($id: ID!, $guid: String!) { app(id: $id) { id } b: batch(id: $id) { id } "
            "batchRun(id: $id) { id } pipelineRun(id: $id) { id } mediaFile(guid: $guid) { guid } "
            + ("" if wrong.startswith("pipe") else "pipeline(id: $id) { id } ")
            + "}",
            id=wrong,
            guid=wrong,
        )
        assert set(answer.values()) == {None}, wrong


@pytest.mark.parametrize("wrong", ["brun-zz", "pipe-1", "x"])
@pytest.mark.parametrize("change", ["cancel", "pause", "resume", "retry"])
async def test_mutations_refuse_unknown_ids(client: GraphQLClient, change: str, wrong: str) -> None:
    refused = await failure(client, f'mutation {{ {change}BatchRun(id: "{wrong}") {{ id }} }}')
    assert refused.code == "NOT_FOUND"
    assert f"no batch run with the ID '{wrong}'" in str(refused)


async def test_inputs_with_unknown_ids_are_not_found(client: GraphQLClient, database: Database) -> None:
    await add_files(database, 1)
    batch = opaque(Kind.BATCH, (await add_batch(database, 1)).id)
    step = {"appId": "app-zz"}
    for query, wrong in [
        (CREATE_PIPELINE, {"name": "p", "steps": [step]}),
        (CREATE_PIPELINE, {"name": "p", "steps": [{"appId": "pipe-1"}]}),
        (CREATE_BATCH, {"name": "b", "pipelineId": "pipe-zz", "guids": guids(1)}),
        (CREATE_BATCH, {"name": "b", "pipelineId": "x", "guids": guids(1)}),
        (START, {"batchId": "batch-zz"}),
        (START, {"batchId": "x"}),
        (START, {"batchId": batch, "pipelineId": "pipe-zz"}),
        (START, {"batchId": batch, "pipelineId": "x"}),
    ]:
        assert (await failure(client, query, input=wrong)).code == "NOT_FOUND", wrong


async def test_null_for_an_optional_field_means_left_out(client: GraphQLClient, database: Database) -> None:
    app = await add_app(database)
    await add_files(database, 1)
    steps = [{"appId": opaque(Kind.APP, app.id), "parameters": None}]
    await client.execute(CREATE_PIPELINE, input={"name": "p", "description": None, "steps": steps})
    batch = {"name": "b", "description": None, "pipelineId": None, "guids": guids(1)}
    batch_id = (await client.execute(CREATE_BATCH, input=batch))["createBatch"]["id"]
    refused = await failure(
        client, START, input={"batchId": batch_id, "pipelineId": None, "idempotencyKey": None}
    )
    assert "no pipeline of its own" in str(refused)


async def test_errors_list_all_wrong_guids_in_extensions(client: GraphQLClient, database: Database) -> None:
    await add_files(database, 12)
    files = [{"guid": guid, "documents": [{"type": "AUDIO", "location": "file:///x"}]} for guid in guids(12)]
    conflict = await failure(client, ADD, input=files)
    assert conflict.extensions == {"code": "CONFLICT", "guids": guids(12)}
    unknown = await failure(client, CREATE_BATCH, input={"name": "b", "guids": [*guids(2), *guids(11, "no")]})
    assert unknown.extensions == {"code": "BAD_USER_INPUT", "guids": guids(11, "no")}
    assert str(unknown).count("no-") == 10


async def test_batch_run_shows_counts_steps_and_percentages(
    client: GraphQLClient, database: Database
) -> None:
    run = await start_run(database, files=4, steps=2)
    first, second, third, _ = await step_run_ids(database, run.id)
    await finish_file(database, first)
    await fail_step(database, await claim_step(database, second))
    running = await claim_step(database, third)
    async with database.session() as session:
        await session.execute(text("UPDATE step_runs SET percent = 40 WHERE id = :id"), {"id": third})
    result = (await client.execute(BATCH_RUN, id=opaque(Kind.BATCH_RUN, run.id)))["batchRun"]
    assert result["status"] == "RUNNING"
    assert result["counts"] == counts(waiting=1, running=1, finished=1, failed=1)
    assert result["steps"] == [
        {
            "position": 1,
            "percent": (100 + 100 + 40) / 4,
            "app": {"name": "run-app1"},
            "counts": counts(waiting=1, running=1, finished=1, failed=1),
        },
        {
            "position": 2,
            "percent": 50.0,
            "app": {"name": "run-app2"},
            "counts": counts(waiting=2, finished=1, canceled=1),
        },
    ]
    assert result["percent"] == pytest.approx((4 * 100 + 40) / 8)
    assert result["startedAt"] is not None
    assert result["endedAt"] is None
    await finish_step(database, running)


async def test_ended_batch_run_is_at_exactly_100_percent(client: GraphQLClient, database: Database) -> None:
    run = await start_run(database, files=3, steps=3)
    for step_run_id in await step_run_ids(database, run.id):
        await finish_file(database, step_run_id)
    await end_runs(database, run.id)
    result = (await client.execute(BATCH_RUN, id=opaque(Kind.BATCH_RUN, run.id)))["batchRun"]
    assert (result["status"], result["percent"], result["counts"]) == ("FINISHED", 100.0, counts(finished=3))
    assert [step["percent"] for step in result["steps"]] == [100.0] * 3


async def test_pipeline_run_shows_its_steps_and_newest_mmif(
    client: GraphQLClient, database: Database, api: RunningApi
) -> None:
    run = await start_run(database, files=1, steps=2)
    [first] = await step_run_ids(database, run.id)
    pipeline_run_id = opaque(Kind.PIPELINE_RUN, first // 1000)
    await finish_step(database, await claim_step(database, first))
    await fail_step(database, await claim_step(database, first + 1), StepErrorCode.LOST_VIEWS)
    result = (await client.execute(PIPELINE_RUN, id=pipeline_run_id))["pipelineRun"]
    mmif = result["mmif"]
    assert re.fullmatch(r"[0-9a-f]{64}", mmif["sha256"])
    assert mmif["size"] == 1000 + first
    assert mmif["url"] == f"{api.url}/mmif/{mmif['id']}"
    assert mmif["mediaFile"] == result["mediaFile"] == {"guid": "run-batch-000001"}
    assert result["batchRun"] == {"id": opaque(Kind.BATCH_RUN, run.id)}
    assert (result["status"], result["percent"]) == ("FAILED", 100.0)
    done, failed = result["steps"]
    assert (done["status"], done["error"], done["mmif"], done["attempts"]) == (
        "FINISHED",
        None,
        {"id": mmif["id"]},
        1,
    )
    assert (failed["status"], failed["percent"], failed["mmif"]) == ("FAILED", 100.0, None)
    assert failed["error"] == {
        "code": "LOST_VIEWS",
        "message": "the app failed",
        "detail": "what it answered",
    }
    assert failed["id"] == opaque(Kind.STEP_RUN, first + 1)


async def test_error_is_shown_until_a_later_attempt_succeeds(
    client: GraphQLClient, database: Database
) -> None:
    run = await start_run(database, files=1, steps=1)
    [step_run_id] = await step_run_ids(database, run.id)
    await fail_step(database, await claim_step(database, step_run_id), StepErrorCode.APP_BUSY)
    pipeline_run_id = opaque(Kind.PIPELINE_RUN, step_run_id // 1000)
    [step] = (await client.execute(PIPELINE_RUN, id=pipeline_run_id))["pipelineRun"]["steps"]
    assert (step["status"], step["attempts"], step["error"]["code"]) == ("WAITING", 1, "APP_BUSY")
    async with database.session() as session:
        await session.execute(text("UPDATE step_runs SET ready_at = now()"))
    await finish_file(database, step_run_id)
    [step] = (await client.execute(PIPELINE_RUN, id=pipeline_run_id))["pipelineRun"]["steps"]
    assert (step["status"], step["attempts"], step["error"]) == ("FINISHED", 2, None)


async def test_pipeline_runs_are_paged_in_file_order(client: GraphQLClient, database: Database) -> None:
    run = await start_run(database, files=7, steps=1)
    run_id = opaque(Kind.BATCH_RUN, run.id)
    seen: list[str] = []
    after = None
    sizes = []
    while True:
        page = (await client.execute(PAGE, id=run_id, first=3, after=after))["batchRun"]["pipelineRuns"]
        seen += [edge["node"]["mediaFile"]["guid"] for edge in page["edges"]]
        sizes.append(len(page["edges"]))
        assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert (seen, sizes) == (guids(7, "run-batch"), [3, 3, 1])
    beyond = (await client.execute(PAGE, id=run_id, first=3, after=after))["batchRun"]["pipelineRuns"]
    assert beyond == {"edges": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}


async def test_pipeline_runs_are_filtered_by_status(client: GraphQLClient, database: Database) -> None:
    run = await start_run(database, files=5, steps=1)
    _, second, _, fourth, _ = await step_run_ids(database, run.id)
    for step_run_id in (fourth, second):
        await fail_step(database, await claim_step(database, step_run_id))
    run_id = opaque(Kind.BATCH_RUN, run.id)
    found = {}
    for status in ("WAITING", "RUNNING", "PAUSED", "FINISHED", "FAILED", "CANCELED", None):
        page = (await client.execute(PAGE, id=run_id, first=1, status=status))["batchRun"]["pipelineRuns"]
        found[status] = (
            [edge["node"]["mediaFile"]["guid"] for edge in page["edges"]],
            page["pageInfo"]["hasNextPage"],
        )
    assert found == {
        "WAITING": (["run-batch-000001"], True),
        "FAILED": (["run-batch-000002"], True),
        None: (["run-batch-000001"], True),
        "RUNNING": ([], False),
        "PAUSED": ([], False),
        "FINISHED": ([], False),
        "CANCELED": ([], False),
    }
    [edge] = (
        await client.execute(PAGE, id=run_id, first=5, after=page["edges"][0]["cursor"], status="FAILED")
    )["batchRun"]["pipelineRuns"]["edges"][1:]
    assert edge["node"] == {"mediaFile": {"guid": "run-batch-000004"}, "status": "FAILED"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"first": -1}, "BAD_USER_INPUT"),
        ({"first": 501}, "LIMIT_EXCEEDED"),
        ({"after": "brun-1"}, "BAD_USER_INPUT"),
        ({"after": "\0"}, "BAD_USER_INPUT"),
        ({"first": "many"}, "BAD_USER_INPUT"),
        ({"status": "LOST"}, "BAD_USER_INPUT"),
    ],
)
async def test_invalid_page_arguments_are_refused(
    client: GraphQLClient, database: Database, arguments: dict[str, object], code: str
) -> None:
    run = await start_run(database, files=1, steps=1)
    refused = await failure(client, PAGE, id=opaque(Kind.BATCH_RUN, run.id), **arguments)
    assert refused.code == code


async def test_lists_filter_by_name_and_sort_newest_first(client: GraphQLClient, database: Database) -> None:
    app = await add_app(database, "a")
    pipeline = await add_pipeline(database, [app], "p")
    old = await add_batch(database, 1, pipeline, "twice")
    async with database.session() as session:
        await session.execute(text("UPDATE media_files SET guid = guid || 'x'"))
    new = await add_batch(database, 1, pipeline, "twice")
    for batch in (old, new, old):
        await client.execute(START, input={"batchId": opaque(Kind.BATCH, batch.id)})
    found = await client.execute(
        '{ apps(filter: {names: ["a"]}) { nodes { name } } none: apps(filter: {names: ["b"]}) { nodes { name } } '
        'pipelines(filter: {names: [" p "]}) { nodes { name steps { position } } } '
        'batches(filter: {names: ["twice"]}) { nodes { id } } all: batches { nodes { id } } '
        "batchRuns { nodes { batch { id } } } two: batchRuns(first: 2) { nodes { id } } }"
    )
    found = {name: page["nodes"] for name, page in found.items()}
    both = [{"id": opaque(Kind.BATCH, new.id)}, {"id": opaque(Kind.BATCH, old.id)}]
    assert found["apps"] == [{"name": "a"}]
    assert found["none"] == []
    assert found["pipelines"] == [{"name": "p", "steps": [{"position": 1}]}]
    assert found["batches"] == found["all"] == both
    assert [run["batch"] for run in found["batchRuns"]] == [both[1], both[0], both[1]]
    assert len(found["two"]) == 2


async def test_cancel_pause_resume_and_retry_follow_the_contract(
    client: GraphQLClient, database: Database
) -> None:
    run = await start_run(database, files=2, steps=1)
    run_id = opaque(Kind.BATCH_RUN, run.id)

    async def change(name: str) -> dict[str, object]:
        query = (
            f"mutation ($id: ID!) {{ {name}BatchRun(id: $id) {{ status counts {{ waiting canceled }} }} }}"
        )
        result: dict[str, object] = (await client.execute(query, id=run_id))[f"{name}BatchRun"]
        return result

    waiting, canceled = {"waiting": 2, "canceled": 0}, {"waiting": 0, "canceled": 2}
    assert await change("pause") == {"status": "PAUSED", "counts": waiting}
    assert await change("pause") == {"status": "PAUSED", "counts": waiting}
    assert await change("resume") == {"status": "WAITING", "counts": waiting}
    with pytest.raises(GraphQLFailure) as caught:
        await change("retry")
    assert caught.value.code == "CONFLICT"
    for name in ("cancel", "cancel", "pause", "resume"):
        assert await change(name) == {"status": "CANCELED", "counts": canceled}, name
    assert await change("retry") == {"status": "WAITING", "counts": waiting}


async def test_idempotency_key_creates_one_run_for_many_calls(
    client: GraphQLClient, database: Database
) -> None:
    pipeline = await add_pipeline(database, [await add_app(database)])
    batch, other = [await add_batch(database, 5, pipeline, name) for name in ("b", "c")]
    start = {"batchId": opaque(Kind.BATCH, batch.id), "idempotencyKey": "once"}
    answers = await asyncio.gather(*(client.execute(START, input=start) for _ in range(5)))
    assert len({answer["startBatch"]["id"] for answer in answers}) == 1
    conflict = await failure(client, START, input=start | {"batchId": opaque(Kind.BATCH, other.id)})
    assert conflict.code == "CONFLICT"


async def test_10_000_files_are_added_and_batched_in_one_call(
    client: GraphQLClient, database: Database
) -> None:
    names = guids(10_000)
    files = [
        {"guid": guid, "documents": [{"type": "VIDEO", "location": f"file:///{guid}"}]} for guid in names
    ]
    added = await client.execute(ADD, input=files)
    assert [file["guid"] for file in added["addMediaFiles"]] == names
    assert added["addMediaFiles"][-1]["documents"][0]["location"] == f"file:///{names[-1]}"
    batch = await client.execute(CREATE_BATCH, input={"name": "large", "guids": names})
    assert batch["createBatch"]["mediaFileCount"] == 10_000


async def test_get_allows_queries_and_refuses_mutations(api: RunningApi, database: Database) -> None:
    run = await start_run(database, files=1, steps=1)
    run_id = opaque(Kind.BATCH_RUN, run.id)
    async with httpx.AsyncClient(base_url=api.url) as http:
        query = f'{{ batchRun(id: "{run_id}") {{ status }} }}'
        answer = await http.get("/graphql", params={"query": query})
        assert answer.json()["data"] == {"batchRun": {"status": "WAITING"}}
        mutation = f'mutation {{ cancelBatchRun(id: "{run_id}") {{ status }} }}'
        answer = await http.get("/graphql", params={"query": mutation})
        assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        answer = await http.get("/graphql", params={"query": query})
        assert answer.json()["data"] == {"batchRun": {"status": "WAITING"}}
