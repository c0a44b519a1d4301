"""An examination: runs all checks, twice if they find something, and fixes what they found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import msgspec
from sqlalchemy import text

from chowda.db.database import Database
from chowda.doctor.check import Check, Scan, Thresholds
from chowda.doctor.leases_and_slots import ALL_CHECKS
from chowda.doctor.run_states import STATE_CHECKS
from chowda.doctor.stored_bytes import count, lost_bytes
from chowda.errors import ConfigurationError
from chowda.ids import Kind, opaque
from chowda.models.step_key import STEP_KEY_STRIDE
from chowda.storage.mmif_store import MmifStore

ROWS_LIMIT = 10_000
"The number of rows that are kept for a check. Another examination finds the rest."
FIX_ROWS = 500
BATCH_RUN_FILES = 20_000
"The number of files of the batch runs that one statement counts."

LOST_BYTES = "lost-bytes"


class Row(msgspec.Struct, frozen=True):
    """An inconsistent row. The JSON names of `--json` are fixed."""

    id: str
    detail: str = msgspec.field(name="says")


class Finding(msgspec.Struct):
    """The rows that a check found. `fixed` is None if no fix was tried. The JSON names of `--json` are fixed."""

    check: str
    description: str = msgspec.field(name="what")
    count: int
    rows: list[Row]
    fixable: bool = msgspec.field(name="mendable")
    advice: str
    fixed: int | None = msgspec.field(default=None, name="mended")

    @property
    def remains(self) -> bool:
        return self.fixed != self.count


Progress = Callable[[str, int, int], None]
"""Called with the name of what is scanned, the number done and the total."""


def no_progress(_name: str, _done: int, _total: int) -> None:
    pass


class Examination:
    """An examination of a database in use. Each statement is a short transaction of its own."""

    def __init__(
        self,
        database: Database,
        thresholds: Thresholds,
        checks: Sequence[Check] = ALL_CHECKS,
        progress: Progress = no_progress,
    ) -> None:
        self._database = database
        self._thresholds = thresholds
        self._checks = checks
        self._progress = progress

    async def require_revision(self, revision: str | None) -> None:
        """Raises ConfigurationError if the database is at another migration than this program."""
        async with self._database.session() as session:
            there = await session.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
            found = await session.scalar(text("SELECT version_num FROM alembic_version")) if there else None
        if found != revision:
            raise ConfigurationError(
                f"The database is at migration {found or 'none'}, but this program needs {revision}. Nothing was "
                "examined. Run `chowda migrate`, or use the version of Chowda that belongs to the database."
            )

    async def find(self, pause_seconds: float) -> dict[str, dict[int, str]]:
        """The details of inconsistent rows, by check and key. Rows that are consistent after the pause are left out."""
        found = await self._run_checks({})
        if any(found.values()):
            await asyncio.sleep(pause_seconds)
            again = await self._run_checks(found)
            found = {
                name: {key: again[name][key] for key in rows if key in again.get(name, {})}
                for name, rows in found.items()
            }
        return {name: rows for name, rows in found.items() if rows}

    def findings(self, found: dict[str, dict[int, str]]) -> list[Finding]:
        """In the order of the checks."""
        return [
            Finding(
                check=check.name,
                description=check.description,
                count=len(found[check.name]),
                rows=[Row(opaque(check.kind, key), detail) for key, detail in found[check.name].items()],
                fixable=check.fix is not None,
                advice=check.advice,
            )
            for check in self._checks
            if check.name in found
        ]

    async def fix(self, found: dict[str, dict[int, str]]) -> dict[str, dict[int, str]]:
        """Runs the fixes, FIX_ROWS rows in a transaction. Returns the rows that are still inconsistent."""
        for check in self._checks:
            keys = sorted(found.get(check.name, ()))
            if check.fix is None:
                continue
            for start in range(0, len(keys), FIX_ROWS):
                async with self._database.session() as session:
                    await check.fix(session, keys[start : start + FIX_ROWS], self._thresholds)
        again = await self._run_checks(found)
        return {name: {k: v for k, v in again[name].items() if k in rows} for name, rows in found.items()}

    async def _run_checks(self, only: dict[str, dict[int, str]]) -> dict[str, dict[int, str]]:
        """Runs all checks; with `only`, runs them only on the blocks of these rows."""
        found: dict[str, dict[int, str]] = {check.name: {} for check in self._checks}
        for scan in Scan:
            checks = [check for check in self._checks if check.scan is scan]
            if only:
                checks = [check for check in checks if only.get(check.name)]
            if not checks:
                continue
            if scan is Scan.NONE:
                for check in checks:
                    async with self._database.session() as session:
                        found[check.name] = dict(
                            list((await check.find(session, self._thresholds)).items())[:ROWS_LIMIT]
                        )
                continue
            wanted = {
                check.name: {check.block_of(key) for key in only.get(check.name, ())} for check in checks
            }
            async for block in self._blocks(scan, set().union(*wanted.values()) if only else None):
                for check in checks:
                    if only and not any(b in wanted[check.name] for b in _block_numbers(scan, block)):
                        continue
                    if len(found[check.name]) < ROWS_LIMIT:
                        async with self._database.session() as session:
                            found[check.name] |= await check.find(session, self._thresholds, block)
        return found

    async def _blocks(self, scan: Scan, only: set[int] | None) -> AsyncIterator[tuple[int, int]]:
        """The ranges of keys (low, high] of the table, lowest first."""
        if only is not None:
            for number in sorted(only):
                yield number * scan.block, (number + 1) * scan.block
            return
        if scan is Scan.BATCH_RUNS:
            async with self._database.session() as session:
                rows = (
                    await session.execute(text("SELECT id, media_file_count FROM batch_runs ORDER BY id"))
                ).all()
            low, files = 0, 0
            for row in rows:
                files += row.media_file_count
                if files >= BATCH_RUN_FILES or row.id == rows[-1].id:
                    self._progress("batch runs", row.id, rows[-1].id)
                    yield low, row.id
                    low, files = row.id, 0
            return
        most = f"SELECT coalesce(max(id), 0) FROM {scan.table}"
        if scan is Scan.PIPELINE_RUNS:
            most = (
                f"SELECT greatest(({most}), (SELECT coalesce(max(id) / {STEP_KEY_STRIDE}, 0) FROM step_runs))"
            )
        async with self._database.session() as session:
            highest = int(await session.scalar(text(most)) or 0)
        for low in range(0, highest, scan.block):
            yield low, low + scan.block
            self._progress(str(scan.table).replace("_", " "), min(low + scan.block, highest), highest)


def _block_numbers(scan: Scan, block: tuple[int, int]) -> range:
    return range(block[0] // scan.block, -(-block[1] // scan.block))


async def find_lost_bytes(
    database: Database, store: MmifStore, read_bytes: bool, progress: Progress = no_progress
) -> Finding | None:
    highest = await count(database)
    lost = await lost_bytes(database, store, read_bytes, lambda done: progress("MMIF", done, highest))
    if not lost:
        return None
    return Finding(
        check=LOST_BYTES,
        description="MMIF whose bytes are missing from the store or damaged",
        count=len(lost),
        rows=[Row(opaque(Kind.MMIF, each.mmif_id), each.detail) for each in lost],
        fixable=False,
        advice="Restore them from a backup of the store, or create them again as described.",
    )


async def broken_invariants(database: Database) -> list[Finding]:
    """The inconsistencies of states and counts, found without a pause between two runs."""
    examination = Examination(database, Thresholds(30.0), STATE_CHECKS)
    found = await examination.find(0)
    return examination.findings(found)
