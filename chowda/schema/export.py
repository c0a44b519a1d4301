"""Exports the schema: `python -m chowda.schema.export` writes schema.graphql in a checkout."""

from __future__ import annotations

from pathlib import Path

from chowda.schema.assembly import schema

EXPORTED = Path(__file__).parents[2] / "schema.graphql"
COMMAND = "python -m chowda.schema.export"


def sdl() -> str:
    return f"{schema.as_str().strip()}\n"


if __name__ == "__main__":
    EXPORTED.write_text(sdl())
