"""One change for many of the catalogue: what was done and what was not, and why; a dry run does nothing."""

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


async def foreseen_and_done(client: GraphQLClient, name: str, arguments: str) -> tuple[Any, Any]:
    """What a dry run says, and what comes of it, which must be the same."""
    foreseen = await change(client, name, f"{arguments}, dryRun: true")
    again = await change(client, name, f"{arguments}, dryRun: true")
    assert foreseen == again, "a dry run changes nothing"
    done = await change(client, name, arguments)
    assert {**foreseen, "dryRun": False, "message": done["message"]} == done
    return foreseen, done


def reasons(told: Any) -> dict[str, tuple[str, str]]:
    return {one["id"]: (one["code"], one["message"]) for one in told["unchanged"]}


async def names(client: GraphQLClient, noun: str, filter: str = "") -> list[str]:
    field = "guid" if noun == "mediaFiles" else "name"
    query = f"{{ {noun}(first: 500{filter}) {{ nodes {{ {field} }} }} }}"
    return sorted(node[field] for node in (await client.execute(query))[noun]["nodes"])


async def actions(client: GraphQLClient) -> list[tuple[str, str | None, Any]]:
    query = "{ events { edges { node { action subjectName details } } } }"
    nodes = [edge["node"] for edge in (await client.execute(query))["events"]["edges"]]
    return [(node["action"], node["subjectName"], node["details"]) for node in nodes]


