from __future__ import annotations

import asyncio

import pytest
from factories import (
    VIDEO,
    add_app,
    add_batch,
    add_files,
    add_pipeline,
    app_metadata,
    guids,
    new_file,
    start_run,
)
from sqlalchemy import text

from chowda.batches.service import NewBatch, create_batch
from chowda.db.database import Database
from chowda.enums import DocumentType
from chowda.errors import BadUserInput, Conflict, LimitExceeded, NotFound
from chowda.media.files import add_media_files
from chowda.media.mmifs import add_upload
from chowda.models import BatchRun, PipelineRun, StepRun
from chowda.runs import counters
from chowda.runs.start import Start, start_batch


async def start(database: Database, batch_id: int, **more: object) -> BatchRun:
    async with database.session() as session:
        return await start_batch(session, Start(batch_id, **more))  # type: ignore[arg-type]


async def rows(database: Database, statement: str, **parameters: object) -> list[tuple[object, ...]]:
    async with database.session() as session:
        return [tuple(row) for row in await session.execute(text(statement), parameters)]


async def test_unknown_and_repeated_guids_refuse_the_whole_batch(database: Database) -> None:
    await add_files(database, 12)
    unknown = [*guids(11, "nowhere"), "a\0b"]
    with pytest.raises(BadUserInput) as caught:
        async with database.session() as session:
            await create_batch(
                session, NewBatch("b", None, None, [*guids(12), *unknown, *unknown, *guids(2)])
            )
    assert caught.value.extensions == {"guids": unknown + guids(2)}
    assert caught.value.message.startswith(
        "The batch was not created: 12 GUIDs are unknown: nowhere-000001, "
    )
    assert caught.value.message.count("nowhere") == 10
    assert "2 GUIDs are repeated: cpb-aacip-000001, cpb-aacip-000002." in caught.value.message
    assert await rows(database, "SELECT * FROM batches") == []


async def test_a_batch_needs_files_a_name_and_a_pipeline_that_is_there(database: Database) -> None:
    await add_files(database, 1)
    async with database.session() as session:
        with pytest.raises(BadUserInput, match="has no media files"):
            await create_batch(session, NewBatch("b", None, None, []))
        with pytest.raises(BadUserInput, match="name is empty"):
            await create_batch(session, NewBatch(" ", None, None, guids(1)))
        with pytest.raises(LimitExceeded, match="250,001"):
            await create_batch(session, NewBatch("b", None, None, ["x"] * 250_001))
        with pytest.raises(NotFound, match="no pipeline with the ID 'pipe-rr'"):
            await create_batch(session, NewBatch("b", None, 999, guids(1)))


async def test_a_start_makes_a_run_of_each_file_and_a_step_of_each_app(database: Database) -> None:
    run = await start_run(database, files=3, steps=2)
    assert (run.status, run.media_file_count, run.started_at) == ("WAITING", 3, None)
    runs = await rows(database, "SELECT id, status, mmif_id FROM pipeline_runs ORDER BY media_file_id")
    assert [(status, mmif_id) for _, status, mmif_id in runs] == [("WAITING", None)] * 3
    steps = await rows(
        database, "SELECT pipeline_run_id, position, status, ready_at IS NOT NULL FROM step_runs ORDER BY id"
    )
    assert steps == [(key, n, "WAITING", n == 1) for key, _, _ in runs for n in (1, 2)]
    async with database.session() as session:
        counts = await counters.read(session, [run.id])
    assert counts == {run.id: {position: counters.Counts(waiting=3) for position in (0, 1, 2)}}


async def test_a_start_keeps_the_pipeline_as_it_was(database: Database) -> None:
    run = await start_run(database, steps=2)
    await rows(database, "UPDATE pipelines SET name = 'other' RETURNING 1")
    await rows(database, "DELETE FROM pipeline_steps RETURNING 1")
    frozen = await rows(database, "SELECT pipeline_name, pipeline_description FROM batch_runs")
    assert frozen == [("run-pipeline", "for tests")]
    steps = await rows(
        database, "SELECT position, parameters FROM batch_run_steps WHERE batch_run_id = :id", id=run.id
    )
    assert sorted(steps, key=lambda step: step[0]) == [(1, {}), (2, {})]


