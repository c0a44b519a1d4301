"""Connections: pages of a list, in the form that Relay defines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.models import Base
from chowda.pagination import keyset, totals
from chowda.pagination.keyset import ListQuery, ListSpec, Page
from chowda.schema.loaders import Loaders, use_one_snapshot

T = TypeVar("T")
M = TypeVar("M", bound=Base)


@strawberry.type(description="The position of a page in its list.")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None = strawberry.field(
        description="The cursor of the first edge. Send it as `before` to get the page before this one."
    )
    end_cursor: str | None = strawberry.field(
        description="The cursor of the last edge. Send it as `after` to get the page after this one."
    )


@strawberry.type(description="The length of a list.")
class TotalCount:
    count: int
    exact: bool = strawberry.field(
        description="false: an exact count would take too long. `count` is an estimate or, for a list within another "
        "list, a lower bound."
    )


@strawberry.type(description="An entry of a page, with its cursor.")
class Edge(Generic[T]):
    cursor: str
    node: T


@strawberry.type(
    description="A page of a list. A cursor is a position in the order of the list, so an entry that is added or "
    "removed between two pages neither skips nor repeats another. Page forward with `first` and `after`, backward "
    "with `last` and `before`. A page has 50 entries by default, and at most 500."
)
class Connection(Generic[T]):
    query: strawberry.Private[ListQuery]
    loaders: strawberry.Private[Loaders]
    edges: list[Edge[T]]
    nodes: list[T] = strawberry.field(description="The nodes of the edges.")
    page_info: PageInfo
    is_whole: strawberry.Private[bool]
    "The page holds the whole list."

    @strawberry.field(
        description="The length of the whole list. It is counted only if you select this field."
    )
    async def total_count(self) -> TotalCount:
        if self.is_whole:
            return TotalCount(count=len(self.edges), exact=True)
        return await self.loaders.value(read_totals, self.query)


@dataclass(frozen=True, eq=False)
class NodeList(Generic[M, T]):
    """A list of the API: the list of rows that it shows, and the function that builds the nodes of these rows."""

    spec: ListSpec[M]
    build: Callable[[AsyncSession, Loaders, Sequence[M]], Awaitable[Sequence[T]]]
    "Returns the nodes in the order of the rows. Takes a fixed number of statements. The session sees one snapshot."

    async def connect(self, loaders: Loaders, query: ListQuery) -> Connection[T]:
        """One page. Pages that are needed at the same time are read together. Raises LimitExceeded."""
        connection = await loaders.node(self.read, query)
        loaders.add_to_node_count(len(connection.edges))
        return connection

    def empty(self, loaders: Loaders, query: ListQuery) -> Connection[T]:
        """The page of a list that is known to be empty."""
        return _connection(loaders, query, Page((), more=False), [], has_preceding=False)

    async def read(
        self, session: AsyncSession, loaders: Loaders, queries: Sequence[ListQuery]
    ) -> dict[ListQuery, Connection[T]]:
        await use_one_snapshot(session)
        pages: dict[ListQuery, Page[M]] = await keyset.read_pages(session, queries)
        rows = [row for page in pages.values() for row in page.rows]
        loaders.check_node_count(len(rows))
        selects_page_info = not {"hasNextPage", "hasPreviousPage"}.isdisjoint(loaders.field_names)
        has_preceding = (
            await keyset.has_preceding_rows(session, queries) if selects_page_info and any(pages) else {}
        )
        nodes = iter(await self.build(session, loaders, rows) if rows else ())
        return {
            query: _connection(
                loaders, query, page, [next(nodes) for _ in page.rows], has_preceding.get(query, False)
            )
            for query, page in pages.items()
        }


def _connection(
    loaders: Loaders, query: ListQuery, page: Page[Any], nodes: list[T], has_preceding: bool
) -> Connection[T]:
    edges = [Edge(cursor=query.cursor_of(row), node=node) for row, node in zip(page.rows, nodes, strict=True)]
    backward = query.page.backward
    return Connection(
        query=query,
        loaders=loaders,
        edges=edges,
        nodes=nodes,
        page_info=PageInfo(
            has_next_page=has_preceding if backward else page.more,
            has_previous_page=page.more if backward else has_preceding,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
        is_whole=query.page.cursor is None and not page.more,
    )


async def read_totals(session: AsyncSession, queries: Sequence[ListQuery]) -> dict[ListQuery, TotalCount]:
    found = await totals.totals_by_parent(session, [query for query in queries if query.parent is not None])
    for query in queries:
        if query.parent is None:
            found[query] = await totals.total_of_list(session, query)
    return {query: TotalCount(count=total.count, exact=total.exact) for query, total in found.items()}
