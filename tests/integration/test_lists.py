"""Lists: whatever is filtered and sorted, pages are the whole of it, forward and back, while rows come and go."""

from __future__ import annotations

import itertools
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

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
    guids,
    start_run,
    step_run_ids,
)
from graphql_client import GraphQLClient, GraphQLFailure
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from running_api import RunningApi
from sqlalchemy import text

from chowda.collections import create_collection
from chowda.db import Database
from chowda.errors import StepErrorCode
from chowda.ids import Kind, opaque
from chowda.lists import keyset
from chowda.lists.batches import BATCHES, BatchFilter
from chowda.lists.conditions import Period
from chowda.lists.keyset import Listing, Page

PAGE_INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def client(api: RunningApi) -> GraphQLClient:
    return GraphQLClient(api.url)


async def execute(database: Database, statement: str, **parameters: Any) -> None:
    async with database.session() as session:
        await session.execute(text(statement), parameters)


async def ask(client: GraphQLClient, noun: str, fields: str, arguments: str = "") -> Any:
    given = f"({arguments})" if arguments else ""
    return (await client.execute(f"{{ {noun}{given} {{ {fields} }} }}"))[noun]


async def found(client: GraphQLClient, noun: str, field: str, filter: str) -> set[str]:
    """What the filter finds, told by one field."""
    page = await ask(
        client, noun, f"nodes {{ {field} }} totalCount {{ count exact }}", f"filter: {{{filter}}}"
    )
    assert page["totalCount"] == {"count": len(page["nodes"]), "exact": True}
    return {node[field] for node in page["nodes"]}


# --- pages -----------------------------------------------------------------------------------------------------


@pytest.fixture
async def many_batches(database: Database) -> Database:
    """With names and sizes that many of them share."""
    await execute(
        database,
        "INSERT INTO batches (name, media_file_count, created_at) "
        "SELECT chr(97 + i % 5) || (i % 3), i % 4, CAST(:at AS timestamptz) + make_interval(days => i) "
        "FROM generate_series(1, 40) i",
        at=LONG_AGO,
    )
    return database


async def truth(database: Database, filter: BatchFilter, order: str, descending: bool) -> list[int]:
    """Worked out in another way: all rows, filtered and sorted here."""
    async with database.session() as session:
        rows = (
            await session.execute(text("SELECT id, name, media_file_count, created_at FROM batches"))
        ).all()
    keys = {
        "CREATED": lambda row: (row.id,),
        "NAME": lambda row: (row.name, row.id),
        "SIZE": lambda row: (row.media_file_count, row.id),
    }
    kept = [
        row
        for row in rows
        if (filter.text is None or filter.text.lower() in row.name.lower())
        and (filter.created is None or filter.created.begin is None or row.created_at >= filter.created.begin)
        and (filter.created is None or filter.created.end is None or row.created_at < filter.created.end)
    ]
    return [row.id for row in sorted(kept, key=keys[order], reverse=descending)]


def days(first: int | None, last: int | None) -> Period:
    begin, end = (LONG_AGO + timedelta(days=day) if day is not None else None for day in (first, last))
    return Period(begin, end)


FILTERS = st.builds(
    BatchFilter,
    text=st.sampled_from([None, "A", "b1", "2", "zz", "%", "_"]),
    created=st.one_of(
        st.none(), st.builds(days, st.none() | st.integers(0, 41), st.none() | st.integers(0, 41))
    ),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    filter=FILTERS,
    order=st.sampled_from(sorted(BATCHES.orders)),
    descending=st.booleans(),
    backward=st.booleans(),
    sizes=st.lists(st.integers(1, 15), min_size=1, max_size=4),
)
async def test_pages_of_any_size_in_either_direction_are_the_filtered_and_sorted_whole(
    many_batches: Database,
    filter: BatchFilter,
    order: str,
    descending: bool,
    backward: bool,
    sizes: list[int],
) -> None:
    whole = await truth(many_batches, filter, order, descending)
    seen: list[int] = []
    cursor = None
    for size in itertools.cycle(sizes):
        listing = Listing(BATCHES, filter, order, descending, Page(size, backward, cursor))
        async with many_batches.session() as session:
            window = (await keyset.read(session, [listing]))[listing]
            assert (await keyset.behind(session, [listing]))[listing] == bool(seen)
        page = [row.id for row in window.rows]
        seen = page + seen if backward else seen + page
        assert seen == (whole[len(whole) - len(seen) :] if backward else whole[: len(seen)])
        assert window.more == (len(seen) < len(whole))
        if not window.more:
            break
        cursor = listing.cursor_of(window.rows[0 if backward else -1])
    assert seen == whole


