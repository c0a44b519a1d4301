"""A consistency check: a query for inconsistent rows, and the fix for them if there is one."""

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
class Thresholds:
    """How long something may last before it counts as a problem. Far above the times in a healthy run."""

    lease_seconds: float

    @property
    def parameters(self) -> Mapping[str, float]:
        return {
            "lease_seconds": self.lease_seconds,
            "overdue_seconds": 3 * self.lease_seconds,
            "far_seconds": max(7200.0, 3 * self.lease_seconds),
            "slot_seconds": max(180.0, 3 * self.lease_seconds),
        }


class Scan(Enum):
    """How a check reads the database: at once by an index, or in blocks of a table's keys."""

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
        """The number of keys that one statement reads."""
        keys: int = self.value[1]
        return keys


Fix = Callable[[AsyncSession, Sequence[int], Thresholds], Awaitable[object]]
"""Fixes those of the rows that are still inconsistent, in the caller's transaction."""


@dataclass(frozen=True, slots=True)
class Check:
    """`sql` returns inconsistent rows as (id, detail). With a scan, it takes the keys from :low (excluded) to :high."""

    name: str
    description: str
    "The inconsistent rows, in the plural."
    kind: Kind
    sql: str
    advice: str
    "What the operator can do if there is no fix."
    scan: Scan = Scan.NONE
    fix: Fix | None = None
    fixed: str = ""
    "The result of the fix, as a phrase that follows the number of rows."

    def block_of(self, key: int) -> int:
        """The number of the block in which the check found this row."""
        run = pipeline_run_id_of(key) if self.kind is Kind.STEP_RUN else key
        return (run - 1) // self.scan.block

    async def find(
        self, session: AsyncSession, thresholds: Thresholds, block: tuple[int, int] | None = None
    ) -> dict[int, str]:
        """The details of inconsistent rows, by key."""
        parameters: dict[str, Any] = dict(thresholds.parameters)
        if block is not None:
            parameters |= {"low": block[0], "high": block[1]}
        used = {name: value for name, value in parameters.items() if f":{name}" in self.sql}
        return {row.id: row.detail for row in await session.execute(text(self.sql), used)}
