"""Orphan removal: stored bytes that no row names are removed, and no others."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import obstore
import pytest
from sqlalchemy import text
from stored_mmif import add_first_row, add_row, holds, key_of, make_old_file

from chowda.config import Settings
from chowda.db.database import Database
from chowda.storage import mmif_store
from chowda.storage.mmif_store import FOLDERS, MmifStore
from chowda.workers.retention_cleaner import RetentionCleaner


async def execute(database: Database, statement: str, **parameters: Any) -> Any:
    async with database.session() as session:
        return (await session.execute(text(statement), parameters)).all()


MakeOld = Callable[[bytes, float], None]


@pytest.fixture(params=["directory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> MmifStore:
    if request.param == "directory":
        return MmifStore.from_url((tmp_path / "bucket").as_uri())
    request.getfixturevalue("s3")
    return MmifStore.from_url("s3://archive")


@pytest.fixture
def make_old_object(request: pytest.FixtureRequest, store: MmifStore, tmp_path: Path) -> MakeOld:
    """Makes the store report that a content was put this many days ago, until its next put."""

    def in_directory(content: bytes, days: float) -> None:
        make_old_file(tmp_path / "bucket" / key_of(content), days)

    def in_bucket(content: bytes, days: float) -> None:
        request.getfixturevalue("s3").make_old(key_of(content), days)

    return in_bucket if store._directory is None else in_directory


async def put_time(store: MmifStore, content: bytes) -> datetime:
    return (await obstore.head_async(store._objects, key_of(content)))["last_modified"]


async def announcements(store: MmifStore) -> list[str]:
    return [entry["path"] for entry in await obstore.list(store._objects, prefix="doomed").collect_async()]


async def remove_orphans(cleaner: RetentionCleaner) -> None:
    """Cleans every folder of the store that is not empty once."""
    folders = [f for f in FOLDERS if [page async for page in cleaner._store.list_folder(f) if page]]
    cleaner._folders = itertools.cycle(folders)
    for _ in folders:
        await cleaner._remove_orphans()


def cleaner_of(database: Database, store: MmifStore, tmp_path: Path) -> RetentionCleaner:
    return RetentionCleaner(Settings(data_dir=tmp_path, keep_orphans_days=30), database, store)


async def test_only_old_bytes_that_no_row_names_are_removed(
    database: Database, store: MmifStore, make_old_object: MakeOld, tmp_path: Path
) -> None:
    cleaner = cleaner_of(database, store, tmp_path)
    contents = {name: name.encode() for name in ("named", "young", "orphan", "older than the database")}
    for content in contents.values():
        await store.put_bytes(content)
    for name, days in {"named": 40, "young": 29, "orphan": 31, "older than the database": 500}.items():
        make_old_object(contents[name], days)
    await remove_orphans(cleaner)
    for content in contents.values():
        assert await holds(store, content), "there is no row yet"
    await add_row(database, await add_first_row(database), contents["named"])
    await remove_orphans(cleaner)
    assert {name for name, content in contents.items() if await holds(store, content)} == {
        "named",
        "young",
        "older than the database",
    }
    assert await announcements(store) == []


async def test_nothing_is_removed_from_the_store_of_another_database(
    database: Database,
    store: MmifStore,
    make_old_object: MakeOld,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await add_first_row(database)
    monkeypatch.setattr("chowda.workers.retention_cleaner.FEW_ORPHANS", 0)
    await store.put_bytes(b"of another database")
    make_old_object(b"of another database", 40)
    await remove_orphans(cleaner_of(database, store, tmp_path))
    assert await holds(store, b"of another database")


async def test_put_renews_old_bytes_and_does_not_write_young_ones(
    store: MmifStore, make_old_object: MakeOld
) -> None:
    await store.put_bytes(b"content")
    make_old_object(b"content", 0.5)
    before = await put_time(store, b"content")
    assert datetime.now(UTC) - before > timedelta(hours=11)
    await store.put_bytes(b"content")
    assert await put_time(store, b"content") == before
    make_old_object(b"content", 2)
    await store.put_bytes(b"content")
    assert datetime.now(UTC) - await put_time(store, b"content") < timedelta(seconds=600)


async def test_removal_keeps_wanted_bytes_and_bytes_put_since(store: MmifStore) -> None:
    sha256, _ = await store.put_bytes(b"content")
    now, day = datetime.now(UTC), timedelta(days=1)

    async def wanted() -> bool:
        return True

    async def not_wanted() -> bool:
        return False

    assert not await store.remove(sha256, now + day, wanted)
    assert not await store.remove(sha256, now - day, not_wanted)
    assert await holds(store, b"content")
    assert await store.remove(sha256, now + day, not_wanted)
    assert not await holds(store, b"content")
    assert await announcements(store) == []


@pytest.mark.parametrize("moment", ["before it checks the time", "before it deletes", "after it has deleted"])
async def test_bytes_put_during_their_removal_are_stored_when_the_put_returns(
    database: Database,
    store: MmifStore,
    make_old_object: MakeOld,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    """The moments of the race, one by one: a put that relied on the bytes that it finds would lose them."""
    monkeypatch.setattr(mmif_store, "REMOVAL_WAIT_SECONDS", 0.01)
    file_id = await add_first_row(database)
    await store.put_bytes(b"orphan")
    make_old_object(b"orphan", 40)
    puts: list[asyncio.Task[Any]] = []

    async def put() -> None:
        if not puts:
            puts.append(asyncio.create_task(store.put_bytes(b"orphan")))
            await asyncio.wait(puts, timeout=0.2)

    head, delete = store._head, store.delete

    async def slow_head(key: str) -> Any:
        if moment == "before it checks the time" and asyncio.current_task() is removing:
            await put()
        return await head(key)

    async def slow_delete(sha256: str) -> None:
        if moment == "before it deletes":
            await put()
        await delete(sha256)
        if moment == "after it has deleted":
            await put()

    monkeypatch.setattr(store, "_head", slow_head)
    monkeypatch.setattr(store, "delete", slow_delete)
    removing = asyncio.create_task(remove_orphans(cleaner_of(database, store, tmp_path)))
    await removing
    [putting] = puts
    await putting
    assert await holds(store, b"orphan")
    await add_row(database, file_id, b"orphan")


async def test_put_notices_a_removal_that_ends_between_renewal_and_check(
    database: Database,
    store: MmifStore,
    make_old_object: MakeOld,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The removal has withdrawn its announcement when the put checks for one."""
    monkeypatch.setattr(mmif_store, "REMOVAL_WAIT_SECONDS", 0.01)
    await add_first_row(database)
    await store.put_bytes(b"orphan")
    make_old_object(b"orphan", 40)
    renewed, puts = asyncio.Event(), list[asyncio.Task[Any]]()
    is_being_removed, delete = store._is_being_removed, store.delete

    async def check_late(key: str) -> bool:
        renewed.set()
        await asyncio.wait([removing])
        return await is_being_removed(key)

    async def delete_late(sha256: str) -> None:
        puts.append(asyncio.create_task(store.put_bytes(b"orphan")))
        await renewed.wait()
        await delete(sha256)

    monkeypatch.setattr(store, "_is_being_removed", check_late)
    monkeypatch.setattr(store, "delete", delete_late)
    removing = asyncio.create_task(remove_orphans(cleaner_of(database, store, tmp_path)))
    await removing
    await puts[0]
    assert await holds(store, b"orphan")