@pytest.mark.parametrize("order", ["CREATED", "NAME", "SIZE"])
@pytest.mark.parametrize("descending", [True, False])
async def test_rows_that_come_and_go_neither_skip_nor_repeat_others(
    many_batches: Database, order: str, descending: bool
) -> None:
    choice = random.Random(f"{order}{descending}")
    before = await truth(many_batches, BatchFilter(), order, descending)
    seen: list[int] = []
    removed: set[int] = set()
    cursor = None
    while True:
        listing = Listing(BATCHES, BatchFilter(), order, descending, Page(7, cursor=cursor))
        async with many_batches.session() as session:
            window = (await keyset.read(session, [listing]))[listing]
        seen += [row.id for row in window.rows]
        if not window.more:
            break
        cursor = listing.cursor_of(window.rows[-1])
        # The very row that the cursor names too, and one that may be on this side or the other.
        gone = {seen[-1], choice.choice(before)}
        removed |= gone
        await execute(many_batches, "DELETE FROM batches WHERE id = ANY(:ids)", ids=list(gone))
        await execute(
            many_batches,
            "INSERT INTO batches (name, media_file_count) VALUES (:name, :count)",
            name=f"{choice.choice('abcde')}{choice.randrange(3)}",
            count=choice.randrange(4),
        )
    assert len(seen) == len(set(seen))
    stayed = [key for key in before if key not in removed]
    assert [key for key in seen if key in set(stayed)] == stayed


async def test_a_connection_pages_forward_and_back_and_says_what_lies_around(
    client: GraphQLClient, database: Database
) -> None:
    await add_files(database, 5, "f")
    fields = f"edges {{ cursor node {{ guid }} }} nodes {{ guid }} {PAGE_INFO}"
    sorted_so = "sort: GUID, descending: false"
    first = await ask(client, "mediaFiles", fields, f"first: 2, {sorted_so}")
    assert [edge["node"]["guid"] for edge in first["edges"]] == guids(5, "f")[:2]
    assert first["nodes"] == [edge["node"] for edge in first["edges"]]
    assert first["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": first["edges"][0]["cursor"],
        "endCursor": first["edges"][1]["cursor"],
    }
    after = first["pageInfo"]["endCursor"]
    second = await ask(client, "mediaFiles", fields, f'first: 2, after: "{after}", {sorted_so}')
    assert [node["guid"] for node in second["nodes"]] == guids(5, "f")[2:4]
    assert (second["pageInfo"]["hasNextPage"], second["pageInfo"]["hasPreviousPage"]) == (True, True)
    before = second["pageInfo"]["startCursor"]
    back = await ask(client, "mediaFiles", fields, f'last: 2, before: "{before}", {sorted_so}')
    assert back["nodes"] == first["nodes"]
    assert (back["pageInfo"]["hasNextPage"], back["pageInfo"]["hasPreviousPage"]) == (True, False)
    end = await ask(client, "mediaFiles", fields, f"last: 1, {sorted_so}")
    assert [node["guid"] for node in end["nodes"]] == guids(5, "f")[4:]
    assert (end["pageInfo"]["hasNextPage"], end["pageInfo"]["hasPreviousPage"]) == (False, True)
    none = await ask(client, "mediaFiles", fields, 'filter: {text: "nowhere"}')
    assert none["edges"] == []
    assert none["pageInfo"]["startCursor"] is none["pageInfo"]["endCursor"] is None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ('after: "%s", sort: NAME', "is of another list, filter or sort"),
        ('after: "%s", descending: false', "is of another list, filter or sort"),
        ('after: "%s", filter: {text: "a"}', "is of another list, filter or sort"),
        ('after: "%sx"', "can't be read"),
        ('after: "nonsense"', "can't be read"),
        ('after: ""', "can't be read"),
        ('after: "W10"', "can't be read"),  # []
        ('after: "%s", last: 3', "either forward (first, after) or backward"),
        ("first: 1, last: 1", "either forward (first, after) or backward"),
        ('before: "%s"', "was given without `last`"),
        ("last: -1", "last is -1"),
        ('filter: {pipelines: ["batch-1"]}', "'batch-1' is not the ID of a pipeline"),
        (
            'filter: {created: {from: "2026-02-01T00:00:00Z", to: "2026-01-01T00:00:00Z"}}',
            "before it begins",
        ),
        (f'filter: {{text: "{"x" * 300}"}}', "300 characters"),
    ],
)
async def test_what_a_list_cannot_do_is_told(
    client: GraphQLClient, many_batches: Database, arguments: str, told: str
) -> None:
    cursor = (await ask(client, "batches", PAGE_INFO, "first: 2"))["pageInfo"]["endCursor"]
    with pytest.raises(GraphQLFailure) as caught:
        await ask(client, "batches", "nodes { id }", arguments.replace("%s", cursor))
    assert caught.value.code == "BAD_USER_INPUT"
    assert told in str(caught.value)


