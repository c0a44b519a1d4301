"""Bases of the generated methods: they run an operation and return its typed result."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from typing import Any, TypeVar

from anyio.from_thread import BlockingPortal

from chowda.client.operation import Operation, decode
from chowda.client.pages import AsyncPages, Page, Pages
from chowda.client.resumable import resumable_subscription
from chowda.client.session import Session

T = TypeVar("T")


class AsyncBaseClient:
    """Runs operations in one session."""

    session: Session

    async def _execute(self, operation: Operation[T], variables: Mapping[str, Any]) -> T:
        data = await self.session.execute(operation, variables)
        result: T = decode(operation.result_type, operation.extract(data, variables))
        return result

    def _paginate(self, operation: Operation[T], variables: Mapping[str, Any]) -> AsyncPages[T]:
        async def fetch(first: int, after: str | None, counted: bool) -> Page[T]:
            page_variables = {**variables, "first": first, "after": after, "counted": counted or None}
            data = await self.session.execute(operation, page_variables)
            connection = operation.extract(data, variables)
            page: Page[T] = decode(Page[operation.result_type], connection)  # type: ignore[name-defined]
            return page

        return AsyncPages(fetch)

    def _subscribe(self, operation: Operation[T], variables: Mapping[str, Any]) -> AsyncGenerator[T]:
        return resumable_subscription(self.session, operation, variables)


class BaseClient:
    """Blocking calls of an AsyncBaseClient. Its event loop runs in another thread, so that it also works where the
    current thread has a running event loop (notebooks)."""

    _async_client: AsyncBaseClient
    _portal: BlockingPortal | None = None

    def _wait(self, call: Callable[[], Awaitable[T]]) -> T:
        if self._portal is None:
            raise RuntimeError("The client is not open. Use it as `with Chowda() as chowda:`.")
        return self._portal.call(call)

    def _execute(self, operation: Operation[T], variables: Mapping[str, Any]) -> T:
        return self._wait(lambda: self._async_client._execute(operation, variables))

    def _paginate(self, operation: Operation[T], variables: Mapping[str, Any]) -> Pages[T]:
        return Pages(self._async_client._paginate(operation, variables), self._wait)

    def _subscribe(self, operation: Operation[T], variables: Mapping[str, Any]) -> Generator[T]:
        events = self._async_client._subscribe(operation, variables)
        try:
            with contextlib.suppress(StopAsyncIteration):
                while True:
                    yield self._wait(lambda: anext(events))
        finally:
            self._wait(events.aclose)
