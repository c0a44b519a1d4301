"""Writes the typed half of the client: `python chowda/client/generate.py` renews chowda/client/generated.

It reads the committed schema.graphql and the operations beside this file, which say what the client asks for. Of each
fragment, and of each selection within one, it makes a class; of each operation a method, once async and once not.

- A fragment's class has the fragment's name, an inner selection that of its class and field; one that spreads a
  fragment and adds fields is a subclass.
- A method gives what lies below the fields that stand alone: of { batch(id) { notStarted { … } } } the list.
- A list that takes $first and $after becomes Pages of its nodes.
- $input is given field by field.

Enums, inputs and fields keep the words of the schema.
"""

from __future__ import annotations

import keyword
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLType,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    build_schema,
    get_named_type,
    is_required_input_field,
    parse,
    print_ast,
    type_from_ast,
    validate,
)

HERE = Path(__file__).parent
SCHEMA = HERE.parents[1] / "schema.graphql"
OPERATIONS = HERE / "operations"
GENERATED = HERE / "generated"
COMMAND = "python chowda/client/generate.py"
NOTICE = f"Made by `{COMMAND}`: change the operations or the schema, not this."
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
DOC_WIDTH = 100


@dataclass
class Class:
    """A class of results. `bases` are fragments that it spreads."""

    name: str
    description: str | None
    bases: list[str]
    fields: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Result:
    """Of an operation: the fields down to what its method gives, and that as an annotation."""

    path: list[str]
    annotation: str
    is_list: bool


