"""Pages of a list by keyset: a cursor holds a row's position in the sort order, not a number of rows to skip.

So rows that are added or removed between two pages neither skip nor repeat others. An order ends with a unique
column, so that no two rows share a position, and all its columns run in one direction, so that one row comparison
finds the position.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    bindparam,
    column,
    exists,
    func,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.sql.base import ExecutableOption

from chowda.errors import BadUserInput, LimitExceeded
from chowda.models import Base
from chowda.pagination import cursor_codec
from chowda.utc_time import parse_utc

PAGE_SIZE = 50
PAGE_LIMIT = 500
CURSOR_LIMIT = 2_000
"In characters."
_HINT = "Use an endCursor or startCursor, or the cursor of an edge."

M = TypeVar("M", bound=Base)

Column = InstrumentedAttribute[Any]
Conditions = Sequence[ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Order:
    """Columns to sort by: together unique, and not null in any row for which `condition` holds.

    Rows for which it does not hold are not listed.
    """

    columns: tuple[Column, ...]
    condition: ColumnElement[bool] | None = None

    def position(self, row: Base) -> tuple[Any, ...]:
        return tuple(getattr(row, column.key) for column in self.columns)


@dataclass(frozen=True, eq=False)
class ListSpec(Generic[M]):
    """A list that the API offers. The filter of a query is a frozen dataclass of the list's own."""

    plural: str
    model: type[M]
    orders: Mapping[str, Order]
    filter_conditions: Callable[[Any], Conditions]
    "The conditions that all rows of a filter meet."
    options: Sequence[ExecutableOption] = ()
    "Loader options, e.g. to defer columns that are too large for a list."
    planner_hints: Callable[[Any], Conditions] = lambda filter: ()
    """Redundant conditions that lead the planner to the matching rows, where it would otherwise walk past many others.
    They are left out of totals, because the planner estimates better without them."""
    parent_conditions: Callable[[ColumnElement[int]], Conditions] = lambda parent: ()
    "Further conditions of a list within a parent, given the parent's key; evaluated once, not once for each row."


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list to read: forward after a cursor, or backward before one."""

    size: int
    backward: bool = False
    cursor: str | None = None

    @classmethod
    def of(cls, first: int | None, after: str | None, last: int | None, before: str | None) -> PageRequest:
        """Raises BadUserInput for arguments that contradict each other, LimitExceeded for too large a page."""
        if last is not None and (first is not None or after is not None):
            raise BadUserInput("Page either forward (first, after) or backward (last, before), not both.")
        if last is None and before is not None:
            raise BadUserInput(
                "`before` was given without `last`. Add `last`, the number of entries to read."
            )
        name, size = ("last", last) if last is not None else ("first", PAGE_SIZE if first is None else first)
        if size < 0:
            raise BadUserInput(f"{name} is {size}; it must be from 0 to {PAGE_LIMIT}.")
        if size > PAGE_LIMIT:
            cursor_name = "before" if last is not None else "after"
            raise LimitExceeded(
                f"{name} is {size:,}; a page holds at most {PAGE_LIMIT} entries. Page with `{cursor_name}`."
            )
        return cls(size, last is not None, before if last is not None else after)


class Parent(NamedTuple):
    """Restricts a list to the rows of one parent: those with `key` in the column that is named `column`."""

    column: str
    key: int


@dataclass(frozen=True, slots=True)
class ListQuery:
    """A page of a list. Queries that differ only in the key of their parent are read together.

    `bound_to_filter`: a cursor is valid only under the filter with which it was issued.
    """

    spec: ListSpec[Any]
    filter: Hashable
    sort: str
    descending: bool
    page: PageRequest
    parent: Parent | None = None
    bound_to_filter: bool = True

    @property
    def order(self) -> Order:
        return self.spec.orders[self.sort]

    @property
    def runs_down(self) -> bool:
        """Whether the page is read from greater to smaller values."""
        return self.descending != self.page.backward

    def signature(self) -> str:
        """Eight characters that stand for the queries under which a cursor is valid."""
        scope = (
            self.spec.plural,
            self.filter if self.bound_to_filter else None,
            self.sort,
            self.descending,
            self.parent.column if self.parent else None,
        )
        return hashlib.sha256(repr(scope).encode()).hexdigest()[:8]

    def cursor_of(self, row: Base) -> str:
        values = [
            value.isoformat() if isinstance(value, datetime) else value for value in self.order.position(row)
        ]
        return cursor_codec.encode([self.signature(), *values])

    def position(self) -> tuple[Any, ...] | None:
        """The position in the page's cursor. Raises BadUserInput for a cursor that is not valid here."""
        cursor = self.page.cursor
        if cursor is None:
            return None
        decoded = cursor_codec.decode(cursor, list[str | int | float], limit=CURSOR_LIMIT, hint=_HINT)
        if not decoded:
            raise cursor_codec.UnreadableCursor(cursor, _HINT)
        signature, *values = decoded
        if signature != self.signature():
            raise BadUserInput(
                f"The cursor {cursor[: cursor_codec.SHOWN_CHARACTERS]!r} is of another list, filter or sort. "
                "Page with the arguments that gave it, or begin without a cursor."
            )
        columns = self.order.columns
        try:
            return tuple(_column_value(column, value) for column, value in zip(columns, values, strict=True))
        except (ValueError, TypeError):
            raise cursor_codec.UnreadableCursor(cursor, _HINT) from None


