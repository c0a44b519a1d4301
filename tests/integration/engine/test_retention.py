"""Retention: old attempts, events and temporary files are removed, and nothing else."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from factories import claim_step, end_runs, fail_step, finish_step, start_run, step_run_ids
from sqlalchemy import select, text
from stored_mmif import add_first_row, holds, key_of, make_old_file

from chowda.audit import AuditLog
from chowda.config import Settings, load_settings
from chowda.db.advisory_locks import AdvisoryLock
from chowda.db.database import Database
from chowda.engine import retention
from chowda.errors import ConfigurationError, StepErrorCode
from chowda.ids import Kind
from chowda.models import Event
from chowda.pubsub.notifier import Notifier
from chowda.storage.mmif_store import MmifStore
from chowda.workers.retention_cleaner import RetentionCleaner
from chowda.workers.temp_file_cleaner import remove_stale_files


async def execute(database: Database, statement: str, **parameters: Any) -> Any:
    async with database.session() as session:
        return (await session.execute(text(statement), parameters)).all()


async def make_old(database: Database, days: int) -> None:
    """Makes all attempts and ended steps this old."""
    for statement in (
        "UPDATE step_attempts SET started_at = now() - make_interval(days => :days)",
        "UPDATE step_runs SET ended_at = now() - make_interval(days => :days) WHERE ended_at IS NOT NULL",
    ):
        async with database.session() as session:
            await session.execute(text(statement), {"days": days})


async def prune(database: Database, days: int = 10) -> int:
    async with database.session() as session:
        return (await retention.prune_attempts(session, 0, days)).removed


async def attempts(database: Database) -> list[tuple[int, int]]:
    async with database.session() as session:
        rows = await session.execute(text("SELECT step_run_id, fence FROM step_attempts ORDER BY 1, 2"))
        return [tuple(row) for row in rows]  # type: ignore[misc]


async def test_old_attempts_are_removed_except_last_errors_and_those_of_active_runs(
    database: Database,
) -> None:
    run, other = await start_run(database, 2, 1, "ends"), await start_run(database, 1, 2, "continues")
    good, bad = await step_run_ids(database, run.id)
    [open_one] = await step_run_ids(database, other.id)
    await fail_step(database, await claim_step(database, good), StepErrorCode.APP_BUSY)
    await execute(database, "UPDATE step_runs SET ready_at = now() WHERE status = 'WAITING' RETURNING id")
    await finish_step(database, await claim_step(database, good))
    await fail_step(database, await claim_step(database, bad), StepErrorCode.APP_BUSY)
    await execute(database, "UPDATE step_runs SET ready_at = now() WHERE status = 'WAITING' RETURNING id")
    await fail_step(database, await claim_step(database, bad))
    await finish_step(database, await claim_step(database, open_one))
    await make_old(database, 11)
    everything = [(good, 1), (good, 2), (bad, 1), (bad, 2), (open_one, 1)]
    assert await attempts(database) == everything
    assert await prune(database) == 0, "the batch run has not ended"
    await end_runs(database, run.id)
    assert await prune(database, days=12) == 0, "no attempt is old enough"
    assert await prune(database) == 3
    assert await attempts(database) == [(bad, 2), (open_one, 1)]


async def test_attempts_are_removed_in_pages(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "ROWS", 2)
    run = await start_run(database, 5, 1)
    for step in await step_run_ids(database, run.id):
        await finish_step(database, await claim_step(database, step))
    await end_runs(database, run.id)
    await make_old(database, 11)
    after: int | None = 0
    removed = []
    while after is not None:
        async with database.session() as session:
            page = await retention.prune_attempts(session, after, 10)
        removed.append(page.removed)
        after = page.after
    assert removed == [2, 2, 1]


async def test_old_events_are_removed_in_pages(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "ROWS", 2)
    async with database.session() as session:
        for number in range(5):
            await AuditLog(Notifier(database, 1)).record(session, "test", Kind.BATCH, name=str(number))
    await execute(
        database, "UPDATE events SET at = now() - interval '11 days' WHERE subject_name < '3' RETURNING id"
    )
    removed = []
    for _ in range(3):
        async with database.session() as session:
            removed.append(await retention.prune_events(session, 10))
    assert removed == [2, 1, 0]
    async with database.session() as session:
        assert set(await session.scalars(select(Event.subject_name))) == {"3", "4"}


async def test_only_one_process_cleans_up_at_a_time(database: Database, tmp_path: Path) -> None:
    store = MmifStore.from_url((tmp_path / "mmif").as_uri())
    cleaner = RetentionCleaner(Settings(data_dir=tmp_path, keep_events_days=1), database, store)
    async with database.session() as session:
        await AuditLog(Notifier(database, 1)).record(session, "test", Kind.BATCH, name="old")
    await execute(database, "UPDATE events SET at = now() - interval '3 days' RETURNING id")
    async with database.engine.connect() as other:
        await other.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": AdvisoryLock.CLEAN_UP})
        await cleaner.clean()
        async with database.session() as session:
            assert len((await session.scalars(select(Event))).all()) == 1
        await other.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": AdvisoryLock.CLEAN_UP})
    await cleaner.clean()
    async with database.session() as session:
        assert (await session.scalars(select(Event))).all() == []
    assert not await execute(database, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory'")


async def test_abandoned_temporary_files_are_removed_and_those_of_calls_stay(
    database: Database, tmp_path: Path
) -> None:
    run = await start_run(database, 2, 1)
    running, waiting = await step_run_ids(database, run.id)
    await claim_step(database, running)
    names = {
        f"{running}-1-in.mmif": True,
        f"{running}-0-out.mmif": False,
        f"{waiting}-1-in.mmif": False,
        "receive-abc.mmif": False,
        "unrelated.mmif": True,
    }
    for file_name in names:
        (tmp_path / file_name).write_bytes(b"")
        make_old_file(tmp_path / file_name, 2)
    (tmp_path / "receive-new.mmif").write_bytes(b"")
    await remove_stale_files(tmp_path, database)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {file_name for file_name, stays in names.items() if stays} | {"receive-new.mmif"}


@pytest.mark.parametrize(
    ("setting", "value", "valid"),
    [
        ("CHOWDA_KEEP_ORPHANS_DAYS", "0", True),
        ("CHOWDA_KEEP_ORPHANS_DAYS", "7", True),
        ("CHOWDA_KEEP_ORPHANS_DAYS", "1", False),
        ("CHOWDA_KEEP_EVENTS_DAYS", "-1", False),
        ("CHOWDA_KEEP_ATTEMPTS_DAYS", "soon", False),
    ],
)
def test_retention_settings_are_validated(
    setting: str, value: str, valid: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(setting, value)
    if valid:
        load_settings()
    else:
        with pytest.raises(ConfigurationError, match=setting):
            load_settings()


async def test_nothing_is_removed_if_retention_is_off(database: Database, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, keep_attempts_days=0, keep_events_days=None, keep_orphans_days=0)
    store = MmifStore.from_url((tmp_path / "bucket").as_uri())
    await add_first_row(database)
    await store.put_bytes(b"orphan")
    make_old_file(tmp_path / "bucket" / key_of(b"orphan"), 100)
    async with database.session() as session:
        await AuditLog(Notifier(database, 1)).record(session, "test", Kind.BATCH, name="old")
    await execute(database, "UPDATE events SET at = now() - interval '9 years' RETURNING id")
    cleaner = RetentionCleaner(settings, database, store)
    cleaner._folders = itertools.cycle([key_of(b"orphan")[:2]])
    await cleaner.clean()
    assert await holds(store, b"orphan")
    async with database.session() as session:
        assert len((await session.scalars(select(Event))).all()) == 1
