"""Lists of the server, fetched page by page during iteration."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Generic, TypeVar

from chowda.client.generated.types import PageInfo, TotalCount
from chowda.client.operation import Output

T = TypeVar("T")

PAGE_SIZE = 500
"The server's limit."


class Edge(Output, Generic[T], frozen=True, kw_only=True):
    node: T


class Page(Output, Generic[T], frozen=True, kw_only=True):
    """One page of a list. `total_count` is None unless the page was requested with `counted`."""

    edges: list[Edge[T]]
    page_info: PageInfo
    total_count: TotalCount | None = None

    @property
    def nodes(self) -> list[T]:
        return [edge.node for edge in self.edges]


class AsyncPages(Generic[T]):
    """`async for` iterates over the whole list. A page is fetched when it is needed."""

    def __init__(self, fetch: Callable[[int, str | None, bool], Awaitable[Page[T]]]) -> None:
        """`fetch` takes the page size, the cursor and whether to count the list."""
        self._fetch = fetch

    async def page(
        self, first: int = PAGE_SIZE, after: str | None = None, *, counted: bool = False
    ) -> Page[T]:
        """At most 500 nodes. `counted` adds the length of the whole list."""
        return await self._fetch(first, after, counted)

    async def first(self, count: int) -> list[T]:
        """The first `count` nodes, or all if the list is shorter."""
        nodes: list[T] = []
        after: str | None = None
        while len(nodes) < count:
            page = await self._fetch(min(count - len(nodes), PAGE_SIZE), after, False)
            nodes += page.nodes
            if not page.page_info.has_next_page:
                break
            after = page.page_info.end_cursor
        return nodes

    async def __aiter__(self) -> AsyncIterator[T]:
        after: str | None = None
        while True:
            page = await self._fetch(PAGE_SIZE, after, False)
            for node in page.nodes:
                yield node
            if not page.page_info.has_next_page:
                return
            after = page.page_info.end_cursor


class Pages(Generic[T]):
    """`for` iterates over the whole list. A page is fetched when it is needed."""

    def __init__(
        self, pages: AsyncPages[T], wait: Callable[[Callable[[], Awaitable[Page[T]]]], Page[T]]
    ) -> None:
        """`wait` runs a coroutine function to its end and returns the result."""
        self._pages = pages
        self._wait = wait

    def page(self, first: int = PAGE_SIZE, after: str | None = None, *, counted: bool = False) -> Page[T]:
        """At most 500 nodes. `counted` adds the length of the whole list."""
        return self._wait(lambda: self._pages.page(first, after, counted=counted))

    def first(self, count: int) -> list[T]:
        """The first `count` nodes, or all if the list is shorter."""
        nodes: list[T] = []
        for node in self._iterate(count):
            nodes.append(node)
            if len(nodes) == count:
                break
        return nodes

    def __iter__(self) -> Iterator[T]:
        return self._iterate(PAGE_SIZE)

    def _iterate(self, page_size: int) -> Iterator[T]:
        after: str | None = None
        while True:
            page = self.page(min(page_size, PAGE_SIZE), after)
            yield from page.nodes
            if not page.page_info.has_next_page:
                return
            after = page.page_info.end_cursor
