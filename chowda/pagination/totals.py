"""The total of a list: counted where that is cheap, otherwise estimated by the planner."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ClauseElement, Executable, Label, Select, func, literal_column, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles

from chowda.pagination.keyset import ListQuery, Parent, group_queries, of_parent, parent_table, select_rows

COUNTED_LIMIT = 10_000
COST_LIMIT = 1_500.0
"In the planner's units. Above it, counting would take longer than a page may."

ONE: Label[int] = literal_column("1").label("one")


@dataclass(frozen=True, slots=True)
class Total:
    """`exact`: counted. Otherwise `count` is an estimate or a lower bound."""

    count: int
    exact: bool


async def total_of_list(session: AsyncSession, query: ListQuery) -> Total:
    """The total of a list without a parent; above 10,000 an estimate. Runs one statement and plans up to two."""
    rows = select_rows(query).with_only_columns(ONE, maintain_column_froms=True)
    counting = select(func.count()).select_from(rows.limit(COUNTED_LIMIT + 1).subquery())
    counted = 0
    _, cost = await _plan(session, counting)
    if cost <= COST_LIMIT:
        counted = await session.scalar(counting) or 0
        if counted <= COUNTED_LIMIT:
            return Total(counted, exact=True)
    estimated, _ = await _plan(session, rows)
    return Total(max(estimated, counted), exact=False)


async def totals_by_parent(session: AsyncSession, queries: Sequence[ListQuery]) -> dict[ListQuery, Total]:
    """The totals of lists within parents, in one statement for each group; above 10,000 a lower bound."""
    totals: dict[ListQuery, Total] = {}
    for group in group_queries(queries):
        parents, reference, key = parent_table(group)
        rows = select_rows(group[0]).with_only_columns(ONE, maintain_column_froms=True)
        bounded = of_parent(rows, group[0], reference, key).limit(COUNTED_LIMIT + 1).lateral("bounded")
        counting = (
            select(key, func.count(bounded.c.one))
            .select_from(parents)
            .outerjoin(bounded, true())
            .group_by(key)
        )
        counts = {row[0]: row[1] for row in await session.execute(counting)}
        for query in group:
            count = counts[cast(Parent, query.parent).key]
            totals[query] = Total(min(count, COUNTED_LIMIT), exact=count <= COUNTED_LIMIT)
    return totals


class Explain(Executable, ClauseElement):
    """EXPLAIN of a statement: plans it without running it."""

    inherit_cache = False

    def __init__(self, statement: Select[Any]) -> None:
        self.statement = statement


@compiles(Explain)
def _explain(element: Explain, compiler: Any, **options: Any) -> str:
    return f"EXPLAIN (FORMAT JSON) {compiler.process(element.statement, **options)}"


async def _plan(session: AsyncSession, statement: Select[Any]) -> tuple[int, float]:
    """The planner's estimates: the number of rows, and the cost."""
    explained = await session.scalar(Explain(statement))
    [described] = json.loads(explained) if isinstance(explained, str) else explained
    plan = described["Plan"]
    return int(plan["Plan Rows"]), float(plan["Total Cost"])
