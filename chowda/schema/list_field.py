"""Lists of their own: a noun with its filter and its orders, as queries take them, and what is done with many."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, TypeVar

import strawberry

from chowda.ids import Kind
from chowda.models import Base
from chowda.pagination.keyset import ListQuery
from chowda.schema.connection import Connection, Nodes
from chowda.schema.context import Info
from chowda.schema.dataloaders import Loaders
from chowda.schema.grouped_arguments import argument, gathered, optional
from chowda.schema.list_arguments import PAGING, Paging

M = TypeVar("M", bound=Base)
T = TypeVar("T")


class FilterInput(Protocol):
    """A filter as clients give it."""

    def of(self) -> Any: ...


@dataclass(frozen=True, eq=False)
class ListField(Nodes[M, T]):
    """`sort`, one of its own enum, and `descending`: how it is sorted unless another way is asked for."""

    kind: Kind
    node: type[T]
    filter: type[FilterInput]
    sort: Enum
    descending: bool

    def field(self, description: str) -> Any:
        """The field of a query that gives the list."""

        async def resolve(info: Info, asked: ListQuery) -> Any:
            return await self.connect(Loaders.of(info), asked)

        resolve.__annotations__["return"] = Connection[self.node]  # type: ignore[name-defined]
        arguments = [
            *PAGING,
            optional("filter", self.filter),
            argument("sort", type(self.sort), self.sort),
            argument("descending", bool, self.descending),
        ]
        resolver = gathered("asked", arguments, self._asked)(resolve)
        return strawberry.field(resolver=resolver, description=description)

    def _asked(self, filter: FilterInput | None, sort: Enum, descending: bool, **paging: Any) -> ListQuery:
        asked = filter.of() if filter else self.filter().of()
        return Paging(**paging).listing(self, asked, sort, descending)
