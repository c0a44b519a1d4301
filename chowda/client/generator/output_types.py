"""The classes of results: one for each fragment, and one for each selection inside a fragment."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    SelectionSetNode,
    get_named_type,
)

from chowda.client.generator.input_types import InputTypes, annotation_of
from chowda.client.generator.naming import attribute_docstring, docstring, pascal_case, snake_case


@dataclass
class OutputClass:
    """`bases` are the fragments that it spreads."""

    name: str
    description: str | None
    bases: list[str]
    fields: list[str] = field(default_factory=list)


class OutputTypes:
    """Collects the classes of results. Raises ValueError for selections that it does not support."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        input_types: InputTypes,
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._input_types = input_types
        self.classes: dict[str, OutputClass] = {}
        "In the order of their definitions: a class follows its bases and the classes of its fields."
        for fragment in fragments.values():
            self._fragment_class(fragment)

    def annotation(self, parent: str, node: FieldNode, type_: GraphQLOutputType) -> str:
        """The annotation of a selected field. `parent` is the name of the class that the field belongs to."""
        named = get_named_type(type_)
        if isinstance(named, GraphQLObjectType):
            assert node.selection_set is not None
            name = self.class_of(f"{parent}{pascal_case(node.name.value)}", named, node.selection_set)
        else:
            name = self._input_types.leaf(named)
        return annotation_of(type_, name, "list")

    def class_of(self, name: str, on: GraphQLObjectType, selections: SelectionSetNode) -> str:
        """The name of the selection's class: of the fragment, if the selection is only that, else `name`."""
        first = selections.selections[0]
        if len(selections.selections) == 1 and isinstance(first, FragmentSpreadNode):
            return self._fragment_class(self._fragments[first.name.value])
        return self._add_class(name, on, selections)

    def definitions(self) -> Iterator[str]:
        for class_ in self.classes.values():
            yield f"class {class_.name}({', '.join(class_.bases) or 'Output'}, frozen=True, kw_only=True):"
            yield docstring(class_.description or class_.name, 4)
            yield from (textwrap.indent(line, "    ") for line in class_.fields)

    def _fragment_class(self, fragment: FragmentDefinitionNode) -> str:
        name = fragment.name.value
        if name not in self.classes:
            on = self._schema.get_type(fragment.type_condition.name.value)
            assert isinstance(on, GraphQLObjectType)
            self._add_class(name, on, fragment.selection_set)
        return name

    def _add_class(self, name: str, on: GraphQLObjectType, selections: SelectionSetNode) -> str:
        class_ = OutputClass(name, on.description, [])
        for selection in selections.selections:
            match selection:
                case FragmentSpreadNode():
                    class_.bases.append(self._fragment_class(self._fragments[selection.name.value]))
                case FieldNode():
                    class_.fields.append(self._attribute(name, on, selection))
                case _:
                    raise ValueError(f"{name}: inline fragments are not supported.")
        if self.classes.setdefault(name, class_) is not class_ and self.classes[name] != class_:
            raise ValueError(f"Two different selections need the class {name}.")
        return name

    def _attribute(self, parent: str, on: GraphQLObjectType, node: FieldNode) -> str:
        if node.alias:
            raise ValueError(f"{parent}: aliases are not supported.")
        definition = on.fields[node.name.value]
        annotation = self.annotation(parent, node, definition.type)
        default = ""
        if node.directives:  # @include: the field may be missing
            annotation, default = f"{annotation.removesuffix(' | None')} | None", " = None"
        elif annotation.endswith("| None"):
            default = " = None"
        return f"{snake_case(node.name.value)}: {annotation}{default}{attribute_docstring(definition.description)}"
