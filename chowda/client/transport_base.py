"""How the generated methods ask: an operation with its variables, and the answer as its kind."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from typing import Any, TypeVar

from anyio.from_thread import BlockingPortal

from chowda.client.operation import Operation, read
from chowda.client.pages import AsyncPages, Page, Pages
from chowda.client.resumable import resumed
from chowda.client.session import Session

T = TypeVar("T")


class AsyncAsking:
    """Asks in one session."""

    session: Session

    async def _ask(self, operation: Operation[T], variables: Mapping[str, Any]) -> T:
        data = await self.session.execute(operation, variables)
        answer: T = read(operation.kind, operation.found(data, variables))
        return answer

    def _pages(self, operation: Operation[T], variables: Mapping[str, Any]) -> AsyncPages[T]:
        async def ask(first: int, after: str | None, counted: bool) -> Page[T]:
            asked = {**variables, "first": first, "after": after, "counted": counted or None}
            data = await self.session.execute(operation, asked)
            page: Page[T] = read(Page[operation.kind], operation.found(data, variables))  # type: ignore[name-defined]
            return page

        return AsyncPages(ask)

    def _watch(self, operation: Operation[T], variables: Mapping[str, Any]) -> AsyncGenerator[T]:
        return resumed(self.session, operation, variables)


class Asking:
    """The same, waited for: another thread has the event loop, so it works where one runs already (notebooks)."""

    _asynchronous: AsyncAsking
    _portal: BlockingPortal | None = None

    def _wait(self, call: Callable[[], Awaitable[T]]) -> T:
        if self._portal is None:
            raise RuntimeError("It is not open. Use it as `with Chowda() as chowda:`.")
        return self._portal.call(call)

    def _ask(self, operation: Operation[T], variables: Mapping[str, Any]) -> T:
        return self._wait(lambda: self._asynchronous._ask(operation, variables))

    def _pages(self, operation: Operation[T], variables: Mapping[str, Any]) -> Pages[T]:
        return Pages(self._asynchronous._pages(operation, variables), self._wait)

    def _watch(self, operation: Operation[T], variables: Mapping[str, Any]) -> Generator[T]:
        events = self._asynchronous._watch(operation, variables)
        try:
            with contextlib.suppress(StopAsyncIteration):
                while True:
                    yield self._wait(lambda: anext(events))
        finally:
            self._wait(events.aclose)
