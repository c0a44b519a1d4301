"""MMIF in a store, with rows that name it and objects that look old."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

from factories import add_files
from sqlalchemy import text

from chowda.db.database import Database
from chowda.media.mmifs import add_upload
from chowda.storage.mmif_store import MmifStore

DAY_SECONDS = 24 * 3600.0


def key_of(content: bytes) -> str:
    """The key of the content's object in the store."""
    sha256 = hashlib.sha256(content).hexdigest()
    return f"{sha256[:2]}/{sha256}.mmif"


async def holds(store: MmifStore, content: bytes) -> bool:
    """Whether the store holds exactly these bytes."""
    sha256 = hashlib.sha256(content).hexdigest()
    if await store.size(sha256) is None:
        return False
    return b"".join([chunk async for chunk in store.open(sha256)]) == content


def make_old_file(path: Path, days: float) -> None:
    then = time.time() - days * DAY_SECONDS
    os.utime(path, (then, then))


async def add_row(database: Database, media_file_id: int, content: bytes) -> None:
    """Adds a row that names the content."""
    async with database.session() as session:
        await add_upload(session, media_file_id, hashlib.sha256(content).hexdigest(), len(content))


async def add_first_row(database: Database) -> int:
    """Adds a media file and a row of mmifs that is a year old: older bytes belong to no database. Returns the file."""
    [file] = await add_files(database, 1)
    await add_row(database, file.id, b"the first")
    async with database.session() as session:
        await session.execute(text("UPDATE mmifs SET created_at = now() - interval '1 year'"))
    return file.id
