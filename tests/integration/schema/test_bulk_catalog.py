"""Bulk mutations of media files, collections, batches, pipelines and apps, and their dry runs."""

from __future__ import annotations

from typing import Any

import pytest
from factories import add_app, add_batch, add_files, add_pipeline, start_run
from fake_clams import FakeClams
from graphql_client import GraphQLClient, GraphQLFailure
from running_api import RunningApi
from sqlalchemy import text

from chowda.bulk import ITEMS_PER_TRANSACTION
from chowda.db.database import Database
from chowda.ids import Kind, opaque
from chowda.media.collections import create_collection
from chowda.schema import schema

RESULT = "dryRun total done unchanged { id code message } fileCount message"


@pytest.fixture
def client(api: RunningApi) -> GraphQLClient:
    return GraphQLClient(api.url)


async def change(client: GraphQLClient, name: str, arguments: str, **variables: Any) -> Any:
    return (await client.execute(f"mutation {{ {name}({arguments}) {{ {RESULT} }} }}", **variables))[name]


async def preview_and_change(client: GraphQLClient, name: str, arguments: str) -> tuple[Any, Any]:
    """The results of a dry run and of the change. They must be equal except for the message."""
    preview = await change(client, name, f"{arguments}, dryRun: true")
    again = await change(client, name, f"{arguments}, dryRun: true")
    assert preview == again, "a dry run changes nothing"
    done = await change(client, name, arguments)
    assert {**preview, "dryRun": False, "message": done["message"]} == done
    return preview, done


def reasons(result: Any) -> dict[str, tuple[str, str]]:
    return {one["id"]: (one["code"], one["message"]) for one in result["unchanged"]}


async def names(client: GraphQLClient, noun: str, filter: str = "") -> list[str]:
    field = "guid" if noun == "mediaFiles" else "name"
    query = f"{{ {noun}(first: 500{filter}) {{ nodes {{ {field} }} }} }}"
    return sorted(node[field] for node in (await client.execute(query))[noun]["nodes"])


async def actions(client: GraphQLClient) -> list[tuple[str, str | None, Any]]:
    query = "{ events { edges { node { action subjectName details } } } }"
    nodes = [edge["node"] for edge in (await client.execute(query))["events"]["edges"]]
    return [(node["action"], node["subjectName"], node["details"]) for node in nodes]


BULK_FORMS = {
    "deleteMediaFile": "deleteMediaFiles",
    "addToCollection": "addManyToCollection",
    "removeFromCollection": "removeManyFromCollection",
    "deleteCollection": "deleteCollections",
    "deleteBatch": "deleteBatches",
    "deletePipeline": "deletePipelines",
    "updatePipeline": "archivePipelines",
    "updateApp": "updateApps",
    "refreshApp": "refreshApps",
    "startBatch": "startBatches",
    "cancelBatchRun": "cancelBatchRuns",
    "pauseBatchRun": "pauseBatchRuns",
    "resumeBatchRun": "resumeBatchRuns",
    "retryBatchRun": "retryBatchRuns",
    "setBatchRunPriority": "setBatchRunPriorities",
    "cancelPipelineRun": "cancelPipelineRuns",
    "pausePipelineRun": "pausePipelineRuns",
    "resumePipelineRun": "resumePipelineRuns",
    "retryPipelineRun": "retryPipelineRuns",
}
BULK_ALREADY = {
    "addMediaFiles",
    "importMediaFiles",
    "importApps",
    "importBatchDefinition",
    "createBatch",
    "createBatchFrom",
    "createBatchesFromCollections",
    "addMmifsToBatch",
}
"Mutations that take a list, a text or a filter themselves."
SINGLE_ONLY = {
    "updateMediaFile",  # each file has other documents; importMediaFiles changes many
    "createCollection",
    "updateCollection",  # a name is unique
    "updateBatch",
    "registerApp",  # an endpoint belongs to one app
    "createPipeline",
    "importPipeline",
}


