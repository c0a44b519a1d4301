"""A batch is started while another session changes it: the second one waits and sees the first one's change."""

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

Act = Callable[[AsyncSession], Awaitable[Any]]


@pytest.fixture
async def batch(database: Database) -> Batch:
    """Of two files, with a pipeline."""
    return await add_batch(database, 2, await add_pipeline(database, [await add_app(database)]))


@pytest.fixture
async def mmif_id(database: Database) -> int:
    """Of a third file."""
    [file] = await add_files(database, 1, "third")
    async with database.session() as session:
        return (await add_upload(session, file.id, "0" * 64, 1)).id


async def one_during_the_other(database: Database, first: Act, second: Act) -> tuple[Any, Any]:
    """The second begins before the first has committed, and must wait for it; what came of each."""

    async def act() -> Any:
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
        came_first = await first(session)
        other = asyncio.create_task(act())
        await until(waits, "the second waits for the first")
    return came_first, (await asyncio.gather(other, return_exceptions=True))[0]


async def files_of(database: Database, batch_run: BatchRun) -> tuple[int, int, int]:
    """As the batch run says, as its counter says, and as many as there are."""
    async with database.session() as session:
        row = await session.execute(
            text(
                "SELECT r.media_file_count, t.waiting, (SELECT count(*) FROM pipeline_runs WHERE batch_run_id = r.id) "
                "FROM batch_runs r JOIN run_counters t ON t.batch_run_id = r.id AND t.position = 0 WHERE r.id = :id"
            ),
            {"id": batch_run.id},
        )
        return tuple(row.one())


async def test_mmifs_that_come_while_a_batch_is_started_are_not_of_that_start(
    database: Database, batch: Batch, mmif_id: int
) -> None:
    run, changed = await one_during_the_other(
        database,
        lambda session: start_batch(session, Start(batch.id)),
        lambda session: add_mmifs_to_batch(session, batch.id, [mmif_id]),
    )
    assert await files_of(database, run) == (2, 2, 2)
    assert changed.media_file_count == 3


async def test_a_start_while_mmifs_are_added_waits_and_takes_them(
    database: Database, batch: Batch, mmif_id: int
) -> None:
    _, run = await one_during_the_other(
        database,
        lambda session: add_mmifs_to_batch(session, batch.id, [mmif_id]),
        lambda session: start_batch(session, Start(batch.id, from_blank_mmif=False)),
    )
    assert await files_of(database, run) == (3, 3, 3)


async def test_a_batch_that_is_being_started_is_not_deleted(database: Database, batch: Batch) -> None:
    run, refused = await one_during_the_other(
        database,
        lambda session: start_batch(session, Start(batch.id)),
        lambda session: delete_batch(session, batch.id),
    )
    assert isinstance(refused, Conflict)
    assert "was started once" in refused.message
    assert await files_of(database, run) == (2, 2, 2)


async def test_a_batch_that_is_being_deleted_is_not_started(database: Database, batch: Batch) -> None:
    _, refused = await one_during_the_other(
        database,
        lambda session: delete_batch(session, batch.id),
        lambda session: start_batch(session, Start(batch.id)),
    )
    assert isinstance(refused, NotFound)
    async with database.session() as session:
        assert await session.scalar(text("SELECT count(*) FROM batch_runs")) == 0


async def test_two_starts_of_a_batch_do_not_wait_for_each_other(database: Database, batch: Batch) -> None:
    async with database.session() as one, database.session() as other:
        await start_batch(one, Start(batch.id))
        async with asyncio.timeout(10):
            await start_batch(other, Start(batch.id))
