"""Removes temporary MMIF files that killed processes left behind."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from pathlib import Path

from sqlalchemy import text

from chowda.db.database import Database

STALE_SECONDS = 24 * 3600.0
CALL_FILE = re.compile(r"(?P<step>[0-9]{1,18})-(?P<fence>[0-9]{1,18})-(in|out)\.mmif")
"Input and output of a call: workers.app_call names them."
UPLOAD_FILE = re.compile(r"receive-.*\.mmif")
"A stream that is being received: storage.receive names them."

CALLS_IN_FLIGHT = text("""
    SELECT s.id, s.fence FROM unnest(CAST(:ids AS bigint[]), CAST(:fences AS bigint[])) AS calls(id, fence)
    JOIN step_runs s USING (id, fence) WHERE s.status = 'RUNNING'
""")


async def remove_stale_files(directory: Path, database: Database) -> list[Path]:
    """Remove files that no process has written to for a day and that belong to no call in flight; returns them.

    The database decides which calls are in flight: several workers may share the directory, and a call may last for
    days. Files with other names stay.
    """
    stale = await asyncio.to_thread(_stale_files, directory)
    if not stale:
        return []
    calls = {path: found for path in stale if (found := CALL_FILE.fullmatch(path.name))}
    async with database.session() as session:
        parameters = {
            "ids": [int(found["step"]) for found in calls.values()],
            "fences": [int(found["fence"]) for found in calls.values()],
        }
        rows = await session.execute(CALLS_IN_FLIGHT, parameters)
        in_flight = {(row.id, row.fence) for row in rows}
    removed = [
        path
        for path in stale
        if path not in calls or (int(calls[path]["step"]), int(calls[path]["fence"])) not in in_flight
    ]
    for path in removed:
        with contextlib.suppress(FileNotFoundError):
            await asyncio.to_thread(path.unlink)
    return removed


def _stale_files(directory: Path) -> list[Path]:
    stale = []
    with contextlib.suppress(FileNotFoundError):
        for path in directory.iterdir():
            if not (CALL_FILE.fullmatch(path.name) or UPLOAD_FILE.fullmatch(path.name)):
                continue
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > STALE_SECONDS:
                    stale.append(path)
    return stale
