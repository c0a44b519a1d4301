"""Writes chowda/client/generated: `python chowda/client/generate.py`.

Reads schema.graphql and the operations beside this file.

- Each fragment becomes a class of its name. A selection inside a fragment becomes a class named after the outer class
  and the field. A selection that spreads a fragment and adds fields becomes a subclass.
- Each operation becomes an async and a blocking method. A method returns the value below the fields that are selected
  alone: { batch(id) { notStarted { … } } } returns the list.
- A list that takes $first and $after becomes Pages of its nodes.
- The fields of $input become the parameters of the method.

Enums, inputs and fields keep the names of the schema, in the case that Python uses.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from chowda.client.generator.modules import generate_modules

HERE = Path(__file__).parent
SCHEMA = HERE.parents[1] / "schema.graphql"
OPERATIONS = HERE / "operations"
GENERATED = HERE / "generated"


def format_module(text: str, name: str) -> str:
    """Formats with ruff, which is installed beside the Python of a development environment."""
    ruff = Path(sys.executable).with_name("ruff")
    for arguments in (
        ["check", "--fix", "--quiet", "--exit-zero", "--select", "I,F401"],
        ["format", "--quiet"],
    ):
        command = [str(ruff), *arguments, "--no-cache", "--stdin-filename", str(GENERATED / name), "-"]
        completed = subprocess.run(command, input=text, capture_output=True, text=True, check=True, cwd=HERE)
        text = completed.stdout
    return text


def generated_files() -> dict[str, str]:
    """The text of each file in chowda/client/generated, by its name."""
    operations = "\n".join(path.read_text("utf-8") for path in sorted(OPERATIONS.glob("*.graphql")))
    modules = generate_modules(SCHEMA.read_text("utf-8"), operations)
    return {name: format_module(text, name) for name, text in modules.items()}


if __name__ == "__main__":
    for name, text in generated_files().items():
        (GENERATED / name).write_text(text, "utf-8")
