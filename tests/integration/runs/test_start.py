"""The start of a batch: the rows that it creates, and the checks before."""

from __future__ import annotations

import asyncio

import pytest
from factories import (
    VIDEO,
    add_app,
    add_batch,
    add_files,
    add_mmif,
    add_pipeline,
    app_metadata,
    guids,
    new_file,
    start_run,
)
from sqlalchemy import text

from chowda.batches.service import NewBatch, add_mmifs_to_batch, create_batch
from chowda.db.database import Database
from chowda.enums import DocumentType
from chowda.errors import BadUserInput, Conflict, NotFound
from chowda.media.files import add_media_files
from chowda.media.mmifs import add_upload
from chowda.models import BatchRun, PipelineRun, StepRun
from chowda.runs import counters
from chowda.runs.start import Start, StartFrom, start_batch


async def start(database: Database, batch_id: int, **more: object) -> BatchRun:
    async with database.session() as session:
        return await start_batch(session, Start(batch_id, **more))  # type: ignore[arg-type]


async def rows(database: Database, statement: str, **parameters: object) -> list[tuple[object, ...]]:
    async with database.session() as session:
        return [tuple(row) for row in await session.execute(text(statement), parameters)]


async def test_start_creates_a_run_per_file_and_a_step_per_app(database: Database) -> None:
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


async def test_start_freezes_the_pipeline(database: Database) -> None:
    run = await start_run(database, steps=2)
    await rows(database, "UPDATE pipelines SET name = 'other' RETURNING 1")
    await rows(database, "DELETE FROM pipeline_steps RETURNING 1")
    frozen = await rows(database, "SELECT pipeline_name, pipeline_description FROM batch_runs")
    assert frozen == [("run-pipeline", "for tests")]
    steps = await rows(
        database, "SELECT position, parameters FROM batch_run_steps WHERE batch_run_id = :id", id=run.id
    )
    assert sorted(steps, key=lambda step: step[0]) == [(1, {}), (2, {})]


async def test_files_start_from_the_input_else_from_the_newest_mmif(database: Database) -> None:
    pipeline = await add_pipeline(database, [await add_app(database)])
    files = await add_files(database, 3)
    async with database.session() as session:
        batch = await create_batch(session, NewBatch("b", None, pipeline.id, guids(3)))
        input, _, newer = [await add_upload(session, files[n].id, "0" * 64, 1) for n in (0, 1, 1)]
        await add_upload(session, files[0].id, "1" * 64, 1)
        await session.execute(
            text("UPDATE batch_media_files SET input_mmif_id = :given WHERE media_file_id = :file"),
            {"given": input.id, "file": files[0].id},
        )
    run = await start(database, batch.id, from_blank_mmif=False)
    mmif_ids = await rows(
        database,
        "SELECT mmif_id FROM pipeline_runs WHERE batch_run_id = :id ORDER BY media_file_id",
        id=run.id,
    )
    assert mmif_ids == [(input.id,), (newer.id,), (None,)]
    blank = await start(database, batch.id)
    mmif_ids = await rows(
        database, "SELECT DISTINCT mmif_id FROM pipeline_runs WHERE batch_run_id = :id", id=blank.id
    )
    assert mmif_ids == [(None,)]


async def test_batch_without_default_pipeline_needs_a_pipeline(database: Database) -> None:
    batch = await add_batch(database)
    with pytest.raises(BadUserInput, match="has no pipeline of its own"):
        await start(database, batch.id)
    with pytest.raises(NotFound, match="no pipeline with the ID"):
        await start(database, batch.id, pipeline_id=77)
    with pytest.raises(NotFound, match="no batch with the ID"):
        await start(database, 77)
    pipeline = await add_pipeline(database, [await add_app(database)])
    assert (await start(database, batch.id, pipeline_id=pipeline.id)).pipeline_id == pipeline.id


async def test_same_idempotency_key_returns_the_first_run_even_in_a_race(database: Database) -> None:
    pipeline = await add_pipeline(database, [await add_app(database)])
    batch = await add_batch(database, 50, pipeline)
    runs = await asyncio.gather(*(start(database, batch.id, idempotency_key="k") for _ in range(8)))
    assert len({run.id for run in runs}) == 1
    assert (await start(database, batch.id, idempotency_key="k")).id == runs[0].id
    assert await rows(database, "SELECT count(*) FROM pipeline_runs") == [(50,)]
    other = await start(database, batch.id, idempotency_key="other")
    assert other.id != runs[0].id


async def test_idempotency_key_of_another_batch_is_a_conflict(database: Database) -> None:
    pipeline = await add_pipeline(database, [await add_app(database)])
    first, second = [await add_batch(database, 1, pipeline, name) for name in ("first", "second")]
    await start(database, first.id, idempotency_key="k")
    with pytest.raises(Conflict, match="used to start another batch, batch-"):
        await start(database, second.id, idempotency_key="k")


async def test_start_is_refused_if_no_file_has_the_documents_of_the_first_step(database: Database) -> None:
    app = await add_app(database, metadata=app_metadata("detector", inputs=[VIDEO]))
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


async def test_models_read_the_rows_of_a_start(database: Database) -> None:
    run = await start_run(database, files=1, steps=1)
    async with database.session() as session:
        [pipeline_run_id] = (await session.execute(text("SELECT id FROM pipeline_runs"))).scalars()
        pipeline_run = await session.get_one(PipelineRun, pipeline_run_id)
        step_run = await session.get_one(StepRun, pipeline_run_id * 1000 + 1)
    assert pipeline_run.batch_run_id == step_run.batch_run_id == run.id
    assert step_run.ready_at is not None


async def test_start_from_selects_the_mmif_of_each_file(database: Database) -> None:
    pipeline = await add_pipeline(database, [await add_app(database)])
    files = await add_files(database, 3)
    input = await add_mmif(database, files[0].id)
    newest = [await add_mmif(database, files[n].id) for n in (0, 1)]
    async with database.session() as session:
        batch = await create_batch(session, NewBatch("b", None, pipeline.id, guids(3)))
    with pytest.raises(BadUserInput, match="has no input MMIF"):
        async with database.session() as session:
            await start_batch(session, Start(batch.id, start_from=StartFrom.INPUT))
    async with database.session() as session:
        await add_mmifs_to_batch(session, batch.id, [input.id])
    for start_from, expected in (
        (StartFrom.BLANK, [None, None, None]),
        (StartFrom.INPUT, [input.id, None, None]),
        (StartFrom.NEWEST, [newest[0].id, newest[1].id, None]),
        (StartFrom.INPUT_OR_NEWEST, [input.id, newest[1].id, None]),
    ):
        async with database.session() as session:
            run = await start_batch(session, Start(batch.id, start_from=start_from, from_blank_mmif=False))
            rows = await session.scalars(
                text("SELECT mmif_id FROM pipeline_runs WHERE batch_run_id = :id ORDER BY media_file_id"),
                {"id": run.id},
            )
            assert list(rows) == expected
