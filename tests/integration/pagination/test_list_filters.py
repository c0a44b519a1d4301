"""The filters and sort orders of each list."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
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
from graphql_client import GraphQLClient
from running_api import RunningApi
from sqlalchemy import text

from chowda.db.database import Database
from chowda.errors import StepErrorCode
from chowda.ids import Kind, opaque
from chowda.media.collections import create_collection
from chowda.pagination import filters

PAGE_INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def client(api: RunningApi) -> GraphQLClient:
    return GraphQLClient(api.url)


async def execute(database: Database, statement: str, **parameters: Any) -> None:
    async with database.session() as session:
        await session.execute(text(statement), parameters)


@pytest.fixture
async def archive(database: Database) -> AsyncIterator[dict[str, Any]]:
    """Two runs of three files through two apps: `old` has ended, `new` is in its first step."""
    old = await start_run(database, files=3, steps=2, name="old")
    new = await start_run(database, files=3, steps=2, name="new")
    finished, failed, timed_out = await step_run_ids(database, old.id)
    await finish_file(database, finished)
    await fail_step(database, await claim_step(database, failed))
    await fail_step(database, await claim_step(database, timed_out), StepErrorCode.LOST_VIEWS)
    await end_runs(database, old.id)
    first, _, _ = await step_run_ids(database, new.id)
    await claim_step(database, first)
    await execute(database, "UPDATE batch_runs SET created_at = :at WHERE id = :id", at=LONG_AGO, id=old.id)
    async with database.session() as session:
        apps = dict((await session.execute(text("SELECT name, id FROM clams_apps"))).all())
        held = await create_collection(session, "old ones", None, ["old-batch-000002", "old-batch-000003"])
        first = await create_collection(session, "first", None, ["old-batch-000001"])
        nothing = await create_collection(session, "nothing")
    yield {
        "first": opaque(Kind.COLLECTION, first.id),
        "held": opaque(Kind.COLLECTION, held.id),
        "nothing": opaque(Kind.COLLECTION, nothing.id),
        "old": opaque(Kind.BATCH_RUN, old.id),
        "new": opaque(Kind.BATCH_RUN, new.id),
        "old_batch": opaque(Kind.BATCH, old.batch_id),
        "old_pipeline": opaque(Kind.PIPELINE, old.pipeline_id),
        **{name.replace("-", "_"): opaque(Kind.APP, key) for name, key in apps.items()},
    }


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ("status: [FAILED]", {"old"}),
        ("status: [RUNNING, FAILED]", {"old", "new"}),
        ("status: []", set()),
        ('batches: ["{old_batch}"]', {"old"}),
        ('pipelines: ["{old_pipeline}"]', {"old"}),
        ('apps: ["{old_app2}"]', {"old"}),
        ('apps: ["{old_app2}", "{new_app1}"]', {"old", "new"}),
        ('text: "NEW"', {"new"}),
        ('collections: ["{held}"]', {"old"}),
        ('collections: ["{held}", "{nothing}"], status: [RUNNING]', set()),
        ('collections: ["{nothing}"]', set()),
        ('created: {{to: "2021-01-01T00:00:00Z"}}', {"old"}),
        ('created: {{from: "2021-01-01T00:00:00Z"}}', {"new"}),
        ('ended: {{from: "2021-01-01T00:00:00Z"}}', {"old"}),
        ('started: {{from: "2021-01-01T00:00:00Z"}}', {"old", "new"}),
        ('status: [FAILED], text: "new"', set()),
    ],
)
async def test_batch_runs_are_filtered(
    client: GraphQLClient, archive: dict[str, Any], filter: str, expected: set[str]
) -> None:
    found = await client.found("batchRuns", "id", filter.format(**archive))
    assert found == {archive[name] for name in expected}


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ("status: [FAILED]", {"old-2", "old-3"}),
        ("status: [RUNNING]", {"new-1"}),
        ("status: [WAITING]", {"new-2", "new-3"}),
        ("status: [WAITING, FINISHED]", {"old-1", "new-2", "new-3"}),
        ("status: []", set()),
        ('batchRuns: ["{old}"]', {"old-1", "old-2", "old-3"}),
        ('batches: ["{old_batch}"], status: [FINISHED]', {"old-1"}),
        ('pipelines: ["{old_pipeline}"]', {"old-1", "old-2", "old-3"}),
        ('apps: ["{new_app1}"]', {"new-1", "new-2", "new-3"}),
        ('guids: ["old-batch-000002", "unknown"]', {"old-2"}),
        ('text: "BATCH-000003"', {"old-3", "new-3"}),
        ('collections: ["{held}"]', {"old-2", "old-3"}),
        ('collections: ["{held}"], guids: ["old-batch-000003", "old-batch-000001"]', {"old-3"}),
        ('collections: ["{nothing}"]', set()),
        ("errorCodes: [LOST_VIEWS]", {"old-3"}),
        ('errorCodes: [LOST_VIEWS, APP_ERROR], batchRuns: ["{old}"]', {"old-2", "old-3"}),
        ('errorCodes: [LOST_VIEWS], batchRuns: ["{new}"]', set()),
        ("errorCodes: [LOST_VIEWS], status: [FINISHED]", set()),
        ("errorCodes: [LOST_VIEWS], status: [FINISHED, FAILED]", {"old-3"}),
        ('created: {{to: "2021-01-01T00:00:00Z"}}', {"old-1", "old-2", "old-3"}),
        ('ended: {{to: "2021-01-01T00:00:00Z"}}', set()),
    ],
)
async def test_pipeline_runs_are_filtered(
    client: GraphQLClient, archive: dict[str, Any], filter: str, expected: set[str]
) -> None:
    fields = "nodes { mediaFile { guid } } totalCount { count exact }"
    page = await client.page("pipelineRuns", fields, f"filter: {{{filter.format(**archive)}}}")
    assert page["totalCount"] == {"count": len(expected), "exact": True}
    found = {node["mediaFile"]["guid"].replace("batch-00000", "") for node in page["nodes"]}
    assert found == expected


@pytest.mark.parametrize("pairs_limit", [0, 1000])
async def test_collection_filter_works_from_the_files_and_row_by_row(
    client: GraphQLClient, archive: dict[str, Any], monkeypatch: pytest.MonkeyPatch, pairs_limit: int
) -> None:
    monkeypatch.setattr(filters, "PAIRS_LIMIT", pairs_limit)
    of = 'collections: ["{held}"]'.format(**archive)
    assert await client.found("batches", "name", of) == {"old-batch"}
    assert await client.found("batchRuns", "id", of) == {archive["old"]}
    assert len(await client.found("pipelineRuns", "id", of)) == 2
    nothing = 'collections: ["{nothing}"]'.format(**archive)
    for noun in ("batches", "batchRuns", "pipelineRuns"):
        assert await client.found(noun, "id", nothing) == set()


async def test_runs_are_sorted_newest_first_or_by_their_end(
    client: GraphQLClient, archive: dict[str, Any]
) -> None:
    fields = "nodes { mediaFile { guid } }"
    newest = await client.page("pipelineRuns", fields, "first: 2")
    assert [n["mediaFile"]["guid"] for n in newest["nodes"]] == ["new-batch-000003", "new-batch-000002"]
    ended = await client.page("pipelineRuns", fields, "sort: ENDED, descending: false")
    assert [n["mediaFile"]["guid"] for n in ended["nodes"]] == [f"old-batch-00000{n}" for n in (1, 2, 3)]
    for sort in ("ENDED", "DURATION"):
        page = await client.page("batchRuns", f"nodes {{ id }} {PAGE_INFO}", f"sort: {sort}")
        assert page["nodes"] == [{"id": archive["old"]}]
        after = page["pageInfo"]["endCursor"]
        beyond = await client.page("batchRuns", "nodes { id }", f'sort: {sort}, after: "{after}"')
        assert beyond["nodes"] == []


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ('guids: [" a1 ", "b1", "c"]', {"a1", "b1"}),
        ('text: "A"', {"a1", "a2"}),
        ('text: "1"', {"a1", "b1"}),
        ('text: "%"', set()),
        ('batches: ["{batch}"]', {"a1", "a2"}),
        ('collections: ["{collection}"]', {"a2", "b1"}),
        ('collections: ["{collection}"], batches: ["{batch}"]', {"a2"}),
        ("types: [AUDIO]", {"b1"}),
        ('mimes: ["video/mp4"]', {"a1"}),
        ('mimes: ["video/", "audio/mpeg"]', {"a1", "a2", "b1"}),
        ('mimes: ["video/"], types: [AUDIO]', set()),
        ("hasInputMmif: true", {"a2"}),
        ("hasInputMmif: false", {"a1", "b1"}),
        ('created: {{from: "2021-01-01T00:00:00Z"}}', {"a1", "a2"}),
    ],
)
async def test_media_files_are_filtered(
    client: GraphQLClient, database: Database, filter: str, expected: set[str]
) -> None:
    for guid, kind, mime in (
        ("a1", "VIDEO", "video/mp4"),
        ("a2", "VIDEO", "video/ogg"),
        ("b1", "AUDIO", "audio/mpeg"),
    ):
        add = "mutation ($i: [MediaFileInput!]!) { addMediaFiles(input: $i) { guid } }"
        document = {"type": kind, "location": f"file:///{guid}", "mime": mime}
        await client.execute(add, i=[{"guid": guid, "documents": [document]}])
    made = await client.execute('mutation { createBatch(input: {name: "b", guids: ["a1", "a2"]}) { id } }')
    await execute(
        database,
        "WITH m AS (INSERT INTO mmifs (media_file_id, sha256, size_bytes, origin) "
        "SELECT id, 'x', 1, 'UPLOAD' FROM media_files WHERE guid = 'a2' RETURNING id, media_file_id) "
        "UPDATE batch_media_files b SET input_mmif_id = m.id FROM m WHERE b.media_file_id = m.media_file_id",
    )
    await execute(database, "UPDATE media_files SET created_at = :at WHERE guid = 'b1'", at=LONG_AGO)
    batch = made["createBatch"]["id"]
    kept = await client.execute(
        'mutation { createCollection(input: {name: "c", guids: ["a2", "b1"]}) { id } }'
    )
    collection = kept["createCollection"]["id"]
    assert (
        await client.found("mediaFiles", "guid", filter.format(batch=batch, collection=collection))
        == expected
    )


async def test_apps_pipelines_and_batches_are_filtered(client: GraphQLClient, database: Database) -> None:
    one, two = await add_app(database, "one"), await add_app(database, "two")
    pipeline = await add_pipeline(database, [one], "first")
    await add_pipeline(database, [one, two], "second")
    await add_batch(database, 2, pipeline, "spring")
    await add_batch(database, 1, None, "Autumn")
    app, pipe = opaque(Kind.APP, two.id), opaque(Kind.PIPELINE, pipeline.id)
    assert await client.found("apps", "name", 'names: ["two", "three"]') == {"two"}
    assert await client.found("apps", "name", 'text: "CLAMS.AI/ON"') == {"one"}
    assert await client.found("pipelines", "name", f'apps: ["{app}"]') == {"second"}
    assert await client.found("pipelines", "name", 'text: "FIR"') == {"first"}
    await execute(database, "UPDATE pipelines SET archived_at = now() WHERE name = 'second'")
    assert await client.found("pipelines", "name", "") == {"first"}
    assert await client.found("pipelines", "name", "archived: true") == {"second"}
    assert await client.found("pipelines", "name", "archived: null") == {"first", "second"}
    assert await client.found("pipelines", "name", 'created: {to: "2021-01-01T00:00:00Z"}') == set()
    assert await client.found("batches", "name", f'pipelines: ["{pipe}"]') == {"spring"}
    assert await client.found("batches", "name", 'text: "aut"') == {"Autumn"}
    assert await client.found("batches", "name", 'names: ["autumn", "spring"]') == {"spring"}
    assert await client.found("batches", "name", 'guids: ["spring-000002"]') == {"spring"}
    for name, guid in (("Radio", "spring-000001"), ("television", "Autumn-000001")):
        made = await client.execute(
            f'mutation {{ createCollection(input: {{name: "{name}", guids: ["{guid}"]}}) {{ id }} }}'
        )
        of = f'collections: ["{made["createCollection"]["id"]}"]'
        assert await client.found("batches", "name", of) == {"spring" if name == "Radio" else "Autumn"}
    assert await client.found("collections", "name", 'text: "RAD"') == {"Radio"}
    assert await client.found("collections", "name", 'names: ["television", "radio"]') == {"television"}
    assert await client.found("collections", "name", 'guids: ["spring-000001"]') == {"Radio"}
    assert await client.found("collections", "name", 'created: {to: "2021-01-01T00:00:00Z"}') == set()


async def test_mmif_are_filtered_and_have_their_origin(
    client: GraphQLClient, database: Database, archive: dict[str, Any]
) -> None:
    await execute(
        database,
        "INSERT INTO mmifs (media_file_id, sha256, size_bytes, origin) "
        "SELECT id, 'x', 1, 'UPLOAD' FROM media_files WHERE guid = 'new-batch-000001'",
    )
    fields = (
        "nodes { origin appIdentifier mediaFile { guid } "
        "step { position app { name } pipelineRun { batchRun { id } } } }"
    )

    async def made(filter: str) -> Any:
        return (await client.page("mmifs", fields, f"filter: {{{filter}}}, sort: SIZE, descending: false"))[
            "nodes"
        ]

    steps = [
        {
            "origin": "STEP",
            "appIdentifier": f"http://apps.clams.ai/old-app{position}/v1",
            "mediaFile": {"guid": "old-batch-000001"},
            "step": {
                "position": position,
                "app": {"name": f"old-app{position}"},
                "pipelineRun": {"batchRun": {"id": archive["old"]}},
            },
        }
        for position in (1, 2)
    ]
    upload = {
        "origin": "UPLOAD",
        "appIdentifier": None,
        "mediaFile": {"guid": "new-batch-000001"},
        "step": None,
    }
    assert await made("") == [upload, *steps]
    assert await made("origins: [UPLOAD]") == [upload]
    assert await made("origins: [STEP, INITIAL]") == steps
    assert await made(f'apps: ["{archive["old_app2"]}"]') == steps[1:]
    assert await made('guids: ["new-batch-000001"]') == [upload]
    assert await made('text: "OLD"') == steps
    assert await made(f'collections: ["{archive["held"]}"]') == []
    assert await made(f'collections: ["{archive["first"]}"]') == steps
    assert await made('created: {to: "2021-01-01T00:00:00Z"}') == []