def test_every_mutation_of_one_has_a_bulk_form() -> None:
    mutation = schema._schema.mutation_type
    assert mutation is not None
    bulk = {name for name, field in mutation.fields.items() if str(field.type) == "BulkResult!"}
    assert set(BULK_FORMS.values()) == bulk
    assert set(mutation.fields) == bulk | set(BULK_FORMS) | BULK_ALREADY | SINGLE_ONLY
    for name in bulk:
        arguments = mutation.fields[name].args
        assert {"filter", "dryRun"} < set(arguments), name
        assert {"ids", "guids"} & set(arguments), name


async def test_unused_media_files_are_deleted(client: GraphQLClient, database: Database) -> None:
    files = await add_files(database, 5, "f")
    await add_batch(database, 1, None, "spring")
    async with database.session() as session:
        await create_collection(session, "kept", None, ["f-000002"])
        await session.execute(
            text(
                "INSERT INTO mmifs (media_file_id, sha256, size_bytes, origin) VALUES (:id, 'x', 1, 'UPLOAD')"
            ),
            {"id": files[2].id},
        )
    guids = '"f-000001", "f-000002", "f-000003", "f-000001", "spring-000001", "unknown", "half\\\\u0000"'
    preview, done = await preview_and_change(
        client, "deleteMediaFiles", f"guids: [{guids}]".replace("\\\\", "\\")
    )
    assert preview["message"] == "Deletes 1 media file. Unchanged: 5 media files."
    assert done["message"] == "Deleted 1 media file. Unchanged: 5 media files."
    assert done["done"] == ["f-000001"]
    assert reasons(done) == {
        "f-000002": ("CONFLICT", "The media file f-000002 can't be deleted: it is in 1 collection ('kept')."),
        "f-000003": ("CONFLICT", "The media file f-000003 can't be deleted: it has 1 MMIF."),
        "spring-000001": (
            "CONFLICT",
            "The media file spring-000001 can't be deleted: it is in 1 batch ('spring').",
        ),
        "unknown": ("NOT_FOUND", "There is no media file with the GUID 'unknown'."),
        "half\0": ("NOT_FOUND", "There is no media file with the GUID 'half\\x00'."),
    }
    assert await names(client, "mediaFiles") == [
        "f-000002",
        "f-000003",
        "f-000004",
        "f-000005",
        "spring-000001",
    ]
    by_filter = await change(client, "deleteMediaFiles", 'filter: {text: "F-"}')
    assert by_filter["done"] == ["f-000004", "f-000005"]
    assert (await actions(client))[0] == ("deleteMediaFiles", None, {"files": 2})


async def test_thousands_of_files_are_added_to_a_collection_and_removed(
    client: GraphQLClient, database: Database
) -> None:
    await add_files(database, ITEMS_PER_TRANSACTION + 5, "f")
    async with database.session() as session:
        collection = await create_collection(session, "radio", None, ["f-000001", "f-000002"])
    chosen = f'id: "{opaque(Kind.COLLECTION, collection.id)}", filter: {{text: "f-"}}'
    _, added = await preview_and_change(client, "addManyToCollection", chosen)
    assert added["message"] == f"Added {ITEMS_PER_TRANSACTION + 3:,} media files. Unchanged: 2 media files."
    assert reasons(added)["f-000001"] == ("CONFLICT", "It is already in the collection 'radio'.")

    async def size() -> int:
        [node] = (await client.execute("{ collections { nodes { mediaFileCount } } }"))["collections"][
            "nodes"
        ]
        return int(node["mediaFileCount"])

    assert await size() == ITEMS_PER_TRANSACTION + 5
    _, removed = await preview_and_change(client, "removeManyFromCollection", chosen)
    assert (len(removed["done"]), await size()) == (ITEMS_PER_TRANSACTION + 5, 0)
    result = await change(
        client, "removeManyFromCollection", chosen.split(",")[0] + ', guids: ["f-000001", "unknown"]'
    )
    assert {id: code for id, (code, _) in reasons(result).items()} == {
        "f-000001": "CONFLICT",
        "unknown": "NOT_FOUND",
    }
    assert result["message"] == "Nothing to remove. Unchanged: 2 media files."
    recorded = [(action, details["files"]) for action, _, details in await actions(client)]
    assert recorded == [
        ("removeManyFromCollection", 5),
        ("removeManyFromCollection", ITEMS_PER_TRANSACTION),
        ("addManyToCollection", 5),
        ("addManyToCollection", ITEMS_PER_TRANSACTION - 2),
    ]
    with pytest.raises(GraphQLFailure, match="no collection with the ID 'coll-zz'"):
        await change(client, "addManyToCollection", 'id: "coll-zz", guids: ["f-000001"], dryRun: true')


