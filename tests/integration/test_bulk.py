"""One change for many batch runs: each on its own, with what was done and what was not, and why."""

from __future__ import annotations

from typing import Any

import pytest
from factories import claim_step, end_runs, fail_step, finish_file, start_run, step_run_ids
from graphql_client import GraphQLClient, GraphQLFailure
from running_api import RunningApi

from chowda.db import Database
from chowda.ids import Kind, opaque

RESULT = "dryRun total done unchanged { id code message } fileCount runningCount message"


@pytest.fixture
def client(api: RunningApi) -> GraphQLClient:
    return GraphQLClient(api.url)


@pytest.fixture
async def three(database: Database) -> dict[str, str]:
    """One that waits, one of which a file runs, and one that has ended, of which a file failed."""
    waiting, running, ended = [await start_run(database, 3, 1, name) for name in ("w", "r", "e")]
    await claim_step(database, (await step_run_ids(database, running.id))[0])
    first, *others = await step_run_ids(database, ended.id)
    await fail_step(database, await claim_step(database, first))
    for step_run_id in others:
        await finish_file(database, step_run_id)
    await end_runs(database, ended.id)
    named = {"waiting": waiting, "running": running, "ended": ended}
    return {name: opaque(Kind.BATCH_RUN, run.id) for name, run in named.items()}


async def change(client: GraphQLClient, action: str, arguments: str) -> Any:
    name = f"{action}BatchRuns"
    return (await client.execute(f"mutation {{ {name}({arguments}) {{ {RESULT} }} }}"))[name]


async def states(client: GraphQLClient) -> dict[str, str]:
    nodes = (await client.execute("{ batchRuns { nodes { id status } } }"))["batchRuns"]["nodes"]
    return {node["id"]: node["status"] for node in nodes}


async def test_a_dry_run_says_in_numbers_what_it_would_do_and_does_nothing(
    client: GraphQLClient, three: dict[str, str]
) -> None:
    before = await states(client)
    told = await change(client, "cancel", 'filter: {created: {from: "2021-01-01T00:00:00Z"}}, dryRun: true')
    assert told == {
        "dryRun": True,
        "total": 3,
        "done": [three["waiting"], three["running"]],
        "unchanged": [{"id": three["ended"], "code": "CONFLICT", "message": "It has ended already: FAILED."}],
        "fileCount": 6,
        "runningCount": 1,
        "message": "Cancels 6 files of 2 batch runs; 1 is running. Left as before: 1 batch run.",
    }
    assert await states(client) == before


async def test_what_can_be_done_is_done_and_the_rest_says_why_not(
    client: GraphQLClient, three: dict[str, str]
) -> None:
    everything = ", ".join(f'"{run_id}"' for run_id in [*three.values(), "brun-zz", three["waiting"]])
    told = await change(client, "pause", f"ids: [{everything}]")
    assert told["done"] == [three["waiting"], three["running"]]
    assert [(one["id"], one["code"]) for one in told["unchanged"]] == [
        (three["ended"], "CONFLICT"),
        ("brun-zz", "NOT_FOUND"),
    ]
    assert told["total"] == 4
    assert told["message"] == (
        "Paused 6 files of 2 batch runs; 1 was running and may end what is in work. Left as before: 2 batch runs."
    )
    paused = await change(client, "pause", f'ids: ["{three["waiting"]}"]')
    assert paused["message"] == "Nothing to pause. Left as before: 1 batch run."
    assert paused["unchanged"][0]["message"] == "It is paused already."
    resumed = await change(client, "resume", "filter: {status: [PAUSED]}")
    assert resumed["done"] == [three["waiting"], three["running"]]
    not_paused = await change(client, "resume", f'ids: ["{three["running"]}"]')
    assert not_paused["unchanged"][0]["message"] == "It is not paused, but RUNNING."
    retried = await change(client, "retry", "filter: {status: [FAILED, WAITING]}")
    assert retried["done"] == [three["ended"]]
    assert retried["fileCount"] == 1
    assert retried["unchanged"][0]["message"].startswith("There is nothing to retry")
    canceled = await change(client, "cancel", "filter: {status: [WAITING, RUNNING]}")
    assert len(canceled["done"]) == 3
    assert set((await states(client)).values()) == {"CANCELED"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("dryRun: true", "either with `ids` or with `filter`"),
        ('ids: ["brun-1"], filter: {status: [WAITING]}', "either with `ids` or with `filter`"),
        ("filter: {}", "means all batch runs"),
        ('ids: ["batch-1"]', "'batch-1' is not the ID of a batch run"),
    ],
)
async def test_it_must_be_said_which(client: GraphQLClient, arguments: str, told: str) -> None:
    with pytest.raises(GraphQLFailure) as caught:
        await change(client, "cancel", arguments)
    assert caught.value.code == "BAD_USER_INPUT"
    assert told in str(caught.value)
