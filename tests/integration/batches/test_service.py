"""Creating, changing and deleting batches."""

from __future__ import annotations

import pytest
from factories import add_app, add_batch, add_batch_from, add_files, add_pipeline, guids
from sqlalchemy import text

from chowda.batches.service import (
    BatchChange,
    NewBatch,
    create_batch,
    delete_batch,
    update_batch,
)
from chowda.db.database import Database
from chowda.errors import BadUserInput, Conflict, LimitExceeded, NotFound
from chowda.runs.start import Start, start_batch


async def rows(database: Database, statement: str, **parameters: object) -> list[tuple[object, ...]]:
    async with database.session() as session:
        return [tuple(row) for row in await session.execute(text(statement), parameters)]


async def test_unknown_or_repeated_guids_refuse_the_whole_batch(database: Database) -> None:
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


async def test_batch_needs_files_a_name_and_an_existing_pipeline(database: Database) -> None:
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


async def test_batch_with_runs_can_be_changed_but_not_deleted(database: Database) -> None:
    pipeline = await add_pipeline(database, [await add_app(database)])
    batch = await add_batch(database)
    async with database.session() as session:
        changed = await update_batch(session, batch.id, BatchChange("new", "described", pipeline.id))
        assert (changed.name, changed.description, changed.pipeline_id) == ("new", "described", pipeline.id)
        assert (await update_batch(session, batch.id, BatchChange(description=""))).description is None
        with pytest.raises(NotFound, match="no pipeline"):
            await update_batch(session, batch.id, BatchChange(pipeline_id=99))
    async with database.session() as session:
        await start_batch(session, Start(batch.id))
    with pytest.raises(Conflict, match="'new' can't be deleted: it was started once"):
        async with database.session() as session:
            await delete_batch(session, batch.id)
    copy = await add_batch_from(database, batch_ids=[batch.id])
    async with database.session() as session:
        await delete_batch(session, copy.id)
        assert await session.scalar(text("SELECT count(*) FROM batch_media_files")) == 3
