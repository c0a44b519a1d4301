"""The examination: all checks, what they find a second time, and the mending of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import msgspec
from sqlalchemy import text

from chowda.db.database import Database
from chowda.doctor.check import Check, Terms, Walk
from chowda.doctor.leases_and_slots import ALL_CHECKS
from chowda.doctor.run_states import STATE_CHECKS
from chowda.doctor.stored_bytes import count, lost_bytes
from chowda.errors import ConfigurationError
from chowda.ids import Kind, opaque
from chowda.models.step_key import STEP_KEY_STRIDE
from chowda.storage.mmif_store import MmifStore

KEPT = 10_000
"Rows that are remembered of one check; a second examination finds the rest."
MEND_ROWS = 500
BATCH_RUN_FILES = 20_000
"Files of the batch runs that are counted in one statement."

LOST_BYTES = "lost-bytes"


class Row(msgspec.Struct, frozen=True):
    id: str
    says: str


class Finding(msgspec.Struct):
    """What one check found; `mended` is null where nothing was tried."""

    check: str
    what: str
    count: int
    rows: list[Row]
    mendable: bool
    advice: str
    mended: int | None = None

    @property
    def is_left(self) -> bool:
        return self.mended != self.count


Progress = Callable[[str, int, int], None]
"""What is looked at, how far, and of how much."""


def no_progress(_what: str, _done: int, _total: int) -> None:
    pass


class Examination:
    """Of one database, which goes on working meanwhile. Every statement is a short transaction of its own."""

    def __init__(
        self,
        database: Database,
        terms: Terms,
        checks: Sequence[Check] = ALL_CHECKS,
        progress: Progress = no_progress,
    ) -> None:
        self._database = database
        self._terms = terms
        self._checks = checks
        self._progress = progress

    async def require_revision(self, revision: str | None) -> None:
        """Raises ConfigurationError where the tables are not those that this program knows."""
        async with self._database.session() as session:
            there = await session.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
            found = await session.scalar(text("SELECT version_num FROM alembic_version")) if there else None
        if found != revision:
            raise ConfigurationError(
                f"The tables of this database are at {found or 'no migration'}, this program needs {revision}. "
                "Nothing was examined. Run `chowda migrate`, or use the program that belongs to the database."
            )

    async def find(self, moment_seconds: float) -> dict[str, dict[int, str]]:
        """By check and key what is off, and still is after a moment: what just happens is no finding."""
        found = await self._look({})
        if any(found.values()):
            await asyncio.sleep(moment_seconds)
            again = await self._look(found)
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
                what=check.what,
                count=len(found[check.name]),
                rows=[Row(opaque(check.kind, key), says) for key, says in found[check.name].items()],
                mendable=check.mend is not None,
                advice=check.advice,
            )
            for check in self._checks
            if check.name in found
        ]

    async def mend(self, found: dict[str, dict[int, str]]) -> dict[str, dict[int, str]]:
        """Mends what can be, a few hundred rows in a transaction; what is still off afterwards."""
        for check in self._checks:
            keys = sorted(found.get(check.name, ()))
            if check.mend is None:
                continue
            for start in range(0, len(keys), MEND_ROWS):
                async with self._database.session() as session:
                    await check.mend(session, keys[start : start + MEND_ROWS], self._terms)
        again = await self._look(found)
        return {name: {k: v for k, v in again[name].items() if k in rows} for name, rows in found.items()}

    async def _look(self, only: dict[str, dict[int, str]]) -> dict[str, dict[int, str]]:
        """All of the database, or only where something was found before."""
        found: dict[str, dict[int, str]] = {check.name: {} for check in self._checks}
        for walk in Walk:
            checks = [check for check in self._checks if check.walk is walk]
            if only:
                checks = [check for check in checks if only.get(check.name)]
            if not checks:
                continue
            if walk is Walk.NONE:
                for check in checks:
                    async with self._database.session() as session:
                        found[check.name] = dict(
                            list((await check.find(session, self._terms)).items())[:KEPT]
                        )
                continue
            wanted = {
                check.name: {check.block_of(key) for key in only.get(check.name, ())} for check in checks
            }
            async for block in self._blocks(walk, set().union(*wanted.values()) if only else None):
                for check in checks:
                    if only and not any(b in wanted[check.name] for b in _numbers(walk, block)):
                        continue
                    if len(found[check.name]) < KEPT:
                        async with self._database.session() as session:
                            found[check.name] |= await check.find(session, self._terms, block)
        return found

    async def _blocks(self, walk: Walk, only: set[int] | None) -> AsyncIterator[tuple[int, int]]:
        """Keys (low, high] of the table, lowest first."""
        if only is not None:
            for number in sorted(only):
                yield number * walk.block, (number + 1) * walk.block
            return
        if walk is Walk.BATCH_RUNS:
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
        most = f"SELECT coalesce(max(id), 0) FROM {walk.table}"
        if walk is Walk.PIPELINE_RUNS:
            most = (
                f"SELECT greatest(({most}), (SELECT coalesce(max(id) / {STEP_KEY_STRIDE}, 0) FROM step_runs))"
            )
        async with self._database.session() as session:
            highest = int(await session.scalar(text(most)) or 0)
        for low in range(0, highest, walk.block):
            yield low, low + walk.block
            self._progress(str(walk.table).replace("_", " "), min(low + walk.block, highest), highest)


def _numbers(walk: Walk, block: tuple[int, int]) -> range:
    return range(block[0] // walk.block, -(-block[1] // walk.block))


async def find_lost_bytes(
    database: Database, store: MmifStore, read_bytes: bool, progress: Progress = no_progress
) -> Finding | None:
    highest = await count(database)
    lost = await lost_bytes(database, store, read_bytes, lambda done: progress("MMIF", done, highest))
    if not lost:
        return None
    return Finding(
        check=LOST_BYTES,
        what="MMIF whose bytes the store does not have as they were",
        count=len(lost),
        rows=[Row(opaque(Kind.MMIF, each.mmif_id), each.says) for each in lost],
        mendable=False,
        advice="Restore them from a backup of the store, or make them anew as said.",
    )


async def broken_invariants(database: Database) -> list[Finding]:
    """What of the states and counts contradicts itself just now; without a second look."""
    examination = Examination(database, Terms(30.0), STATE_CHECKS)
    found = await examination.find(0)
    return examination.findings(found)
