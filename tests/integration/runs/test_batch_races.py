"""A start of a batch and another change of it at the same time: the second waits, and sees the result of the first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from engine import until
from factories import add_app, add_batch, add_files, add_pipeline
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.batches.service import add_mmifs_to_batch, delete_batch
from chowda.db.database import Database
from chowda.errors import Conflict, NotFound
from chowda.media.mmifs import add_upload
from chowda.models import Batch, BatchRun
from chowda.runs.start import Start, start_batch

Change = Callable[[AsyncSession], Awaitable[Any]]


@pytest.fixture
async def batch(database: Database) -> Batch:
    """A batch of two files, with a pipeline."""
    return await add_batch(database, 2, await add_pipeline(database, [await add_app(database)]))


@pytest.fixture
async def mmif_id(database: Database) -> int:
    """An uploaded MMIF of a third file."""
    [file] = await add_files(database, 1, "third")
    async with database.session() as session:
        return (await add_upload(session, file.id, "0" * 64, 1)).id


async def overlap(database: Database, first: Change, second: Change) -> tuple[Any, Any]:
    """Starts the second change before the first has committed, and asserts that it waits. Returns both results."""

    async def run_second() -> Any:
        async with database.session() as session:
            return await second(session)

    async def waits() -> bool:
        async with database.session() as session:
            return bool(
                await session.scalar(
                    text(
                        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                        "AND application_name = 'chowda-test' AND datname = current_database()"
                    )
                )
            )

    async with database.session() as session:
        result = await first(session)
        other = asyncio.create_task(run_second())
        await until(waits, "the second waits for the first")
    return result, (await asyncio.gather(other, return_exceptions=True))[0]


async def files_of(database: Database, batch_run: BatchRun) -> tuple[int, int, int]:
    """The number of files by the batch run, by its counter, and by its pipeline runs."""
    async with database.session() as session:
        row = await session.execute(
            text(
                "SELECT r.media_file_count, t.waiting, (SELECT count(*) FROM pipeline_runs WHERE batch_run_id = r.id) "
                "FROM batch_runs r JOIN run_counters t ON t.batch_run_id = r.id AND t.position = 0 WHERE r.id = :id"
            ),
            {"id": batch_run.id},
        )
        return tuple(row.one())


async def test_mmifs_added_during_a_start_do_not_belong_to_it(
    database: Database, batch: Batch, mmif_id: int
) -> None:
    run, changed = await overlap(
        database,
        lambda session: start_batch(session, Start(batch.id)),
        lambda session: add_mmifs_to_batch(session, batch.id, [mmif_id]),
    )
    assert await files_of(database, run) == (2, 2, 2)
    assert changed.media_file_count == 3


async def test_start_waits_for_added_mmifs_and_uses_them(
    database: Database, batch: Batch, mmif_id: int
) -> None:
    _, run = await overlap(
        database,
        lambda session: add_mmifs_to_batch(session, batch.id, [mmif_id]),
        lambda session: start_batch(session, Start(batch.id, from_blank_mmif=False)),
    )
    assert await files_of(database, run) == (3, 3, 3)


async def test_batch_is_not_deleted_during_its_start(database: Database, batch: Batch) -> None:
    run, error = await overlap(
        database,
        lambda session: start_batch(session, Start(batch.id)),
        lambda session: delete_batch(session, batch.id),
    )
    assert isinstance(error, Conflict)
    assert "was started once" in error.message
    assert await files_of(database, run) == (2, 2, 2)


async def test_batch_is_not_started_during_its_deletion(database: Database, batch: Batch) -> None:
    _, error = await overlap(
        database,
        lambda session: delete_batch(session, batch.id),
        lambda session: start_batch(session, Start(batch.id)),
    )
    assert isinstance(error, NotFound)
    async with database.session() as session:
        assert await session.scalar(text("SELECT count(*) FROM batch_runs")) == 0


async def test_two_starts_of_a_batch_do_not_wait_for_each_other(database: Database, batch: Batch) -> None:
    async with database.session() as one, database.session() as other:
        await start_batch(one, Start(batch.id))
        async with asyncio.timeout(10):
            await start_batch(other, Start(batch.id))