# An action on one has a form for many, or there is a reason why it has none.
FORMS = {
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
OF_MANY_ALREADY = {
    "addMediaFiles",
    "importMediaFiles",
    "importApps",
    "importBatchDefinition",
    "createBatch",
    "createBatchFrom",
    "createBatchesFromCollections",
    "addMmifsToBatch",
}
"Takes a list, a text or a filter, and makes one thing or many of it."
OF_ONE_BY_NATURE = {
    "updateMediaFile",  # its documents are its own; importMediaFiles changes those of many
    "createCollection",
    "updateCollection",  # a name is unique
    "updateBatch",
    "registerApp",  # an endpoint is one app's
    "createPipeline",
    "importPipeline",
}


def test_every_action_on_one_has_a_form_for_many() -> None:
    mutation = schema._schema.mutation_type
    assert mutation is not None
    bulk = {name for name, field in mutation.fields.items() if str(field.type) == "BulkResult!"}
    assert set(FORMS.values()) == bulk
    assert set(mutation.fields) == bulk | set(FORMS) | OF_MANY_ALREADY | OF_ONE_BY_NATURE
    for name in bulk:
        arguments = mutation.fields[name].args
        assert {"filter", "dryRun"} < set(arguments), name
        assert {"ids", "guids"} & set(arguments), name


async def test_media_files_that_nothing_names_are_deleted(client: GraphQLClient, database: Database) -> None:
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
    foreseen, done = await foreseen_and_done(
        client, "deleteMediaFiles", f"guids: [{guids}]".replace("\\\\", "\\")
    )
    assert foreseen["message"] == "Deletes 1 media file. Unchanged: 5 media files."
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


async def test_thousands_of_media_files_come_into_a_collection_and_go_again(
    client: GraphQLClient, database: Database
) -> None:
    await add_files(database, ITEMS_PER_TRANSACTION + 5, "f")
    async with database.session() as session:
        collection = await create_collection(session, "radio", None, ["f-000001", "f-000002"])
    chosen = f'id: "{opaque(Kind.COLLECTION, collection.id)}", filter: {{text: "f-"}}'
    _, added = await foreseen_and_done(client, "addManyToCollection", chosen)
    assert added["message"] == f"Added {ITEMS_PER_TRANSACTION + 3:,} media files. Unchanged: 2 media files."
    assert reasons(added)["f-000001"] == ("CONFLICT", "It is already in the collection 'radio'.")

    async def size() -> int:
        [node] = (await client.execute("{ collections { nodes { mediaFileCount } } }"))["collections"][
            "nodes"
        ]
        return int(node["mediaFileCount"])

    assert await size() == ITEMS_PER_TRANSACTION + 5
    _, removed = await foreseen_and_done(client, "removeManyFromCollection", chosen)
    assert (len(removed["done"]), await size()) == (ITEMS_PER_TRANSACTION + 5, 0)
    told = await change(
        client, "removeManyFromCollection", chosen.split(",")[0] + ', guids: ["f-000001", "nobody"]'
    )
    assert {id: code for id, (code, _) in reasons(told).items()} == {
        "f-000001": "CONFLICT",
        "nobody": "NOT_FOUND",
    }
    assert told["message"] == "Nothing to remove. Unchanged: 2 media files."
    recorded = [(action, details["files"]) for action, _, details in await actions(client)]
    assert recorded == [
        ("removeManyFromCollection", 5),
        ("removeManyFromCollection", ITEMS_PER_TRANSACTION),
        ("addManyToCollection", 5),
        ("addManyToCollection", ITEMS_PER_TRANSACTION - 2),
    ]
    with pytest.raises(GraphQLFailure, match="no collection with the ID 'coll-zz'"):
        await change(client, "addManyToCollection", 'id: "coll-zz", guids: ["f-000001"], dryRun: true')


async def test_collections_batches_and_pipelines_are_deleted_where_nothing_needs_them(
    client: GraphQLClient, database: Database
) -> None:
    await start_run(database, 1, 1, "old")
    await add_batch(database, 2, None, "old-unused")
    await add_pipeline(database, [await add_app(database)], "old-unused")
    async with database.session() as session:
        for name in ("old-one", "old-two", "new"):
            await create_collection(session, name, None, ["old-unused-000001"])
    _, told = await foreseen_and_done(client, "deleteBatches", 'filter: {text: "old"}')
    assert told["message"] == "Deleted 1 batch. Unchanged: 1 batch."
    assert "was started once" in told["unchanged"][0]["message"]
    assert await names(client, "batches") == ["old-batch"]
    _, told = await foreseen_and_done(client, "deletePipelines", 'filter: {text: "old"}')
    assert (len(told["done"]), "1 batch run uses it" in told["unchanged"][0]["message"]) == (1, True)
    assert await names(client, "pipelines") == ["old-pipeline"]
    _, told = await foreseen_and_done(client, "deleteCollections", 'filter: {text: "old"}')
    assert told["message"] == "Deleted 2 collections."
    assert await names(client, "collections") == ["new"]
    assert len(await names(client, "mediaFiles")) == 3
    told = await change(client, "deleteCollections", 'ids: ["coll-zz"]')
    assert reasons(told) == {"coll-zz": ("NOT_FOUND", "There is no collection with the ID 'coll-zz'.")}
    assert [(action, name) for action, name, _ in await actions(client)] == [
        ("deleteCollections", "old-two"),
        ("deleteCollections", "old-one"),
        ("deletePipelines", "old-unused"),
        ("deleteBatches", "old-unused"),
    ]


async def test_pipelines_are_archived_and_brought_back(client: GraphQLClient, database: Database) -> None:
    app = await add_app(database)
    both = [await add_pipeline(database, [app], name) for name in ("a", "b")]
    ids = ", ".join(f'"{opaque(Kind.PIPELINE, pipeline.id)}"' for pipeline in both)
    _, told = await foreseen_and_done(client, "archivePipelines", 'filter: {text: "a"}')
    assert told["message"] == "Archived 1 pipeline."
    _, told = await foreseen_and_done(client, "archivePipelines", f"ids: [{ids}]")
    assert told["unchanged"][0]["message"] == "The pipeline 'a' is already archived."
    assert await names(client, "pipelines") == []
    _, told = await foreseen_and_done(client, "archivePipelines", "filter: {archived: true}, archived: false")
    assert told["message"] == "Unarchived 2 pipelines."
    assert await names(client, "pipelines") == ["a", "b"]
    assert (await actions(client))[0] == ("archivePipelines", "b", {"archived": False})


async def test_apps_are_deactivated_and_limited_together(client: GraphQLClient, database: Database) -> None:
    for name in ("one", "two"):
        await add_app(database, name)
    await add_app(database, "three", max_concurrency=4)
    deactivate = 'filter: {names: ["one", "three"]}, input: {active: false, maxConcurrency: 4}'
    _, told = await foreseen_and_done(client, "updateApps", deactivate)
    assert told["message"] == (
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
    for wrong, told in (("{}", "The input changes nothing"), ("{maxConcurrency: 0}", "maxConcurrency is 0")):
        with pytest.raises(GraphQLFailure, match=told):
            await change(client, "updateApps", f'filter: {{text: "o"}}, input: {wrong}')


async def test_apps_are_asked_again_what_they_are_and_silence_of_one_keeps_no_other(
    client: GraphQLClient, database: Database
) -> None:
    with FakeClams("answers") as app:
        register = "mutation ($url: String!) { registerApp(input: {endpoint: $url}) { id } }"
        answers = (await client.execute(register, url=app.url))["registerApp"]["id"]
        silent = opaque(Kind.APP, (await add_app(database, "silent", endpoint="http://127.0.0.1:9")).id)
        async with database.session() as session:
            await session.execute(text("UPDATE clams_apps SET version = 'old'"))
        asked = f'ids: ["{silent}", "{answers}", "app-zz"]'
        foreseen = await change(client, "refreshApps", f"{asked}, dryRun: true")
        assert (foreseen["done"], foreseen["message"]) == (
            [silent, answers],
            "Refreshes 2 apps. Unchanged: 1 app.",
        )
        told = await change(client, "refreshApps", asked)
    assert told["done"] == [answers]
    assert {id: code for id, (code, _) in reasons(told).items()} == {
        silent: "APP_UNREACHABLE",
        "app-zz": "NOT_FOUND",
    }
    versions = (await client.execute("{ apps { nodes { name version } } }"))["apps"]["nodes"]
    assert {node["name"]: node["version"] == "old" for node in versions} == {"answers": False, "silent": True}
    assert [(action, name) for action, name, _ in await actions(client)][:1] == [("refreshApps", "answers")]


async def test_batches_are_started_together_each_once_under_a_key(
    client: GraphQLClient, database: Database
) -> None:
    pipeline = await add_pipeline(database, [await add_app(database)])
    ready = [await add_batch(database, 2, pipeline, f"ready-{number}") for number in (1, 2)]
    await add_batch(database, 1, None, "ready-without")
    ids = [opaque(Kind.BATCH, batch.id) for batch in ready]
    chosen = 'filter: {text: "ready"}, input: {idempotencyKey: "monday", priority: 5}'
    foreseen, told = await foreseen_and_done(client, "startBatches", chosen)
    assert foreseen["message"] == "Starts 2 batches of 4 media files. Unchanged: 1 batch."
    assert told["message"] == "Started 2 batches of 4 media files. Unchanged: 1 batch."
    assert (told["done"], told["fileCount"]) == (ids, 4)
    assert "has no pipeline of its own" in told["unchanged"][0]["message"]
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
