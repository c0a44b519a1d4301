"""What batches are made of, how far they have come, and fetching what was made of them."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import httpx
import pytest
from factories import (
    add_app,
    add_batch,
    add_files,
    add_pipeline,
    claim_step,
    fail_step,
    finish_file,
    guids,
    start_run,
    step_run_ids,
)
from graphql_client import GraphQLClient, GraphQLFailure
from running_api import RunningApi
from sqlalchemy import event, text

from chowda.batches.service import (
    BatchChange,
    NewBatch,
    add_mmifs_to_batch,
    create_batch,
    create_batches_from_collections,
    delete_batch,
    update_batch,
)
from chowda.batches.sources import Sources
from chowda.db.database import Database
from chowda.errors import BadUserInput, ChowdaError, Conflict, NotFound
from chowda.ids import Kind, opaque
from chowda.media.collections import create_collection
from chowda.media.mmifs import add_upload
from chowda.models import Batch, Mmif
from chowda.runs.start import Start, StartFrom, start_batch


async def make(database: Database, **sources: Any) -> Batch:
    async with database.session() as session:
        return await create_batch(session, NewBatch("made", None, None, sources=Sources(**sources)))


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


async def upload(database: Database, media_file_id: int) -> Mmif:
    async with database.session() as session:
        return await add_upload(session, media_file_id, "0" * 64, 1)


async def test_a_file_that_comes_from_several_sources_is_in_the_batch_once(database: Database) -> None:
    files = await add_files(database, 6)
    mmif = await upload(database, files[4].id)
    async with database.session() as session:
        one = await create_collection(session, "one", None, guids(2))
        two = await create_collection(session, "two", "of tapes", guids(3))
        other = await create_batch(session, NewBatch("other", None, None, guids(4)))
    batch = await make(
        database,
        guids=guids(1),
        guid_text="\ufeff'cpb-aacip-000002'; ",
        collection_ids=[one.id, two.id],
        batch_ids=[other.id],
        mmif_ids=[mmif.id],
    )
    assert batch.media_file_count == 5
    assert await members(database, batch.id) == [*((g, None) for g in guids(4)), (guids(5)[4], mmif.id)]
    copy = await make(database, batch_ids=[batch.id])
    assert await members(database, copy.id) == await members(database, batch.id)
    async with database.session() as session:
        each = await create_batches_from_collections(session, [two.id, one.id])
    assert [(b.name, b.description, b.media_file_count) for b in each] == [
        ("two", "of tapes", 3),
        ("one", None, 2),
    ]


async def test_two_inputs_of_one_file_are_refused_by_name(database: Database) -> None:
    files = await add_files(database, 2)
    first, second = await upload(database, files[0].id), await upload(database, files[0].id)
    with pytest.raises(Conflict, match="cpb-aacip-000001 has mmif-1 and mmif-2") as caught:
        await make(database, mmif_ids=[first.id, second.id])
    assert caught.value.extensions == {"guids": ["cpb-aacip-000001"]}
    batches = [await make(database, mmif_ids=[mmif.id]) for mmif in (first, second)]
    with pytest.raises(Conflict, match="cpb-aacip-000001 has mmif-1 and mmif-2"):
        await make(database, batch_ids=[batch.id for batch in batches])
    assert (await make(database, batch_ids=[batches[0].id], mmif_ids=[first.id])).media_file_count == 1


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
async def test_what_is_not_there_makes_no_batch(
    database: Database, sources: dict[str, Any], error: type[ChowdaError], message: str
) -> None:
    await add_files(database, 1)
    with pytest.raises(error, match=message):
        await make(database, **sources)
    async with database.session() as session:
        assert await session.scalar(text("SELECT count(*) FROM batches")) == 0


async def test_mmifs_become_inputs_and_bring_their_files(database: Database) -> None:
    files = await add_files(database, 3)
    async with database.session() as session:
        batch = await create_batch(session, NewBatch("b", None, None, guids(2)))
    first, second, third = [await upload(database, files[n].id) for n in (0, 0, 2)]
    async with database.session() as session:
        assert (await add_mmifs_to_batch(session, batch.id, [first.id, third.id])).media_file_count == 3
    with pytest.raises(Conflict, match="another input MMIF in the batch: cpb-aacip-000001"):
        async with database.session() as session:
            await add_mmifs_to_batch(session, batch.id, [second.id])
    async with database.session() as session:
        await add_mmifs_to_batch(session, batch.id, [first.id])
        await add_mmifs_to_batch(session, batch.id, [second.id], replace=True)
    assert [mmif_id for _, mmif_id in await members(database, batch.id)] == [second.id, None, third.id]


async def test_a_start_takes_the_mmif_that_is_asked_for(database: Database) -> None:
    pipeline = await add_pipeline(database, [await add_app(database)])
    files = await add_files(database, 3)
    given = await upload(database, files[0].id)
    newest = [await upload(database, files[n].id) for n in (0, 1)]
    async with database.session() as session:
        batch = await create_batch(session, NewBatch("b", None, pipeline.id, guids(3)))
    with pytest.raises(BadUserInput, match="has no input MMIF"):
        async with database.session() as session:
            await start_batch(session, Start(batch.id, start_from=StartFrom.INPUT))
    async with database.session() as session:
        await add_mmifs_to_batch(session, batch.id, [given.id])
    for start_from, wanted in (
        (StartFrom.BLANK, [None, None, None]),
        (StartFrom.INPUT, [given.id, None, None]),
        (StartFrom.NEWEST, [newest[0].id, newest[1].id, None]),
        (StartFrom.INPUT_OR_NEWEST, [given.id, newest[1].id, None]),
    ):
        async with database.session() as session:
            run = await start_batch(session, Start(batch.id, start_from=start_from, from_blank_mmif=False))
            rows = await session.scalars(
                text("SELECT mmif_id FROM pipeline_runs WHERE batch_run_id = :id ORDER BY media_file_id"),
                {"id": run.id},
            )
            assert list(rows) == wanted


async def test_a_batch_is_renamed_and_deleted_while_it_has_no_runs(database: Database) -> None:
    pipeline = await add_pipeline(database, [await add_app(database)])
    batch = await add_batch(database)
    async with database.session() as session:
        changed = await update_batch(session, batch.id, BatchChange("new", "told", pipeline.id))
        assert (changed.name, changed.description, changed.pipeline_id) == ("new", "told", pipeline.id)
        assert (await update_batch(session, batch.id, BatchChange(description=""))).description is None
        with pytest.raises(NotFound, match="no pipeline"):
            await update_batch(session, batch.id, BatchChange(pipeline_id=99))
    async with database.session() as session:
        await start_batch(session, Start(batch.id))
    with pytest.raises(Conflict, match="'new' can't be deleted: it was started once"):
        async with database.session() as session:
            await delete_batch(session, batch.id)
    copy = await make(database, batch_ids=[batch.id])
    async with database.session() as session:
        await delete_batch(session, copy.id)
        assert await session.scalar(text("SELECT count(*) FROM batch_media_files")) == 3


FIGURES = """{ batches { nodes { id percentFinished percentSuccessful notStarted { nodes { guid } totalCount { count } }
    inputMmifs(first: 1) { nodes { id } pageInfo { hasNextPage } }
    outputMmifs(first: 1) { nodes { origin mediaFile { guid } } pageInfo { hasNextPage endCursor }
      totalCount { count } } } } }"""


async def test_a_batch_tells_how_far_its_newest_run_has_come(api: RunningApi, database: Database) -> None:
    client = GraphQLClient(api.url)
    run = await start_run(database, files=4, steps=2)
    steps = await step_run_ids(database, run.id)
    await finish_file(database, steps[0])
    await finish_file(database, steps[1])
    await fail_step(database, await claim_step(database, steps[2]))
    [told] = (await client.execute(FIGURES))["batches"]["nodes"]
    assert (told["percentFinished"], told["percentSuccessful"]) == (75.0, 50.0)
    assert told["notStarted"] == {"nodes": [{"guid": "run-batch-000004"}], "totalCount": {"count": 1}}
    assert told["inputMmifs"] == {"nodes": [], "pageInfo": {"hasNextPage": False}}
    assert told["outputMmifs"]["nodes"] == [{"origin": "STEP", "mediaFile": {"guid": "run-batch-000001"}}]
    assert told["outputMmifs"]["totalCount"] == {"count": 2}
    assert told["outputMmifs"]["pageInfo"]["hasNextPage"]
    rest = await client.execute(
        "query ($id: ID!, $after: String) { batch(id: $id) { outputMmifs(after: $after) { nodes { mediaFile { guid } } "
        "pageInfo { hasNextPage hasPreviousPage } } } }",
        id=told["id"],
        after=told["outputMmifs"]["pageInfo"]["endCursor"],
    )
    assert rest["batch"]["outputMmifs"] == {
        "nodes": [{"mediaFile": {"guid": "run-batch-000002"}}],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": True},
    }
    async with database.session() as session:
        again = await start_batch(session, Start(run.batch_id))
    [told] = (await client.execute(FIGURES))["batches"]["nodes"]
    assert (told["percentFinished"], told["notStarted"]["nodes"]) == (0.0, [{"guid": "run-batch-000004"}])
    assert told["outputMmifs"]["nodes"][0]["mediaFile"]["guid"] == "run-batch-000001"
    for step in await step_run_ids(database, again.id):
        await finish_file(database, step)
    [told] = (await client.execute(FIGURES))["batches"]["nodes"]
    assert (told["percentFinished"], told["percentSuccessful"]) == (100.0, 100.0)
    assert told["notStarted"] == {"nodes": [], "totalCount": {"count": 0}}
    with pytest.raises(GraphQLFailure, match="at most 500"):
        await client.execute("{ batches { nodes { inputMmifs(first: 501) { nodes { id } } } } }")


async def test_the_inputs_of_a_batch_are_told_file_by_file(api: RunningApi, database: Database) -> None:
    client = GraphQLClient(api.url)
    files = await add_files(database, 3)
    mmifs = [await upload(database, file.id) for file in reversed(files)]
    batch = await make(database, guids=guids(2), mmif_ids=[mmif.id for mmif in mmifs[:2]])
    fields = (
        "inputMmifs(last: 1) { edges { cursor node { id mediaFile { guid } } } pageInfo { hasPreviousPage } }"
    )
    told = (
        await client.execute(
            f"query ($id: ID!) {{ batch(id: $id) {{ {fields} }} }}", id=opaque(Kind.BATCH, batch.id)
        )
    )["batch"]["inputMmifs"]
    [edge] = told["edges"]
    assert edge["node"] == {"id": opaque(Kind.MMIF, mmifs[0].id), "mediaFile": {"guid": guids(3)[2]}}
    assert told["pageInfo"] == {"hasPreviousPage": True}
    with pytest.raises(GraphQLFailure, match="of another list"):
        await client.execute(
            "query ($id: ID!, $after: String) { batch(id: $id) { outputMmifs(after: $after) { nodes { id } } } }",
            id=opaque(Kind.BATCH, batch.id),
            after=edge["cursor"],
        )


async def test_a_batch_is_made_of_all_media_files_that_a_filter_finds(
    api: RunningApi, database: Database
) -> None:
    client = GraphQLClient(api.url)
    await add_files(database, 3, "spring")
    await add_files(database, 2, "autumn")
    make = "mutation ($input: CreateBatchFromInput!) { createBatchFrom(input: $input) { id mediaFileCount } }"
    asked = {"name": "found", "mediaFiles": {"text": "SPRING"}, "guids": ["autumn-000001", "spring-000001"]}
    made = (await client.execute(make, input=asked))["createBatchFrom"]
    assert made["mediaFileCount"] == 4
    for wrong, told in (({"text": "winter"}, "its sources are empty"), ({}, "selects all media files")):
        with pytest.raises(GraphQLFailure, match=told):
            await client.execute(make, input={"name": "none", "mediaFiles": wrong})


async def test_making_a_batch_costs_as_many_statements_for_many_files_as_for_few(database: Database) -> None:
    await add_files(database, 500)
    counted = []
    for files in (1, 500):
        sent: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any, sent: list[str] = sent) -> None:
            sent.append(statement)

        event.listen(database.engine.sync_engine, "before_cursor_execute", note)
        await make(database, guids=guids(files))
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)
        counted.append(len(sent))
    assert counted[0] == counted[1]


async def with_outputs(api: RunningApi, database: Database, name: str) -> tuple[str, str]:
    """A batch of the file spring-000001 of which a run has made a MMIF that holds `name`; IDs of both."""
    pipeline = await add_pipeline(database, [await add_app(database, name)], name)
    async with database.session() as session:
        batch = await create_batch(session, NewBatch("a/b: tapes", None, pipeline.id, ["spring-000001"]))
        run = await start_batch(session, Start(batch.id))
    [step] = await step_run_ids(database, run.id)
    await finish_file(database, step)
    sha256, size_bytes = await api.services.store.put_bytes(name.encode())
    async with database.session() as session:
        mmif_id = await session.scalar(
            text(
                "UPDATE mmifs SET sha256 = :sha256, size_bytes = :size WHERE step_run_id = :step RETURNING id"
            ),
            {"sha256": sha256, "size": size_bytes, "step": step},
        )
    return opaque(Kind.BATCH, batch.id), opaque(Kind.MMIF, int(mmif_id or 0))


async def test_zips_of_a_batch_of_several_and_of_chosen_mmifs(api: RunningApi, database: Database) -> None:
    await add_files(database, 1, "spring")
    first, chosen = await with_outputs(api, database, "one")
    second, _ = await with_outputs(api, database, "two")
    async with httpx.AsyncClient(base_url=api.url) as client:

        async def fetched(address: str) -> dict[str, bytes]:
            answer = await client.get(address)
            assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
            with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
                return {name: archive.read(name) for name in archive.namelist()}

        assert await fetched(f"/batches/{first}/mmif.zip") == {"spring-000001.mmif": b"one"}
        assert await fetched(f"/mmif.zip?batch={first}&batch={second}&mmif={chosen}&mmif={chosen}") == {
            f"a_b__tapes-{first}/spring-000001.mmif": b"one",
            f"a_b__tapes-{second}/spring-000001.mmif": b"two",
            "spring-000001.mmif": b"one",
        }
        for address, status in (
            ("/mmif.zip", 400),
            ("/mmif.zip?run=1", 400),
            ("/mmif.zip?mmif=mmif-zz", 404),
            ("/mmif.zip?batch=batch-zz", 404),
            ("/batches/batch-zz/mmif.zip", 404),
        ):
            assert (await client.get(address)).status_code == status