class Generator:
    """One schema and its operations. Raises GraphQLError, ValueError for operations that don't fit it."""

    def __init__(self, sdl: str, operations: str) -> None:
        self._schema: GraphQLSchema = build_schema(sdl)
        document = parse(operations)
        errors = validate(self._schema, document)
        if errors:
            raise errors[0]
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._operations = [
            node for node in document.definitions if isinstance(node, OperationDefinitionNode)
        ]
        self._enums: dict[str, GraphQLEnumType] = {}
        self._inputs: dict[str, GraphQLInputObjectType] = {}
        self._classes: dict[str, Class] = {}

    def files(self) -> dict[str, str]:
        """Each file's text by its name."""
        for fragment in self._fragments.values():
            self._fragment_class(fragment)
        operations = [*self._fragment_texts(), *map(self._document, self._operations)]
        methods = {awaited: self._methods(awaited=awaited) for awaited in (True, False)}
        inputs = self._input_classes()
        enums = self._imported("enums", self._enums)
        basis = ["from datetime import datetime", "from typing import Any", enums]
        of_inputs = [
            "from collections.abc import Sequence",
            "from msgspec import UNSET, UnsetType, field",
            "from chowda.client.operation import Input",
        ]
        of_operations = [
            "from chowda.client.operation import Operation",
            self._imported("types", self._classes),
        ]
        answer = "from chowda.client.operation import Answer"
        return {
            "__init__.py": self._modules(),
            "operations.py": self._module("What the client asks", of_operations, operations),
            "enums.py": self._module("Enums of the API", ["from enum import StrEnum"], self._enum_classes()),
            "inputs.py": self._module("Inputs of the API", [*basis, *of_inputs], inputs),
            "types.py": self._module("What the client gets", [*basis, answer], self._types()),
            "async_methods.py": methods[True],
            "sync_methods.py": methods[False],
        }

    def _modules(self) -> str:
        homes: dict[str, Iterable[str]] = {
            "enums": self._enums,
            "inputs": self._inputs,
            "types": self._classes,
        }
        names = {name: module for module, made in homes.items() for name in sorted([*made])}
        return f'"""Which class is in which module.\n\n{NOTICE}\n"""\n\nMODULES = {names!r}\n'

    def _module(self, about: str, imports: Iterable[str], body: Iterable[str]) -> str:
        """Its imports may be more than it needs: what is not used falls away when it is formatted."""
        head = [f'"""{about}.\n\n{NOTICE}\n"""', "", "from __future__ import annotations", ""]
        return "\n".join([*head, *imports, "", *body])

    def _imported(self, module: str, names: Iterable[str]) -> str:
        return f"from chowda.client.generated.{module} import {', '.join(sorted(names))}"

    # Results

    def _fragment_class(self, fragment: FragmentDefinitionNode) -> str:
        name = fragment.name.value
        if name not in self._classes:
            on = self._schema.get_type(fragment.type_condition.name.value)
            assert isinstance(on, GraphQLObjectType)
            self._class(name, on, fragment.selection_set)
        return name

    def _class(self, name: str, on: GraphQLObjectType, selections: SelectionSetNode) -> str:
        """Made once everything that it rests on has been made."""
        made = Class(name, on.description, [])
        for selection in selections.selections:
            match selection:
                case FragmentSpreadNode():
                    made.bases.append(self._fragment_class(self._fragments[selection.name.value]))
                case FieldNode():
                    made.fields.append(self._field(name, on, selection))
                case _:
                    raise ValueError(f"{name}: inline fragments are not known here.")
        if self._classes.setdefault(name, made) is not made and self._classes[name] != made:
            raise ValueError(f"There would be two classes {name}.")
        return name

    def _field(self, parent: str, on: GraphQLObjectType, node: FieldNode) -> str:
        if node.alias:
            raise ValueError(f"{parent}: aliases are not known here.")
        definition = on.fields[node.name.value]
        annotation = self._annotation(parent, node, definition.type)
        default = ""
        if node.directives:  # @include: it may be missing
            annotation, default = f"{annotation.removesuffix(' | None')} | None", " = None"
        elif annotation.endswith("| None"):
            default = " = None"
        return f"{_snake(node.name.value)}: {annotation}{default}{_field_doc(definition.description)}"

    def _annotation(self, parent: str, node: FieldNode, type_: GraphQLOutputType) -> str:
        named = get_named_type(type_)
        if isinstance(named, GraphQLObjectType):
            assert node.selection_set is not None
            name = self._selected(f"{parent}{_pascal(node.name.value)}", named, node.selection_set)
        else:
            name = self._leaf(named)
        return _wrapped(type_, name, "list")

    def _selected(self, name: str, on: GraphQLObjectType, selections: SelectionSetNode) -> str:
        only = selections.selections[0]
        if len(selections.selections) == 1 and isinstance(only, FragmentSpreadNode):
            return self._fragment_class(self._fragments[only.name.value])
        return self._class(name, on, selections)

    def _leaf(self, named: GraphQLNamedType) -> str:
        if isinstance(named, GraphQLEnumType):
            self._enums[named.name] = named
            return named.name
        assert isinstance(named, GraphQLScalarType)
        return SCALARS[named.name]

    def _types(self) -> Iterator[str]:
        for made in self._classes.values():
            yield f"class {made.name}({', '.join(made.bases) or 'Answer'}, frozen=True, kw_only=True):"
            yield _doc(made.description or made.name, 4)
            yield from (textwrap.indent(line, "    ") for line in made.fields)

    # Inputs

    def _input_annotation(self, type_: GraphQLType) -> str:
        named = get_named_type(type_)
        if isinstance(named, GraphQLInputObjectType):
            self._inputs.setdefault(named.name, named)
            return _wrapped(type_, named.name, "Sequence")
        return _wrapped(type_, self._leaf(named), "Sequence")

    def _input_classes(self) -> list[str]:
        done: dict[str, list[str]] = {}
        while waiting := [input_ for name, input_ in self._inputs.items() if name not in done]:
            for input_ in waiting:
                lines = [f"class {input_.name}(Input, frozen=True, kw_only=True):"]
                lines.append(_doc(input_.description or input_.name, 4))
                for name, field_ in input_.fields.items():
                    lines.append(textwrap.indent(self._input_field(name, field_), "    "))
                done[input_.name] = lines
        return [line for name in sorted(done) for line in done[name]]

    def _input_field(self, name: str, field_: GraphQLInputField) -> str:
        annotation, default = self._given(field_)
        if keyword.iskeyword(name):
            default = f' = field({"default=UNSET, " * bool(default)}name="{name}")'
        return f"{_snake(name)}: {annotation}{default}{_field_doc(field_.description)}"

    def _given(self, field_: GraphQLInputField) -> tuple[str, str]:
        """Annotation and default of a field that is given."""
        annotation = self._input_annotation(field_.type)
        if is_required_input_field(field_):
            return annotation, ""
        bare = annotation.removesuffix(" | None")
        return f"{bare} | UnsetType{' | None' * (bare != annotation)}", " = UNSET"

    def _enum_classes(self) -> Iterator[str]:
        for name in sorted(self._enums):
            enum = self._enums[name]
            yield f"class {name}(StrEnum):"
            yield _doc(enum.description or name, 4)
            for value, definition in enum.values.items():
                yield f'    {value} = "{value}"'
                if definition.description:
                    yield _doc(definition.description, 4)

    # Operations

    def _result(self, operation: OperationDefinitionNode) -> Result:
        name = operation.name.value if operation.name else ""
        root = self._schema.get_root_type(operation.operation)
        assert root is not None
        path: list[str] = []
        on, selections, variables = root, operation.selection_set, _variables(operation)
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
                return Result(path, self._node(name, inner, node.selection_set), True)
            if len(node.selection_set.selections) > 1 or not isinstance(
                node.selection_set.selections[0], FieldNode
            ):
                break
            on, selections = inner, node.selection_set
        annotation = self._annotation(_pascal(name), node, type_)
        return Result(path, annotation.removesuffix(" | None") if nullable else annotation, False)

    def _node(self, name: str, connection: GraphQLObjectType, selections: SelectionSetNode) -> str:
        """The class of a list's nodes."""
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
        of = get_named_type(edge.fields["node"].type)
        assert isinstance(of, GraphQLObjectType)
        return self._selected(f"{_pascal(name)}Node", of, node.selection_set)

    def _document(self, operation: OperationDefinitionNode) -> str:
        assert operation.name is not None
        result = self._result(operation)
        names = sorted(_spread(operation.selection_set, self._fragments))
        return (
            f"{_snake(operation.name.value).upper()}: Operation[{result.annotation}] = Operation(\n"
            f'    """\n{print_ast(operation)}\n"""\n'
            f"    {''.join(f' + {_constant(name)}' for name in names)},\n"
            f"    {tuple(result.path)!r},\n    {result.annotation},\n)"
        )

    def _fragment_texts(self) -> Iterator[str]:
        for name in sorted(self._fragments):
            yield f'{_constant(name)} = """\n{print_ast(self._fragments[name])}\n"""'

    def _methods(self, *, awaited: bool) -> str:
        base = "AsyncMethods" if awaited else "SyncMethods"
        methods = [
            textwrap.indent(self._method(operation, awaited), "    ") for operation in self._operations
        ]
        asking, pages = ("AsyncAsking", "AsyncPages") if awaited else ("Asking", "Pages")
        imports = [
            "from collections.abc import AsyncGenerator, Generator, Sequence",
            "from datetime import datetime",
            "from typing import Any",
            "from msgspec import UNSET, UnsetType",
            "from chowda.client.generated import operations",
            f"from chowda.client.pages import {pages}",
            f"from chowda.client.transport_base import {asking}",
            self._imported("enums", self._enums),
            self._imported("inputs", self._inputs),
            self._imported("types", self._classes),
        ]
        how = ", to be awaited" if awaited else ""
        body = [f"class {base}({asking}):", f'    """What can be asked of a Chowda{how}."""', *methods]
        return self._module(f"A method for each operation{how}", imports, body)

    def _method(self, operation: OperationDefinitionNode, awaited: bool) -> str:
        assert operation.name is not None
        result = self._result(operation)
        required, optional, variables = self._parameters(operation, result.is_list)
        parameters = ["self", *required, *(["*", *optional] if optional else [])]
        name = _snake(operation.name.value)
        arguments = f"operations.{name.upper()}, {{{', '.join(variables)}}}"
        keyword_, call, annotation = "def", f"self._ask({arguments})", result.annotation
        if result.is_list:
            call, annotation = f"self._pages({arguments})", f"{'Async' * awaited}Pages[{annotation}]"
        elif operation.operation is OperationType.SUBSCRIPTION:
            call = f"self._watch({arguments})"
            annotation = f"AsyncGenerator[{annotation}]" if awaited else f"Generator[{annotation}]"
        elif awaited:
            keyword_, call = "async def", f"await {call}"
        return (
            f"{keyword_} {name}({', '.join(parameters)}) -> {annotation}:\n"
            f"{_doc(self._description(operation, result), 4)}\n    return {call}\n"
        )

    def _parameters(
        self, operation: OperationDefinitionNode, is_list: bool
    ) -> tuple[list[str], list[str], list[str]]:
        """Required ones, optional ones, and the variables that they make."""
        required: list[str] = []
        optional: list[str] = []
        variables: list[str] = []
        for definition in operation.variable_definitions or ():
            graphql_name = definition.variable.name.value
            if is_list and graphql_name in {"first", "after", "counted"}:
                continue
            name = _snake(graphql_name)
            type_ = type_from_ast(self._schema, definition.type)
            assert type_ is not None
            named = get_named_type(type_)
            annotation = self._input_annotation(type_)
            if (
                graphql_name == "input"
                and isinstance(named, GraphQLInputObjectType)
                and "Sequence" not in annotation
            ):
                given = []
                for inner, field_ in named.fields.items():
                    inner_annotation, default = self._given(field_)
                    inner_name = _snake(inner)
                    (optional if default else required).append(f"{inner_name}: {inner_annotation}{default}")
                    given.append(f"{inner_name}={inner_name}")
                variables.append(f'"input": {named.name}({", ".join(given)})')
                continue
            if definition.default_value is not None:
                default = {"true": "True", "false": "False"}[print_ast(definition.default_value)]
                optional.append(f"{name}: {annotation} = {default}")
            elif isinstance(type_, GraphQLNonNull):
                required.append(f"{name}: {annotation}")
            else:
                optional.append(f"{name}: {annotation} = None")
            variables.append(f'"{graphql_name}": {name}')
        return required, optional, variables

    def _description(self, operation: OperationDefinitionNode, result: Result) -> str:
        """Of the field that the method is about: the last of its path that has one."""
        on = self._schema.get_root_type(operation.operation)
        found: str | None = None
        for name in result.path:
            assert isinstance(on, GraphQLObjectType)
            found = on.fields[name].description or found
            named = get_named_type(on.fields[name].type)
            if not isinstance(named, GraphQLObjectType):
                break
            on = named
        if found is None and isinstance(on, GraphQLObjectType):
            found = on.description
        return found or "As in the schema."


