"""Creation of batches from every source, and starts from every kind of MMIF, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from factories import add_app, add_files, add_pipeline, guids
from graphql_client import GraphQLClient, GraphQLFailure
from running_api import RunningApi

from chowda.db.database import Database
from chowda.ids import Kind, opaque
from chowda.media.mmifs import add_upload

FIELDS = """id name description mediaFileCount pipeline { name } notStarted { nodes { guid } }
    inputMmifs { nodes { id mediaFile { guid } } } outputMmifs { nodes { id } } runs { nodes { id } } lastRun { id }"""
CREATE = f"mutation ($input: CreateBatchFromInput!) {{ createBatchFrom(input: $input) {{ {FIELDS} }} }}"
START = """mutation ($input: StartBatchInput!) { startBatch(input: $input) {
    pipelineRuns { nodes { mediaFile { guid } mmif { id } } } } }"""


@pytest.fixture
def client(api: RunningApi) -> GraphQLClient:
    return GraphQLClient(api.url)


@pytest.fixture
async def archive(client: GraphQLClient, database: Database) -> dict[str, Any]:
    """Six media files; two collections that share one; two MMIFs of the first file, one of the second."""
    files = await add_files(database, 6)
    collections = await client.execute(
        "mutation ($radio: [String!]!, $tv: [String!]!) { "
        'radio: createCollection(input: {name: "radio", guids: $radio}) { id } '
        'tv: createCollection(input: {name: "tv", description: "of tapes", guids: $tv}) { id } }',
        radio=guids(3),
        tv=guids(5)[2:],
    )
    async with database.session() as session:
        mmifs = [(await add_upload(session, files[n].id, f"{n}" * 64, 1)).id for n in (0, 0, 1)]
        await session.commit()
    pipeline = await add_pipeline(database, [await add_app(database)])
    return {
        "radio": collections["radio"]["id"],
        "tv": collections["tv"]["id"],
        "mmifs": [opaque(Kind.MMIF, key) for key in mmifs],
        "pipeline": opaque(Kind.PIPELINE, pipeline.id),
    }


async def create(client: GraphQLClient, **sources: Any) -> Any:
    return (await client.execute(CREATE, input={"name": "made", **sources}))["createBatchFrom"]


def files_in(batch: Any) -> list[str]:
    return [node["guid"] for node in batch["notStarted"]["nodes"]]


async def test_batch_is_created_from_text_csv_collections_or_guids(
    client: GraphQLClient, archive: dict[str, Any]
) -> None:
    known = guids(6)
    block = await create(
        client, guidText=f"\ufeff {known[1]},\n{known[0]}\t; \u00a0{known[4]}", description="pasted"
    )
    assert (files_in(block), block["description"]) == ([known[0], known[1], known[4]], "pasted")
    listed = await create(client, guidText=f"asset_id,title\n{known[5]},a\n{known[2]},b\n")
    assert files_in(listed) == [known[2], known[5]]
    together = await create(client, collectionIds=[archive["radio"], archive["tv"]])
    assert files_in(together) == known[:5]
    each = await client.execute(
        "mutation ($input: CreateBatchesFromCollectionsInput!) { createBatchesFromCollections(input: $input) "
        "{ name description mediaFileCount pipeline { name } } }",
        input={"collectionIds": [archive["tv"], archive["radio"]], "pipelineId": archive["pipeline"]},
    )
    own = {"mediaFileCount": 3, "pipeline": {"name": "pipeline"}}
    assert each["createBatchesFromCollections"] == [
        {"name": "tv", "description": "of tapes", **own},
        {"name": "radio", "description": None, **own},
    ]
    assert files_in(await create(client, guids=[known[3], known[0]])) == [known[0], known[3]]
    with pytest.raises(GraphQLFailure) as caught:
        await create(client, guidText=f"unknown {known[0]} {known[0]} nothing")
    assert caught.value.extensions["guids"] == ["unknown", "nothing", known[0]]


async def test_batches_are_copied_and_combined_with_their_inputs(
    client: GraphQLClient, archive: dict[str, Any]
) -> None:
    first, second, third = archive["mmifs"]
    one = await create(client, mmifIds=[first], guids=guids(4)[3:])
    other = await create(client, mmifIds=[third])
    with pytest.raises(GraphQLFailure, match=f"cpb-aacip-000001 has {first} and {second}") as caught:
        await create(client, mmifIds=[first, second])
    assert caught.value.code == "CONFLICT"
    copy = await create(client, batchIds=[one["id"]])
    assert (copy["inputMmifs"], files_in(copy)) == (one["inputMmifs"], files_in(one))
    both = await create(client, batchIds=[one["id"], other["id"]])
    assert [node["id"] for node in both["inputMmifs"]["nodes"]] == [first, third]
    assert files_in(both) == [guids(4)[0], guids(4)[1], guids(4)[3]]
    with pytest.raises(GraphQLFailure, match="no batch with the ID 'batch-zz'"):
        await create(client, batchIds=["batch-zz"])


async def test_mmifs_are_added_to_a_batch_and_used_by_start_from(
    client: GraphQLClient, archive: dict[str, Any]
) -> None:
    first, second, third = archive["mmifs"]
    add = "mutation ($input: AddMmifsToBatchInput!) { addMmifsToBatch(input: $input) { mediaFileCount } }"
    batch = await create(client, guids=guids(1), pipelineId=archive["pipeline"])
    added = await client.execute(add, input={"batchId": batch["id"], "mmifIds": [first, third]})
    assert added["addMmifsToBatch"] == {"mediaFileCount": 2}
    with pytest.raises(GraphQLFailure, match="another input MMIF in the batch: cpb-aacip-000001"):
        await client.execute(add, input={"batchId": batch["id"], "mmifIds": [second]})
    for start_from, expected in (
        ("BLANK", [None, None]),
        ("INPUT", [first, third]),
        ("NEWEST", [second, third]),
        ("INPUT_OR_NEWEST", [first, third]),
    ):
        run = await client.execute(START, input={"batchId": batch["id"], "startFrom": start_from})
        nodes = run["startBatch"]["pipelineRuns"]["nodes"]
        assert [node["mmif"] and node["mmif"]["id"] for node in nodes] == expected, start_from
    renamed = await client.execute(
        "mutation ($input: UpdateBatchInput!) { updateBatch(input: $input) { name runs { totalCount { count } } } }",
        input={"id": batch["id"], "name": "spring"},
    )
    assert renamed["updateBatch"] == {"name": "spring", "runs": {"totalCount": {"count": 4}}}
