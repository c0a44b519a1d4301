"""The list of pipelines."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.pipelines import list as pipeline_list
from chowda.schema.connection import NodeList
from chowda.schema.loaders import Loaders
from chowda.schema.pipeline.dataloaders import read_pipelines
from chowda.schema.pipeline.type import Pipeline


async def _build(session: AsyncSession, loaders: Loaders, rows: Sequence[models.Pipeline]) -> list[Pipeline]:
    found = await read_pipelines(session, loaders, [row.id for row in rows])
    return [found[row.id] for row in rows]


PIPELINES = NodeList(pipeline_list.PIPELINES, _build)