def _variables(operation: OperationDefinitionNode) -> set[str]:
    return {definition.variable.name.value for definition in operation.variable_definitions or ()}


def _spread(selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode]) -> set[str]:
    """The fragments that a selection rests on, directly or not."""
    found: set[str] = set()
    for selection in selections.selections:
        if isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            found |= {name} | _spread(fragments[name].selection_set, fragments)
        elif isinstance(selection, FieldNode) and selection.selection_set:
            found |= _spread(selection.selection_set, fragments)
    return found


def _wrapped(type_: GraphQLType, name: str, of_many: str) -> str:
    if isinstance(type_, GraphQLNonNull):
        return _bare(type_.of_type, name, of_many)
    bare = _bare(type_, name, of_many)
    return bare if bare == "Any" else f"{bare} | None"


def _bare(type_: GraphQLType, name: str, of_many: str) -> str:
    return f"{of_many}[{_wrapped(type_.of_type, name, of_many)}]" if isinstance(type_, GraphQLList) else name


def _snake(name: str) -> str:
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    return f"{snake}_" if keyword.iskeyword(snake) else snake


def _constant(fragment: str) -> str:
    return f"{_snake(fragment).upper()}_FRAGMENT"


def _pascal(name: str) -> str:
    return name[:1].upper() + name[1:]


