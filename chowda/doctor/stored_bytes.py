"""Whether the store has the bytes that rows name."""

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

PAGE = 5_000
AT_ONCE = 16

MMIFS = text("""
    SELECT id, sha256, size_bytes FROM mmifs WHERE id > :after ORDER BY id LIMIT :limit
""")

# What a person can do depends on whose result it is.
OWNERS = text("""
    SELECT m.id, f.guid, m.origin, s.position, s.pipeline_run_id, s.batch_run_id
    FROM mmifs m JOIN media_files f ON f.id = m.media_file_id LEFT JOIN step_runs s ON s.id = m.step_run_id
    WHERE m.id = ANY(:ids) ORDER BY m.id
""")


@dataclass(frozen=True, slots=True)
class Lost:
    """A row whose bytes are not there, or not those; `says` is how, and what to do."""

    mmif_id: int
    says: str


async def count(database: Database) -> int:
    async with database.session() as session:
        return int(await session.scalar(text("SELECT coalesce(max(id), 0) FROM mmifs")) or 0)


async def lost_bytes(
    database: Database, store: MmifStore, read_bytes: bool, progress: Callable[[int], None]
) -> list[Lost]:
    """All rows whose bytes are missing or of another size; with `read_bytes` also those of another hash.

    `progress` gets keys of rows that have been looked at. Raises StepFailure where the store does not answer.
    """
    there: dict[bytes, int] = {}
    for folder in FOLDERS:
        async for found in store.listed(folder):
            there |= {bytes.fromhex(each.sha256): each.size_bytes for each in found}
    wrong: dict[int, str] = {}
    verdicts: dict[bytes, str | None] = {}
    after = 0
    while True:
        async with database.session() as session:
            rows = (await session.execute(MMIFS, {"after": after, "limit": PAGE})).all()
        if not rows:
            break
        limit = asyncio.Semaphore(AT_ONCE)

        async def look(sha256: str, size_bytes: int, limit: asyncio.Semaphore = limit) -> str | None:
            known = bytes.fromhex(sha256)
            if there.get(known) != size_bytes:  # it may have come after it was listed
                async with limit:
                    size = await store.size(sha256)
                if size != size_bytes:
                    return "is not there" if size is None else f"has {size:,} bytes instead of {size_bytes:,}"
            if not read_bytes:
                return None
            if known not in verdicts:
                async with limit:
                    verdicts[known] = await _read(store, sha256)
            return verdicts[known]

        says = await asyncio.gather(*(look(row.sha256, row.size_bytes) for row in rows))
        wrong |= {row.id: said for row, said in zip(rows, says, strict=True) if said is not None}
        after = rows[-1].id
        progress(after)
    return await _told(database, wrong)


async def _read(store: MmifStore, sha256: str) -> str | None:
    digest = hashlib.sha256()
    try:
        async for chunk in store.open(sha256):
            await asyncio.to_thread(digest.update, chunk)
    except StepFailure as exc:
        return f"can't be read ({exc.message})"
    return None if digest.hexdigest() == sha256 else f"is damaged: its sha256 is {digest.hexdigest()}"


async def _told(database: Database, wrong: dict[int, str]) -> list[Lost]:
    lost: list[Lost] = []
    keys: Sequence[int] = sorted(wrong)
    for start in range(0, len(keys), PAGE):
        async with database.session() as session:
            owners = (await session.execute(OWNERS, {"ids": keys[start : start + PAGE]})).all()
        for row in owners:
            if row.position is not None:
                run = opaque(Kind.PIPELINE_RUN, row.pipeline_run_id)
                whose = (
                    f"the result of step {row.position} of {run} in {opaque(Kind.BATCH_RUN, row.batch_run_id)}: "
                    f"chowda retry {run} --from-step {row.position}"
                )
            elif row.origin == "UPLOAD":
                whose = f"an upload: send it again (chowda mmif put {row.guid} FILE)"
            else:
                whose = "the MMIF that a run began with: start the file anew"
            lost.append(Lost(row.id, f"{row.guid}: it {wrong[row.id]}; {whose}"))
    return lost
