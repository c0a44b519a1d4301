"""Mutations that start batches. Each start creates a batch run."""

from __future__ import annotations

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.batches import list as batch_list
from chowda.bulk import Effect, Verb
from chowda.ids import Kind, opaque, require
from chowda.models import BatchRun as BatchRunRow
from chowda.runs import start as run_start
from chowda.runs.start import Start
from chowda.schema.batch.filter import BatchFilterInput
from chowda.schema.batch_run.dataloaders import read_batch_runs
from chowda.schema.batch_run.inputs import StartBatchesInput, StartBatchInput, overrides_of
from chowda.schema.batch_run.type import BatchRun
from chowda.schema.bulk_changes import BulkResult, change_each, selected_keys
from chowda.schema.context import Info
from chowda.schema.loaders import Loaders
from chowda.schema.optional_values import key_or_none, value_or_none

START = Verb("start", "Starts", "Started")


@strawberry.type
class StartMutations:
    @strawberry.mutation(
        description="Starts a batch. It returns once all its pipeline runs exist, with status WAITING."
    )
    async def start_batch(self, info: Info, input: StartBatchInput) -> BatchRun:
        start = Start(
            batch_id=require(Kind.BATCH, input.batch_id),
            pipeline_id=key_or_none(Kind.PIPELINE, input.pipeline_id),
            pipeline_version=value_or_none(input.pipeline_version),
            overrides=overrides_of(input.overrides),
            from_blank_mmif=input.from_blank_mmif,
            idempotency_key=value_or_none(input.idempotency_key),
            priority=input.priority,
            start_from=value_or_none(input.start_from),
        )
        async with info.context.database.session() as session:
            row = await _start(info, session, "startBatch", start)
        info.context.notifier.batch_run(row.id)
        return await Loaders.of(info).node(read_batch_runs, row.id)

    @strawberry.mutation(
        description="Starts many batches, each with its default pipeline or all with the same one. `done` lists the "
        "batches; the lastRun of each is the new batch run. With dryRun: previews the effect in numbers."
    )
    async def start_batches(
        self,
        info: Info,
        ids: list[strawberry.ID] | None = strawberry.UNSET,
        filter: BatchFilterInput | None = strawberry.UNSET,
        input: StartBatchesInput | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        wanted = value_or_none(input) or StartBatchesInput()
        pipeline_id = key_or_none(Kind.PIPELINE, wanted.pipeline_id)
        overrides = overrides_of(wanted.overrides)
        idempotency_key = value_or_none(wanted.idempotency_key)

        async def start(session: AsyncSession, key: int) -> Effect:
            batch_id = opaque(Kind.BATCH, key)
            start = Start(
                batch_id=key,
                pipeline_id=pipeline_id,
                pipeline_version=value_or_none(wanted.pipeline_version),
                overrides=overrides,
                idempotency_key=f"{idempotency_key} {batch_id}" if idempotency_key is not None else None,
                priority=wanted.priority,
                start_from=wanted.start_from,
            )
            if not dry_run:
                row = await _start(info, session, "startBatches", start)
                return Effect(batch_id, row.media_file_count, batch_run_id=row.id)
            startable = await run_start.check_start(session, start)
            of = startable if isinstance(startable, BatchRunRow) else startable.batch
            return Effect(batch_id, of.media_file_count)

        keys = await selected_keys(info, Kind.BATCH, batch_list.BATCHES, ids, filter)
        return await change_each(info, Kind.BATCH, START, keys, start, dry_run)


async def _start(info: Info, session: AsyncSession, action: str, start: Start) -> BatchRunRow:
    row = await run_start.start_batch(session, start)
    await info.context.audit.record(
        session,
        action,
        Kind.BATCH_RUN,
        row.id,
        batch=opaque(Kind.BATCH, row.batch_id),
        pipeline=opaque(Kind.PIPELINE, row.pipeline_id),
        pipelineVersion=row.pipeline_version,
        overriddenSteps=sorted(start.overrides),
        files=row.media_file_count,
        startFrom=start.effective_start_from.value,
    )
    return row
