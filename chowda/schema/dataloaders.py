"""Reading rows for all who ask at once, instead of one by one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncSession
from strawberry.dataloader import DataLoader
from strawberry.types.nodes import SelectedField, Selection

from chowda.errors import DatabaseAway, LimitExceeded
from chowda.schema.context import Context, Info

NODES_LIMIT = 5_000
"Entries of lists below one root field: lists can be nested, and each level multiplies."

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Read = Callable[[AsyncSession, "Loaders", Sequence[K]], Awaitable[Mapping[K, V]]]
"""Reads the rows of many keys in a fixed number of statements; keys without a row are left out."""


class Loaders:
    """Made fresh for each root field and for each event of a subscription, so that nothing read is ever stale.

    Each batch of keys is read in a session of its own, which is closed again before anything is sent.
    """

    def __init__(self, context: Context, names: frozenset[str] = frozenset()) -> None:
        self.context = context
        self.names = names
        "Names of all fields that the operation asks for below this root field: what is not here needn't be read."
        self.broken = False
        "The database went while the rest of an answer was read: what was sent is not whole."
        self._loaders: dict[Any, DataLoader[Any, Any]] = {}
        self._nodes = 0

    @classmethod
    def of(cls, info: Info) -> Loaders:
        return cls(info.context, frozenset(_names(info.selected_fields)))

    def load(self, read: Read[K, V], key: K) -> Awaitable[V | None]:
        loader = self._loaders.get(read)
        if loader is None:
            loader = self._loaders[read] = DataLoader(self._batch(read))
        return loader.load(key)

    async def require(self, read: Read[K, V], key: K) -> V:
        """As load, where a foreign key says that the row is there."""
        return cast(V, await self.load(read, key))

    def _batch(self, read: Read[K, V]) -> Callable[[list[K]], Awaitable[list[V | None]]]:
        async def read_batch(keys: list[K]) -> list[V | None]:
            try:
                async with self.context.database.session() as session:
                    found = await read(session, self, keys)
            except DatabaseAway:
                self.broken = True
                raise
            return [found.get(key) for key in keys]

        return read_batch

    def begin_again(self) -> None:
        """What has been read is sent once more: its nodes don't count twice."""
        self._nodes = 0

    def afford(self, nodes: int) -> None:
        """Raises LimitExceeded when the answer would get too large with so many entries more."""
        if self._nodes + nodes > NODES_LIMIT:
            raise LimitExceeded(
                f"The answer would hold more than {NODES_LIMIT:,} entries of lists. Ask for fewer at once with "
                "`first`, page with `after`, and don't nest long lists."
            )

    def spend(self, nodes: int) -> None:
        """Counts entries of lists that are about to be sent, after making sure that they may be."""
        self.afford(nodes)
        self._nodes += nodes


def _names(selections: Iterable[Selection]) -> Iterable[str]:
    for selection in selections:
        if isinstance(selection, SelectedField):
            yield selection.name
        yield from _names(selection.selections)


async def one_snapshot(session: AsyncSession) -> None:
    """Call it first in a session: all its statements then see the database as it was at one moment."""
    await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
