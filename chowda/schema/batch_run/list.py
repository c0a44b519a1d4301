"""The list of batch runs."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.runs import batch_run_list
from chowda.schema.batch_run.dataloaders import build_batch_runs
from chowda.schema.batch_run.type import BatchRun
from chowda.schema.connection import NodeList
from chowda.schema.loaders import Loaders


async def _build(session: AsyncSession, loaders: Loaders, rows: Sequence[models.BatchRun]) -> list[BatchRun]:
    found = await build_batch_runs(session, loaders, [row.id for row in rows])
    return [found[row.id] for row in rows]


BATCH_RUNS = NodeList(batch_run_list.BATCH_RUNS, _build)