async def test_files_go_on_from_the_batchs_input_else_from_their_newest_mmif(database: Database) -> None:
    pipeline = await add_pipeline(database, [await add_app(database)])
    files = await add_files(database, 3)
    async with database.session() as session:
        batch = await create_batch(session, NewBatch("b", None, pipeline.id, guids(3)))
        given, _, newer = [await add_upload(session, files[n].id, "0" * 64, 1) for n in (0, 1, 1)]
        await add_upload(session, files[0].id, "1" * 64, 1)
        await session.execute(
            text("UPDATE batch_media_files SET input_mmif_id = :given WHERE media_file_id = :file"),
            {"given": given.id, "file": files[0].id},
        )
    run = await start(database, batch.id, from_blank_mmif=False)
    found = await rows(
        database,
        "SELECT mmif_id FROM pipeline_runs WHERE batch_run_id = :id ORDER BY media_file_id",
        id=run.id,
    )
    assert found == [(given.id,), (newer.id,), (None,)]
    blank = await start(database, batch.id)
    found = await rows(
        database, "SELECT DISTINCT mmif_id FROM pipeline_runs WHERE batch_run_id = :id", id=blank.id
    )
    assert found == [(None,)]


async def test_a_batch_without_a_pipeline_starts_on_the_one_that_is_given(database: Database) -> None:
    batch = await add_batch(database)
    with pytest.raises(BadUserInput, match="has no pipeline of its own"):
        await start(database, batch.id)
    with pytest.raises(NotFound, match="no pipeline with the ID"):
        await start(database, batch.id, pipeline_id=77)
    with pytest.raises(NotFound, match="no batch with the ID"):
        await start(database, 77)
    pipeline = await add_pipeline(database, [await add_app(database)])
    assert (await start(database, batch.id, pipeline_id=pipeline.id)).pipeline_id == pipeline.id


async def test_the_same_key_gives_the_first_run_also_when_calls_race(database: Database) -> None:
    pipeline = await add_pipeline(database, [await add_app(database)])
    batch = await add_batch(database, 50, pipeline)
    runs = await asyncio.gather(*(start(database, batch.id, idempotency_key="k") for _ in range(8)))
    assert len({run.id for run in runs}) == 1
    assert (await start(database, batch.id, idempotency_key="k")).id == runs[0].id
    assert await rows(database, "SELECT count(*) FROM pipeline_runs") == [(50,)]
    other = await start(database, batch.id, idempotency_key="other")
    assert other.id != runs[0].id


async def test_a_key_of_another_batch_is_a_conflict(database: Database) -> None:
    pipeline = await add_pipeline(database, [await add_app(database)])
    first, second = [await add_batch(database, 1, pipeline, name) for name in ("first", "second")]
    await start(database, first.id, idempotency_key="k")
    with pytest.raises(Conflict, match="used to start another batch, batch-"):
        await start(database, second.id, idempotency_key="k")


async def test_a_start_is_refused_when_no_file_has_what_the_first_step_takes(database: Database) -> None:
    app = await add_app(database, metadata=app_metadata("detector", takes=[VIDEO]))
    pipeline = await add_pipeline(database, [app])
    async with database.session() as session:
        await add_media_files(
            session,
            [new_file("sound", DocumentType.AUDIO), new_file("text", DocumentType.TEXT), new_file("film")],
        )
        wrong = await create_batch(session, NewBatch("wrong", None, pipeline.id, ["sound", "text"]))
        mixed = await create_batch(session, NewBatch("mixed", None, pipeline.id, ["sound", "film"]))
    with pytest.raises(BadUserInput, match=r"No media file of the batch 'wrong' .*VideoDocument"):
        await start(database, wrong.id)
    assert (await start(database, mixed.id)).media_file_count == 2
    assert (await start(database, wrong.id, from_blank_mmif=False)).media_file_count == 2


async def test_models_read_what_a_start_wrote(database: Database) -> None:
    run = await start_run(database, files=1, steps=1)
    async with database.session() as session:
        [pipeline_run_id] = (await session.execute(text("SELECT id FROM pipeline_runs"))).scalars()
        pipeline_run = await session.get_one(PipelineRun, pipeline_run_id)
        step_run = await session.get_one(StepRun, pipeline_run_id * 1000 + 1)
    assert pipeline_run.batch_run_id == step_run.batch_run_id == run.id
    assert step_run.ready_at is not None