async def test_a_cursor_of_another_noun_is_refused(client: GraphQLClient, many_batches: Database) -> None:
    cursor = (await ask(client, "batches", PAGE_INFO))["pageInfo"]["endCursor"]
    with pytest.raises(GraphQLFailure, match="another list"):
        await ask(client, "pipelineRuns", "nodes { id }", f'after: "{cursor}"')


async def test_a_page_holds_at_most_500_and_an_answer_5_000(
    client: GraphQLClient, database: Database
) -> None:
    with pytest.raises(GraphQLFailure) as caught:
        await ask(client, "mediaFiles", "nodes { guid }", "last: 501")
    assert caught.value.code == "LIMIT_EXCEEDED"
    await add_files(database, 120)
    await execute(
        database,
        "INSERT INTO mmifs (media_file_id, sha256, size_bytes, origin) "
        "SELECT f.id, 'x', 1, 'UPLOAD' FROM media_files f, generate_series(1, 50)",
    )
    with pytest.raises(GraphQLFailure) as caught:
        await ask(client, "mediaFiles", "nodes { mmifs { nodes { id } } }", "first: 120")
    assert caught.value.code == "LIMIT_EXCEEDED"
    assert "5,000 entries" in str(caught.value)


async def test_a_count_is_exact_up_to_10_000_and_near_beyond(
    client: GraphQLClient, database: Database
) -> None:
    insert = "INSERT INTO media_files (guid) SELECT 'm' || i "
    insert += "FROM generate_series(CAST(:first AS int), CAST(:last AS int)) i"
    total = "totalCount { count exact }"
    await execute(database, insert, first=1, last=10_000)
    await execute(database, "ANALYZE media_files")
    counted = await ask(client, "mediaFiles", total)
    assert counted["totalCount"] == {"count": 10_000, "exact": True}
    await execute(database, insert, first=10_001, last=30_000)
    await execute(database, "ANALYZE media_files")
    estimated = (await ask(client, "mediaFiles", total))["totalCount"]
    assert not estimated["exact"]
    assert 25_000 < estimated["count"] < 35_000


# --- filters ---------------------------------------------------------------------------------------------------


