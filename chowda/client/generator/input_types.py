"""Annotations of GraphQL types, and the classes of the enums and inputs that the operations use."""

from __future__ import annotations

import keyword
import textwrap
from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLType,
    get_named_type,
    is_required_input_field,
)

from chowda.client.generator.naming import attribute_docstring, docstring, snake_case

SCALARS = {
    "ID": "str",
    "String": "str",
    "Int": "int",
    "BigInt": "int",
    "Float": "float",
    "Boolean": "bool",
    "DateTime": "datetime",
    "JSON": "Any",
}


def annotation_of(type_: GraphQLType, name: str, list_type: str) -> str:
    """`name` with its lists and `| None`, as the wrappers of the GraphQL type require."""
    if isinstance(type_, GraphQLNonNull):
        return _without_null(type_.of_type, name, list_type)
    annotation = _without_null(type_, name, list_type)
    return annotation if annotation == "Any" else f"{annotation} | None"


def _without_null(type_: GraphQLType, name: str, list_type: str) -> str:
    if isinstance(type_, GraphQLList):
        return f"{list_type}[{annotation_of(type_.of_type, name, list_type)}]"
    return name


class InputTypes:
    """Collects the enums and inputs that annotations mention."""

    def __init__(self) -> None:
        self.enums: dict[str, GraphQLEnumType] = {}
        self.inputs: dict[str, GraphQLInputObjectType] = {}

    def leaf(self, named: GraphQLNamedType) -> str:
        """The annotation of an enum or scalar."""
        if isinstance(named, GraphQLEnumType):
            self.enums[named.name] = named
            return named.name
        assert isinstance(named, GraphQLScalarType)
        return SCALARS[named.name]

    def annotation(self, type_: GraphQLType) -> str:
        """The annotation of a variable or of a field of an input."""
        named = get_named_type(type_)
        if isinstance(named, GraphQLInputObjectType):
            self.inputs.setdefault(named.name, named)
            return annotation_of(type_, named.name, "Sequence")
        return annotation_of(type_, self.leaf(named), "Sequence")

    def field(self, field: GraphQLInputField) -> tuple[str, str]:
        """Annotation and default of a field of an input."""
        annotation = self.annotation(field.type)
        if is_required_input_field(field):
            return annotation, ""
        not_null = annotation.removesuffix(" | None")
        return f"{not_null} | UnsetType{' | None' * (not_null != annotation)}", " = UNSET"

    def input_classes(self) -> list[str]:
        """The inputs, and those that their fields mention."""
        classes: dict[str, list[str]] = {}
        while missing := [input_ for name, input_ in self.inputs.items() if name not in classes]:
            for input_ in missing:
                lines = [f"class {input_.name}(Input, frozen=True, kw_only=True):"]
                lines.append(docstring(input_.description or input_.name, 4))
                for name, field in input_.fields.items():
                    lines.append(textwrap.indent(self._attribute(name, field), "    "))
                classes[input_.name] = lines
        return [line for name in sorted(classes) for line in classes[name]]

    def enum_classes(self) -> Iterator[str]:
        for name in sorted(self.enums):
            enum = self.enums[name]
            yield f"class {name}(StrEnum):"
            yield docstring(enum.description or name, 4)
            for value, definition in enum.values.items():
                yield f'    {value} = "{value}"'
                if definition.description:
                    yield docstring(definition.description, 4)

    def _attribute(self, name: str, field: GraphQLInputField) -> str:
        annotation, default = self.field(field)
        if keyword.iskeyword(name):
            default = f' = field({"default=UNSET, " * bool(default)}name="{name}")'
        return f"{snake_case(name)}: {annotation}{default}{attribute_docstring(field.description)}"
