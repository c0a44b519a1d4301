"""The subscriptions to one batch run and to all active ones."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial

import strawberry

from chowda import models
from chowda.ids import Kind
from chowda.runs import batch_runs, pipeline_run_feed
from chowda.schema.batch_run.dataloaders import build_batch_runs, read_batch_runs
from chowda.schema.batch_run.type import BatchRun
from chowda.schema.context import Info
from chowda.schema.loaders import Loaders, use_one_snapshot
from chowda.schema.stale_loop import Reading, Source, existing_key, stale_loop


@strawberry.type
class BatchRunSubscriptions:
    @strawberry.subscription(
        description="One batch run: its present state first, then its state after each change. Changes that are close "
        "together may arrive as one event. The subscription completes after the final state."
    )
    async def batch_run(self, info: Info, id: strawberry.ID) -> AsyncGenerator[BatchRun, None]:
        key = await existing_key(info, Kind.BATCH_RUN, models.BatchRun, id)
        return stale_loop(info, Source((key,), partial(_read_one, key), BatchRun.marked_stale))

    @strawberry.subscription(
        description="All batch runs that are waiting, running or paused: the present list first, then each new list."
    )
    async def active_batch_runs(self, info: Info) -> AsyncGenerator[list[BatchRun], None]:
        return stale_loop(info, Source((None,), _read_active, _list_marked_stale))


async def _read_one(key: int, loaders: Loaders, last: BatchRun | None) -> Reading[BatchRun]:
    async with loaders.context.database.session() as session:
        run = (await read_batch_runs(session, loaders, [key]))[key]
    differs = last is None or await _looks_different(loaders, last, run)
    return Reading(run, differs, ended=run.status.ended)


async def _read_active(loaders: Loaders, last: list[BatchRun] | None) -> Reading[list[BatchRun]]:
    async with loaders.context.database.session() as session:
        await use_one_snapshot(session)
        keys = await batch_runs.active_ids(session)
        found = await build_batch_runs(session, loaders, keys)
    active = [found[key] for key in keys]
    differs = last is None or await _list_looks_different(loaders, last, active)
    return Reading(active, differs)


def _list_marked_stale(last: list[BatchRun]) -> list[BatchRun] | None:
    """None for an empty list: there is nothing that can be marked."""
    return [run.marked_stale() for run in last] or None


async def _looks_different(loaders: Loaders, last: BatchRun, run: BatchRun) -> bool:
    if run.visible_state != last.visible_state:
        return True
    if "pipelineRuns" not in loaders.field_names:
        return False
    async with loaders.context.database.session() as session:
        page = await pipeline_run_feed.read_page(session, run.key, last.cursor, limit=1)
    return bool(page.rows)


async def _list_looks_different(loaders: Loaders, last: list[BatchRun], active: list[BatchRun]) -> bool:
    if [run.key for run in last] != [run.key for run in active]:
        return True
    for before, now in zip(last, active, strict=True):
        if await _looks_different(loaders, before, now):
            return True
    return False