@pytest.fixture
async def archive(database: Database) -> AsyncIterator[dict[str, Any]]:
    """Two batches of three files each, run through two apps each: `old` has ended, `new` has just begun."""
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
    told = await found(client, "batchRuns", "id", filter.format(**archive))
    assert told == {archive[name] for name in expected}


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
    page = await ask(client, "pipelineRuns", fields, f"filter: {{{filter.format(**archive)}}}")
    assert page["totalCount"] == {"count": len(expected), "exact": True}
    told = {node["mediaFile"]["guid"].replace("batch-00000", "") for node in page["nodes"]}
    assert told == expected


async def test_the_latest_of_all_batch_runs_come_first_and_those_that_ended_by_their_end(
    client: GraphQLClient, archive: dict[str, Any]
) -> None:
    fields = "nodes { mediaFile { guid } }"
    newest = await ask(client, "pipelineRuns", fields, "first: 2")
    assert [n["mediaFile"]["guid"] for n in newest["nodes"]] == ["new-batch-000003", "new-batch-000002"]
    ended = await ask(client, "pipelineRuns", fields, "sort: ENDED, descending: false")
    assert [n["mediaFile"]["guid"] for n in ended["nodes"]] == [f"old-batch-00000{n}" for n in (1, 2, 3)]
    for sort in ("ENDED", "DURATION"):
        page = await ask(client, "batchRuns", f"nodes {{ id }} {PAGE_INFO}", f"sort: {sort}")
        assert page["nodes"] == [{"id": archive["old"]}]
        after = page["pageInfo"]["endCursor"]
        beyond = await ask(client, "batchRuns", "nodes { id }", f'sort: {sort}, after: "{after}"')
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
        await found(client, "mediaFiles", "guid", filter.format(batch=batch, collection=collection))
        == expected
    )


async def test_apps_pipelines_and_batches_are_filtered(client: GraphQLClient, database: Database) -> None:
    one, two = await add_app(database, "one"), await add_app(database, "two")
    pipeline = await add_pipeline(database, [one], "first")
    await add_pipeline(database, [one, two], "second")
    await add_batch(database, 2, pipeline, "spring")
    await add_batch(database, 1, None, "Autumn")
    app, pipe = opaque(Kind.APP, two.id), opaque(Kind.PIPELINE, pipeline.id)
    assert await found(client, "apps", "name", 'names: ["two", "three"]') == {"two"}
    assert await found(client, "apps", "name", 'text: "CLAMS.AI/ON"') == {"one"}
    assert await found(client, "pipelines", "name", f'apps: ["{app}"]') == {"second"}
    assert await found(client, "pipelines", "name", 'text: "FIR"') == {"first"}
    await execute(database, "UPDATE pipelines SET archived_at = now() WHERE name = 'second'")
    assert await found(client, "pipelines", "name", "") == {"first"}
    assert await found(client, "pipelines", "name", "archived: true") == {"second"}
    assert await found(client, "pipelines", "name", "archived: null") == {"first", "second"}
    assert await found(client, "pipelines", "name", 'created: {to: "2021-01-01T00:00:00Z"}') == set()
    assert await found(client, "batches", "name", f'pipelines: ["{pipe}"]') == {"spring"}
    assert await found(client, "batches", "name", 'text: "aut"') == {"Autumn"}
    assert await found(client, "batches", "name", 'names: ["autumn", "spring"]') == {"spring"}
    assert await found(client, "batches", "name", 'guids: ["spring-000002"]') == {"spring"}
    for name, guid in (("Radio", "spring-000001"), ("television", "Autumn-000001")):
        made = await client.execute(
            f'mutation {{ createCollection(input: {{name: "{name}", guids: ["{guid}"]}}) {{ id }} }}'
        )
        of = f'collections: ["{made["createCollection"]["id"]}"]'
        assert await found(client, "batches", "name", of) == {"spring" if name == "Radio" else "Autumn"}
    assert await found(client, "collections", "name", 'text: "RAD"') == {"Radio"}
    assert await found(client, "collections", "name", 'names: ["television", "radio"]') == {"television"}
    assert await found(client, "collections", "name", 'guids: ["spring-000001"]') == {"Radio"}
    assert await found(client, "collections", "name", 'created: {to: "2021-01-01T00:00:00Z"}') == set()


