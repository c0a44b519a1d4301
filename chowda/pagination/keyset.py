"""Pages of a list by keyset: a cursor is the place of a row in the order, never a number of rows to pass over.

So a row that is added or removed meanwhile neither skips nor repeats another. An order ends with a key, so that no
two rows share a place, and all its columns run in one direction, so that one comparison of rows finds the place.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

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

PAGE = 50
PAGE_LIMIT = 500
CURSOR_LIMIT = 2_000
"In characters."
_HINT = "Use an endCursor or startCursor, or the cursor of an edge."

M = TypeVar("M", bound=Base)

Column = InstrumentedAttribute[Any]


@dataclass(frozen=True, slots=True)
class Order:
    """Columns whose values are never null in a listed row; together they are unique. `only`: what it lists at all."""

    columns: tuple[Column, ...]
    only: ColumnElement[bool] | None = None

    def place(self, row: Base) -> tuple[Any, ...]:
        return tuple(getattr(row, column.key) for column in self.columns)


@dataclass(frozen=True, eq=False)
class ListSpec(Generic[M]):
    """What can be listed. `conditions` turns its filter, a frozen dataclass, into conditions that all must hold."""

    plural: str
    model: type[M]
    orders: Mapping[str, Order]
    conditions: Callable[[Any], Sequence[ColumnElement[bool]]]
    options: Sequence[ExecutableOption] = ()
    "Of its statement: columns that are too large to be read for a list."
    narrowed: Callable[[Any], Sequence[ColumnElement[bool]]] = lambda filter: ()
    """Conditions that follow from the others and say where to look, so that no page is found by walking past what
    the planner could not know; without them it counts better."""
    of_parent: Callable[[ColumnElement[int]], Sequence[ColumnElement[bool]]] = lambda parent: ()
    "Conditions of a list within something that are worked out once for it, not once for each row; given its key."


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list: forward after a cursor, or backward before one."""

    size: int
    backward: bool = False
    cursor: str | None = None

    @classmethod
    def of(cls, first: int | None, after: str | None, last: int | None, before: str | None) -> Page:
        """Raises BadUserInput for what contradicts itself, LimitExceeded for too large a page."""
        if last is not None and (first is not None or after is not None):
            raise BadUserInput(
                "Page either forward (first, after) or backward (last, before): both were given."
            )
        if last is None and before is not None:
            raise BadUserInput("`before` was given without `last`: say how many before it are wanted.")
        name, size = ("last", last) if last is not None else ("first", PAGE if first is None else first)
        if size < 0:
            raise BadUserInput(f"{name} is {size}; it must be from 0 to {PAGE_LIMIT}.")
        if size > PAGE_LIMIT:
            way = "before" if last is not None else "after"
            raise LimitExceeded(
                f"{name} is {size:,}; at most {PAGE_LIMIT} are given at once. Page with `{way}`."
            )
        return cls(size, last is not None, before if last is not None else after)


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What is asked of a list. Those that differ in `parent` alone are read together.

    `parent` is a column and its value: the part of the list that belongs to one thing. `bound`: a cursor is only
    good for the filter it was given with, as it is in lists of their own.
    """

    noun: ListSpec[Any]
    filter: Hashable
    order: str
    descending: bool
    page: Page
    parent: tuple[str, int] | None = None
    bound: bool = True

    def signature(self) -> str:
        """What a cursor is good for, in eight characters."""
        column = self.parent[0] if self.parent else None
        told = (
            self.noun.plural,
            self.filter if self.bound else None,
            self.order,
            self.descending,
            column,
        )
        return hashlib.sha256(repr(told).encode()).hexdigest()[:8]

    @property
    def ordered_by(self) -> Order:
        return self.noun.orders[self.order]

    def cursor_of(self, row: Base) -> str:
        values = [
            value.isoformat() if isinstance(value, datetime) else value
            for value in self.ordered_by.place(row)
        ]
        return cursor_codec.encode([self.signature(), *values])

    def place(self) -> tuple[Any, ...] | None:
        """The place that the page's cursor names. Raises BadUserInput for one that can't be used here."""
        cursor = self.page.cursor
        if cursor is None:
            return None
        decoded = cursor_codec.decode(cursor, list[str | int | float], limit=CURSOR_LIMIT, hint=_HINT)
        if not decoded:
            raise cursor_codec.UnreadableCursor(cursor, _HINT)
        signature, *values = decoded
        if signature != self.signature():
            raise BadUserInput(
                f"The cursor {cursor!r:.80} is of another list, filter or sort. Page with the arguments that gave it, "
                "or begin without a cursor."
            )
        columns = self.ordered_by.columns
        try:
            return tuple(_value(column, value) for column, value in zip(columns, values, strict=True))
        except (ValueError, TypeError):
            raise cursor_codec.UnreadableCursor(cursor, _HINT) from None


def _value(column: Column, told: object) -> Any:
    """A cursor's value as the column's type has it. Raises ValueError, TypeError."""
    kind = column.type.python_type
    if kind is datetime and (time := datetime.fromisoformat(cast(str, told))).tzinfo is not None:
        return time
    if kind is int and isinstance(told, int) and -(2**63) <= told < 2**63:
        return told
    if kind is float and isinstance(told, int | float):
        return float(told)
    if kind is str and isinstance(told, str) and "\0" not in told:
        return told
    raise ValueError(told)


@dataclass(frozen=True, slots=True)
class Window(Generic[M]):
    """The rows of a page, in the order of the list, and whether there are more on the way that was paged."""

    rows: Sequence[M]
    more: bool


def matching(listing: ListQuery) -> Select[Any]:
    """The rows of the list, whatever the page; without a parent's condition."""
    order = listing.ordered_by
    only = [order.only] if order.only is not None else []
    conditions = listing.noun.conditions(listing.filter)
    return select(listing.noun.model).where(*conditions, *only).options(*listing.noun.options)


