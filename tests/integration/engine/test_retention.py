"""What is old is forgotten, and nothing else: attempts, events, orphaned bytes, files left behind."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import os
import random
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import obstore
import pytest
from factories import add_files, claim_step, end_runs, fail_step, finish_step, start_run, step_run_ids
from sqlalchemy import select, text

from chowda.audit import AuditLog
from chowda.config import Settings, load_settings
from chowda.db.advisory_locks import AdvisoryLock
from chowda.db.database import Database
from chowda.engine import retention
from chowda.errors import ConfigurationError, StepErrorCode
from chowda.ids import Kind
from chowda.media.mmifs import add_upload
from chowda.models import Event
from chowda.pubsub.notifier import Notifier
from chowda.storage import mmif_store
from chowda.storage.mmif_store import FOLDERS, MmifStore
from chowda.workers.retention_cleaner import RetentionCleaner
from chowda.workers.temp_file_cleaner import remove_stale_files

DAY = 24 * 3600.0


async def do(database: Database, statement: str, **parameters: Any) -> Any:
    async with database.session() as session:
        return (await session.execute(text(statement), parameters)).all()


async def make_old(database: Database, days: int) -> None:
    for statement in (
        "UPDATE step_attempts SET started_at = now() - make_interval(days => :days)",
        "UPDATE step_runs SET ended_at = now() - make_interval(days => :days) WHERE ended_at IS NOT NULL",
    ):
        async with database.session() as session:
            await session.execute(text(statement), {"days": days})


async def pruned(database: Database, days: int = 10) -> int:
    async with database.session() as session:
        return (await retention.prune_attempts(session, 0, days)).removed


async def attempts(database: Database) -> list[tuple[int, int]]:
    async with database.session() as session:
        rows = await session.execute(text("SELECT step_run_id, fence FROM step_attempts ORDER BY 1, 2"))
        return [tuple(row) for row in rows]  # type: ignore[misc]


async def test_old_attempts_go_but_for_what_names_the_last_error_and_those_of_runs_that_go_on(
    database: Database,
) -> None:
    run, other = await start_run(database, 2, 1, "ends"), await start_run(database, 1, 2, "goes-on")
    good, bad = await step_run_ids(database, run.id)
    [open_one] = await step_run_ids(database, other.id)
    await fail_step(database, await claim_step(database, good), StepErrorCode.APP_BUSY)
    await do(database, "UPDATE step_runs SET ready_at = now() WHERE status = 'WAITING' RETURNING id")
    await finish_step(database, await claim_step(database, good))
    await fail_step(database, await claim_step(database, bad), StepErrorCode.APP_BUSY)
    await do(database, "UPDATE step_runs SET ready_at = now() WHERE status = 'WAITING' RETURNING id")
    await fail_step(database, await claim_step(database, bad))
    await finish_step(database, await claim_step(database, open_one))
    await make_old(database, 11)
    everything = [(good, 1), (good, 2), (bad, 1), (bad, 2), (open_one, 1)]
    assert await attempts(database) == everything
    assert await pruned(database) == 0, "the batch run has not ended"
    await end_runs(database, run.id)
    assert await pruned(database, days=12) == 0, "they are not old enough"
    assert await pruned(database) == 3
    assert await attempts(database) == [(bad, 2), (open_one, 1)]


async def test_attempts_are_gone_through_in_small_steps(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
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
            done = await retention.prune_attempts(session, after, 10)
        removed.append(done.removed)
        after = done.after
    assert removed == [2, 2, 1]


async def test_old_events_go_a_few_at_a_time(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "ROWS", 2)
    async with database.session() as session:
        for number in range(5):
            await AuditLog(Notifier(database, 1)).record(session, "test", Kind.BATCH, name=str(number))
    await do(
        database, "UPDATE events SET at = now() - interval '11 days' WHERE subject_name < '3' RETURNING id"
    )
    removed = []
    for _ in range(3):
        async with database.session() as session:
            removed.append(await retention.prune_events(session, 10))
    assert removed == [2, 1, 0]
    async with database.session() as session:
        assert set(await session.scalars(select(Event.subject_name))) == {"3", "4"}


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> MmifStore:
    if request.param == "folder":
        return MmifStore.from_url((tmp_path / "bucket").as_uri())
    request.getfixturevalue("s3")
    return MmifStore.from_url("s3://archive")


MakeOld = Callable[[bytes, float], None]


@pytest.fixture
def make_old_object(request: pytest.FixtureRequest, store: MmifStore, tmp_path: Path) -> MakeOld:
    """Makes the store report a put of that many days ago for a content, until its next put."""

    def in_folder(content: bytes, days: float) -> None:
        make_old_file(tmp_path / "bucket" / key_of(content), days)

    def in_bucket(content: bytes, days: float) -> None:
        request.getfixturevalue("s3").make_old(key_of(content), days)

    return in_bucket if store._directory is None else in_folder


def key_of(content: bytes) -> str:
    sha256 = hashlib.sha256(content).hexdigest()
    return f"{sha256[:2]}/{sha256}.mmif"


async def is_there(store: MmifStore, content: bytes) -> bool:
    """Whether the store holds exactly these bytes."""
    sha256 = hashlib.sha256(content).hexdigest()
    if await store.size(sha256) is None:
        return False
    return b"".join([chunk async for chunk in store.open(sha256)]) == content


async def put_at(store: MmifStore, content: bytes) -> datetime:
    found = await obstore.head_async(store._objects, key_of(content))
    return found["last_modified"]


async def announced(store: MmifStore) -> list[str]:
    return [each["path"] for each in await obstore.list(store._objects, prefix="doomed").collect_async()]


def make_old_file(path: Path, days: float) -> None:
    then = time.time() - days * DAY
    os.utime(path, (then, then))


async def name(database: Database, media_file_id: int, content: bytes) -> None:
    async with database.session() as session:
        await add_upload(session, media_file_id, hashlib.sha256(content).hexdigest(), len(content))


async def rounds(pruner: RetentionCleaner) -> None:
    """Once through all folders of the store in which there is something."""
    folders = [f for f in FOLDERS if [page async for page in pruner._store.list_folder(f) if page]]
    pruner._folders = itertools.cycle(folders)
    for _ in folders:
        await pruner._remove_orphans()


def pruner_of(database: Database, store: MmifStore, tmp_path: Path) -> RetentionCleaner:
    return RetentionCleaner(Settings(data_dir=tmp_path, keep_orphans_days=30), database, store)


async def a_file(database: Database) -> int:
    """A media file of a database that is a year old: its first row names bytes that are kept."""
    [file] = await add_files(database, 1)
    await name(database, file.id, b"the first")
    await do(database, "UPDATE mmifs SET created_at = now() - interval '1 year' RETURNING id")
    return file.id


async def test_only_bytes_that_are_old_and_that_no_row_names_are_removed(
    database: Database, store: MmifStore, make_old_object: MakeOld, tmp_path: Path
) -> None:
    pruner = pruner_of(database, store, tmp_path)
    contents = {what: what.encode() for what in ("named", "young", "orphan", "older than the database")}
    for content in contents.values():
        await store.put_bytes(content)
    for what, days in {"named": 40, "young": 29, "orphan": 31, "older than the database": 500}.items():
        make_old_object(contents[what], days)
    await rounds(pruner)
    for content in contents.values():
        assert await is_there(store, content), "there is no row at all yet"
    await name(database, await a_file(database), contents["named"])
    await rounds(pruner)
    assert {what for what, content in contents.items() if await is_there(store, content)} == {
        "named",
        "young",
        "older than the database",
    }
    assert await announced(store) == []


async def test_a_store_that_is_another_databases_is_left_alone(
    database: Database,
    store: MmifStore,
    make_old_object: MakeOld,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await a_file(database)
    monkeypatch.setattr("chowda.workers.retention_cleaner.FEW_ORPHANS", 0)
    await store.put_bytes(b"unrelated")
    make_old_object(b"unrelated", 40)
    await rounds(pruner_of(database, store, tmp_path))
    assert await is_there(store, b"unrelated")


async def test_what_is_put_again_is_as_new_and_what_is_new_is_not_written(
    store: MmifStore, make_old_object: MakeOld
) -> None:
    await store.put_bytes(b"content")
    make_old_object(b"content", 0.5)
    before = await put_at(store, b"content")
    assert datetime.now(UTC) - before > timedelta(hours=11)
    await store.put_bytes(b"content")
    assert await put_at(store, b"content") == before
    make_old_object(b"content", 2)
    await store.put_bytes(b"content")
    assert datetime.now(UTC) - await put_at(store, b"content") < timedelta(seconds=600)


async def test_a_removal_leaves_what_is_wanted_and_what_was_put_since(store: MmifStore) -> None:
    sha256, _ = await store.put_bytes(b"content")
    now, day = datetime.now(UTC), timedelta(days=1)

    async def wanted() -> bool:
        return True

    async def not_wanted() -> bool:
        return False

    assert not await store.remove(sha256, now + day, wanted)
    assert not await store.remove(sha256, now - day, not_wanted)
    assert await is_there(store, b"content")
    assert await store.remove(sha256, now + day, not_wanted)
    assert not await is_there(store, b"content")
    assert await announced(store) == []


@pytest.mark.parametrize(
    "moment", ["before it looks at the time", "before it removes", "after it has removed"]
)
async def test_bytes_that_are_put_while_they_are_removed_are_there_when_the_put_returns(
    database: Database,
    store: MmifStore,
    make_old_object: MakeOld,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    """The very moments of the race, one by one: a put that trusted what it found would lose its bytes."""
    monkeypatch.setattr(mmif_store, "REMOVAL_WAIT_SECONDS", 0.01)
    file_id = await a_file(database)
    await store.put_bytes(b"orphan")
    make_old_object(b"orphan", 40)
    puts: list[asyncio.Task[Any]] = []

    async def put() -> None:
        if not puts:
            puts.append(asyncio.create_task(store.put_bytes(b"orphan")))
            await asyncio.wait(puts, timeout=0.2)

    head, delete = store._head, store.delete

    async def slow_head(key: str) -> Any:
        if moment == "before it looks at the time" and asyncio.current_task() is removing:
            await put()
        return await head(key)

    async def slow_delete(sha256: str) -> None:
        if moment == "before it removes":
            await put()
        await delete(sha256)
        if moment == "after it has removed":
            await put()

    monkeypatch.setattr(store, "_head", slow_head)
    monkeypatch.setattr(store, "delete", slow_delete)
    removing = asyncio.create_task(rounds(pruner_of(database, store, tmp_path)))
    await removing
    [putting] = puts
    await putting
    assert await is_there(store, b"orphan")
    await name(database, file_id, b"orphan")


async def test_a_removal_that_ends_between_a_puts_renewal_and_its_look_is_noticed(
    database: Database,
    store: MmifStore,
    make_old_object: MakeOld,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The announcement has come and gone when the put looks for it."""
    monkeypatch.setattr(mmif_store, "REMOVAL_WAIT_SECONDS", 0.01)
    await a_file(database)
    await store.put_bytes(b"orphan")
    make_old_object(b"orphan", 40)
    renewed, puts = asyncio.Event(), list[asyncio.Task[Any]]()
    is_being_removed, delete = store._is_being_removed, store.delete

    async def look_late(key: str) -> bool:
        renewed.set()
        await asyncio.wait([removing])
        return await is_being_removed(key)

    async def delete_late(sha256: str) -> None:
        puts.append(asyncio.create_task(store.put_bytes(b"orphan")))
        await renewed.wait()
        await delete(sha256)

    monkeypatch.setattr(store, "_is_being_removed", look_late)
    monkeypatch.setattr(store, "delete", delete_late)
    removing = asyncio.create_task(rounds(pruner_of(database, store, tmp_path)))
    await removing
    await puts[0]
    assert await is_there(store, b"orphan")


