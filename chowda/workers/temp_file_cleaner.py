"""MMIF on its way that a process left behind when it was killed."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from pathlib import Path

from sqlalchemy import text

from chowda.db.database import Database

STALE_SECONDS = 24 * 3600.0
OF_CALL = re.compile(r"(?P<step>[0-9]{1,18})-(?P<fence>[0-9]{1,18})-(in|out)\.mmif")
RECEIVED = re.compile(r"receive-.*\.mmif")

HELD = text("""
    SELECT s.id, s.fence FROM unnest(CAST(:ids AS bigint[]), CAST(:fences AS bigint[])) AS held(id, fence)
    JOIN step_runs s USING (id, fence) WHERE s.status = 'RUNNING'
""")


async def sweep(directory: Path, database: Database) -> list[Path]:
    """Removes what has not been written to for a day and belongs to no call in flight; what it removed.

    Other workers may share the directory, and a call may last for days: whether one is in flight is what the
    database says. What Chowda does not name so is left alone.
    """
    stale = await asyncio.to_thread(_stale, directory)
    if not stale:
        return []
    calls = {path: found for path in stale if (found := OF_CALL.fullmatch(path.name))}
    async with database.session() as session:
        parameters = {
            "ids": [int(found["step"]) for found in calls.values()],
            "fences": [int(found["fence"]) for found in calls.values()],
        }
        held = {(row.id, row.fence) for row in await session.execute(HELD, parameters)}
    removed = [
        path
        for path in stale
        if path not in calls or (int(calls[path]["step"]), int(calls[path]["fence"])) not in held
    ]
    for path in removed:
        with contextlib.suppress(FileNotFoundError):
            await asyncio.to_thread(path.unlink)
    return removed


def _stale(directory: Path) -> list[Path]:
    found = []
    with contextlib.suppress(FileNotFoundError):
        for path in directory.iterdir():
            if not (OF_CALL.fullmatch(path.name) or RECEIVED.fullmatch(path.name)):
                continue
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > STALE_SECONDS:
                    found.append(path)
    return found
