"""The audit log: each action adds one row in its own transaction, and no follower misses a row."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from factories import add_app, app_metadata
from fake_clams import FakeClams
from graphql_client import GraphQLClient, GraphQLFailure
from running_api import RunningApi
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import audit
from chowda.audit import AuditLog, local_user
from chowda.client import Chowda
from chowda.db.database import Database
from chowda.ids import Kind
from chowda.models import Event
from chowda.pagination import keyset
from chowda.pagination.keyset import PageRequest
from chowda.pubsub.change_feed import PAGE_LIMIT
from chowda.pubsub.notifier import Notifier
from chowda.pubsub.snapshot_cursor import SnapshotCursor, current_cursor

EVENTS = """query ($first: Int = 50, $after: String, $actor: String, $action: String, $subject: ID,
                   $since: DateTime, $until: DateTime) {
  events(first: $first, after: $after, actor: $actor, action: $action, subject: $subject,
         since: $since, until: $until) {
    cursor pageInfo { hasNextPage endCursor }
    edges { cursor node { id at actor actorClaim action subjectKind subjectId subjectName details } } } }"""
NEW = "subscription ($after: String) { events(after: $after) { cursor asOf events { action subjectName } } }"
FILES = """mutation ($guids: [MediaFileInput!]!) { addMediaFiles(input: $guids) { guid } }"""


@pytest.fixture
def client(api: RunningApi) -> GraphQLClient:
    return GraphQLClient(api.url)


def files(*guids: str) -> list[dict[str, Any]]:
    return [{"guid": g, "documents": [{"type": "VIDEO", "location": f"file:///{g}.mp4"}]} for g in guids]


async def listed(client: GraphQLClient, **arguments: Any) -> list[dict[str, Any]]:
    found = (await client.execute(EVENTS, **arguments))["events"]
    return [edge["node"] for edge in found["edges"]]


async def record(database: Database, name: str) -> None:
    async with database.session() as session:
        await AuditLog(Notifier(database, 1)).record(session, "test", Kind.BATCH, name=name)


async def newest_events(session: AsyncSession) -> Sequence[Event]:
    query = audit.list_query(audit.EventFilter(), PageRequest(20))
    return (await keyset.read_pages(session, [query]))[query].rows


async def test_every_action_adds_one_row_with_actor_action_and_subject(
    client: GraphQLClient, database: Database
) -> None:
    with FakeClams("detector") as app:
        made = await client.execute(
            "mutation ($url: String!) { registerApp(input: {endpoint: $url, maxConcurrency: 3}) { id } }",
            url=app.url,
        )
    app_id = made["registerApp"]["id"]
    await client.execute(FILES, guids=files("cpb-1", "cpb-2"))
    await client.execute(FILES, guids=files("cpb-3"))
    made = await client.execute(
        'mutation ($app: ID!) { createPipeline(input: {name: "slates", steps: [{appId: $app}]}) { id } }',
        app=app_id,
    )
    pipeline_id = made["createPipeline"]["id"]
    made = await client.execute(
        'mutation ($p: ID!) { createBatch(input: {name: "spring", pipelineId: $p, guids: ["cpb-1"]}) { id } }',
        p=pipeline_id,
    )
    batch_id = made["createBatch"]["id"]
    made = await client.execute("mutation ($b: ID!) { startBatch(input: {batchId: $b}) { id } }", b=batch_id)
    run_id = made["startBatch"]["id"]
    for action in ("pauseBatchRun", "resumeBatchRun", "cancelBatchRun", "cancelBatchRun", "retryBatchRun"):
        await client.execute(f"mutation ($id: ID!) {{ {action}(id: $id) {{ id }} }}", id=run_id)

    await client.execute(
        "mutation ($id: ID!) { setBatchRunPriority(id: $id, priority: 7) { id } }", id=run_id
    )
    runs = "query ($id: ID!) { batchRun(id: $id) { pipelineRuns { edges { node { id } } } } }"
    [edge] = (await client.execute(runs, id=run_id))["batchRun"]["pipelineRuns"]["edges"]
    file_id = edge["node"]["id"]
    for action in ("pausePipelineRun", "resumePipelineRun", "cancelPipelineRun", "retryPipelineRun"):
        await client.execute(f"mutation ($id: ID!) {{ {action}(id: $id) {{ id }} }}", id=file_id)

    rows = list(reversed(await listed(client)))
    assert [(row["action"], row["subjectKind"], row["subjectId"], row["subjectName"]) for row in rows] == [
        ("registerApp", "APP", app_id, "detector"),
        ("addMediaFiles", "MEDIA_FILE", None, None),
        ("addMediaFiles", "MEDIA_FILE", "cpb-3", "cpb-3"),
        ("createPipeline", "PIPELINE", pipeline_id, "slates"),
        ("createBatch", "BATCH", batch_id, "spring"),
        ("startBatch", "BATCH_RUN", run_id, "spring"),
        ("pauseBatchRun", "BATCH_RUN", run_id, "spring"),
        ("resumeBatchRun", "BATCH_RUN", run_id, "spring"),
        ("cancelBatchRun", "BATCH_RUN", run_id, "spring"),
        ("cancelBatchRun", "BATCH_RUN", run_id, "spring"),
        ("retryBatchRun", "BATCH_RUN", run_id, "spring"),
        ("setBatchRunPriority", "BATCH_RUN", run_id, "spring"),
        ("pausePipelineRun", "PIPELINE_RUN", file_id, "cpb-1"),
        ("resumePipelineRun", "PIPELINE_RUN", file_id, "cpb-1"),
        ("cancelPipelineRun", "PIPELINE_RUN", file_id, "cpb-1"),
        ("retryPipelineRun", "PIPELINE_RUN", file_id, "cpb-1"),
    ]
    assert {row["actor"] for row in rows} == {local_user()}
    assert {row["actorClaim"] for row in rows} == {None}
    assert rows[0]["details"]["maxConcurrency"] == 3
    assert rows[1]["details"] == {"files": 2}
    assert rows[5]["details"] == {
        "batch": batch_id,
        "pipeline": pipeline_id,
        "pipelineVersion": 1,
        "overriddenSteps": [],
        "files": 1,
        "startFrom": "BLANK",
    }
    assert rows[11]["details"] == {"priority": 7}
    async with database.session() as session:
        await session.execute(text("UPDATE batches SET name = 'another'"))
    assert (await listed(client, subject=run_id))[0]["subjectName"] == "spring", "the name at that time"


async def test_changes_and_imports_are_recorded_and_dry_runs_are_not(
    client: GraphQLClient, database: Database
) -> None:
    await client.execute(FILES, guids=files("cpb-1"))
    with FakeClams("detector") as app:
        made = await client.execute(
            "mutation ($url: String!) { registerApp(input: {endpoint: $url}) { id } }", url=app.url
        )
        app_id = made["registerApp"]["id"]
        await client.execute("mutation ($id: ID!) { refreshApp(id: $id) { id } }", id=app_id)
    await client.execute(
        "mutation ($id: ID!) { updateApp(id: $id, input: {maxConcurrency: 2, oneAtATime: false}) { id } }",
        id=app_id,
    )
    await client.execute(
        "mutation ($all: [JSON!]!) { importApps(descriptions: $all) { outcome } }",
        all=[app_metadata("planned"), 5],
    )
    imported = "mutation ($input: ImportPipelineInput!) { importPipeline(input: $input) { pipeline { id } } }"
    document = {"text": "name: p\nsteps:\n- detector\n"}
    await client.execute(imported, input=document | {"dryRun": True})
    made = await client.execute(imported, input=document)
    pipeline_id = made["importPipeline"]["pipeline"]["id"]
    await client.execute(
        "mutation ($id: ID!, $app: ID!) { updatePipeline(id: $id, input: {steps: [{appId: $app, "
        "retry: {attempts: 1}}]}) { id } }",
        id=pipeline_id,
        app=app_id,
    )
    await client.execute("mutation ($id: ID!) { deletePipeline(id: $id) }", id=pipeline_id)
    made = await client.execute(
        'mutation { importBatchDefinition(input: {name: "b", text: "asset_id\\ncpb-1\\n"}) { batch { id } } }'
    )
    batch_id = made["importBatchDefinition"]["batch"]["id"]

    rows = list(reversed(await listed(client)))[2:]
    assert [(row["action"], row["subjectId"], row["subjectName"]) for row in rows] == [
        ("refreshApp", app_id, "detector"),
        ("updateApp", app_id, "detector"),
        ("importApps", None, None),
        ("importPipeline", pipeline_id, "p"),
        ("updatePipeline", pipeline_id, "p"),
        ("deletePipeline", pipeline_id, "p"),
        ("importBatchDefinition", batch_id, "b"),
    ]
    assert [row["details"] for row in rows[1:5]] == [
        {"maxConcurrency": 2, "oneAtATime": False},
        {"ADDED": 1},
        {"outcome": "CREATED", "version": 1},
        {"version": 2, "archived": False},
    ]


async def test_upload_is_recorded_with_the_actor_that_the_client_names(
    api: RunningApi, client: GraphQLClient
) -> None:
    await client.execute(FILES, guids=files("cpb-1"))
    mmif = b"""{"metadata": {"mmif": "http://mmif.clams.ai/1.1.0"}, "views": [], "documents": [{"@type":
      "http://mmif.clams.ai/vocabulary/VideoDocument/v1",
      "properties": {"id": "d1", "mime": "video/mp4", "location": "file:///cpb-1.mp4"}}]}"""
    async with httpx.AsyncClient() as http:
        sent = await http.post(
            f"{api.url}/mmif?guid=cpb-1",
            content=mmif,
            headers={"content-type": "application/json", "x-chowda-actor": "Zoë".encode()},
        )
        refused = await http.post(
            f"{api.url}/mmif?guid=cpb-1", content=b"{}", headers={"content-type": "application/json"}
        )
    assert (sent.status_code, refused.status_code) == (201, 400), (sent.text, refused.text)
    [row] = await listed(client, action="uploadMmif")
    assert (row["subjectKind"], row["subjectId"], row["subjectName"]) == ("MMIF", sent.json()["id"], "cpb-1")
    assert (row["actor"], row["actorClaim"], row["details"]["size"]) == (local_user(), "Zoë", len(mmif))


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        (None, None),
        ("", None),
        (" anna ", "anna"),
        ("a\x00b\nc", "abc"),
        ("x" * 500, "x" * 100),
        ("\xff", "\xff"),
    ],
)
def test_readable_claim_keeps_displayable_characters(header: str | None, kept: str | None) -> None:
    assert audit.readable_claim(header) == kept


async def test_refused_action_adds_no_row(client: GraphQLClient) -> None:
    for refused in (
        'mutation { createBatch(input: {name: "b", guids: ["unknown"]}) { id } }',
        'mutation { cancelBatchRun(id: "brun-zz") { id } }',
        'mutation { createPipeline(input: {name: "p", steps: []}) { id } }',
    ):
        with pytest.raises(GraphQLFailure):
            await client.execute(refused)
    assert await listed(client) == []


async def test_rolled_back_action_adds_no_row_and_sends_no_notification(
    database: Database,
) -> None:
    notifier = Notifier(database, 1)
    with pytest.raises(RuntimeError):
        async with database.session() as session:
            await AuditLog(notifier).record(session, "test", Kind.BATCH, name="undone")
            raise RuntimeError
    assert notifier._pending == set()
    async with database.session() as session:
        await AuditLog(notifier).record(session, "test", Kind.BATCH, name="done")
        assert notifier._pending == set(), "not before the commit"
    assert notifier._pending == {"audit"}
    async with database.session() as session:
        assert [row.subject_name for row in await newest_events(session)] == ["done"]


async def test_pages_continue_while_events_are_added_and_removed(
    client: GraphQLClient, database: Database
) -> None:
    for number in range(7):
        await record(database, str(number))
    seen, after = [], None
    while True:
        page = (await client.execute(EVENTS, first=3, after=after))["events"]
        seen += [edge["node"]["subjectName"] for edge in page["edges"]]
        await record(database, "later")
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
        if len(seen) == 3:  # the event of the cursor
            async with database.session() as session:
                await session.execute(
                    text("DELETE FROM events WHERE subject_name = :name"), {"name": seen[-1]}
                )
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]


async def test_events_are_filtered_by_actor_action_subject_and_time(
    client: GraphQLClient, database: Database
) -> None:
    for number in range(4):
        await record(database, str(number))
    async with database.session() as session:
        await session.execute(
            text(
                "UPDATE events SET at = timestamptz '2026-01-01T00:00:00Z'"
                " + interval '1 day' * CAST(subject_name AS int), actor = 'user' || subject_name,"
                " action = 'act' || subject_name, subject_id = 'id-' || subject_name"
            )
        )

    async def names(**arguments: Any) -> list[str]:
        return [row["subjectName"] for row in await listed(client, **arguments)]

    assert await names(actor="user1") == ["1"]
    assert await names(action="act2") == ["2"]
    assert await names(subject="id-3") == ["3"]
    assert await names(since="2026-01-02T00:00:00Z", until="2026-01-04T00:00:00Z") == ["2", "1"]
    assert await names(since="2026-01-02T00:00:00Z", actor="user0") == []


@pytest.mark.parametrize(
    "after", ["nonsense", "WzEsMF0", "W10", "WzksOTIyMzM3MjAzNjg1NDc3NTgwOF0", "A" * 300]
)
async def test_invalid_cursor_is_refused_with_its_beginning(client: GraphQLClient, after: str) -> None:
    with pytest.raises(GraphQLFailure) as refused:
        await client.execute(EVENTS, after=after)
    assert refused.value.code == "BAD_USER_INPUT"
    assert after[:20] in str(refused.value)


@pytest.mark.parametrize(("first", "code"), [(-1, "BAD_USER_INPUT"), (501, "LIMIT_EXCEEDED")])
async def test_page_size_is_limited(client: GraphQLClient, first: int, code: str) -> None:
    with pytest.raises(GraphQLFailure) as refused:
        await client.execute(EVENTS, first=first)
    assert refused.value.code == code


async def test_subscriber_gets_events_since_its_cursor_and_then_new_ones(
    client: GraphQLClient, database: Database
) -> None:
    await record(database, "before")
    cursor = (await client.execute(EVENTS))["events"]["cursor"]
    await record(database, "between")
    async with client.subscribe(NEW, after=cursor) as events, client.subscribe(NEW) as fresh:
        first = (await events.next())["events"]
        assert [event["subjectName"] for event in first["events"]] == ["between"]
        await asyncio.sleep(0.3)  # the second subscription has begun
        await client.execute(FILES, guids=files("cpb-1"))
        for each in (events, fresh):
            page = (await each.next())["events"]
            assert [event["action"] for event in page["events"]] == ["addMediaFiles"]
    async with client.subscribe(NEW, after=first["cursor"]) as again:
        page = (await again.next())["events"]
        assert [event["action"] for event in page["events"]] == ["addMediaFiles"]
    with pytest.raises(GraphQLFailure) as refused:
        async with client.subscribe(NEW, after="nonsense") as events:
            await events.next()
    assert refused.value.code == "BAD_USER_INPUT"


@pytest.mark.parametrize("limit", [3, PAGE_LIMIT])
async def test_events_committed_out_of_order_are_all_read_once(database: Database, limit: int) -> None:
    async def write(seed: int) -> None:
        chance = random.Random(seed)
        for number in range(12):
            async with database.session() as session:
                await AuditLog(Notifier(database, 1)).record(
                    session, "test", Kind.BATCH, name=f"{seed}-{number}"
                )
                await asyncio.sleep(chance.random() * 0.05)

    seen: list[str] = []

    async def read(cursor: str) -> str:
        while True:
            async with database.session() as session:
                page = await audit.FEED.read_page(session, cursor, limit)
            seen.extend(str(row.subject_name) for row in page.rows)
            cursor = page.cursor
            if not page.more:
                return cursor

    async with database.session() as session:
        cursor = (await current_cursor(session))[0]
    async with database.session() as late:
        # Gets its key before all others and commits after them.
        await AuditLog(Notifier(database, 1)).record(late, "test", Kind.BATCH, name="late")
        writers = [asyncio.create_task(write(seed)) for seed in range(5)]
        while not all(writer.done() for writer in writers):
            cursor = await read(cursor)
            await asyncio.sleep(0.005)
        await asyncio.gather(*writers)
        cursor = await read(cursor)
        assert "late" not in seen
    cursor = await read(cursor)
    assert sorted(seen) == sorted(
        ["late", *(f"{seed}-{number}" for seed in range(5) for number in range(12))]
    )
    assert seen[-1] == "late"


async def test_cursor_of_another_database_starts_with_the_oldest_event(database: Database) -> None:
    await record(database, "kept")
    async with database.session() as session:
        here = SnapshotCursor.decode((await current_cursor(session))[0])
        foreign = SnapshotCursor("another-1-1", here.base).encode()
        assert [row.subject_name for row in (await audit.FEED.read_page(session, foreign)).rows] == ["kept"]
        assert (await audit.FEED.read_page(session, here.encode())).rows == []


async def test_name_of_each_kind_of_subject_is_looked_up(database: Database) -> None:
    app = await add_app(database, "named")
    async with database.session() as session:
        audit_log = AuditLog(Notifier(database, 1))
        for kind in audit.SUBJECT_NAMES:
            await audit_log.record(session, "test", kind, app.id if kind is Kind.APP else 999)
        rows = await newest_events(session)
    assert {row.subject_kind: row.subject_name for row in rows} == {
        kind.name: "named" if kind is Kind.APP else None for kind in audit.SUBJECT_NAMES
    }


def test_client_names_the_actor(api: RunningApi, monkeypatch: pytest.MonkeyPatch) -> None:
    def make(name: str, actor: str | None = None) -> None:
        with Chowda(api.url, actor=actor) as chowda:
            chowda.create_collection(name)

    monkeypatch.setenv("LOGNAME", "archivist")
    make("one")
    monkeypatch.setenv("CHOWDA_ACTOR", "night shift")
    make("two")
    make("three", actor="Zoë\r\nX-Evil: yes")
    with Chowda(api.url) as chowda:
        events = list(chowda.events())
    claims = {event.subject_name: event.actor_claim for event in events}
    assert claims == {"one": "archivist", "two": "night shift", "three": "ZoëX-Evil: yes"}
