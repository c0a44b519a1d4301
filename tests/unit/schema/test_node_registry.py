"""References between types by name: each has a data loader, and those to lists have a list."""

from __future__ import annotations

import pytest

from chowda.schema import node_registry, schema
from chowda.schema.node_registry import NodeReference

REFERENCES = {name: value for name, value in vars(node_registry).items() if isinstance(value, NodeReference)}


@pytest.mark.parametrize("name", REFERENCES)
def test_reference_is_provided(name: str) -> None:
    assert schema.query is not None
    reference = REFERENCES[name]
    assert callable(reference.read)
    if name in {"BATCH_RUN", "MMIF", "PIPELINE_RUN"}:
        assert reference.list.build is not None
