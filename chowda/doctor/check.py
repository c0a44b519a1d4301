"""A check: what must not be found in the database, and what is done where it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.ids import Kind
from chowda.models.step_key import pipeline_run_id_of


@dataclass(frozen=True, slots=True)
class Terms:
    """What is too long, by the settings in force. In seconds; far above all that happens in a healthy run."""

    lease_seconds: float

    @property
    def parameters(self) -> Mapping[str, float]:
        return {
            "lease_seconds": self.lease_seconds,
            "overdue_seconds": 3 * self.lease_seconds,
            "far_seconds": max(7200.0, 3 * self.lease_seconds),
            "slot_seconds": max(180.0, 3 * self.lease_seconds),
        }


class Walk(Enum):
    """How a check goes through the database: all at once by an index, or block by block of a table's keys."""

    NONE = None, 0
    PIPELINE_RUNS = "pipeline_runs", 10_000
    BATCH_RUNS = "batch_runs", 1
    MMIFS = "mmifs", 50_000

    @property
    def table(self) -> str | None:
        table: str | None = self.value[0]
        return table

    @property
    def block(self) -> int:
        """Keys looked at in one statement."""
        keys: int = self.value[1]
        return keys


Mend = Callable[[AsyncSession, Sequence[int], Terms], Awaitable[object]]
"""Mends those of these rows that still need it, in the caller's transaction; guarded by what it expects."""


@dataclass(frozen=True, slots=True)
class Check:
    """`sql` gives rows (id, says): what is off, and how. A walking check takes :low (excluded) and :high."""

    name: str
    what: str
    "In the plural, for a person."
    kind: Kind
    sql: str
    advice: str
    "What a person can do where nothing is mended."
    walk: Walk = Walk.NONE
    mend: Mend | None = None
    mended: str = ""
    "What mending does, in the past tense."

    def block_of(self, key: int) -> int:
        """Where in the walk a row stands that was found."""
        run = pipeline_run_id_of(key) if self.kind is Kind.STEP_RUN else key
        return (run - 1) // self.walk.block

    async def find(
        self, session: AsyncSession, terms: Terms, block: tuple[int, int] | None = None
    ) -> dict[int, str]:
        """What is off, by key."""
        given: dict[str, Any] = dict(terms.parameters)
        if block is not None:
            given |= {"low": block[0], "high": block[1]}
        used = {name: value for name, value in given.items() if f":{name}" in self.sql}
        return {row.id: row.says for row in await session.execute(text(self.sql), used)}
