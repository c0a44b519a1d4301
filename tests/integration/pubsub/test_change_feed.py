"""The change feed of pipeline runs: no change is lost, and no row is sent twice without a change."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

import pytest
from engine import pipeline_runs
from factories import claim_step, fail_step, finish_step, start_run, step_run_ids
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgres_fixture import TemplateDatabase
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.db.database import Database
from chowda.engine import fair_dispatch, leases, step_outcome
from chowda.enums import ProgressSource
from chowda.errors import BadUserInput, StepErrorCode
from chowda.models import PipelineRun, Restore
from chowda.pubsub.change_feed import PAGE_LIMIT, FeedPage
from chowda.pubsub.snapshot_cursor import SnapshotCursor, current_cursor
from chowda.runs import counters, pipeline_run_feed

WRITERS = 6
FILES = 40

SUBJECT = """
    UPDATE pipeline_runs SET started_at = clock_timestamp()
    WHERE batch_run_id = :run AND media_file_id = ANY(:files)
"""


@pytest.fixture
async def many(database_url: str) -> AsyncIterator[Database]:
    """A database with a connection for each writer."""
    many = Database(database_url, name="writers", pool_size=WRITERS + 2)
    yield many
    await many.close()


class Reader:
    """Follows the feed as a client does, and fails if a row comes twice without a change."""

    def __init__(self, database: Database, batch_run_id: int, limit: int, after: str | None = None) -> None:
        self.database = database
        self.batch_run_id = batch_run_id
        self.limit = limit
        self.cursor = after
        self.seen: dict[int, datetime | None] = {}
        self.received = 0

    async def read(self) -> FeedPage[PipelineRun]:
        async with self.database.session() as session:
            page = await pipeline_run_feed.read_page(session, self.batch_run_id, self.cursor, self.limit)
        assert len(page.rows) <= self.limit
        files = [run.media_file_id for run in page.rows]
        assert files == sorted(files)
        for run in page.rows:
            known = run.media_file_id in self.seen
            assert not known or self.seen[run.media_file_id] != run.started_at, "sent twice without a change"
            self.seen[run.media_file_id] = run.started_at
        self.received += len(files)
        self.cursor = page.cursor
        return page

    async def catch_up(self) -> None:
        while (await self.read()).more:
            pass


async def change(session: AsyncSession, batch_run_id: int, files: Sequence[int]) -> None:
    await session.execute(text(SUBJECT), {"run": batch_run_id, "files": list(files)})


async def started(database: Database, files: int = FILES) -> tuple[int, list[int]]:
    """The key of a batch run, and the keys of its media files in order."""
    run = await start_run(database, files, steps=1)
    return run.id, [of.media_file_id for of in await pipeline_runs(database, run.id)]


async def state(database: Database, batch_run_id: int) -> dict[int, datetime | None]:
    return {run.media_file_id: run.started_at for run in await pipeline_runs(database, batch_run_id)}


async def write(many: Database, run_id: int, files: Sequence[int], seed: int) -> int:
    """Commits in random order and rolls some savepoints back. Returns the number of changes."""
    chance, changes = random.Random(seed), 0
    for _ in range(15):
        # Sorted, so that writers wait for each other without a deadlock.
        chosen = sorted(chance.sample(files, 6))
        async with many.session() as session:
            for file in chosen:
                savepoint = await session.begin_nested()
                await change(session, run_id, [file])
                if chance.random() < 0.3:
                    await savepoint.rollback()
                else:
                    await savepoint.commit()
                    changes += 1
            await asyncio.sleep(chance.random() * 0.05)
    return changes


@pytest.mark.parametrize("limit", [5, PAGE_LIMIT])
async def test_commits_out_of_order_are_neither_lost_nor_repeated(
    database: Database, many: Database, limit: int
) -> None:
    run_id, files = await started(database)
    reader = Reader(database, run_id, limit)
    await reader.catch_up()
    assert reader.received == FILES
    async with many.session() as other, many.session() as late:
        await other.execute(text("SELECT pg_current_xact_id()"))
        # Begins before all others and commits after them, on a file of its own, so that it blocks no writer.
        await change(late, run_id, files[:1])
        writers = [asyncio.create_task(write(many, run_id, files[1:], seed)) for seed in range(WRITERS - 2)]
        while not all(writer.done() for writer in writers):
            await reader.read()
            await asyncio.sleep(0.005)
        changes = sum(await asyncio.gather(*writers))
    await reader.catch_up()
    assert reader.seen == await state(database, run_id)
    assert FILES < reader.received <= FILES + changes + 1


async def test_every_cursor_of_a_long_backlog_resumes_without_a_gap(database: Database) -> None:
    """Files that were sent already and files that were not change during the backlog."""
    run_id, files = await started(database)
    chance = random.Random(1)
    reader = Reader(database, run_id, limit=5)
    resumable: list[tuple[str, dict[int, datetime | None]]] = []
    for _ in range(60):
        page = await reader.read()
        resumable.append((page.cursor, dict(reader.seen)))
        if not page.more:
            break
        if len(resumable) < 25:
            async with database.session() as session:
                await change(session, run_id, chance.sample(files, 3))
    assert not page.more
    assert 8 < len(resumable) < 60
    final = await state(database, run_id)
    assert reader.seen == final
    for cursor, seen in resumable:
        again = Reader(database, run_id, limit=7, after=cursor)
        again.seen = seen
        await again.catch_up()
        assert again.seen == final


async def test_change_during_the_backlog_is_sent_once_in_its_newest_state(database: Database) -> None:
    run_id, files = await started(database, files=12)
    reader = Reader(database, run_id, limit=5)
    await reader.read()
    async with database.session() as session:
        await change(session, run_id, [files[0], files[11]])
    pages = [await reader.read() for _ in range(3)]
    assert [[files.index(run.media_file_id) for run in page.rows] for page in pages] == [
        [5, 6, 7, 8, 9],
        [10],
        [0, 11],
    ]
    assert [page.more for page in pages] == [True, True, False]


async def test_current_cursor_misses_no_transaction_in_progress(database: Database) -> None:
    run_id, files = await started(database, files=3)
    async with database.session() as writer:
        await change(writer, run_id, files[1:2])
        async with database.session() as session:
            cursor = (await current_cursor(session))[0]
        async with database.session() as session:
            await change(session, run_id, files[2:])
        before = Reader(database, run_id, limit=5, after=cursor)
        await before.catch_up()
        assert list(before.seen) == files[2:]
    after = Reader(database, run_id, limit=5, after=cursor)
    await after.catch_up()
    assert list(after.seen) == files[1:]
    await before.catch_up()
    assert before.seen == after.seen


async def test_feed_contains_only_changes_of_its_batch_run(database: Database) -> None:
    run_id, files = await started(database, files=2)
    other = await start_run(database, 2, steps=1, name="other")
    reader = Reader(database, run_id, limit=5)
    await reader.catch_up()
    async with database.session() as session:
        await session.execute(
            text("UPDATE pipeline_runs SET started_at = now() WHERE batch_run_id = :id"), {"id": other.id}
        )
    assert (await reader.read()).rows == []
    assert sorted(reader.seen) == files


def forged(cursor: str, **changes: Any) -> str:
    decoded = SnapshotCursor.decode(cursor)
    fields = {name: getattr(decoded, name) for name in decoded.__struct_fields__}
    return SnapshotCursor(**(fields | changes)).encode()


@pytest.mark.parametrize(
    "changes",
    [
        {"incarnation": "7000000000000000000-00000001-16384"},
        {"base": "900000000:900000000:"},
        {"target": "900000000:900000000:", "last": 2},
    ],
    ids=["another database", "a base from the future", "a target from the future"],
)
async def test_cursor_of_another_database_or_of_the_future_starts_again(
    database: Database, changes: dict[str, Any]
) -> None:
    run_id, files = await started(database, files=7)
    async with database.session() as session:
        cursor = (await current_cursor(session))[0]
    reader = Reader(database, run_id, limit=5, after=forged(cursor, **changes))
    await reader.catch_up()
    assert sorted(reader.seen) == files
    assert (await reader.read()).rows == []


async def test_copy_of_the_database_has_another_incarnation(
    database: Database, migrated: TemplateDatabase
) -> None:
    async with database.session() as session:
        here = SnapshotCursor.decode((await current_cursor(session))[0])
    with migrated.clone() as copy:
        elsewhere = Database(copy, name="elsewhere")
        async with elsewhere.session() as session:
            there = SnapshotCursor.decode((await current_cursor(session))[0])
        await elsewhere.close()
    assert here.incarnation != there.incarnation


async def test_restore_in_place_has_another_incarnation_once_it_is_recorded(
    database: Database,
) -> None:
    """Without the record, a cursor from before the restore looks valid."""
    run_id, files = await started(database, files=3)
    reader = Reader(database, run_id, limit=5)
    await reader.catch_up()
    reader.seen.clear()
    await reader.catch_up()
    assert reader.seen == {}
    for _ in range(2):  # also after a second restore
        async with database.session() as session:
            session.add(Restore())
        await reader.catch_up()
        assert sorted(reader.seen) == files
        reader.seen.clear()
        await reader.catch_up()
        assert reader.seen == {}


numbers = st.integers(0, 2**64 + 5).map(str) | st.just("9" * 20)
snapshots = st.builds(
    lambda xmin, xmax, xip: f"{xmin}:{xmax}:{','.join(xip)}", numbers, numbers, st.lists(numbers, max_size=4)
)
nonsense = st.text(max_size=40) | st.binary(max_size=40).map(lambda raw: raw.hex())


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(
    incarnation=st.none() | st.text(max_size=10),
    base=st.none() | snapshots | nonsense,
    target=st.none() | snapshots | nonsense,
    last=st.integers(-2, 2**64),
)
async def test_made_up_cursor_is_refused_or_read_and_never_breaks_the_session(
    database: Database, incarnation: str | None, base: str | None, target: str | None, last: int
) -> None:
    async with database.session() as session:
        here = SnapshotCursor.decode((await current_cursor(session))[0])
        made_up = SnapshotCursor(incarnation or here.incarnation, base, target, last).encode()
        try:
            page = await pipeline_run_feed.read_page(session, 1, made_up)
        except BadUserInput as refusal:
            assert made_up[:40] in refusal.message
        else:
            assert SnapshotCursor.decode(page.cursor).incarnation == here.incarnation
        assert await session.scalar(text("SELECT 1")) == 1


async def changed_files(reader: Reader) -> list[int]:
    return [run.media_file_id for run in (await reader.read()).rows]


async def test_only_visible_changes_of_a_step_are_changes_of_its_run(
    database: Database,
) -> None:
    run = await start_run(database, 2, steps=2)
    [file, _] = [of.media_file_id for of in await pipeline_runs(database, run.id)]
    step_run_id = (await step_run_ids(database, run.id))[0]
    reader = Reader(database, run.id, limit=5)
    await reader.catch_up()
    reader.seen.clear()

    async def changed() -> list[int]:
        reader.seen.clear()
        return await changed_files(reader)

    async with database.session() as session:
        await leases.register_worker(session, "test-worker", 8, 600)
        assert step_run_id in await fair_dispatch.take(session, 30)
    assert await changed() == [], "sending a message is not visible"
    claim = await claim_step(database, step_run_id)
    assert await changed() == [file], "a claim"
    async with database.session() as session:
        assert await leases.extend(session, [claim.lease_key], 600) == set()
    assert await changed() == [], "extending a lease is not visible"
    for percent, expected in [(40.0, [file]), (40.0, []), (20.0, [])]:
        async with database.session() as session:
            await leases.report_progress(session, {claim.lease_key: (percent, ProgressSource.REPORTED)})
        assert await changed() == expected, f"{percent} %"
    async with database.session() as session:
        await leases.release(session, [claim.lease_key])
    assert await changed() == [file], "released"
    async with database.session() as session:
        await step_outcome.release_slot(session, claim)
    claim = await claim_step(database, step_run_id)
    await fail_step(database, claim, StepErrorCode.APP_DISCONNECTED)
    assert await changed() == [file], "waits for its next attempt"
    async with database.session() as session:
        await session.execute(
            text("UPDATE step_runs SET ready_at = now() WHERE id = :id"), {"id": step_run_id}
        )
    assert await changed() == []
    await finish_step(database, await claim_step(database, step_run_id))
    assert await changed() == [file], "finished"
    async with database.session() as session:
        assert await counters.roll_up(session) == [run.id]
    assert await changed() == [], "rolling up counters is not visible"


async def rows_read(session: AsyncSession) -> int:
    counted = "coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)"
    found = await session.scalar(
        text(f"SELECT {counted} FROM pg_stat_xact_user_tables WHERE relname = 'pipeline_runs'")
    )
    return int(found or 0)


async def test_cost_of_a_change_does_not_grow_with_the_batch(database: Database) -> None:
    """Also before Postgres has statistics about a batch that was just started."""
    run_id, files = await started(database, files=3000)
    async with database.session() as session:
        cursor = (await current_cursor(session))[0]
    async with database.session() as session:
        await change(session, run_id, files[1500:1502])
    async with database.session() as session:
        before = await rows_read(session)
        page = await pipeline_run_feed.read_page(session, run_id, cursor)
        rows_of_page = await rows_read(session) - before
    assert [run.media_file_id for run in page.rows] == files[1500:1502]
    assert rows_of_page < 20