def _column_value(column: Column, value: object) -> Any:
    """A value from a cursor in the type of its column. Raises ValueError, TypeError."""
    kind = column.type.python_type
    if kind is datetime:
        return parse_utc(cast(str, value))
    if kind is int and isinstance(value, int) and -(2**63) <= value < 2**63:
        return value
    if kind is float and isinstance(value, int | float):
        return float(value)
    if kind is str and isinstance(value, str) and "\0" not in value:
        return value
    raise ValueError(value)


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """The rows of a page in the order of the list. `more`: others follow in the direction of paging."""

    rows: Sequence[M]
    more: bool


def select_rows(query: ListQuery) -> Select[Any]:
    """All rows of the list, of all parents."""
    conditions = [*query.spec.filter_conditions(query.filter)]
    if query.order.condition is not None:
        conditions.append(query.order.condition)
    return select(query.spec.model).where(*conditions).options(*query.spec.options)


def _select_for_page(query: ListQuery) -> Select[Any]:
    return select_rows(query).where(*query.spec.planner_hints(query.filter))


def _sorted(query: ListQuery, statement: Select[Any]) -> Select[Any]:
    return statement.order_by(*(c.desc() if query.runs_down else c.asc() for c in query.order.columns))


def _compared(query: ListQuery, position: tuple[Any, ...]) -> tuple[Any, Any]:
    """The columns of the order, and the position as a row to compare them with.

    The position is typed like the columns: a bare 5 would make the database compare bigint with integer.
    """
    columns = query.order.columns
    values = (bindparam(None, value, c.type) for c, value in zip(columns, position, strict=True))
    return tuple_(*columns), tuple_(*values)


def _after(query: ListQuery, position: tuple[Any, ...]) -> ColumnElement[bool]:
    """That a row comes after the position, in the direction of paging."""
    columns, values = _compared(query, position)
    return cast(ColumnElement[bool], columns < values if query.runs_down else columns > values)


def _up_to(query: ListQuery, position: tuple[Any, ...]) -> ColumnElement[bool]:
    """That a row is at the position or before it, in the direction of paging."""
    columns, values = _compared(query, position)
    return cast(ColumnElement[bool], columns >= values if query.runs_down else columns <= values)


