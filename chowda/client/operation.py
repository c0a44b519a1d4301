"""What is asked of a server, and what is made of its answer."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from graphql import DocumentNode, parse

from chowda.client.errors import NotFound, ServerUnreachable

T = TypeVar("T")


class Answer(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Of a type of the API; encodes to the same JSON that it was read from."""


class Input(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Of an input of the API. What is left out (UNSET) is not sent; None is sent as null."""


@dataclass(frozen=True, eq=False)
class Operation(Generic[T]):
    """`path` leads to what `kind` is read from: to a list's page, where it is the kind of its nodes."""

    text: str
    path: tuple[str, ...]
    kind: type[T]

    @functools.cached_property
    def document(self) -> DocumentNode:
        return parse(self.text)

    def found(self, data: Mapping[str, Any], variables: Mapping[str, Any]) -> Any:
        """What lies at the end of the path. Raises NotFound where something on the way is null."""
        value: Any = data
        for name in self.path:
            value = value[name]
            if value is None:
                raise self._not_found(variables)
        return value

    def _not_found(self, variables: Mapping[str, Any]) -> NotFound:
        noun = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", self.path[0]).lower().replace("mmif", "MMIF")
        name, value = next(iter(variables.items()))
        return NotFound(
            f"There is no {noun} with the {'GUID' if name == 'guid' else 'ID'} {value!r}.", {"id": value}
        )


def sent(variables: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON has them. A variable that is None was not given: inputs alone tell null from left out."""
    given = {name: value for name, value in variables.items() if value is not None}
    built: dict[str, Any] = msgspec.to_builtins(given, str_keys=True)
    return built


def read(kind: Any, data: Any) -> Any:
    """Raises ServerUnreachable for what this client can't read: the server is none, or of another version."""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as exc:
        raise ServerUnreachable(
            f"The server's answer can't be read ({exc}). Client and server may be of different versions."
        ) from exc
