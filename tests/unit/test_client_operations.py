from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from chowda.client import operations

ROOT = Path(__file__).parents[2]
DOCUMENTS = {
    name: value
    for name, value in vars(operations).items()
    if isinstance(value, str) and re.match(r"\s*(query|mutation|subscription)\b", value)
}


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema((ROOT / "schema.graphql").read_text())


def of_all_kinds(name: str, document: str) -> list[str]:
    """A template stands for one document of each noun or action."""
    if name in {"NAMED", "NAMES"}:
        return [document.format(noun=noun, plural=plural) for noun, plural in operations.PLURALS.items()]
    if name in {"CHANGE", "CHANGE_FILE"}:
        return [document.format(action=action) for action in ("cancel", "pause", "resume", "retry")]
    return [document]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_operation_of_the_client_is_valid_in_the_schema(name: str, schema: GraphQLSchema) -> None:
    for document in of_all_kinds(name, DOCUMENTS[name]):
        assert validate(schema, parse(document)) == []


def test_all_operations_are_held_against_the_schema() -> None:
    assert len(DOCUMENTS) == 14
