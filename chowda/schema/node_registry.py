"""References to types that a module must not import, so that modules of the schema do not import in a circle.

GraphQL types refer to each other: a media file has pipeline runs, and a pipeline run has its media file. A noun's
package imports the packages of the nouns that its nodes are made of: pipeline_run imports media_file. The other
direction goes through a reference in this module:

    @strawberry.field(graphql_type=PIPELINE_RUN.connection_type)
    async def pipeline_runs(self, …) -> object:
        return await PIPELINE_RUN.connect(self.loaders, query)

Strawberry imports the type by its name when it builds the schema. assembly.py provides the data loaders and lists.
"""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from chowda.pagination.keyset import ListQuery
from chowda.schema.connection import Connection, NodeList
from chowda.schema.loaders import Loaders, ReadNodes


class NodeReference:
    """A type by its name, with its data loader and its list."""

    def __init__(self, type_name: str, package: str) -> None:
        # Typed as Any, because mypy allows no variable in a type.
        annotated: Any = Annotated
        list_of: Any = list
        connection_of: Any = Connection
        self.type: Any = annotated[type_name, strawberry.lazy(f"chowda.schema.{package}.type")]
        self.list_type: Any = list_of[self.type]
        self.connection_type: Any = connection_of[self.type]
        self.read: ReadNodes[int, object]
        self.list: NodeList[Any, Any]

    def provide(self, read: ReadNodes[int, Any], list: NodeList[Any, Any] | None = None) -> None:
        self.read = read
        if list is not None:
            self.list = list

    async def node(self, loaders: Loaders, key: int) -> object:
        return await loaders.node(self.read, key)

    async def node_or_none(self, loaders: Loaders, key: int) -> object | None:
        return await loaders.node_or_none(self.read, key)

    async def connect(self, loaders: Loaders, query: ListQuery) -> object:
        """The connection of the type's list."""
        return await self.list.connect(loaders, query)


BATCH_RUN = NodeReference("BatchRun", "batch_run")
COLLECTION = NodeReference("Collection", "collection")
MMIF = NodeReference("Mmif", "mmif")
PIPELINE_RUN = NodeReference("PipelineRun", "pipeline_run")
STEP_RUN = NodeReference("StepRun", "step_run")
