"""Lists of a server, read page by page as they are gone through."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Generic, TypeVar

from chowda.client.generated.types import PageInfo, TotalCount
from chowda.client.operation import Answer

T = TypeVar("T")

PAGE = 500
"Nodes that are asked for at once, as many as a page may hold."
R = TypeVar("R")


class Edge(Answer, Generic[T], frozen=True, kw_only=True):
    node: T


class Page(Answer, Generic[T], frozen=True, kw_only=True):
    """Of a list. `total_count` is there where it was asked for."""

    edges: list[Edge[T]]
    page_info: PageInfo
    total_count: TotalCount | None = None

    @property
    def nodes(self) -> list[T]:
        return [edge.node for edge in self.edges]


class AsyncPages(Generic[T]):
    """`async for` goes through the whole list. Nothing is asked before it is wanted."""

    def __init__(self, ask: Callable[[int, str | None, bool], Awaitable[Page[T]]]) -> None:
        self._ask = ask

    async def page(self, first: int = PAGE, after: str | None = None, *, counted: bool = False) -> Page[T]:
        """At most 500 nodes. `counted`: also how long the whole list is."""
        return await self._ask(first, after, counted)

    async def first(self, count: int) -> list[T]:
        """So many, or fewer where there are no more."""
        found: list[T] = []
        after: str | None = None
        while len(found) < count:
            page = await self._ask(min(count - len(found), PAGE), after, False)
            found += page.nodes
            if not page.page_info.has_next_page:
                break
            after = page.page_info.end_cursor
        return found

    async def __aiter__(self) -> AsyncIterator[T]:
        after: str | None = None
        while True:
            page = await self._ask(PAGE, after, False)
            for node in page.nodes:
                yield node
            if not page.page_info.has_next_page:
                return
            after = page.page_info.end_cursor


class Pages(Generic[T]):
    """`for` goes through the whole list. Nothing is asked before it is wanted."""

    def __init__(
        self, pages: AsyncPages[T], wait: Callable[[Callable[[], Awaitable[Page[T]]]], Page[T]]
    ) -> None:
        self._pages = pages
        self._wait = wait

    def page(self, first: int = PAGE, after: str | None = None, *, counted: bool = False) -> Page[T]:
        """At most 500 nodes. `counted`: also how long the whole list is."""
        return self._wait(lambda: self._pages.page(first, after, counted=counted))

    def first(self, count: int) -> list[T]:
        """So many, or fewer where there are no more."""
        found: list[T] = []
        for node in self._nodes(count):
            found.append(node)
            if len(found) == count:
                break
        return found

    def __iter__(self) -> Iterator[T]:
        return self._nodes(PAGE)

    def _nodes(self, at_once: int) -> Iterator[T]:
        after: str | None = None
        while True:
            page = self.page(min(at_once, PAGE), after)
            yield from page.nodes
            if not page.page_info.has_next_page:
                return
            after = page.page_info.end_cursor
