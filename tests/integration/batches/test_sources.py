"""The sources of batches."""

from __future__ import annotations

from typing import Any

import pytest
from factories import add_batch_from, add_files, add_mmif, guids
from graphql_client import GraphQLClient, GraphQLFailure
from running_api import RunningApi
from sqlalchemy import event, text

from chowda.batches.service import (
    NewBatch,
    add_mmifs_to_batch,
    create_batch,
    create_batches_from_collections,
)
from chowda.db.database import Database
from chowda.errors import BadUserInput, ChowdaError, Conflict, NotFound
from chowda.media.collections import create_collection


async def members(database: Database, batch_id: int) -> list[tuple[str, int | None]]:
    async with database.session() as session:
        rows = await session.execute(
            text(
                "SELECT guid, input_mmif_id FROM batch_media_files b JOIN media_files f ON f.id = b.media_file_id "
                "WHERE batch_id = :id ORDER BY guid"
            ),
            {"id": batch_id},
        )
        return [tuple(row) for row in rows]


async def test_file_from_several_sources_is_added_once(database: Database) -> None:
    files = await add_files(database, 6)
    mmif = await add_mmif(database, files[4].id)
    async with database.session() as session:
        one = await create_collection(session, "one", None, guids(2))
        two = await create_collection(session, "two", "of tapes", guids(3))
        other = await create_batch(session, NewBatch("other", None, None, guids(4)))
    batch = await add_batch_from(
        database,
        guids=guids(1),
        guid_text="\ufeff'cpb-aacip-000002'; ",
        collection_ids=[one.id, two.id],
        batch_ids=[other.id],
        mmif_ids=[mmif.id],
    )
    assert batch.media_file_count == 5
    assert await members(database, batch.id) == [*((g, None) for g in guids(4)), (guids(5)[4], mmif.id)]
    copy = await add_batch_from(database, batch_ids=[batch.id])
    assert await members(database, copy.id) == await members(database, batch.id)
    async with database.session() as session:
        each = await create_batches_from_collections(session, [two.id, one.id])
    assert [(b.name, b.description, b.media_file_count) for b in each] == [
        ("two", "of tapes", 3),
        ("one", None, 2),
    ]


async def test_two_inputs_for_one_file_are_refused_with_its_guid(database: Database) -> None:
    files = await add_files(database, 2)
    first, second = await add_mmif(database, files[0].id), await add_mmif(database, files[0].id)
    with pytest.raises(Conflict, match="cpb-aacip-000001 has mmif-1 and mmif-2") as caught:
        await add_batch_from(database, mmif_ids=[first.id, second.id])
    assert caught.value.extensions == {"guids": ["cpb-aacip-000001"]}
    batches = [await add_batch_from(database, mmif_ids=[mmif.id]) for mmif in (first, second)]
    with pytest.raises(Conflict, match="cpb-aacip-000001 has mmif-1 and mmif-2"):
        await add_batch_from(database, batch_ids=[batch.id for batch in batches])
    assert (
        await add_batch_from(database, batch_ids=[batches[0].id], mmif_ids=[first.id])
    ).media_file_count == 1


@pytest.mark.parametrize(
    ("sources", "error", "message"),
    [
        ({}, BadUserInput, "has no media files"),
        ({"guid_text": " ,; "}, BadUserInput, "its sources are empty"),
        ({"guids": ["x"], "guid_text": "y"}, BadUserInput, "2 GUIDs are unknown: x, y"),
        (
            {"guid_text": "cpb-aacip-000001 cpb-aacip-000001"},
            BadUserInput,
            "1 GUID is repeated: cpb-aacip-000001",
        ),
        ({"collection_ids": [9]}, NotFound, "no collection with the ID 'coll-9'"),
        ({"mmif_ids": [9]}, NotFound, "no MMIF with the ID 'mmif-9'"),
        ({"batch_ids": [9]}, NotFound, "no batch with the ID 'batch-9'"),
    ],
)
async def test_unknown_sources_create_no_batch(
    database: Database, sources: dict[str, Any], error: type[ChowdaError], message: str
) -> None:
    await add_files(database, 1)
    with pytest.raises(error, match=message):
        await add_batch_from(database, **sources)
    async with database.session() as session:
        assert await session.scalar(text("SELECT count(*) FROM batches")) == 0


async def test_added_mmifs_become_inputs_and_add_their_files(database: Database) -> None:
    files = await add_files(database, 3)
    async with database.session() as session:
        batch = await create_batch(session, NewBatch("b", None, None, guids(2)))
    first, second, third = [await add_mmif(database, files[n].id) for n in (0, 0, 2)]
    async with database.session() as session:
        assert (await add_mmifs_to_batch(session, batch.id, [first.id, third.id])).media_file_count == 3
    with pytest.raises(Conflict, match="another input MMIF in the batch: cpb-aacip-000001"):
        async with database.session() as session:
            await add_mmifs_to_batch(session, batch.id, [second.id])
    async with database.session() as session:
        await add_mmifs_to_batch(session, batch.id, [first.id])
        await add_mmifs_to_batch(session, batch.id, [second.id], replace=True)
    assert [mmif_id for _, mmif_id in await members(database, batch.id)] == [second.id, None, third.id]


async def test_batch_is_created_from_the_media_files_of_a_filter(api: RunningApi, database: Database) -> None:
    client = GraphQLClient(api.url)
    await add_files(database, 3, "spring")
    await add_files(database, 2, "autumn")
    create = (
        "mutation ($input: CreateBatchFromInput!) { createBatchFrom(input: $input) { id mediaFileCount } }"
    )
    input = {"name": "found", "mediaFiles": {"text": "SPRING"}, "guids": ["autumn-000001", "spring-000001"]}
    batch = (await client.execute(create, input=input))["createBatchFrom"]
    assert batch["mediaFileCount"] == 4
    for filter, message in (({"text": "winter"}, "its sources are empty"), ({}, "selects all media files")):
        with pytest.raises(GraphQLFailure, match=message):
            await client.execute(create, input={"name": "none", "mediaFiles": filter})


async def test_number_of_statements_does_not_depend_on_the_number_of_files(database: Database) -> None:
    await add_files(database, 500)
    counts = []
    for files in (1, 500):
        statements: list[str] = []

        def record(
            _connection: Any, _cursor: Any, statement: str, *_: Any, statements: list[str] = statements
        ) -> None:
            statements.append(statement)

        event.listen(database.engine.sync_engine, "before_cursor_execute", record)
        await add_batch_from(database, guids=guids(files))
        event.remove(database.engine.sync_engine, "before_cursor_execute", record)
        counts.append(len(statements))
    assert counts[0] == counts[1]
