"""How long a list is: counted where that is cheap, else estimated."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ClauseElement, Executable, Label, Select, func, literal_column, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles

from chowda.pagination.keyset import ListQuery, alike, matching, parents_of, within

COUNTED_LIMIT = 10_000
COST_LIMIT = 1_500.0
"In the planner's units: above it, counting would take longer than a page may."

ONE: Label[int] = literal_column("1").label("one")


@dataclass(frozen=True, slots=True)
class Total:
    """`exact`: it was counted; else it is about so many."""

    count: int
    exact: bool


async def total(session: AsyncSession, listing: ListQuery) -> Total:
    """Of a list without a parent. Three statements at most, two of which are planned alone."""
    return await total_of(session, matching(listing))


async def total_of(session: AsyncSession, rows: Select[Any]) -> Total:
    bounded = rows.with_only_columns(ONE, maintain_column_froms=True).limit(COUNTED_LIMIT + 1)
    counted = select(func.count()).select_from(bounded.subquery())
    least = 0
    _, cost = await _plan(session, counted)
    if cost <= COST_LIMIT:
        least = await session.scalar(counted) or 0
        if least <= COUNTED_LIMIT:
            return Total(least, exact=True)
    estimated, _ = await _plan(session, rows.with_only_columns(ONE, maintain_column_froms=True))
    return Total(max(estimated, least), exact=False)


async def totals_of_parents(session: AsyncSession, listings: Sequence[ListQuery]) -> dict[ListQuery, Total]:
    """Of lists that belong to something each, in one statement for all that are alike. Above 10,000: at least."""
    found: dict[ListQuery, Total] = {}
    for group in alike(listings):
        parents, column, parent = parents_of(group)
        all_rows = matching(group[0]).with_only_columns(ONE, maintain_column_froms=True)
        rows = within(all_rows, group[0], column, parent)
        some = rows.limit(COUNTED_LIMIT + 1).lateral("some")
        counted = (
            select(parent, func.count(some.c.one))
            .select_from(parents)
            .outerjoin(some, true())
            .group_by(parent)
        )
        counts = {row[0]: row[1] for row in await session.execute(counted)}
        for listing in group:
            count = counts[listing.parent[1]] if listing.parent else 0
            found[listing] = Total(min(count, COUNTED_LIMIT), exact=count <= COUNTED_LIMIT)
    return found


class Explain(Executable, ClauseElement):
    """A statement that is planned and not run."""

    inherit_cache = False

    def __init__(self, statement: Select[Any]) -> None:
        self.statement = statement


@compiles(Explain)
def _explain(element: Explain, compiler: Any, **options: Any) -> str:
    return f"EXPLAIN (FORMAT JSON) {compiler.process(element.statement, **options)}"


async def _plan(session: AsyncSession, statement: Select[Any]) -> tuple[int, float]:
    """How many rows the planner expects, and what it thinks that they cost."""
    told = await session.scalar(Explain(statement))
    [described] = json.loads(told) if isinstance(told, str) else told
    plan = described["Plan"]
    return int(plan["Plan Rows"]), float(plan["Total Cost"])
