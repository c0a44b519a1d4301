"""Changes of apps and versions of pipelines, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from factories import add_app, add_batch, add_files, add_pipeline, app_metadata
from fake_clams import FakeClams
from graphql_client import GraphQLClient, GraphQLFailure
from running_api import RunningApi

from chowda.apps import health as app_health
from chowda.apps.registry import AppChange, update_app
from chowda.db.database import Database
from chowda.ids import Kind, opaque

REGISTER = "mutation ($input: RegisterAppInput!) { registerApp(input: $input) { id } }"
APP = "id name identifier version endpoint active maxConcurrency timeoutSeconds oneAtATime "
APP += "health { status lastAnswerAt lastFailureAt lookedAt drift { identifier version message } } "
APP += "history { identifier version metadata } parameters { name type multivalued default required }"
REFRESH = f"mutation ($id: ID!) {{ refreshApp(id: $id) {{ {APP} }} }}"
UPDATE = f"mutation ($id: ID!, $input: UpdateAppInput!) {{ updateApp(id: $id, input: $input) {{ {APP} }} }}"
UPDATE_PIPELINE = """mutation ($id: ID!, $input: UpdatePipelineInput!) { updatePipeline(id: $id, input: $input) {
  id name description version archived steps { position parameters }
  versions { version note createdAt steps { position parameters effectiveParameters } document
             changes { kind words parameters { name old new }
                       retry { old { attempts codes } new { attempts codes } } } }
} }"""
START = """mutation ($input: StartBatchInput!) { startBatch(input: $input) { id warnings
  pipeline { name version document steps { position parameters overrides effectiveParameters } } } }"""
DRIFT = "{ pipelines { nodes { warnings } } apps { nodes { health { drift { identifier } } } } }"


@pytest.fixture
def client(api: RunningApi) -> GraphQLClient:
    return GraphQLClient(api.url)


async def failure(client: GraphQLClient, query: str, **variables: Any) -> GraphQLFailure:
    with pytest.raises(GraphQLFailure) as caught:
        await client.execute(query, **variables)
    return caught.value


async def test_refresh_keeps_the_history_and_reports_unreachable_apps(
    client: GraphQLClient,
) -> None:
    with FakeClams(name="finder") as app:
        before = dict(app.metadata)
        app_id = (await client.execute(REGISTER, input={"endpoint": app.url}))["registerApp"]["id"]
        app.metadata |= {"identifier": "http://apps.clams.ai/finder/v2", "app_version": "v2"}
        refreshed = (await client.execute(REFRESH, id=app_id))["refreshApp"]
        assert (refreshed["version"], refreshed["health"]["status"]) == ("v2", "ANSWERING")
        assert [entry["metadata"] for entry in refreshed["history"]] == [app.metadata, before]
        assert [entry["version"] for entry in refreshed["history"]] == ["v2", "v1.0"]
        assert refreshed["parameters"] == [
            {"name": "pretty", "type": "BOOLEAN", "multivalued": False, "default": False, "required": False}
        ]
        again = (await client.execute(REFRESH, id=app_id))["refreshApp"]
        assert len(again["history"]) == 2
    away = await failure(client, REFRESH, id=app_id)
    assert away.code == "APP_UNREACHABLE"
    result = (await client.execute(f"query ($id: ID!) {{ app(id: $id) {{ {APP} }} }}", id=app_id))["app"]
    assert result["health"]["status"] == "FAILING"
    assert result["version"] == "v2"
    assert (await failure(client, REFRESH, id="app-zz")).code == "NOT_FOUND"


async def test_app_is_updated_and_an_empty_update_changes_nothing(
    client: GraphQLClient, database: Database
) -> None:
    app = await add_app(database)
    app_id = opaque(Kind.APP, app.id)
    change = {"name": "other", "maxConcurrency": 7, "timeoutSeconds": 9, "active": False, "oneAtATime": True}
    changed = (await client.execute(UPDATE, id=app_id, input=change))["updateApp"]
    assert {field: changed[field] for field in change} == change
    assert (await client.execute(UPDATE, id=app_id, input={}))["updateApp"] == changed
    refusal = await failure(client, UPDATE, id=app_id, input={"name": ""})
    assert (refusal.code, str(refusal)) == ("BAD_USER_INPUT", "The app's name is empty.")
    refusal = await failure(client, UPDATE, id=app_id, input={"endpoint": "http://127.0.0.1:9"})
    assert refusal.code == "APP_UNREACHABLE"
    with FakeClams(name="detector", version="v3") as fake:
        moved = (await client.execute(UPDATE, id=app_id, input={"endpoint": fake.url}))["updateApp"]
        assert (moved["endpoint"], moved["version"], moved["name"]) == (fake.url, "v3", "other")


async def test_refresh_of_an_app_without_endpoint_says_what_to_do(
    client: GraphQLClient,
) -> None:
    query = "mutation ($all: [JSON!]!) { importApps(descriptions: $all) { outcome message app { id } } }"
    answer = await client.execute(query, all=[app_metadata("planned"), 5])
    added, refused = answer["importApps"]
    assert (added["outcome"], refused["outcome"], refused["app"]) == ("ADDED", "REFUSED", None)
    refusal = await failure(client, REFRESH, id=added["app"]["id"])
    assert (refusal.code, "Set an endpoint with updateApp" in str(refusal)) == ("CONFLICT", True)


async def test_retry_policy_is_part_of_each_version(client: GraphQLClient, database: Database) -> None:
    app = await add_app(database)
    pipeline_id = opaque(Kind.PIPELINE, (await add_pipeline(database, [app])).id)
    policy = {"attempts": 5, "codes": ["APP_ERROR"]}
    steps = [{"appId": opaque(Kind.APP, app.id), "retry": policy}]
    for _ in range(2):
        changed = (await client.execute(UPDATE_PIPELINE, id=pipeline_id, input={"steps": steps}))[
            "updatePipeline"
        ]
        assert changed["version"] == 2
    [change] = changed["versions"][0]["changes"]
    assert (change["kind"], change["parameters"]) == ("CHANGED", [])
    assert change["retry"] == {"old": None, "new": policy}
    assert change["words"] == "Step 1 (detector): the retry policy is now 5 calls in total, after APP_ERROR."
    query = "query ($id: ID!) { pipeline(id: $id) { steps { retry { attempts codes } } "
    query += "versions { steps { retry { attempts codes } } } } }"
    result = (await client.execute(query, id=pipeline_id))["pipeline"]
    new, old = {"steps": [{"retry": policy}]}, {"steps": [{"retry": None}]}
    assert result == new | {"versions": [new, old]}


async def test_versions_show_their_changes_and_notes(client: GraphQLClient, database: Database) -> None:
    app = await add_app(database)
    app_id, pipeline = opaque(Kind.APP, app.id), await add_pipeline(database, [app])
    pipeline_id = opaque(Kind.PIPELINE, pipeline.id)
    steps = [
        {"appId": app_id, "parameters": {"mode": "slow"}},
        {"appId": app_id, "parameters": {"threshold": 1}},
    ]
    change = {"steps": steps, "note": "twice", "expectedVersion": 1, "name": "new"}
    changed = (await client.execute(UPDATE_PIPELINE, id=pipeline_id, input=change))["updatePipeline"]
    assert (changed["version"], changed["name"], changed["description"]) == (2, "new", "for tests")
    newest, oldest = changed["versions"]
    assert [(version["version"], version["note"]) for version in (newest, oldest)] == [
        (2, "twice"),
        (1, None),
    ]
    assert newest["steps"][0]["effectiveParameters"] == {"threshold": 0.5, "mode": "slow"}
    assert oldest["steps"] == [
        {"position": 1, "parameters": {}, "effectiveParameters": {"threshold": 0.5, "mode": "fast"}}
    ]
    assert [change["words"] for change in newest["changes"]] == [
        'Step 1 (detector): mode is now "slow".',
        "Step 2 (detector) was added: threshold is now 1.",
    ]
    assert newest["changes"][0]["parameters"] == [{"name": "mode", "old": None, "new": "slow"}]
    assert oldest["changes"] == []
    assert "version: 1" in oldest["document"]
    query = "query ($id: ID!, $from: Int!, $to: Int) { pipeline(id: $id) { diff(from: $from, to: $to) "
    query += "{ fromVersion toVersion changes { kind position oldPosition } } } }"
    diff = (await client.execute(query, id=pipeline_id, **{"from": 2, "to": 1}))["pipeline"]["diff"]
    assert [change["kind"] for change in diff["changes"]] == ["CHANGED", "REMOVED"]
    assert (await client.execute(query, id=pipeline_id, **{"from": 2}))["pipeline"]["diff"]["changes"] == []
    assert "has no version 3" in str(await failure(client, query, id=pipeline_id, **{"from": 3}))
    stale = await failure(client, UPDATE_PIPELINE, id=pipeline_id, input=change)
    assert (stale.code, stale.extensions["version"]) == ("CONFLICT", 2)
    cleared = await client.execute(UPDATE_PIPELINE, id=pipeline_id, input={"description": None})
    assert cleared["updatePipeline"]["description"] is None
    archived = await client.execute(UPDATE_PIPELINE, id=pipeline_id, input={"archived": True})
    assert archived["updatePipeline"]["archived"] is True
    assert (await client.execute("{ pipelines { nodes { id } } }"))["pipelines"]["nodes"] == []
    deleted = await client.execute("mutation ($id: ID!) { deletePipeline(id: $id) }", id=pipeline_id)
    assert deleted["deletePipeline"] == pipeline_id
    assert (await failure(client, UPDATE_PIPELINE, id=pipeline_id, input={})).code == "NOT_FOUND"


async def test_start_shows_overrides_and_warnings(client: GraphQLClient, database: Database) -> None:
    with FakeClams(name="detector") as fake:
        app_id = (await client.execute(REGISTER, input={"endpoint": fake.url}))["registerApp"]["id"]
        fake.metadata |= {"identifier": "http://apps.clams.ai/detector/v2"}
        await client.execute(
            "mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) { id } }",
            input={"name": "p", "steps": [{"appId": app_id, "parameters": {"pretty": True}}]},
        )
        pipeline_id = (await client.execute("{ pipelines { nodes { id } } }"))["pipelines"]["nodes"][0]["id"]
        [file] = await add_files(database, 1)
        batch = await client.execute(
            "mutation ($input: CreateBatchInput!) { createBatch(input: $input) { id } }",
            input={"name": "b", "guids": [file.guid], "pipelineId": pipeline_id},
        )
        start = {"batchId": batch["createBatch"]["id"]}
        overrides = [{"position": 1, "parameters": {"pretty": None}}]
        run = (await client.execute(START, input=start | {"overrides": overrides}))["startBatch"]
        assert run["warnings"] == []
        assert run["pipeline"]["steps"] == [
            {
                "position": 1,
                "parameters": {},
                "overrides": {"pretty": None},
                "effectiveParameters": {"pretty": False},
            }
        ]
        assert "parameters" not in run["pipeline"]["document"]
        async with database.session() as session:
            [due] = await app_health.take_due(session, 0, 9)
        seen = await app_health.probe(due.endpoint, 10)
        async with database.session() as session:
            await app_health.note(session, due, seen)
        run = (await client.execute(START, input=start | {"pipelineVersion": 1}))["startBatch"]
        assert run["pipeline"]["steps"][0]["overrides"] is None
        [warning] = run["warnings"]
        assert warning.startswith(
            "Step 1 (detector): http://apps.clams.ai/detector/v2 answers at this endpoint, not "
        )
        result = await client.execute(DRIFT)
        assert result["pipelines"]["nodes"] == [{"warnings": [warning]}]
        await client.execute(REFRESH, id=app_id)
        result = await client.execute(DRIFT)
        assert result == {
            "pipelines": {"nodes": [{"warnings": []}]},
            "apps": {"nodes": [{"health": {"drift": None}}]},
        }
    twice = await failure(client, START, input=start | {"overrides": overrides * 2})
    assert (twice.code, "two overrides for step 1" in str(twice)) == ("BAD_USER_INPUT", True)


async def test_start_with_a_deactivated_app_is_a_conflict(client: GraphQLClient, database: Database) -> None:
    app = await add_app(database)
    batch = await add_batch(database, 1, await add_pipeline(database, [app]))
    async with database.session() as session:
        await update_app(session, app.id, AppChange(active=False))
    refusal = await failure(client, START, input={"batchId": opaque(Kind.BATCH, batch.id)})
    assert (refusal.code, "'detector' is deactivated" in str(refusal)) == ("CONFLICT", True)
    result = await client.execute("{ pipelines { nodes { warnings } } }")
    assert result["pipelines"]["nodes"][0]["warnings"] == ["Step 1 (detector): the app is deactivated."]
