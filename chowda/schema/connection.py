"""Connections: pages of any list, in the form that Relay gave them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.models import Base
from chowda.pagination import keyset, totals
from chowda.pagination.keyset import ListQuery, ListSpec, Page
from chowda.schema.dataloaders import Loaders, one_snapshot

T = TypeVar("T")
M = TypeVar("M", bound=Base)


@strawberry.type(description="What lies around a page.")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None = strawberry.field(
        description="Of the first edge: give it as `before` for what comes before."
    )
    end_cursor: str | None = strawberry.field(
        description="Of the last edge: give it as `after` for what follows."
    )


@strawberry.type(description="How long a list is.")
class TotalCount:
    count: int
    exact: bool = strawberry.field(
        description="false: counting would take too long; it is about so many, or, within another list, at least."
    )


@strawberry.type(description="An entry in its place of a page.")
class Edge(Generic[T]):
    cursor: str
    node: T


@strawberry.type(
    description="A page of a list. Cursors are places in its order: what is added or removed between two pages "
    "neither skips nor repeats anything else. Page forward with `first` and `after`, backward with `last` and "
    "`before`; a page holds 50 entries unless another number is asked for, and at most 500."
)
class Connection(Generic[T]):
    listing: strawberry.Private[ListQuery]
    loaders: strawberry.Private[Loaders]
    edges: list[Edge[T]]
    nodes: list[T] = strawberry.field(description="Of the edges.")
    page_info: PageInfo
    is_whole: strawberry.Private[bool]
    "There is nothing before the page and nothing after it."

    @strawberry.field(description="Of all pages together; worked out only where it is asked for.")
    async def total_count(self) -> TotalCount:
        if self.is_whole:
            return TotalCount(count=len(self.edges), exact=True)
        return await self.loaders.require(read_totals, self.listing)


@dataclass(frozen=True, eq=False)
class Nodes(Generic[M, T]):
    """A list as the API shows it: what can be listed, and how rows become what clients see."""

    spec: ListSpec[M]
    shape: Callable[[AsyncSession, Loaders, Sequence[M]], Awaitable[Sequence[T]]]
    "In the order of the rows, in a fixed number of statements, in a session that sees one snapshot."

    async def connect(self, loaders: Loaders, listing: ListQuery) -> Connection[T]:
        """The page, read together with all that are asked for at the same time."""
        connection = await loaders.require(self.read, listing)
        loaders.spend(len(connection.edges))
        return connection

    def none(self, loaders: Loaders, listing: ListQuery) -> Connection[T]:
        """The page of a list that is known to be empty."""
        return _connection(loaders, listing, Page((), more=False), [], has_preceding=False)

    async def read(
        self, session: AsyncSession, loaders: Loaders, listings: Sequence[ListQuery]
    ) -> dict[ListQuery, Connection[T]]:
        await one_snapshot(session)
        pages: dict[ListQuery, Page[M]] = await keyset.read_pages(session, listings)
        rows = [row for page in pages.values() for row in page.rows]
        loaders.afford(len(rows))
        asked = {"hasNextPage", "hasPreviousPage"} & loaders.names
        has_preceding = await keyset.has_preceding_rows(session, listings) if asked and any(pages) else {}
        shaped = iter(await self.shape(session, loaders, rows) if rows else ())
        return {
            listing: _connection(
                loaders, listing, page, [next(shaped) for _ in page.rows], has_preceding.get(listing, False)
            )
            for listing, page in pages.items()
        }


def _connection(
    loaders: Loaders, listing: ListQuery, page: Page[Any], nodes: list[T], has_preceding: bool
) -> Connection[T]:
    edges = [
        Edge(cursor=listing.cursor_of(row), node=node) for row, node in zip(page.rows, nodes, strict=True)
    ]
    backward = listing.page.backward
    return Connection(
        listing=listing,
        loaders=loaders,
        edges=edges,
        nodes=nodes,
        page_info=PageInfo(
            has_next_page=has_preceding if backward else page.more,
            has_previous_page=page.more if backward else has_preceding,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
        is_whole=listing.page.cursor is None and not page.more,
    )


async def read_totals(
    session: AsyncSession, loaders: Loaders, listings: Sequence[ListQuery]
) -> dict[ListQuery, TotalCount]:
    found = await totals.totals_by_parent(session, [one for one in listings if one.parent is not None])
    for listing in listings:
        if listing.parent is None:
            found[listing] = await totals.total_of_list(session, listing)
    return {listing: TotalCount(count=total.count, exact=total.exact) for listing, total in found.items()}