async def test_unused_collections_batches_and_pipelines_are_deleted(
    client: GraphQLClient, database: Database
) -> None:
    await start_run(database, 1, 1, "old")
    await add_batch(database, 2, None, "old-unused")
    await add_pipeline(database, [await add_app(database)], "old-unused")
    async with database.session() as session:
        for name in ("old-one", "old-two", "new"):
            await create_collection(session, name, None, ["old-unused-000001"])
    _, result = await preview_and_change(client, "deleteBatches", 'filter: {text: "old"}')
    assert result["message"] == "Deleted 1 batch. Unchanged: 1 batch."
    assert "was started once" in result["unchanged"][0]["message"]
    assert await names(client, "batches") == ["old-batch"]
    _, result = await preview_and_change(client, "deletePipelines", 'filter: {text: "old"}')
    assert (len(result["done"]), "1 batch run uses it" in result["unchanged"][0]["message"]) == (
        1,
        True,
    )
    assert await names(client, "pipelines") == ["old-pipeline"]
    _, result = await preview_and_change(client, "deleteCollections", 'filter: {text: "old"}')
    assert result["message"] == "Deleted 2 collections."
    assert await names(client, "collections") == ["new"]
    assert len(await names(client, "mediaFiles")) == 3
    result = await change(client, "deleteCollections", 'ids: ["coll-zz"]')
    assert reasons(result) == {"coll-zz": ("NOT_FOUND", "There is no collection with the ID 'coll-zz'.")}
    assert [(action, name) for action, name, _ in await actions(client)] == [
        ("deleteCollections", "old-two"),
        ("deleteCollections", "old-one"),
        ("deletePipelines", "old-unused"),
        ("deleteBatches", "old-unused"),
    ]


async def test_pipelines_are_archived_and_unarchived(client: GraphQLClient, database: Database) -> None:
    app = await add_app(database)
    both = [await add_pipeline(database, [app], name) for name in ("a", "b")]
    ids = ", ".join(f'"{opaque(Kind.PIPELINE, pipeline.id)}"' for pipeline in both)
    _, result = await preview_and_change(client, "archivePipelines", 'filter: {text: "a"}')
    assert result["message"] == "Archived 1 pipeline."
    _, result = await preview_and_change(client, "archivePipelines", f"ids: [{ids}]")
    assert result["unchanged"][0]["message"] == "The pipeline 'a' is already archived."
    assert await names(client, "pipelines") == []
    _, result = await preview_and_change(
        client, "archivePipelines", "filter: {archived: true}, archived: false"
    )
    assert result["message"] == "Unarchived 2 pipelines."
    assert await names(client, "pipelines") == ["a", "b"]
    assert (await actions(client))[0] == ("archivePipelines", "b", {"archived": False})


async def test_apps_are_deactivated_and_limited_in_bulk(client: GraphQLClient, database: Database) -> None:
    for name in ("one", "two"):
        await add_app(database, name)
    await add_app(database, "three", max_concurrency=4)
    deactivate = 'filter: {names: ["one", "three"]}, input: {active: false, maxConcurrency: 4}'
    _, result = await preview_and_change(client, "updateApps", deactivate)
    assert result["message"] == (
        "Changed 2 apps. Calls that wait until they are activated again: 0. Running calls, which continue: 0."
    )
    ever = 'filter: {created: {from: "1970-01-01T00:00:00Z"}}, input: {active: false}'
    assert (await change(client, "updateApps", f"{ever}, dryRun: true"))["message"].startswith(
        "Deactivates 1 app."
    )
    again = await change(client, "updateApps", deactivate)
    assert {message for _, message in reasons(again).values()} == {"The app already has these settings."}
    nodes = (await client.execute("{ apps { nodes { name active maxConcurrency } } }"))["apps"]["nodes"]
    assert [(node["name"], node["active"], node["maxConcurrency"]) for node in nodes] == [
        ("one", False, 4),
        ("three", False, 4),
        ("two", True, 1),
    ]
    async with database.session() as session:
        assert await session.scalar(text("SELECT count(*) FROM app_slots")) == 9
    assert (await actions(client))[0] == ("updateApps", "three", {"active": False, "maxConcurrency": 4})
    for wrong, message in (
        ("{}", "The input changes nothing"),
        ("{maxConcurrency: 0}", "maxConcurrency is 0"),
    ):
        with pytest.raises(GraphQLFailure, match=message):
            await change(client, "updateApps", f'filter: {{text: "o"}}, input: {wrong}')