async def test_mmif_are_filtered_and_say_who_made_them(
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
        return (await ask(client, "mmifs", fields, f"filter: {{{filter}}}, sort: SIZE, descending: false"))[
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


# --- versions --------------------------------------------------------------------------------------------------


async def test_versions_are_ordered_as_people_order_them(database: Database) -> None:
    ordered = [
        "",
        "v0.9",
        "1.0-alpha2",
        "v1.0-rc1",
        "v1.0-rc2",
        "v1",
        "1.0.1",
        "v1.2",
        "v8.9",
        "v8.9.1",
        "v8.10",
        "v10",
    ]
    async with database.session() as session:
        rows = text(
            "SELECT v FROM unnest(CAST(:versions AS text[])) WITH ORDINALITY AS u(v, at) ORDER BY version_order(v), at"
        )
        shuffled = random.Random(1).sample(ordered, len(ordered))
        assert list(await session.scalars(rows, {"versions": shuffled})) == ordered
        same = text("SELECT version_order('v8') = version_order('8.0.0')")
        assert await session.scalar(same)
        split = text("SELECT app_family(:i), app_version(:i)")
        for identifier, family, version in [
            ("http://apps.clams.ai/swt-detection/v8.9", "http://apps.clams.ai/swt-detection", "v8.9"),
            ("http://apps.clams.ai/swt-detection/8.9/", "http://apps.clams.ai/swt-detection", "8.9"),
            ("http://apps.clams.ai/swt-detection", "http://apps.clams.ai/swt-detection", ""),
            (
                "http://apps.clams.ai/3d-finder/unresolvable",
                "http://apps.clams.ai/3d-finder/unresolvable",
                "",
            ),
        ]:
            assert tuple((await session.execute(split, {"i": identifier})).one()) == (family, version)


async def test_files_without_an_apps_output_or_with_an_older_one_are_found(
    client: GraphQLClient, database: Database
) -> None:
    async def run_all(version: str, *files: int) -> None:
        await execute(
            database,
            "UPDATE clams_apps SET identifier = 'http://apps.clams.ai/run-app1/' || CAST(:v AS text) "
            "WHERE name = 'run-app1'",
            v=version,
        )
        for file in files:
            await finish_file(database, step_runs[file])

    run = await start_run(database, files=4, steps=1)
    step_runs = await step_run_ids(database, run.id)
    await run_all("v8.9", 0, 1)
    await run_all("v8.10", 2)
    app = opaque(Kind.APP, await _app_id(database))

    async def without(older_than: str | None = None) -> set[str]:
        told = f', olderThan: "{older_than}"' if older_than else ""
        names = await found(client, "mediaFiles", "guid", f'noOutputOf: {{app: "{app}"{told}}}')
        return {name[-1] for name in names}

    assert await without() == {"4"}
    assert await without("v8.9") == {"4"}
    assert await without("v8.10") == {"1", "2", "4"}
    assert await without("8.9.1") == {"1", "2", "4"}
    assert await without("v9") == {"1", "2", "3", "4"}
    for wrong, code in ((f'app: "{app}", olderThan: "newest"', "BAD_USER_INPUT"), ('app: "x"', "NOT_FOUND")):
        with pytest.raises(GraphQLFailure) as caught:
            await ask(client, "mediaFiles", "nodes { guid }", f"filter: {{noOutputOf: {{{wrong}}}}}")
        assert caught.value.code == code
    made = await ask(client, "mmifs", "nodes { appIdentifier }")
    assert [node["appIdentifier"][-4:] for node in made["nodes"]] == ["8.10", "v8.9", "v8.9"]


async def _app_id(database: Database) -> int:
    async with database.session() as session:
        key = await session.scalar(text("SELECT id FROM clams_apps WHERE name = 'run-app1'"))
    assert isinstance(key, int)
    return key
