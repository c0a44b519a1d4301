"""One change for many: by their IDs, or for all that a filter finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import strawberry

from chowda import bulk, pipeline_runs
from chowda.bulk import TOGETHER, Action, Effect, Outcome, Unchanged
from chowda.errors import BadUserInput
from chowda.ids import Kind, opaque
from chowda.lists.keyset import Listing, Noun, Page
from chowda.schema.context import Info
from chowda.schema.inputs import given
from chowda.schema.lists.arguments import keys
from chowda.schema.lists.batch_runs import BATCH_RUNS, BatchRunFilterInput
from chowda.schema.lists.pipeline_runs import PIPELINE_RUNS, PipelineRunFilterInput

IDs = list[strawberry.ID] | None


@strawberry.type(description="One of many to which nothing was done.")
class UnchangedItem:
    id: strawberry.ID
    code: str = strawberry.field(description="As in the errors of this API: CONFLICT or NOT_FOUND.")
    message: str = strawberry.field(description="Why; for a person.")


@strawberry.type(
    description="What became of each. One that can't be changed keeps no other from it: done and unchanged together "
    "are all that were named or found. It is done part by part, and subscriptions show how it goes on."
)
class BulkResult:
    dry_run: bool = strawberry.field(description="true: nothing was done; it says what would be.")
    total: int
    done_count: int
    done: list[strawberry.ID] = strawberry.field(description="Changed, or, in a dry run, what would be.")
    unchanged: list[UnchangedItem]
    file_count: int = strawberry.field(description="Of the media files on their way that it concerns.")
    running_count: int = strawberry.field(description="Of those, how many were running.")
    message: str = strawberry.field(
        description='For a person, e.g. "Cancels 412 files of 1 batch run; 3 are running."'
    )

    @classmethod
    def of(cls, action: Action, kind: Kind, outcomes: Sequence[Outcome], dry_run: bool) -> BulkResult:
        effects = [outcome for outcome in outcomes if isinstance(outcome, Effect)]
        return cls(
            dry_run=dry_run,
            total=len(outcomes),
            done_count=len(effects),
            done=[strawberry.ID(opaque(kind, effect.key)) for effect in effects],
            unchanged=[
                UnchangedItem(
                    id=strawberry.ID(opaque(kind, one.key)), code=one.code.value, message=one.message
                )
                for one in outcomes
                if isinstance(one, Unchanged)
            ],
            file_count=sum(effect.files for effect in effects),
            running_count=sum(effect.running for effect in effects),
            message=bulk.in_words(action, outcomes, kind, done=not dry_run),
        )


async def change_batch_runs(
    info: Info, action: Action, ids: IDs, filter: BatchRunFilterInput | None, dry_run: bool
) -> BulkResult:
    chosen = await _chosen(info, Kind.BATCH_RUN, BATCH_RUNS.noun, ids, filter)
    outcomes: list[Outcome] = []
    if dry_run:
        for part in _parts(chosen):
            async with info.context.database.session() as session:
                outcomes += await bulk.batch_runs_foreseen(session, action, part)
        return BulkResult.of(action, Kind.BATCH_RUN, outcomes, dry_run)
    for key in chosen:
        async with info.context.database.session() as session:
            outcome = await bulk.change_batch_run(session, action, key)
            if isinstance(outcome, Effect):
                await info.context.audit.record(
                    session, f"{action.value.lower()}BatchRuns", Kind.BATCH_RUN, key, files=outcome.files
                )
        outcomes.append(outcome)
        info.context.nudges.batch_run(key)
    return BulkResult.of(action, Kind.BATCH_RUN, outcomes, dry_run)


async def change_pipeline_runs(
    info: Info, action: Action, ids: IDs, filter: PipelineRunFilterInput | None, dry_run: bool
) -> BulkResult:
    chosen = await _chosen(info, Kind.PIPELINE_RUN, PIPELINE_RUNS.noun, ids, filter)
    outcomes: list[Outcome] = []
    if dry_run:
        for part in _parts(chosen):
            async with info.context.database.session() as session:
                outcomes += await bulk.pipeline_runs_foreseen(session, action, part)
        return BulkResult.of(action, Kind.PIPELINE_RUN, outcomes, dry_run)
    async with info.context.database.session() as session:
        by_batch_run = await pipeline_runs.batch_runs_of(session, chosen)
        there = {key for group in by_batch_run.values() for key in group}
        outcomes += await bulk.pipeline_runs_foreseen(
            session, action, [key for key in chosen if key not in there]
        )
    for batch_run_key, group in by_batch_run.items():
        for part in _parts(group):
            async with info.context.database.session() as session:
                changed = await bulk.change_pipeline_runs(session, action, batch_run_key, part)
                files = sum(isinstance(outcome, Effect) for outcome in changed)
                if files:
                    await info.context.audit.record(
                        session,
                        f"{action.value.lower()}PipelineRuns",
                        Kind.PIPELINE_RUN,
                        batchRun=opaque(Kind.BATCH_RUN, batch_run_key),
                        files=files,
                    )
            outcomes += changed
            info.context.nudges.batch_run(batch_run_key)
    return BulkResult.of(action, Kind.PIPELINE_RUN, outcomes, dry_run)


def _parts(chosen: Sequence[int]) -> list[Sequence[int]]:
    return [chosen[begin : begin + TOGETHER] for begin in range(0, len(chosen), TOGETHER)]


async def _chosen(info: Info, kind: Kind, noun: Noun[Any], told: IDs, filter: Any) -> list[int]:
    """Each once. BadUserInput unless it was said which: by IDs or by a filter that leaves something out."""
    ids, wanted = given(told), given(filter)
    if (ids is None) == (wanted is None):
        raise BadUserInput(f"Say which {noun.plural}: either with `ids` or with `filter`, and not with both.")
    if wanted is None:
        return list(dict.fromkeys(keys(kind, ids) or ()))
    asked = wanted.of()
    if asked == type(asked)():
        raise BadUserInput(
            f"The filter is empty, which means all {noun.plural}. Say which, e.g. by their status."
        )
    listing = Listing(noun, asked, "CREATED", False, Page(0))
    async with info.context.database.session() as session:
        return await bulk.keys_of(session, listing)


@strawberry.type
class BulkMutations:
    @strawberry.mutation(
        description="Ends what has not ended, of many batch runs. With dryRun: what it would do, in numbers."
    )
    async def cancel_batch_runs(
        self,
        info: Info,
        ids: list[strawberry.ID] | None = strawberry.UNSET,
        filter: BatchRunFilterInput | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        return await change_batch_runs(info, Action.CANCEL, ids, filter, dry_run)

    @strawberry.mutation(
        description="Nothing new of many batch runs starts. With dryRun: what it would do, in numbers."
    )
    async def pause_batch_runs(
        self,
        info: Info,
        ids: list[strawberry.ID] | None = strawberry.UNSET,
        filter: BatchRunFilterInput | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        return await change_batch_runs(info, Action.PAUSE, ids, filter, dry_run)

    @strawberry.mutation(
        description="Batch runs that are paused go on. With dryRun: what it would do, in numbers."
    )
    async def resume_batch_runs(
        self,
        info: Info,
        ids: list[strawberry.ID] | None = strawberry.UNSET,
        filter: BatchRunFilterInput | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        return await change_batch_runs(info, Action.RESUME, ids, filter, dry_run)

    @strawberry.mutation(
        description="What failed or was canceled in many batch runs goes on. With dryRun: what it would do, in numbers."
    )
    async def retry_batch_runs(
        self,
        info: Info,
        ids: list[strawberry.ID] | None = strawberry.UNSET,
        filter: BatchRunFilterInput | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        return await change_batch_runs(info, Action.RETRY, ids, filter, dry_run)

    @strawberry.mutation(
        description="Ends many files, and no others. With dryRun: what it would do, in numbers."
    )
    async def cancel_pipeline_runs(
        self,
        info: Info,
        ids: list[strawberry.ID] | None = strawberry.UNSET,
        filter: PipelineRunFilterInput | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        return await change_pipeline_runs(info, Action.CANCEL, ids, filter, dry_run)

    @strawberry.mutation(
        description="Nothing new of many files starts. With dryRun: what it would do, in numbers."
    )
    async def pause_pipeline_runs(
        self,
        info: Info,
        ids: list[strawberry.ID] | None = strawberry.UNSET,
        filter: PipelineRunFilterInput | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        return await change_pipeline_runs(info, Action.PAUSE, ids, filter, dry_run)

    @strawberry.mutation(
        description="Files that are paused themselves go on. With dryRun: what it would do, in numbers."
    )
    async def resume_pipeline_runs(
        self,
        info: Info,
        ids: list[strawberry.ID] | None = strawberry.UNSET,
        filter: PipelineRunFilterInput | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        return await change_pipeline_runs(info, Action.RESUME, ids, filter, dry_run)

    @strawberry.mutation(
        description="Files that failed or were canceled go on from their last good MMIF, with a fresh retry budget. "
        "With dryRun: what it would do, in numbers."
    )
    async def retry_pipeline_runs(
        self,
        info: Info,
        ids: list[strawberry.ID] | None = strawberry.UNSET,
        filter: PipelineRunFilterInput | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        return await change_pipeline_runs(info, Action.RETRY, ids, filter, dry_run)