def _near(listing: ListQuery) -> Select[Any]:
    """As matching, by where the rows are."""
    return matching(listing).where(*listing.noun.narrowed(listing.filter))


def _ordered(listing: ListQuery, statement: Select[Any]) -> Select[Any]:
    down = listing.descending != listing.page.backward
    return statement.order_by(*(c.desc() if down else c.asc() for c in listing.ordered_by.columns))


def _beyond(listing: ListQuery, place: tuple[Any, ...], *, behind: bool) -> ColumnElement[bool]:
    """That a row comes after the place, seen in the direction of paging; `behind`: it is there, or before it."""
    columns = tuple_(*listing.ordered_by.columns)
    # Typed as the columns are: a bare 5 would make the database compare bigint with integer.
    here = tuple_(
        *(bindparam(None, v, c.type) for c, v in zip(listing.ordered_by.columns, place, strict=True))
    )
    down = listing.descending != listing.page.backward
    if behind:
        return columns >= here if down else columns <= here
    return columns < here if down else columns > here


async def read(session: AsyncSession, listings: Sequence[ListQuery]) -> dict[ListQuery, Window[Any]]:
    """One statement for all that differ in their parent alone. Raises BadUserInput for a cursor."""
    found: dict[ListQuery, Window[Any]] = {}
    for group in alike(listings):
        any_of = group[0]
        place = any_of.place()
        statement = _near(any_of)
        if place is not None:
            statement = statement.where(_beyond(any_of, place, behind=False))
        statement = _ordered(any_of, statement).limit(any_of.page.size + 1)
        rows = await _of_parents(session, group, statement)
        for listing in group:
            key = listing.parent[1] if listing.parent else None
            page = rows[key][: listing.page.size]
            more = len(rows[key]) > listing.page.size
            found[listing] = Window(page[::-1] if listing.page.backward else page, more)
    return found


def alike(listings: Sequence[ListQuery]) -> list[list[ListQuery]]:
    """In groups that differ in their parent's key alone."""
    groups: dict[object, list[ListQuery]] = defaultdict(list)
    for listing in listings:
        column = listing.parent[0] if listing.parent else None
        groups[replace(listing, parent=None), column].append(listing)
    return list(groups.values())


def parents_of(listings: Sequence[ListQuery]) -> tuple[Any, Column, Any]:
    """The parents as a set to select from, the column that names them, and each one's own key in that set."""
    model, name = listings[0].noun.model, cast(tuple[str, int], listings[0].parent)[0]
    keys = [cast(tuple[str, int], listing.parent)[1] for listing in listings]
    unnested = func.unnest(bindparam(None, keys, ARRAY(BigInteger)))
    parents = unnested.table_valued(column("key", BigInteger), name="parents").render_derived()
    return parents, getattr(model, name), parents.c.key


def within(statement: Select[Any], listing: ListQuery, of: Column, parent: ColumnElement[int]) -> Select[Any]:
    """Of the rows those that belong to one parent: `of` is the column that names it."""
    return statement.where(of == parent, *listing.noun.of_parent(parent))


async def _of_parents(
    session: AsyncSession, listings: Sequence[ListQuery], statement: Select[Any]
) -> dict[int | None, list[Any]]:
    """The rows of a statement, for each parent as if it had been asked for alone."""
    rows: dict[int | None, list[Any]] = defaultdict(list)
    if listings[0].parent is None:
        rows[None] = list(await session.scalars(statement))
        return rows
    parents, of, parent = parents_of(listings)
    page = within(statement, listings[0], of, parent).lateral("page")
    entity = aliased(listings[0].noun.model, page)
    order = [page.c[c.key] for c in listings[0].ordered_by.columns]
    down = listings[0].descending != listings[0].page.backward
    together = (
        select(entity)
        .select_from(parents)
        .join(page, true())
        .order_by(page.c[of.key], *(c.desc() if down else c.asc() for c in order))
    )
    for row in await session.scalars(together):
        rows[getattr(row, of.key)].append(row)
    return rows


async def behind(session: AsyncSession, listings: Sequence[ListQuery]) -> dict[ListQuery, bool]:
    """Whether anything lies on the other side of each page's cursor: what comes before an `after`."""
    found: dict[ListQuery, bool] = {}
    for group in alike(listings):
        any_of = group[0]
        place = any_of.place()
        if place is None:
            found |= dict.fromkeys(group, False)
            continue
        statement = _near(any_of).where(_beyond(any_of, place, behind=True))
        if any_of.parent is None:
            found[any_of] = bool(await session.scalar(select(exists(statement))))
            continue
        parents, of, parent = parents_of(group)
        there = within(statement, any_of, of, parent).correlate(parents)
        probe = select(parent, exists(there)).select_from(parents)
        any_behind = {row[0]: row[1] for row in await session.execute(probe)}
        found |= {listing: any_behind[cast(tuple[str, int], listing.parent)[1]] for listing in group}
    return found


async def all_of(session: AsyncSession, listing: ListQuery, column: Column) -> list[Any]:
    """This column of all that a list holds, oldest first."""
    rows = matching(listing).with_only_columns(column, maintain_column_froms=True)
    return list(await session.scalars(rows.order_by(listing.noun.model.id)))
