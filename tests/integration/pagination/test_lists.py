"""Lists: pages cover the whole list, forward and backward, while rows are added and removed."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from factories import add_files, end_runs, finish_file, guids, start_run, step_run_ids
from graphql import get_nullable_type
from graphql_client import GraphQLClient, GraphQLFailure
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from running_api import RunningApi
from sqlalchemy import text

from chowda.batches.list import BATCHES, BatchFilter
from chowda.db.database import Database
from chowda.media.collections import create_collection
from chowda.pagination import keyset, totals
from chowda.pagination.filters import Period
from chowda.pagination.keyset import ListQuery, PageRequest
from chowda.schema import schema

PAGE_INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def client(api: RunningApi) -> GraphQLClient:
    return GraphQLClient(api.url)


async def execute(database: Database, statement: str, **parameters: Any) -> None:
    async with database.session() as session:
        await session.execute(text(statement), parameters)


@pytest.fixture
async def many_batches(database: Database) -> Database:
    """Forty batches, many of which share a name or a size."""
    await execute(
        database,
        "INSERT INTO batches (name, media_file_count, created_at) "
        "SELECT chr(97 + i % 5) || (i % 3), i % 4, CAST(:at AS timestamptz) + make_interval(days => i) "
        "FROM generate_series(1, 40) i",
        at=LONG_AGO,
    )
    return database


async def expected_keys(database: Database, filter: BatchFilter, order: str, descending: bool) -> list[int]:
    """All rows, filtered and sorted in Python."""
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
async def test_pages_of_any_size_and_direction_cover_the_filtered_sorted_list(
    many_batches: Database,
    filter: BatchFilter,
    order: str,
    descending: bool,
    backward: bool,
    sizes: list[int],
) -> None:
    whole = await expected_keys(many_batches, filter, order, descending)
    seen: list[int] = []
    cursor = None
    for size in itertools.cycle(sizes):
        query = ListQuery(BATCHES, filter, order, descending, PageRequest(size, backward, cursor))
        async with many_batches.session() as session:
            page = (await keyset.read_pages(session, [query]))[query]
            assert (await keyset.has_preceding_rows(session, [query]))[query] == bool(seen)
        keys = [row.id for row in page.rows]
        seen = keys + seen if backward else seen + keys
        assert seen == (whole[len(whole) - len(seen) :] if backward else whole[: len(seen)])
        assert page.more == (len(seen) < len(whole))
        if not page.more:
            break
        cursor = query.cursor_of(page.rows[0 if backward else -1])
    assert seen == whole


@pytest.mark.parametrize("order", ["CREATED", "NAME", "SIZE"])
@pytest.mark.parametrize("descending", [True, False])
async def test_added_and_removed_rows_neither_skip_nor_repeat_others(
    many_batches: Database, order: str, descending: bool
) -> None:
    choice = random.Random(f"{order}{descending}")
    before = await expected_keys(many_batches, BatchFilter(), order, descending)
    seen: list[int] = []
    removed: set[int] = set()
    cursor = None
    while True:
        query = ListQuery(BATCHES, BatchFilter(), order, descending, PageRequest(7, cursor=cursor))
        async with many_batches.session() as session:
            page = (await keyset.read_pages(session, [query]))[query]
        seen += [row.id for row in page.rows]
        if not page.more:
            break
        cursor = query.cursor_of(page.rows[-1])
        # The row at the cursor, and one that may be before or after it.
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


async def test_connection_pages_both_ways_and_has_page_info(
    client: GraphQLClient, database: Database
) -> None:
    await add_files(database, 5, "f")
    fields = f"edges {{ cursor node {{ guid }} }} nodes {{ guid }} {PAGE_INFO}"
    by_guid = "sort: GUID, descending: false"
    first = await client.page("mediaFiles", fields, f"first: 2, {by_guid}")
    assert [edge["node"]["guid"] for edge in first["edges"]] == guids(5, "f")[:2]
    assert first["nodes"] == [edge["node"] for edge in first["edges"]]
    assert first["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": first["edges"][0]["cursor"],
        "endCursor": first["edges"][1]["cursor"],
    }
    after = first["pageInfo"]["endCursor"]
    second = await client.page("mediaFiles", fields, f'first: 2, after: "{after}", {by_guid}')
    assert [node["guid"] for node in second["nodes"]] == guids(5, "f")[2:4]
    assert (second["pageInfo"]["hasNextPage"], second["pageInfo"]["hasPreviousPage"]) == (True, True)
    before = second["pageInfo"]["startCursor"]
    back = await client.page("mediaFiles", fields, f'last: 2, before: "{before}", {by_guid}')
    assert back["nodes"] == first["nodes"]
    assert (back["pageInfo"]["hasNextPage"], back["pageInfo"]["hasPreviousPage"]) == (True, False)
    end = await client.page("mediaFiles", fields, f"last: 1, {by_guid}")
    assert [node["guid"] for node in end["nodes"]] == guids(5, "f")[4:]
    assert (end["pageInfo"]["hasNextPage"], end["pageInfo"]["hasPreviousPage"]) == (False, True)
    none = await client.page("mediaFiles", fields, 'filter: {text: "nowhere"}')
    assert none["edges"] == []
    assert none["pageInfo"]["startCursor"] is none["pageInfo"]["endCursor"] is None


def lists_of_the_schema() -> list[tuple[str, str]]:
    """Every list of the query type, with each of its sort values."""
    query = schema._schema.query_type
    assert query is not None
    sorts = {name: field.args["sort"].type for name, field in query.fields.items() if "sort" in field.args}
    return [(name, value) for name, sort in sorts.items() for value in get_nullable_type(sort).values]


async def test_every_list_pages_both_ways_in_every_order(client: GraphQLClient, database: Database) -> None:
    for name in ("a", "b", "c"):
        run = await start_run(database, files=1, steps=2, name=name)
        for step_run_id in await step_run_ids(database, run.id):
            await finish_file(database, step_run_id)
        await end_runs(database, run.id)
        async with database.session() as session:
            await create_collection(session, name)
    lists = lists_of_the_schema()
    assert len({noun for noun, _ in lists}) == 8
    ways = [
        ("first", "after", "endCursor", "hasNextPage"),
        ("last", "before", "startCursor", "hasPreviousPage"),
    ]
    for (noun, sort), (size, way, edge_of, more) in itertools.product(lists, ways):
        order = f"sort: {sort}, descending: {'true' if way == 'after' else 'false'}"
        whole = [edge["cursor"] for edge in (await client.page(noun, "edges { cursor }", order))["edges"]]
        assert len(whole) == len(set(whole)) >= 3, (noun, sort)
        seen: list[str] = []
        place = ""
        while len(seen) < len(whole):
            page = await client.page(noun, f"edges {{ cursor }} {PAGE_INFO}", f"{size}: 2, {order}{place}")
            here = [edge["cursor"] for edge in page["edges"]]
            seen = seen + here if way == "after" else here + seen
            assert page["pageInfo"][more] == (len(seen) < len(whole)), (noun, order)
            place = f', {way}: "{page["pageInfo"][edge_of]}"'
        assert seen == whole, (noun, order)


@pytest.mark.parametrize(
    ("arguments", "message"),
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
async def test_invalid_arguments_are_refused(
    client: GraphQLClient, many_batches: Database, arguments: str, message: str
) -> None:
    cursor = (await client.page("batches", PAGE_INFO, "first: 2"))["pageInfo"]["endCursor"]
    with pytest.raises(GraphQLFailure) as caught:
        await client.page("batches", "nodes { id }", arguments.replace("%s", cursor))
    assert caught.value.code == "BAD_USER_INPUT"
    assert message in str(caught.value)


async def test_cursor_of_another_list_is_refused(client: GraphQLClient, many_batches: Database) -> None:
    cursor = (await client.page("batches", PAGE_INFO))["pageInfo"]["endCursor"]
    with pytest.raises(GraphQLFailure, match="another list"):
        await client.page("pipelineRuns", "nodes { id }", f'after: "{cursor}"')


async def test_page_is_limited_to_500_entries_and_a_response_to_5_000(
    client: GraphQLClient, database: Database
) -> None:
    with pytest.raises(GraphQLFailure) as caught:
        await client.page("mediaFiles", "nodes { guid }", "last: 501")
    assert caught.value.code == "LIMIT_EXCEEDED"
    await add_files(database, 120)
    await execute(
        database,
        "INSERT INTO mmifs (media_file_id, sha256, size_bytes, origin) "
        "SELECT f.id, 'x', 1, 'UPLOAD' FROM media_files f, generate_series(1, 50)",
    )
    with pytest.raises(GraphQLFailure) as caught:
        await client.page("mediaFiles", "nodes { mmifs { nodes { id } } }", "first: 120")
    assert caught.value.code == "LIMIT_EXCEEDED"
    assert "5,000 entries" in str(caught.value)


async def test_list_that_fits_on_one_page_is_counted_by_that_page(
    client: GraphQLClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_files(database, 4)
    monkeypatch.setattr(totals, "COST_LIMIT", 0.0)  # every other total is estimated
    for arguments, exact in (
        ("", True),
        ("first: 4", True),
        ("last: 4", True),
        ("first: 3", False),
        ("first: 0", False),
    ):
        total = (await client.page("mediaFiles", "totalCount { count exact }", arguments))["totalCount"]
        assert total["exact"] == exact, arguments
        assert not exact or total["count"] == 4
    end = (await client.page("mediaFiles", PAGE_INFO, "first: 3"))["pageInfo"]["endCursor"]
    last = (await client.page("mediaFiles", "totalCount { exact }", f'after: "{end}"'))["totalCount"]
    assert last == {"exact": False}, "there are rows before it"


async def test_total_of_a_short_text_search_is_estimated_well(
    client: GraphQLClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The numbers run through 000 to 999, so an evenly spaced sample of a hundred rows may have all or none with a 7.
    await execute(
        database,
        "INSERT INTO media_files (guid) SELECT 'cpb-aacip-' || lpad((i % 1000)::text, 3, '0') || '-' || i "
        "FROM generate_series(1, 20000) i",
    )
    await execute(database, "ANALYZE media_files")
    monkeypatch.setattr(totals, "COST_LIMIT", 0.0)
    total = (await client.page("mediaFiles", "totalCount { count exact }", 'filter: {text: "7-"}'))[
        "totalCount"
    ]
    assert not total["exact"]
    assert 1_000 < total["count"] < 4_000, "2,000 match"


async def test_total_is_exact_up_to_10_000_and_estimated_above(
    client: GraphQLClient, database: Database
) -> None:
    insert = "INSERT INTO media_files (guid) SELECT 'm' || i "
    insert += "FROM generate_series(CAST(:first AS int), CAST(:last AS int)) i"
    total = "totalCount { count exact }"
    await execute(database, insert, first=1, last=10_000)
    await execute(database, "ANALYZE media_files")
    counted = await client.page("mediaFiles", total)
    assert counted["totalCount"] == {"count": 10_000, "exact": True}
    await execute(database, insert, first=10_001, last=30_000)
    await execute(database, "ANALYZE media_files")
    estimated = (await client.page("mediaFiles", total))["totalCount"]
    assert not estimated["exact"]
    assert 25_000 < estimated["count"] < 35_000
