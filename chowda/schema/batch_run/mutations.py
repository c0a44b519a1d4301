"""Mutations of batch runs. Those that start a batch are in start_mutations.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.bulk import Effect, Outcome
from chowda.errors import NotFound
from chowda.ids import Kind, not_found, require
from chowda.runs import batch_run_list, batch_runs, bulk_actions
from chowda.runs.bulk_actions import Action, Change
from chowda.schema.batch_run.dataloaders import read_batch_runs
from chowda.schema.batch_run.filter import BatchRunFilterInput
from chowda.schema.batch_run.type import BatchRun
from chowda.schema.bulk_changes import BulkResult, parts, selected_keys
from chowda.schema.context import Info
from chowda.schema.loaders import Loaders
from chowda.schema.optional_values import value_or_none


@strawberry.type
class BatchRunMutations:
    @strawberry.mutation(
        description="Cancels all parts of a batch run that have not ended. A run that has ended stays as it is."
    )
    async def cancel_batch_run(self, info: Info, id: strawberry.ID) -> BatchRun:
        return await _change_one(info, id, "cancelBatchRun", batch_runs.cancel_batch_run)

    @strawberry.mutation(
        description="Pauses a batch run: no new step starts, and running calls continue. A run that has ended stays as "
        "it is."
    )
    async def pause_batch_run(self, info: Info, id: strawberry.ID) -> BatchRun:
        return await _change_one(info, id, "pauseBatchRun", batch_runs.pause_batch_run)

    @strawberry.mutation(description="Resumes a paused batch run. A run that has ended stays as it is.")
    async def resume_batch_run(self, info: Info, id: strawberry.ID) -> BatchRun:
        return await _change_one(info, id, "resumeBatchRun", batch_runs.resume_batch_run)

    @strawberry.mutation(
        description="Retries the files that failed or were canceled: they continue from their last good MMIF, in the "
        "same batch run, with all attempts of the retry policy again. CONFLICT if there is nothing to retry. With "
        "`fromStep`, each of these files goes back to that step; a file that has not reached it continues where it "
        "was. BAD_USER_INPUT for a step that no file has reached."
    )
    async def retry_batch_run(
        self, info: Info, id: strawberry.ID, from_step: int | None = strawberry.UNSET
    ) -> BatchRun:
        step = value_or_none(from_step)
        change = partial(batch_runs.retry_batch_run, from_step=step)
        return await _change_one(info, id, "retryBatchRun", change, fromStep=step)

    @strawberry.mutation(
        description="Sets the priority of a batch run, -100 to 100. If batch runs share an app, the one with the "
        "higher priority goes first. Running calls continue. A run that has ended stays as it is."
    )
    async def set_batch_run_priority(self, info: Info, id: strawberry.ID, priority: int) -> BatchRun:
        change = partial(batch_runs.set_batch_run_priority, priority=priority)
        return await _change_one(info, id, "setBatchRunPriority", change, priority=priority)

    @strawberry.mutation(
        description="Cancels all parts of many batch runs that have not ended. With dryRun: previews the effect in "
        "numbers."
    )
    async def cancel_batch_runs(
        self,
        info: Info,
        ids: list[strawberry.ID] | None = strawberry.UNSET,
        filter: BatchRunFilterInput | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        keys = await _selected(info, ids, filter)
        return await _change_many(info, "cancelBatchRuns", Change(Action.CANCEL), keys, dry_run)

    @strawberry.mutation(
        description="Pauses many batch runs: no new step starts. With dryRun: previews the effect in numbers."
    )
    async def pause_batch_runs(
        self,
        info: Info,
        ids: list[strawberry.ID] | None = strawberry.UNSET,
        filter: BatchRunFilterInput | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        keys = await _selected(info, ids, filter)
        return await _change_many(info, "pauseBatchRuns", Change(Action.PAUSE), keys, dry_run)

    @strawberry.mutation(
        description="Resumes many paused batch runs. With dryRun: previews the effect in numbers."
    )
    async def resume_batch_runs(
        self,
        info: Info,
        ids: list[strawberry.ID] | None = strawberry.UNSET,
        filter: BatchRunFilterInput | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        keys = await _selected(info, ids, filter)
        return await _change_many(info, "resumeBatchRuns", Change(Action.RESUME), keys, dry_run)

    @strawberry.mutation(
        description="Retries the files of many batch runs that failed or were canceled or, with `fromStep`, sends them "
        "back to that step. See retryBatchRun. With dryRun: previews the effect in numbers."
    )
    async def retry_batch_runs(
        self,
        info: Info,
        ids: list[strawberry.ID] | None = strawberry.UNSET,
        filter: BatchRunFilterInput | None = strawberry.UNSET,
        from_step: int | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        change = Change(Action.RETRY, value_or_none(from_step))
        keys = await _selected(info, ids, filter)
        return await _change_many(info, "retryBatchRuns", change, keys, dry_run)

    @strawberry.mutation(
        description="Sets the priority of many batch runs. See setBatchRunPriority. With dryRun: previews the effect "
        "in numbers."
    )
    async def set_batch_run_priorities(
        self,
        info: Info,
        *,
        ids: list[strawberry.ID] | None = strawberry.UNSET,
        filter: BatchRunFilterInput | None = strawberry.UNSET,
        priority: int,
        dry_run: bool = False,
    ) -> BulkResult:
        batch_runs.check_priority(priority)
        change = Change(Action.PRIORITIZE, priority=priority)
        keys = await _selected(info, ids, filter)
        return await _change_many(info, "setBatchRunPriorities", change, keys, dry_run)


async def _change_one(
    info: Info,
    batch_run_id: str,
    action: str,
    change: Callable[[AsyncSession, int], Awaitable[object]],
    **details: Any,
) -> BatchRun:
    """`action` is the name of the mutation in the audit log."""
    key = require(Kind.BATCH_RUN, batch_run_id)
    try:
        async with info.context.database.session() as session:
            await change(session, key)
            await info.context.audit.record(session, action, Kind.BATCH_RUN, key, **details)
    except NotFound:
        raise not_found(Kind.BATCH_RUN, batch_run_id) from None
    info.context.notifier.batch_run(key)
    return await Loaders.of(info).node(read_batch_runs, key)


async def _selected(
    info: Info, ids: list[strawberry.ID] | None, filter: BatchRunFilterInput | None
) -> Sequence[int]:
    return await selected_keys(info, Kind.BATCH_RUN, batch_run_list.BATCH_RUNS, ids, filter)


async def _change_many(
    info: Info, action: str, change: Change, keys: Sequence[int], dry_run: bool
) -> BulkResult:
    """Changes each batch run in its own transaction."""
    outcomes: list[Outcome] = []
    if dry_run:
        for part in parts(keys):
            async with info.context.database.session() as session:
                outcomes += await bulk_actions.preview_batch_runs(session, change, part)
    else:
        for key in keys:
            async with info.context.database.session() as session:
                outcome = await bulk_actions.change_batch_run(session, change, key)
                if isinstance(outcome, Effect):
                    await info.context.audit.record(
                        session, action, Kind.BATCH_RUN, key, files=outcome.files, **change.details
                    )
            outcomes.append(outcome)
            info.context.notifier.batch_run(key)
    message = bulk_actions.summary(change, Kind.BATCH_RUN, outcomes, done=not dry_run)
    return BulkResult.of(outcomes, dry_run, message)
