"""Checks that the store has the bytes of all MMIF rows."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import text

from chowda.db.database import Database
from chowda.errors import StepFailure
from chowda.ids import Kind, opaque
from chowda.storage.mmif_store import FOLDERS, MmifStore

PAGE_ROWS = 5_000
CONCURRENT_READS = 16

MMIFS = text("""
    SELECT id, sha256, size_bytes FROM mmifs WHERE id > :after ORDER BY id LIMIT :limit
""")

# What the operator can do depends on the origin of the MMIF.
OWNERS = text("""
    SELECT m.id, f.guid, m.origin, s.position, s.pipeline_run_id, s.batch_run_id
    FROM mmifs m JOIN media_files f ON f.id = m.media_file_id LEFT JOIN step_runs s ON s.id = m.step_run_id
    WHERE m.id = ANY(:ids) ORDER BY m.id
""")


@dataclass(frozen=True, slots=True)
class Lost:
    """A row whose bytes are missing or different. `detail` says how, and what to do."""

    mmif_id: int
    detail: str


async def count(database: Database) -> int:
    async with database.session() as session:
        return int(await session.scalar(text("SELECT coalesce(max(id), 0) FROM mmifs")) or 0)


async def lost_bytes(
    database: Database, store: MmifStore, read_bytes: bool, progress: Callable[[int], None]
) -> list[Lost]:
    """All rows whose bytes are missing or have another size; with `read_bytes`, also those with another hash.

    `progress` gets the key of the last row checked. Raises StepFailure if the store does not respond.
    """
    stored_sizes: dict[bytes, int] = {}
    for folder in FOLDERS:
        async for listed in store.list_folder(folder):
            stored_sizes |= {bytes.fromhex(each.sha256): each.size_bytes for each in listed}
    problems: dict[int, str] = {}
    problems_by_hash: dict[bytes, str | None] = {}
    after = 0
    while True:
        async with database.session() as session:
            rows = (await session.execute(MMIFS, {"after": after, "limit": PAGE_ROWS})).all()
        if not rows:
            break
        limit = asyncio.Semaphore(CONCURRENT_READS)

        async def problem_of(sha256: str, size_bytes: int, limit: asyncio.Semaphore = limit) -> str | None:
            known = bytes.fromhex(sha256)
            if stored_sizes.get(known) != size_bytes:  # it may have been added after the listing
                async with limit:
                    size = await store.size(sha256)
                if size != size_bytes:
                    return "is missing" if size is None else f"has {size:,} bytes instead of {size_bytes:,}"
            if not read_bytes:
                return None
            if known not in problems_by_hash:
                async with limit:
                    problems_by_hash[known] = await _read(store, sha256)
            return problems_by_hash[known]

        found = await asyncio.gather(*(problem_of(row.sha256, row.size_bytes) for row in rows))
        problems |= {row.id: problem for row, problem in zip(rows, found, strict=True) if problem is not None}
        after = rows[-1].id
        progress(after)
    return await _with_advice(database, problems)


async def _read(store: MmifStore, sha256: str) -> str | None:
    digest = hashlib.sha256()
    try:
        async for chunk in store.open(sha256):
            await asyncio.to_thread(digest.update, chunk)
    except StepFailure as exc:
        return f"can't be read ({exc.message})"
    return None if digest.hexdigest() == sha256 else f"is damaged: its sha256 is {digest.hexdigest()}"


async def _with_advice(database: Database, problems: dict[int, str]) -> list[Lost]:
    lost: list[Lost] = []
    keys: Sequence[int] = sorted(problems)
    for start in range(0, len(keys), PAGE_ROWS):
        async with database.session() as session:
            owners = (await session.execute(OWNERS, {"ids": keys[start : start + PAGE_ROWS]})).all()
        for row in owners:
            if row.position is not None:
                run = opaque(Kind.PIPELINE_RUN, row.pipeline_run_id)
                origin = (
                    f"the result of step {row.position} of {run} in {opaque(Kind.BATCH_RUN, row.batch_run_id)}: "
                    f"chowda retry {run} --from-step {row.position}"
                )
            elif row.origin == "UPLOAD":
                origin = f"an upload: upload it again (chowda mmif put {row.guid} FILE)"
            else:
                origin = "the input of a run: start the file again"
            lost.append(Lost(row.id, f"{row.guid}: it {problems[row.id]}; {origin}"))
    return lost
