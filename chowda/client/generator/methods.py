"""The operations as constants, and a method for each operation."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    print_ast,
    type_from_ast,
)

from chowda.client.generator.input_types import InputTypes
from chowda.client.generator.naming import docstring, fragment_constant, pascal_case, snake_case
from chowda.client.generator.output_types import OutputTypes

PAGE_VARIABLES = {"first", "after", "counted"}
"Variables that Pages sets."


@dataclass(frozen=True)
class Result:
    """`path` are the fields that lead to the result of the method; `annotation` is the type of the result."""

    path: list[str]
    annotation: str
    is_list: bool


@dataclass(frozen=True)
class Parameters:
    """The parameters of a method, and the items of the dictionary of variables."""

    required: list[str]
    optional: list[str]
    variables: list[str]


class Methods:
    """The methods of the operations, awaited or blocking."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        operations: Sequence[OperationDefinitionNode],
        input_types: InputTypes,
        output_types: OutputTypes,
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._operations = operations
        self._input_types = input_types
        self._output_types = output_types

    def constants(self) -> Iterator[str]:
        """The texts of the fragments, then the operations."""
        for name in sorted(self._fragments):
            yield f'{fragment_constant(name)} = """\n{print_ast(self._fragments[name])}\n"""'
        for operation in self._operations:
            yield self._constant(operation)

    def definitions(self, *, awaited: bool) -> list[str]:
        return [textwrap.indent(self._method(operation, awaited), "    ") for operation in self._operations]

    def _constant(self, operation: OperationDefinitionNode) -> str:
        assert operation.name is not None
        result = self._result(operation)
        names = sorted(_spread_fragments(operation.selection_set, self._fragments))
        return (
            f"{snake_case(operation.name.value).upper()}: Operation[{result.annotation}] = Operation(\n"
            f'    """\n{print_ast(operation)}\n"""\n'
            f"    {''.join(f' + {fragment_constant(name)}' for name in names)},\n"
            f"    {tuple(result.path)!r},\n    {result.annotation},\n)"
        )

    def _method(self, operation: OperationDefinitionNode, awaited: bool) -> str:
        assert operation.name is not None
        result = self._result(operation)
        parameters = self._parameters(operation, result.is_list)
        signature = ["self", *parameters.required]
        signature += ["*", *parameters.optional] if parameters.optional else []
        name = snake_case(operation.name.value)
        arguments = f"operations.{name.upper()}, {{{', '.join(parameters.variables)}}}"
        keyword, call, annotation = "def", f"self._execute({arguments})", result.annotation
        if result.is_list:
            call, annotation = f"self._paginate({arguments})", f"{'Async' * awaited}Pages[{annotation}]"
        elif operation.operation is OperationType.SUBSCRIPTION:
            call = f"self._subscribe({arguments})"
            annotation = f"AsyncGenerator[{annotation}]" if awaited else f"Generator[{annotation}]"
        elif awaited:
            keyword, call = "async def", f"await {call}"
        return (
            f"{keyword} {name}({', '.join(signature)}) -> {annotation}:\n"
            f"{docstring(self._description(operation, result), 4)}\n    return {call}\n"
        )

    def _result(self, operation: OperationDefinitionNode) -> Result:
        """Descends while a selection has a single field."""
        name = operation.name.value if operation.name else ""
        root = self._schema.get_root_type(operation.operation)
        assert root is not None
        path: list[str] = []
        on, selections, variables = root, operation.selection_set, _variable_names(operation)
        while True:
            [node] = selections.selections
            assert isinstance(node, FieldNode), name
            path.append(node.name.value)
            type_ = on.fields[node.name.value].type
            inner, nullable = (type_.of_type, False) if isinstance(type_, GraphQLNonNull) else (type_, True)
            if not isinstance(inner, GraphQLObjectType):
                break
            assert node.selection_set is not None
            if {"first", "after"} <= variables and "edges" in inner.fields:
                return Result(path, self._node_class(name, inner, node.selection_set), True)
            if len(node.selection_set.selections) > 1 or not isinstance(
                node.selection_set.selections[0], FieldNode
            ):
                break
            on, selections = inner, node.selection_set
        annotation = self._output_types.annotation(pascal_case(name), node, type_)
        return Result(path, annotation.removesuffix(" | None") if nullable else annotation, False)

    def _node_class(self, name: str, connection: GraphQLObjectType, selections: SelectionSetNode) -> str:
        edge = get_named_type(connection.fields["edges"].type)
        assert isinstance(edge, GraphQLObjectType)
        edges = next(
            node
            for node in selections.selections
            if isinstance(node, FieldNode) and node.name.value == "edges" and node.selection_set
        )
        assert edges.selection_set is not None
        [node] = edges.selection_set.selections
        assert isinstance(node, FieldNode) and node.selection_set is not None
        node_type = get_named_type(edge.fields["node"].type)
        assert isinstance(node_type, GraphQLObjectType)
        return self._output_types.class_of(f"{pascal_case(name)}Node", node_type, node.selection_set)

    def _parameters(self, operation: OperationDefinitionNode, is_list: bool) -> Parameters:
        """The fields of a single $input become parameters."""
        required: list[str] = []
        optional: list[str] = []
        variables: list[str] = []
        for definition in operation.variable_definitions or ():
            graphql_name = definition.variable.name.value
            if is_list and graphql_name in PAGE_VARIABLES:
                continue
            name = snake_case(graphql_name)
            type_ = type_from_ast(self._schema, definition.type)
            assert type_ is not None
            named = get_named_type(type_)
            annotation = self._input_types.annotation(type_)
            if (
                graphql_name == "input"
                and isinstance(named, GraphQLInputObjectType)
                and "Sequence" not in annotation
            ):
                arguments = []
                for field_name, field in named.fields.items():
                    field_annotation, default = self._input_types.field(field)
                    parameter = snake_case(field_name)
                    (optional if default else required).append(f"{parameter}: {field_annotation}{default}")
                    arguments.append(f"{parameter}={parameter}")
                variables.append(f'"input": {named.name}({", ".join(arguments)})')
                continue
            if definition.default_value is not None:
                default = {"true": "True", "false": "False"}[print_ast(definition.default_value)]
                optional.append(f"{name}: {annotation} = {default}")
            elif isinstance(type_, GraphQLNonNull):
                required.append(f"{name}: {annotation}")
            else:
                optional.append(f"{name}: {annotation} = None")
            variables.append(f'"{graphql_name}": {name}')
        return Parameters(required, optional, variables)

    def _description(self, operation: OperationDefinitionNode, result: Result) -> str:
        """Of the last field on the path that has a description, else of the type that it leads to."""
        on = self._schema.get_root_type(operation.operation)
        description: str | None = None
        for name in result.path:
            assert isinstance(on, GraphQLObjectType)
            description = on.fields[name].description or description
            named = get_named_type(on.fields[name].type)
            if not isinstance(named, GraphQLObjectType):
                break
            on = named
        if description is None and isinstance(on, GraphQLObjectType):
            description = on.description
        return description or f"The operation `{operation.name.value if operation.name else ''}`."


def _variable_names(operation: OperationDefinitionNode) -> set[str]:
    return {definition.variable.name.value for definition in operation.variable_definitions or ()}


def _spread_fragments(
    selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> set[str]:
    """The fragments that a selection needs, directly or through other fragments."""
    names: set[str] = set()
    for selection in selections.selections:
        if isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            names |= {name} | _spread_fragments(fragments[name].selection_set, fragments)
        elif isinstance(selection, FieldNode) and selection.selection_set:
            names |= _spread_fragments(selection.selection_set, fragments)
    return names
