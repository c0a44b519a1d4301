"""The generated code of the client matches the committed schema and operations."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from graphql import GraphQLError

from chowda.client import generate
from chowda.client.generate import GENERATED, generated_files
from chowda.client.generated import MODULES
from chowda.client.generator.modules import COMMAND, generate_modules

SDL = '''
type Query { thing(id: ID!): Thing, things(first: Int, after: String, filter: ThingFilter): ThingConnection! }
type Mutation { makeThing(input: MakeThingInput!): Thing! }
"""Something."""
type Thing { id: ID! name: String kind: Kind! parts: [Part!]! }
type Part { at: DateTime! oneAtATime: Boolean! }
type ThingConnection { edges: [ThingEdge!]! pageInfo: PageInfo! }
type ThingEdge { node: Thing! }
type PageInfo { hasNextPage: Boolean! endCursor: String }
input ThingFilter { names: [String!], from: DateTime }
input MakeThingInput { name: String!, count: Int! = 1 }
enum Kind { ONE OTHER }
scalar DateTime
'''
OPERATIONS = """
fragment Thing on Thing { id name kind parts { at oneAtATime } }
fragment PageInfo on PageInfo { hasNextPage endCursor }
query thing($id: ID!) { thing(id: $id) { ...Thing } }
query thingParts($id: ID!) { thing(id: $id) { parts { at } } }
query things($filter: ThingFilter, $first: Int, $after: String) {
  things(filter: $filter, first: $first, after: $after) { edges { node { ...Thing } } pageInfo { ...PageInfo } }
}
mutation makeThing($input: MakeThingInput!) { makeThing(input: $input) { id } }
"""


def generated() -> dict[str, str]:
    return generate_modules(SDL, OPERATIONS)


def test_the_committed_code_is_up_to_date() -> None:
    committed = {path.name: path.read_text("utf-8") for path in GENERATED.glob("*.py")}

    assert committed == generated_files(), f"generate it again: {COMMAND}"


def test_results_have_the_types_of_the_schema() -> None:
    types = generated()["types.py"]

    assert "class Thing(Output, frozen=True, kw_only=True):" in types
    assert '"""Something."""' in types
    assert "    name: str | None = None\n    kind: Kind\n    parts: list[ThingParts]" in types
    assert "    at: datetime\n    one_at_a_time: bool" in types


def test_methods_return_the_value_below_single_fields() -> None:
    methods = generated()["async_methods.py"]

    assert "async def thing(self, id: str) -> Thing:" in methods
    assert "async def thing_parts(self, id: str) -> list[ThingPartsParts]:" in methods
    assert "def things(self, *, filter: ThingFilter | None = None) -> AsyncPages[Thing]:" in methods
    assert "async def make_thing(self, name: str, *, count: int | UnsetType = UNSET) -> str:" in methods
    assert "def make_thing(self" in generated()["sync_methods.py"]


def test_a_python_keyword_keeps_its_name_in_requests() -> None:
    assert (
        'from_: datetime | UnsetType | None = field(default=UNSET, name="from")' in generated()["inputs.py"]
    )


def test_an_operation_with_an_unknown_field_is_refused() -> None:
    with pytest.raises(GraphQLError, match="Cannot query field 'colour'"):
        generate_modules(SDL, OPERATIONS.replace("{ at }", "{ colour }"))


def test_the_generator_does_not_import_generated_code() -> None:
    code = (
        "import runpy, sys\n"
        f"runpy.run_path({generate.__file__!r})\n"
        "print([name for name in sys.modules if name.startswith('chowda.client')])"
    )
    completed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    imported = ast.literal_eval(completed.stdout)
    assert "chowda.client.generator.modules" in imported
    assert not [name for name in imported if name.startswith("chowda.client.generated")]


def test_the_package_exports_every_generated_class() -> None:
    import chowda.client

    for name in MODULES:
        assert getattr(chowda.client, name).__name__ == name
    with pytest.raises(AttributeError, match="Nothing"):
        _ = chowda.client.Nothing


def test_a_type_checker_knows_the_results_of_methods(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from chowda.client import BatchRunFilter, Chowda, RunStatus\n"
        "with Chowda() as chowda:\n"
        "    for run in chowda.batch_runs(filter=BatchRunFilter(status=[RunStatus.FAILED])):\n"
        "        print(run.counts.failed + run.batch.name)\n"
        "    chowda.create_batch(guids=['a'])\n"
    )
    root = Path(__file__).parents[3]
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", str(script)]
    completed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)

    assert 'script.py:4: error: Unsupported operand types for + ("int" and "str")' in completed.stdout
    assert 'script.py:5: error: Missing positional argument "name"' in completed.stdout
    assert completed.stdout.count("error:") == 2