def _doc(text: str, indent: int) -> str:
    """A docstring, its lines no longer than DOC_WIDTH; a table is left as it is."""
    prefix = " " * indent
    if "\n" in text:
        return textwrap.indent(f'r"""{text}\n"""', prefix)
    lines = textwrap.wrap(text, DOC_WIDTH, break_long_words=False)
    if len(lines) == 1:
        closing = ' """' if lines[0].endswith('"') else '"""'
        return f'{prefix}"""{lines[0]}{closing}'
    return textwrap.indent("\n".join([f'"""{lines[0]}', *lines[1:], '"""']), prefix)


def _field_doc(text: str | None) -> str:
    return f"\n{_doc(text, 0)}" if text else ""


def formatted(text: str, name: str) -> str:
    """As ruff, which is at hand wherever this is developed, would have it."""
    ruff = Path(sys.executable).with_name("ruff")
    for arguments in (
        ["check", "--fix", "--quiet", "--exit-zero", "--select", "I,F401"],
        ["format", "--quiet"],
    ):
        command = [str(ruff), *arguments, "--no-cache", "--stdin-filename", str(GENERATED / name), "-"]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=True, cwd=HERE)
        text = done.stdout
    return text


def files() -> dict[str, str]:
    """What is to lie in chowda/client/generated."""
    operations = "\n".join(path.read_text("utf-8") for path in sorted(OPERATIONS.glob("*.graphql")))
    generated = Generator(SCHEMA.read_text("utf-8"), operations).files()
    return {name: formatted(text, name) for name, text in generated.items()}


if __name__ == "__main__":
    for name, text in files().items():
        (GENERATED / name).write_text(text, "utf-8")
