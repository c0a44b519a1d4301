"""The committed schema is the served one, and satisfies the contract."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from graphql import (
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeDefinitionNode,
    parse,
    print_ast,
)

from chowda.schema.export import COMMAND, EXPORTED, sdl

CONTRACT = Path(__file__).parents[2] / "contract" / "core.graphql"


def types(text: str) -> dict[str, TypeDefinitionNode]:
    return {node.name.value: node for node in parse(text).definitions if isinstance(node, TypeDefinitionNode)}


CONTRACT_TYPES = types(CONTRACT.read_text())
SERVED = sdl()
CLOSED = {"RunStatus"}
PAUSED = '  """Batch runs only: no new step starts, and running calls continue."""\n  PAUSED\n'
BATCH_RUN = '"""The run of a pipeline on a batch. Each start of a batch creates one."""\n'


def problems_of_arguments(
    where: str,
    wanted: tuple[InputValueDefinitionNode, ...],
    served: tuple[InputValueDefinitionNode, ...],
) -> list[str]:
    """Types, nullability and defaults must be equal. Additional arguments must not be required."""
    found = {node.name.value: node for node in served}
    problems = []
    for node in wanted:
        name = node.name.value
        argument = found.pop(name, None)
        if argument is None:
            problems.append(f"{where}.{name} is missing")
            continue
        if print_ast(argument.type) != print_ast(node.type):
            problems.append(f"{where}.{name} is {print_ast(argument.type)}, not {print_ast(node.type)}")
        defaults = [print_ast(n.default_value) if n.default_value else None for n in (node, argument)]
        if defaults[0] != defaults[1]:
            problems.append(f"{where}.{name} has the default {defaults[1]}, not {defaults[0]}")
        if node.description and not argument.description:
            problems.append(f"{where}.{name} has no description")
    problems += [
        f"{where}.{name} is required, and not in the contract"
        for name, node in found.items()
        if print_ast(node.type).endswith("!") and node.default_value is None
    ]
    return problems


def problems_of_fields(
    where: str, wanted: tuple[FieldDefinitionNode, ...], served: tuple[FieldDefinitionNode, ...]
) -> list[str]:
    found = {node.name.value: node for node in served}
    problems = []
    for node in wanted:
        name = node.name.value
        field = found.get(name)
        if field is None:
            problems.append(f"{where}.{name} is missing")
            continue
        if print_ast(field.type) != print_ast(node.type):
            problems.append(f"{where}.{name} is {print_ast(field.type)}, not {print_ast(node.type)}")
        if node.description and not field.description:
            problems.append(f"{where}.{name} has no description")
        problems += problems_of_arguments(f"{where}.{name}", node.arguments or (), field.arguments or ())
    return problems


def problems_of(name: str, schema: Mapping[str, TypeDefinitionNode]) -> list[str]:
    """The differences of a type from the contract."""
    wanted, served = CONTRACT_TYPES[name], schema.get(name)
    if type(served) is not type(wanted):
        return [f"{name} is missing, or of another kind"]
    problems = [f"{name} has no description"] if wanted.description and not served.description else []
    match wanted, served:
        case ObjectTypeDefinitionNode(), ObjectTypeDefinitionNode():
            problems += problems_of_fields(name, wanted.fields, served.fields)
        case InputObjectTypeDefinitionNode(), InputObjectTypeDefinitionNode():
            problems += problems_of_arguments(name, wanted.fields, served.fields)
        case EnumTypeDefinitionNode(), EnumTypeDefinitionNode():
            members = [{value.name.value for value in node.values} for node in (wanted, served)]
            if not members[0] <= members[1] or (name in CLOSED and members[0] != members[1]):
                problems.append(f"{name} has the members {members[1]}, not {members[0]}")
        case ScalarTypeDefinitionNode(), ScalarTypeDefinitionNode():
            pass
        case _:
            problems.append(f"{name}: this test does not know this kind of type")
    return problems


def test_committed_schema_is_the_served_one() -> None:
    assert EXPORTED.read_text() == SERVED, f"the schema has changed: update schema.graphql with `{COMMAND}`"


@pytest.mark.parametrize("name", sorted(CONTRACT_TYPES))
def test_schema_satisfies_the_contract(name: str) -> None:
    assert problems_of(name, types(SERVED)) == []


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("guid: String!", "guid: String", "MediaFile.guid is String, not String!"),
        ("first: Int = 50", "first: Int = 20", "BatchRun.pipelineRuns.first has the default 20, not 50"),
        ("after: String,", "", "BatchRun.pipelineRuns.after is missing"),
        ("after: String,", "after: String, more: Int!,", "BatchRun.pipelineRuns.more is required"),
        (
            "maxConcurrency: Int! = 1",
            "maxConcurrency: Int!",
            "RegisterAppInput.maxConcurrency has the default None",
        ),
        (PAUSED, "", "RunStatus has the members"),
        (PAUSED, f"{PAUSED}  LOST\n", "RunStatus has the members"),
        ("scalar BigInt", "scalar Long", "BigInt is missing"),
        (BATCH_RUN, "", "BatchRun has no description"),
    ],
)
def test_violation_of_the_contract_is_found(before: str, after: str, problem: str) -> None:
    changed = SERVED.replace(before, after)
    assert changed != SERVED
    served_schema = types(changed)
    found = [line for name in CONTRACT_TYPES for line in problems_of(name, served_schema)]
    assert any(line.startswith(problem) for line in found), found


def test_every_type_and_enum_value_has_a_description() -> None:
    undescribed = []
    for name, node in types(SERVED).items():
        if isinstance(node, ObjectTypeDefinitionNode | EnumTypeDefinitionNode) and not node.description:
            undescribed.append(name)
        if isinstance(node, EnumTypeDefinitionNode):
            undescribed += [f"{name}.{value.name.value}" for value in node.values if not value.description]
    assert undescribed == []