async def test_no_row_ever_names_bytes_that_pruning_took(
    database: Database,
    store: MmifStore,
    make_old_object: MakeOld,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Many contents, old again and again; puts and rows at random moments, beside a pruner that never rests."""
    monkeypatch.setattr(mmif_store, "REMOVAL_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(
        "chowda.workers.retention_cleaner.FOLDERS",
        sorted({key_of(f"content {number}".encode())[:2] for number in range(8)}),
    )
    delete, chance = store.delete, random.Random(7)

    async def slow_delete(sha256: str) -> None:
        await asyncio.sleep(chance.random() * 0.02)
        await delete(sha256)

    monkeypatch.setattr(store, "delete", slow_delete)
    file_id = await a_file(database)
    pruner = pruner_of(database, store, tmp_path)
    contents = [f"content {number}".encode() for number in range(8)]
    removed = 0

    async def keep_pruning() -> None:
        while True:
            await pruner._remove_orphans()

    pruning_task = asyncio.create_task(keep_pruning())
    for _ in range(6):
        for content in contents:
            if await is_there(store, content):
                with suppress(FileNotFoundError):  # removed since
                    make_old_object(content, 40)
            else:
                removed += 1

        async def put(content: bytes) -> None:
            await asyncio.sleep(chance.random() * 0.2)
            await store.put_bytes(content)
            await asyncio.sleep(chance.random() * 0.1)
            await name(database, file_id, content)
            assert await is_there(store, content), "its row is committed"

        await asyncio.gather(*(put(content) for content in contents))
        await do(database, "DELETE FROM mmifs WHERE id > (SELECT min(id) FROM mmifs) RETURNING id")
    pruning_task.cancel()
    await asyncio.gather(pruning_task, return_exceptions=True)


async def test_an_announcement_left_by_a_dead_process_holds_nobody_up_for_long(
    database: Database,
    store: MmifStore,
    make_old_object: MakeOld,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mmif_store, "REMOVAL_WAIT_SECONDS", 0.01)
    await a_file(database)
    await store.put_bytes(b"content")
    await obstore.put_async(store._objects, f"doomed/{key_of(b'content')[3:]}", b"")
    make_old_object(b"content", 40)
    putting = asyncio.create_task(store.put_bytes(b"content"))
    await asyncio.sleep(0.05)
    await pruner_of(database, store, tmp_path)._remove_orphans()
    await putting
    assert await is_there(store, b"content")
    assert await announced(store) == []


async def test_only_one_process_prunes_at_a_time(database: Database, tmp_path: Path) -> None:
    store = MmifStore.from_url((tmp_path / "mmif").as_uri())
    pruner = RetentionCleaner(Settings(data_dir=tmp_path, keep_events_days=1), database, store)
    async with database.session() as session:
        await AuditLog(Notifier(database, 1)).record(session, "test", Kind.BATCH, name="old")
    await do(database, "UPDATE events SET at = now() - interval '3 days' RETURNING id")
    async with database.engine.connect() as other:
        await other.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": AdvisoryLock.CLEAN_UP})
        await pruner.clean()
        async with database.session() as session:
            assert len((await session.scalars(select(Event))).all()) == 1
        await other.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": AdvisoryLock.CLEAN_UP})
    await pruner.clean()
    async with database.session() as session:
        assert (await session.scalars(select(Event))).all() == []
    assert not await do(database, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory'")


async def test_files_left_behind_go_and_those_of_calls_in_flight_stay(
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
    ("setting", "value", "is_right"),
    [
        ("CHOWDA_KEEP_ORPHANS_DAYS", "0", True),
        ("CHOWDA_KEEP_ORPHANS_DAYS", "7", True),
        ("CHOWDA_KEEP_ORPHANS_DAYS", "1", False),
        ("CHOWDA_KEEP_EVENTS_DAYS", "-1", False),
        ("CHOWDA_KEEP_ATTEMPTS_DAYS", "soon", False),
    ],
)
def test_ages_are_checked_at_the_start(
    setting: str, value: str, is_right: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(setting, value)
    if is_right:
        load_settings()
    else:
        with pytest.raises(ConfigurationError, match=setting):
            load_settings()


async def test_nothing_is_pruned_where_that_is_set(database: Database, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, keep_attempts_days=0, keep_events_days=None, keep_orphans_days=0)
    store = MmifStore.from_url((tmp_path / "bucket").as_uri())
    await a_file(database)
    await store.put_bytes(b"orphan")
    make_old_file(tmp_path / "bucket" / key_of(b"orphan"), 100)
    async with database.session() as session:
        await AuditLog(Notifier(database, 1)).record(session, "test", Kind.BATCH, name="old")
    await do(database, "UPDATE events SET at = now() - interval '9 years' RETURNING id")
    pruner = RetentionCleaner(settings, database, store)
    pruner._folders = itertools.cycle([key_of(b"orphan")[:2]])
    await pruner.clean()
    assert await is_there(store, b"orphan")
    async with database.session() as session:
        assert len((await session.scalars(select(Event))).all()) == 1
