"""Invalid and too large documents are refused before any resolver runs."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import get_introspection_query

from chowda.schema import schema
from chowda.schema.limits import ALIASES_LIMIT, DEPTH_LIMIT, FIELDS_LIMIT, ROOT_FIELDS_LIMIT, TOKENS_LIMIT

NESTED = "batchRun { pipelineRuns { edges { node { "


async def codes(query: str, **variables: Any) -> set[str]:
    """The codes of the errors. There is no database, so a resolver that ran would be INTERNAL."""
    errors = (await schema.execute(query, variables)).errors or []
    return {str((error.extensions or {}).get("code")) for error in errors}


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{", {}),
        ("{ nope }", {}),
        ("query ($id: ID!) { batchRun(id: $id) { id } }", {}),
        ("query ($id: ID!) { batchRun(id: $id) { id } }", {"id": None}),
        ("query ($id: ID!) { batchRun(id: $id) { id } }", {"id": {"a": 1}}),
        ("fragment F on Query { ...F } { ...F }", {}),
        ("{ batchRuns(first: 3000000000) { nodes { id } } }", {}),
        ("{ batchRuns(first: -1) { nodes { id } } }", {}),
        ("mutation ($input: [MediaFileInput!]!) { addMediaFiles(input: $input) { guid } }", {"input": [1]}),
        (
            "mutation { addMediaFiles(input: "
            '[{guid: "a", documents: [{type: FILM, location: "x"}]}]) { guid } }',
            {},
        ),
        (
            "mutation ($p: JSON) { createPipeline(input: "
            '{name: "p", steps: [{appId: "app-1", parameters: $q}]}) { id } }',
            {},
        ),
    ],
)
async def test_invalid_documents_and_values_are_bad_user_input(query: str, variables: dict[str, Any]) -> None:
    assert await codes(query, **variables) == {"BAD_USER_INPUT"}


async def test_null_for_a_value_with_a_default_is_bad_user_input() -> None:
    query = 'mutation ($n: Int = 2) { registerApp(input: {endpoint: "http://x", maxConcurrency: $n}) { id } }'
    assert await codes(query, n=None) == {"BAD_USER_INPUT"}


@pytest.mark.parametrize(
    "query",
    [
        "{ " + "a { " * 300 + "b" + " }" * 301,
        "{ " + "b " * (TOKENS_LIMIT + 1) + "}",
        "{ " + " ".join("batchRuns { nodes { id } }" for _ in range(ROOT_FIELDS_LIMIT + 1)) + " }",
        "{ batchRuns { nodes { " + " ".join(f"a{n}: id" for n in range(ALIASES_LIMIT + 1)) + " } } }",
        "{ batchRuns { nodes { " + "id " * (FIELDS_LIMIT + 1) + " } } }",
        "{ batchRuns { nodes { pipelineRuns { edges { node { "
        + NESTED * (DEPTH_LIMIT // 4)
        + "id"
        + " }" * (DEPTH_LIMIT // 4 * 4 + 6),
        "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }",
        "{ batchRuns(first: 501) { nodes { id } } }",
    ],
    ids=["nested", "tokens", "root", "aliases", "fields", "depth", "introspection", "list"],
)
async def test_too_large_documents_are_refused(query: str) -> None:
    assert await codes(query) == {"LIMIT_EXCEEDED"}


async def test_fragments_count_wherever_they_are_spread() -> None:
    doubling = " ".join(f"fragment F{n} on BatchRun {{ ...F{n + 1} ...F{n + 1} }}" for n in range(40))
    query = f"{{ batchRuns {{ nodes {{ ...F0 }} }} }} {doubling} fragment F40 on BatchRun {{ id }}"
    assert await codes(query) == {"LIMIT_EXCEEDED"}


async def test_introspection_of_tools_is_answered() -> None:
    result = await schema.execute(get_introspection_query())
    assert result.errors is None
    assert result.data is not None
    assert result.data["__schema"]["queryType"]["name"] == "Query"