async def read_pages(session: AsyncSession, queries: Sequence[ListQuery]) -> dict[ListQuery, Page[Any]]:
    """The page of each query, in one statement for all that differ only in the key of their parent.

    Raises BadUserInput for a cursor that is not valid.
    """
    pages: dict[ListQuery, Page[Any]] = {}
    for group in group_queries(queries):
        query = group[0]
        position = query.position()
        statement = _select_for_page(query)
        if position is not None:
            statement = statement.where(_after(query, position))
        statement = _sorted(query, statement).limit(query.page.size + 1)
        found = await _rows_by_parent(session, group, statement)
        for member in group:
            rows = found[member.parent.key if member.parent else None]
            page = rows[: query.page.size]
            pages[member] = Page(page[::-1] if query.page.backward else page, len(rows) > query.page.size)
    return pages


def group_queries(queries: Sequence[ListQuery]) -> list[list[ListQuery]]:
    """Groups of queries that differ only in the key of their parent."""
    groups: dict[object, list[ListQuery]] = defaultdict(list)
    for query in queries:
        column = query.parent.column if query.parent else None
        groups[replace(query, parent=None), column].append(query)
    return list(groups.values())


def parent_table(queries: Sequence[ListQuery]) -> tuple[Any, Column, Any]:
    """The parents of a group as a table to select from, the column that refers to them, and the table's key."""
    parents = [cast(Parent, query.parent) for query in queries]
    keys = func.unnest(bindparam(None, [parent.key for parent in parents], ARRAY(BigInteger)))
    table = keys.table_valued(column("key", BigInteger), name="parents").render_derived()
    return table, getattr(queries[0].spec.model, parents[0].column), table.c.key


def of_parent(
    statement: Select[Any], query: ListQuery, reference: Column, key: ColumnElement[int]
) -> Select[Any]:
    """The statement's rows of one parent, to which the column `reference` refers."""
    return statement.where(reference == key, *query.spec.parent_conditions(key))


async def _rows_by_parent(
    session: AsyncSession, queries: Sequence[ListQuery], statement: Select[Any]
) -> dict[int | None, list[Any]]:
    """The rows of a group's statement, limited for each parent by itself."""
    rows: dict[int | None, list[Any]] = defaultdict(list)
    query = queries[0]
    if query.parent is None:
        rows[None] = list(await session.scalars(statement))
        return rows
    parents, reference, key = parent_table(queries)
    page = of_parent(statement, query, reference, key).lateral("page")
    entity = aliased(query.spec.model, page)
    order = [page.c[c.key] for c in query.order.columns]
    together = (
        select(entity)
        .select_from(parents)
        .join(page, true())
        .order_by(page.c[reference.key], *(c.desc() if query.runs_down else c.asc() for c in order))
    )
    for row in await session.scalars(together):
        rows[getattr(row, reference.key)].append(row)
    return rows


async def has_preceding_rows(session: AsyncSession, queries: Sequence[ListQuery]) -> dict[ListQuery, bool]:
    """Whether rows lie before each page, in the direction of paging: at its cursor or before it."""
    found: dict[ListQuery, bool] = {}
    for group in group_queries(queries):
        query = group[0]
        position = query.position()
        if position is None:
            found |= dict.fromkeys(group, False)
            continue
        statement = _select_for_page(query).where(_up_to(query, position))
        if query.parent is None:
            found[query] = bool(await session.scalar(select(exists(statement))))
            continue
        parents, reference, key = parent_table(group)
        preceding = of_parent(statement, query, reference, key).correlate(parents)
        probe = select(key, exists(preceding)).select_from(parents)
        by_parent = {row[0]: row[1] for row in await session.execute(probe)}
        found |= {member: by_parent[cast(Parent, member.parent).key] for member in group}
    return found


async def read_column(session: AsyncSession, query: ListQuery, column: Column) -> list[Any]:
    """The column of all rows of the list, whatever the page, oldest row first."""
    rows = select_rows(query).with_only_columns(column, maintain_column_froms=True)
    return list(await session.scalars(rows.order_by(query.spec.model.id)))
