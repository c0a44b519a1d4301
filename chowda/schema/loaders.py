"""Data loaders: rows that many resolvers need are read once, in one statement."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncSession
from strawberry.dataloader import DataLoader
from strawberry.types.nodes import SelectedField, Selection

from chowda.errors import DatabaseAway, LimitExceeded
from chowda.schema.context import Context, Info

NODES_LIMIT = 5_000
"Nodes of lists below one root field. Lists nest, and each level multiplies their number."

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

ReadValues = Callable[[AsyncSession, Sequence[K]], Awaitable[Mapping[K, V]]]
"""Reads the values of many keys in a fixed number of statements. Keys without a value are left out."""

ReadNodes = Callable[[AsyncSession, "Loaders", Sequence[K]], Awaitable[Mapping[K, V]]]
"""As ReadValues, for GraphQL nodes. The nodes keep the loaders for their own fields."""


class Loaders:
    """The data loaders of one root field, or of one event of a subscription.

    They cache what they read, so they never live longer than that. Each batch of keys is read in its own session,
    which is closed before the result is sent.
    """

    def __init__(self, context: Context, field_names: frozenset[str] = frozenset()) -> None:
        self.context = context
        self.field_names = field_names
        "The names of all fields that the operation selects below the root field. Other fields need not be read."
        self.failed = False
        "The database went away while fields were read: the result is incomplete."
        self._loaders: dict[Any, DataLoader[Any, Any]] = {}
        self._node_count = 0

    @classmethod
    def of(cls, info: Info) -> Loaders:
        return cls(info.context, frozenset(_field_names(info.selected_fields)))

    async def value(self, read: ReadValues[K, V], key: K) -> V:
        """The value of a key that has one."""
        return cast(V, await self.value_or_none(read, key))

    def value_or_none(self, read: ReadValues[K, V], key: K) -> Awaitable[V | None]:
        loader = self._loaders.get(read)
        if loader is None:
            loader = self._loaders[read] = self._loader(read)
        return loader.load(key)

    async def node(self, read: ReadNodes[K, V], key: K) -> V:
        """The node of a key that has one, e.g. because a foreign key refers to it."""
        return cast(V, await self.node_or_none(read, key))

    def node_or_none(self, read: ReadNodes[K, V], key: K) -> Awaitable[V | None]:
        loader = self._loaders.get(read)
        if loader is None:
            loader = self._loaders[read] = self._loader(lambda session, keys: read(session, self, keys))
        return loader.load(key)

    def _loader(self, read: ReadValues[K, V]) -> DataLoader[K, V | None]:
        async def read_batch(keys: list[K]) -> list[V | None]:
            try:
                async with self.context.database.session() as session:
                    found = await read(session, keys)
            except DatabaseAway:
                self.failed = True
                raise
            return [found.get(key) for key in keys]

        return DataLoader(read_batch)

    def reset_node_count(self) -> None:
        """Call it before the same nodes are sent again, so that they do not count twice."""
        self._node_count = 0

    def check_node_count(self, more: int) -> None:
        """Raises LimitExceeded if `more` nodes would make the result too large."""
        if self._node_count + more > NODES_LIMIT:
            raise LimitExceeded(
                f"The result would hold more than {NODES_LIMIT:,} entries of lists. Ask for fewer with `first`, page "
                "with `after`, and do not nest long lists."
            )

    def add_to_node_count(self, more: int) -> None:
        """Raises LimitExceeded as check_node_count does."""
        self.check_node_count(more)
        self._node_count += more


def _field_names(selections: Iterable[Selection]) -> Iterable[str]:
    for selection in selections:
        if isinstance(selection, SelectedField):
            yield selection.name
        yield from _field_names(selection.selections)


async def use_one_snapshot(session: AsyncSession) -> None:
    """Makes all statements of a session see the same state of the database. Call it before the first statement."""
    await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