async def test_no_row_ever_names_removed_bytes(
    database: Database,
    store: MmifStore,
    make_old_object: MakeOld,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Contents become old again and again; puts and rows come at random moments while a cleaner runs all the time."""
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
    file_id = await add_first_row(database)
    cleaner = cleaner_of(database, store, tmp_path)
    contents = [f"content {number}".encode() for number in range(8)]
    removed = 0

    async def clean() -> None:
        while True:
            await cleaner._remove_orphans()

    cleaning = asyncio.create_task(clean())
    for _ in range(6):
        for content in contents:
            if await holds(store, content):
                with suppress(FileNotFoundError):  # removed meanwhile
                    make_old_object(content, 40)
            else:
                removed += 1

        async def put(content: bytes) -> None:
            await asyncio.sleep(chance.random() * 0.2)
            await store.put_bytes(content)
            await asyncio.sleep(chance.random() * 0.1)
            await add_row(database, file_id, content)
            assert await holds(store, content), "its row is committed"

        await asyncio.gather(*(put(content) for content in contents))
        await execute(database, "DELETE FROM mmifs WHERE id > (SELECT min(id) FROM mmifs) RETURNING id")
    cleaning.cancel()
    await asyncio.gather(cleaning, return_exceptions=True)


async def test_announcement_of_a_dead_process_does_not_block_a_put_for_long(
    database: Database,
    store: MmifStore,
    make_old_object: MakeOld,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mmif_store, "REMOVAL_WAIT_SECONDS", 0.01)
    await add_first_row(database)
    await store.put_bytes(b"content")
    await obstore.put_async(store._objects, f"doomed/{key_of(b'content')[3:]}", b"")
    make_old_object(b"content", 40)
    putting = asyncio.create_task(store.put_bytes(b"content"))
    await asyncio.sleep(0.05)
    await cleaner_of(database, store, tmp_path)._remove_orphans()
    await putting
    assert await holds(store, b"content")
    assert await announcements(store) == []
