"""One change for many batch runs, or for many of the media files on their way."""

from __future__ import annotations

import strawberry

from chowda.bulk import Effect, Outcome
from chowda.ids import Kind, opaque
from chowda.runs import batch_runs, bulk_actions, pipeline_runs
from chowda.runs.bulk_actions import Action, Change
from chowda.schema.batch_run.list import BATCH_RUNS
from chowda.schema.bulk import BulkResult, Which, many, parts
from chowda.schema.context import Info
from chowda.schema.pipeline_run.list import PIPELINE_RUNS
from chowda.schema.unset import given

IN_NUMBERS = "With dryRun: what it would do, in numbers."


async def _change_batch_runs(
    info: Info,
    name: str,
    change: Change,
    which: Which,
    dry_run: bool,
) -> BulkResult:
    outcomes: list[Outcome] = []
    keys = await which.keys(info)
    if dry_run:
        for part in parts(keys):
            async with info.context.database.session() as session:
                outcomes += await bulk_actions.preview_batch_runs(session, change, part)
        return _result(Kind.BATCH_RUN, change, outcomes, dry_run)
    for key in keys:
        async with info.context.database.session() as session:
            outcome = await bulk_actions.change_batch_run(session, change, key)
            if isinstance(outcome, Effect):
                await info.context.audit.record(
                    session, name, Kind.BATCH_RUN, key, files=outcome.files, **change.details
                )
        outcomes.append(outcome)
        info.context.notifier.batch_run(key)
    return _result(Kind.BATCH_RUN, change, outcomes, dry_run)


async def _change_pipeline_runs(
    info: Info,
    name: str,
    change: Change,
    which: Which,
    dry_run: bool,
) -> BulkResult:
    outcomes: list[Outcome] = []
    keys = await which.keys(info)
    if dry_run:
        for part in parts(keys):
            async with info.context.database.session() as session:
                outcomes += await bulk_actions.preview_pipeline_runs(session, change, part)
        return _result(Kind.PIPELINE_RUN, change, outcomes, dry_run)
    async with info.context.database.session() as session:
        by_batch_run = await pipeline_runs.batch_runs_of(session, keys)
        there = {key for group in by_batch_run.values() for key in group}
        missing = [key for key in keys if key not in there]
        outcomes += await bulk_actions.preview_pipeline_runs(session, change, missing)
    for batch_run_key, group in by_batch_run.items():
        for part in parts(group):
            async with info.context.database.session() as session:
                changed = await bulk_actions.change_pipeline_runs(session, change, batch_run_key, part)
                files = sum(isinstance(outcome, Effect) for outcome in changed)
                if files:
                    await info.context.audit.record(
                        session,
                        name,
                        Kind.PIPELINE_RUN,
                        batchRun=opaque(Kind.BATCH_RUN, batch_run_key),
                        files=files,
                        **change.details,
                    )
            outcomes += changed
            info.context.notifier.batch_run(batch_run_key)
    return _result(Kind.PIPELINE_RUN, change, outcomes, dry_run)


def _result(kind: Kind, change: Change, outcomes: list[Outcome], dry_run: bool) -> BulkResult:
    return BulkResult.of(outcomes, dry_run, bulk_actions.summary(change, kind, outcomes, done=not dry_run))


@strawberry.type
class RunBulkMutations:
    @strawberry.mutation(description=f"Ends what has not ended, of many batch runs. {IN_NUMBERS}")
    @many(BATCH_RUNS)
    async def cancel_batch_runs(self, info: Info, which: Which, dry_run: bool = False) -> BulkResult:
        change = Change(Action.CANCEL)
        return await _change_batch_runs(info, "cancelBatchRuns", change, which, dry_run)

    @strawberry.mutation(description=f"Nothing new of many batch runs starts. {IN_NUMBERS}")
    @many(BATCH_RUNS)
    async def pause_batch_runs(self, info: Info, which: Which, dry_run: bool = False) -> BulkResult:
        change = Change(Action.PAUSE)
        return await _change_batch_runs(info, "pauseBatchRuns", change, which, dry_run)

    @strawberry.mutation(description=f"Batch runs that are paused go on. {IN_NUMBERS}")
    @many(BATCH_RUNS)
    async def resume_batch_runs(self, info: Info, which: Which, dry_run: bool = False) -> BulkResult:
        change = Change(Action.RESUME)
        return await _change_batch_runs(info, "resumeBatchRuns", change, which, dry_run)

    @strawberry.mutation(
        description="What failed or was canceled in many batch runs goes on, or, with `fromStep`, goes back to that "
        f"step: see retryBatchRun. {IN_NUMBERS}"
    )
    @many(BATCH_RUNS)
    async def retry_batch_runs(
        self,
        info: Info,
        which: Which,
        from_step: int | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        change = Change(Action.RETRY, given(from_step))
        return await _change_batch_runs(info, "retryBatchRuns", change, which, dry_run)

    @strawberry.mutation(
        description="Which of several batch runs goes first at an app that they share: see setBatchRunPriority. "
        f"{IN_NUMBERS}"
    )
    @many(BATCH_RUNS)
    async def set_batch_run_priorities(
        self,
        info: Info,
        which: Which,
        priority: int,
        dry_run: bool = False,
    ) -> BulkResult:
        batch_runs.check_priority(priority)
        change = Change(Action.PRIORITIZE, priority=priority)
        return await _change_batch_runs(info, "setBatchRunPriorities", change, which, dry_run)

    @strawberry.mutation(description=f"Ends many files, and no others. {IN_NUMBERS}")
    @many(PIPELINE_RUNS)
    async def cancel_pipeline_runs(self, info: Info, which: Which, dry_run: bool = False) -> BulkResult:
        change = Change(Action.CANCEL)
        return await _change_pipeline_runs(info, "cancelPipelineRuns", change, which, dry_run)

    @strawberry.mutation(description=f"Nothing new of many files starts. {IN_NUMBERS}")
    @many(PIPELINE_RUNS)
    async def pause_pipeline_runs(self, info: Info, which: Which, dry_run: bool = False) -> BulkResult:
        change = Change(Action.PAUSE)
        return await _change_pipeline_runs(info, "pausePipelineRuns", change, which, dry_run)

    @strawberry.mutation(description=f"Files that are paused themselves go on. {IN_NUMBERS}")
    @many(PIPELINE_RUNS)
    async def resume_pipeline_runs(self, info: Info, which: Which, dry_run: bool = False) -> BulkResult:
        change = Change(Action.RESUME)
        return await _change_pipeline_runs(info, "resumePipelineRuns", change, which, dry_run)

    @strawberry.mutation(
        description="Files that failed or were canceled go on from their last good MMIF, with a fresh retry budget, "
        "or, with `fromStep`, go back to that step, also those that have finished: see retryPipelineRun. "
        f"{IN_NUMBERS}"
    )
    @many(PIPELINE_RUNS)
    async def retry_pipeline_runs(
        self,
        info: Info,
        which: Which,
        from_step: int | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        change = Change(Action.RETRY, given(from_step))
        return await _change_pipeline_runs(info, "retryPipelineRuns", change, which, dry_run)
