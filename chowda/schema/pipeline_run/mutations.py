"""Mutations of pipeline runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.bulk import Effect, Outcome
from chowda.errors import NotFound
from chowda.ids import Kind, not_found, opaque, require
from chowda.runs import bulk_actions, pipeline_run_list, pipeline_runs
from chowda.runs.bulk_actions import Action, Change
from chowda.schema.bulk_changes import BulkResult, parts, selected_keys
from chowda.schema.context import Info
from chowda.schema.loaders import Loaders
from chowda.schema.optional_values import value_or_none
from chowda.schema.pipeline_run.dataloaders import read_pipeline_runs
from chowda.schema.pipeline_run.filter import PipelineRunFilterInput
from chowda.schema.pipeline_run.type import PipelineRun


@strawberry.type
class PipelineRunMutations:
    @strawberry.mutation(
        description="Cancels one file of a batch run. A file that has ended stays as it is. The batch run does not "
        "count the file as failed, and ends when no other file of it waits or runs."
    )
    async def cancel_pipeline_run(self, info: Info, id: strawberry.ID) -> PipelineRun:
        return await _change_one(info, id, "cancelPipelineRun", pipeline_runs.cancel_pipeline_run)

    @strawberry.mutation(
        description="Pauses one file of a batch run: no new step of it starts, and running calls continue. Its status "
        "stays, and `paused` is true. A file that has ended stays as it is."
    )
    async def pause_pipeline_run(self, info: Info, id: strawberry.ID) -> PipelineRun:
        return await _change_one(info, id, "pausePipelineRun", pipeline_runs.pause_pipeline_run)

    @strawberry.mutation(
        description="Resumes a file that is paused itself. A pause of its batch run remains. A file that has ended "
        "stays as it is."
    )
    async def resume_pipeline_run(self, info: Info, id: strawberry.ID) -> PipelineRun:
        return await _change_one(info, id, "resumePipelineRun", pipeline_runs.resume_pipeline_run)

    @strawberry.mutation(
        description="Retries a file that failed or was canceled: it continues from its last good MMIF, with all "
        "attempts of the retry policy again, and its batch run continues with it. CONFLICT if there is nothing to "
        "retry. With `fromStep`, the file goes back to that step, also if it has finished, and starts from the output "
        "of the step before; step 1 starts from the MMIF that the file was started with. BAD_USER_INPUT for a step "
        "that the file has not reached. Earlier results remain."
    )
    async def retry_pipeline_run(
        self, info: Info, id: strawberry.ID, from_step: int | None = strawberry.UNSET
    ) -> PipelineRun:
        step = value_or_none(from_step)
        change = partial(pipeline_runs.retry_pipeline_run, from_step=step)
        return await _change_one(info, id, "retryPipelineRun", change, fromStep=step)

    @strawberry.mutation(
        description="Cancels many files, of one or several batch runs. With dryRun: previews the effect in numbers."
    )
    async def cancel_pipeline_runs(
        self,
        info: Info,
        ids: list[strawberry.ID] | None = strawberry.UNSET,
        filter: PipelineRunFilterInput | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        keys = await _selected(info, ids, filter)
        return await _change_many(info, "cancelPipelineRuns", Change(Action.CANCEL), keys, dry_run)

    @strawberry.mutation(
        description="Pauses many files, of one or several batch runs. With dryRun: previews the effect in numbers."
    )
    async def pause_pipeline_runs(
        self,
        info: Info,
        ids: list[strawberry.ID] | None = strawberry.UNSET,
        filter: PipelineRunFilterInput | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        keys = await _selected(info, ids, filter)
        return await _change_many(info, "pausePipelineRuns", Change(Action.PAUSE), keys, dry_run)

    @strawberry.mutation(
        description="Resumes many files that are paused themselves. With dryRun: previews the effect in numbers."
    )
    async def resume_pipeline_runs(
        self,
        info: Info,
        ids: list[strawberry.ID] | None = strawberry.UNSET,
        filter: PipelineRunFilterInput | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        keys = await _selected(info, ids, filter)
        return await _change_many(info, "resumePipelineRuns", Change(Action.RESUME), keys, dry_run)

    @strawberry.mutation(
        description="Retries many files that failed or were canceled or, with `fromStep`, sends them back to that "
        "step, also if they have finished. See retryPipelineRun. With dryRun: previews the effect in numbers."
    )
    async def retry_pipeline_runs(
        self,
        info: Info,
        ids: list[strawberry.ID] | None = strawberry.UNSET,
        filter: PipelineRunFilterInput | None = strawberry.UNSET,
        from_step: int | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        change = Change(Action.RETRY, value_or_none(from_step))
        keys = await _selected(info, ids, filter)
        return await _change_many(info, "retryPipelineRuns", change, keys, dry_run)


async def _change_one(
    info: Info,
    pipeline_run_id: str,
    action: str,
    change: Callable[[AsyncSession, int], Awaitable[int]],
    **details: Any,
) -> PipelineRun:
    """`change` returns the key of the batch run. `action` is the name of the mutation in the audit log."""
    key = require(Kind.PIPELINE_RUN, pipeline_run_id)
    try:
        async with info.context.database.session() as session:
            batch_run_key = await change(session, key)
            await info.context.audit.record(session, action, Kind.PIPELINE_RUN, key, **details)
    except NotFound:
        raise not_found(Kind.PIPELINE_RUN, pipeline_run_id) from None
    info.context.notifier.batch_run(batch_run_key)
    return await Loaders.of(info).node(read_pipeline_runs, key)


async def _selected(
    info: Info, ids: list[strawberry.ID] | None, filter: PipelineRunFilterInput | None
) -> list[int]:
    return list(await selected_keys(info, Kind.PIPELINE_RUN, pipeline_run_list.PIPELINE_RUNS, ids, filter))


async def _change_many(info: Info, action: str, change: Change, keys: list[int], dry_run: bool) -> BulkResult:
    """Changes the files of each batch run in parts, one transaction for each part."""
    outcomes: list[Outcome] = []
    if dry_run:
        for part in parts(keys):
            async with info.context.database.session() as session:
                outcomes += await bulk_actions.preview_pipeline_runs(session, change, part)
        return _result(change, outcomes, dry_run)
    async with info.context.database.session() as session:
        by_batch_run = await pipeline_runs.batch_runs_of(session, keys)
        existing = {key for group in by_batch_run.values() for key in group}
        missing = [key for key in keys if key not in existing]
        outcomes += await bulk_actions.preview_pipeline_runs(session, change, missing)
    for batch_run_key, group in by_batch_run.items():
        for part in parts(group):
            async with info.context.database.session() as session:
                changed = await bulk_actions.change_pipeline_runs(session, change, batch_run_key, part)
                files = sum(isinstance(outcome, Effect) for outcome in changed)
                if files:
                    await info.context.audit.record(
                        session,
                        action,
                        Kind.PIPELINE_RUN,
                        batchRun=opaque(Kind.BATCH_RUN, batch_run_key),
                        files=files,
                        **change.details,
                    )
            outcomes += changed
            info.context.notifier.batch_run(batch_run_key)
    return _result(change, outcomes, dry_run)


def _result(change: Change, outcomes: list[Outcome], dry_run: bool) -> BulkResult:
    message = bulk_actions.summary(change, Kind.PIPELINE_RUN, outcomes, done=not dry_run)
    return BulkResult.of(outcomes, dry_run, message)
