"""A GraphQL operation with the type of its result, and the conversion of variables and results."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from graphql import DocumentNode, parse

from chowda.client.errors import NotFound, ServerUnreachable
from chowda.ids import Kind

T = TypeVar("T")


class Output(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Base of the output types. Encodes to the JSON that it was decoded from."""


class Input(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Base of the input types. A field that is UNSET is not sent; None is sent as null."""


@dataclass(frozen=True, eq=False)
class Operation(Generic[T]):
    """`path` leads to the part of the data that becomes a `result_type`. For a list it leads to the connection,
    and `result_type` is the type of a node."""

    text: str
    path: tuple[str, ...]
    result_type: type[T]

    @functools.cached_property
    def document(self) -> DocumentNode:
        return parse(self.text)

    def extract(self, data: Mapping[str, Any], variables: Mapping[str, Any]) -> Any:
        """The value at the end of `path`. Raises NotFound if a field on the path is null."""
        value: Any = data
        for name in self.path:
            value = value[name]
            if value is None:
                raise self._not_found(variables)
        return value

    def _not_found(self, variables: Mapping[str, Any]) -> NotFound:
        kind = Kind[re.sub(r"(?<=[a-z])(?=[A-Z])", "_", self.path[0]).upper()]
        name, value = next(iter(variables.items()))
        return NotFound(
            f"There is no {kind.noun} with the {'GUID' if name == 'guid' else 'ID'} {value!r}.",
            {"id": value, "kind": kind.name},
        )


def encode_variables(variables: Mapping[str, Any]) -> dict[str, Any]:
    """The variables as JSON values. Leaves out those that are None: only fields of inputs distinguish null."""
    present = {name: value for name, value in variables.items() if value is not None}
    encoded: dict[str, Any] = msgspec.to_builtins(present, str_keys=True)
    return encoded


def decode(result_type: Any, data: Any) -> Any:
    """Raises ServerUnreachable if the data does not fit the type: it is another server, or another version."""
    try:
        return msgspec.convert(data, result_type)
    except msgspec.ValidationError as exc:
        raise ServerUnreachable(
            f"The response of the server can't be read ({exc}). Client and server may have different versions."
        ) from exc
