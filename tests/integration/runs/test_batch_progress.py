"""Progress, outputs and inputs of batches."""

from __future__ import annotations

import pytest
from factories import (
    add_batch_from,
    add_files,
    add_mmif,
    claim_step,
    fail_step,
    finish_file,
    guids,
    start_run,
    step_run_ids,
)
from graphql_client import GraphQLClient, GraphQLFailure
from running_api import RunningApi

from chowda.db.database import Database
from chowda.ids import Kind, opaque
from chowda.runs.start import Start, start_batch

BATCHES = """{ batches { nodes { id percentFinished percentSuccessful notStarted { nodes { guid } totalCount { count } }
    inputMmifs(first: 1) { nodes { id } pageInfo { hasNextPage } }
    outputMmifs(first: 1) { nodes { origin mediaFile { guid } } pageInfo { hasNextPage endCursor }
      totalCount { count } } } } }"""


async def test_progress_and_outputs_follow_the_newest_run(api: RunningApi, database: Database) -> None:
    client = GraphQLClient(api.url)
    run = await start_run(database, files=4, steps=2)
    steps = await step_run_ids(database, run.id)
    await finish_file(database, steps[0])
    await finish_file(database, steps[1])
    await fail_step(database, await claim_step(database, steps[2]))
    [batch] = (await client.execute(BATCHES))["batches"]["nodes"]
    assert (batch["percentFinished"], batch["percentSuccessful"]) == (75.0, 50.0)
    assert batch["notStarted"] == {"nodes": [{"guid": "run-batch-000004"}], "totalCount": {"count": 1}}
    assert batch["inputMmifs"] == {"nodes": [], "pageInfo": {"hasNextPage": False}}
    assert batch["outputMmifs"]["nodes"] == [{"origin": "STEP", "mediaFile": {"guid": "run-batch-000001"}}]
    assert batch["outputMmifs"]["totalCount"] == {"count": 2}
    assert batch["outputMmifs"]["pageInfo"]["hasNextPage"]
    rest = await client.execute(
        "query ($id: ID!, $after: String) { batch(id: $id) { outputMmifs(after: $after) { nodes { mediaFile { guid } } "
        "pageInfo { hasNextPage hasPreviousPage } } } }",
        id=batch["id"],
        after=batch["outputMmifs"]["pageInfo"]["endCursor"],
    )
    assert rest["batch"]["outputMmifs"] == {
        "nodes": [{"mediaFile": {"guid": "run-batch-000002"}}],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": True},
    }
    async with database.session() as session:
        second_run = await start_batch(session, Start(run.batch_id))
    [batch] = (await client.execute(BATCHES))["batches"]["nodes"]
    assert (batch["percentFinished"], batch["notStarted"]["nodes"]) == (0.0, [{"guid": "run-batch-000004"}])
    assert batch["outputMmifs"]["nodes"][0]["mediaFile"]["guid"] == "run-batch-000001"
    for step in await step_run_ids(database, second_run.id):
        await finish_file(database, step)
    [batch] = (await client.execute(BATCHES))["batches"]["nodes"]
    assert (batch["percentFinished"], batch["percentSuccessful"]) == (100.0, 100.0)
    assert batch["notStarted"] == {"nodes": [], "totalCount": {"count": 0}}
    with pytest.raises(GraphQLFailure, match="at most 500"):
        await client.execute("{ batches { nodes { inputMmifs(first: 501) { nodes { id } } } } }")


async def test_inputs_are_listed_by_file(api: RunningApi, database: Database) -> None:
    client = GraphQLClient(api.url)
    files = await add_files(database, 3)
    mmifs = [await add_mmif(database, file.id) for file in reversed(files)]
    batch = await add_batch_from(database, guids=guids(2), mmif_ids=[mmif.id for mmif in mmifs[:2]])
    fields = (
        "inputMmifs(last: 1) { edges { cursor node { id mediaFile { guid } } } pageInfo { hasPreviousPage } }"
    )
    inputs = (
        await client.execute(
            f"query ($id: ID!) {{ batch(id: $id) {{ {fields} }} }}", id=opaque(Kind.BATCH, batch.id)
        )
    )["batch"]["inputMmifs"]
    [edge] = inputs["edges"]
    assert edge["node"] == {"id": opaque(Kind.MMIF, mmifs[0].id), "mediaFile": {"guid": guids(3)[2]}}
    assert inputs["pageInfo"] == {"hasPreviousPage": True}
    with pytest.raises(GraphQLFailure, match="of another list"):
        await client.execute(
            "query ($id: ID!, $after: String) { batch(id: $id) { outputMmifs(after: $after) { nodes { id } } } }",
            id=opaque(Kind.BATCH, batch.id),
            after=edge["cursor"],
        )