async def test_unreachable_app_does_not_block_the_refresh_of_others(
    client: GraphQLClient, database: Database
) -> None:
    with FakeClams("answers") as app:
        register = "mutation ($url: String!) { registerApp(input: {endpoint: $url}) { id } }"
        answers = (await client.execute(register, url=app.url))["registerApp"]["id"]
        silent = opaque(Kind.APP, (await add_app(database, "silent", endpoint="http://127.0.0.1:9")).id)
        async with database.session() as session:
            await session.execute(text("UPDATE clams_apps SET version = 'old'"))
        selection = f'ids: ["{silent}", "{answers}", "app-zz"]'
        preview = await change(client, "refreshApps", f"{selection}, dryRun: true")
        assert (preview["done"], preview["message"]) == (
            [silent, answers],
            "Refreshes 2 apps. Unchanged: 1 app.",
        )
        result = await change(client, "refreshApps", selection)
    assert result["done"] == [answers]
    assert {id: code for id, (code, _) in reasons(result).items()} == {
        silent: "APP_UNREACHABLE",
        "app-zz": "NOT_FOUND",
    }
    versions = (await client.execute("{ apps { nodes { name version } } }"))["apps"]["nodes"]
    assert {node["name"]: node["version"] == "old" for node in versions} == {"answers": False, "silent": True}
    assert [(action, name) for action, name, _ in await actions(client)][:1] == [("refreshApps", "answers")]


async def test_batches_are_started_in_bulk_once_for_each_key(
    client: GraphQLClient, database: Database
) -> None:
    pipeline = await add_pipeline(database, [await add_app(database)])
    ready = [await add_batch(database, 2, pipeline, f"ready-{number}") for number in (1, 2)]
    await add_batch(database, 1, None, "ready-without")
    ids = [opaque(Kind.BATCH, batch.id) for batch in ready]
    chosen = 'filter: {text: "ready"}, input: {idempotencyKey: "monday", priority: 5}'
    preview, result = await preview_and_change(client, "startBatches", chosen)
    assert preview["message"] == "Starts 2 batches of 4 media files. Unchanged: 1 batch."
    assert result["message"] == "Started 2 batches of 4 media files. Unchanged: 1 batch."
    assert (result["done"], result["fileCount"]) == (ids, 4)
    assert "has no pipeline of its own" in result["unchanged"][0]["message"]
    again = await change(client, "startBatches", chosen)
    assert again["done"] == ids
    query = "{ batches { nodes { name lastRun { status priority } runs { totalCount { count } } } } }"
    nodes = (await client.execute(query))["batches"]["nodes"]
    started = {"lastRun": {"status": "WAITING", "priority": 5}, "runs": {"totalCount": {"count": 1}}}
    assert {node.pop("name"): node for node in nodes} == {
        "ready-1": started,
        "ready-2": started,
        "ready-without": {"lastRun": None, "runs": {"totalCount": {"count": 0}}},
    }
    without, on = opaque(Kind.BATCH, ready[1].id + 1), opaque(Kind.PIPELINE, pipeline.id)
    on_one = f'ids: ["{without}"], input: {{pipelineId: "{on}"}}'
    assert (await change(client, "startBatches", on_one))["fileCount"] == 1
    assert [(action, name, details["startFrom"]) for action, name, details in await actions(client)] == [
        ("startBatches", name, "BLANK")
        for name in ("ready-without", "ready-2", "ready-1", "ready-2", "ready-1")
    ]
