"""Starting batches: one, or many at once."""

from __future__ import annotations

from typing import Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.bulk import Effect, Verb
from chowda.ids import Kind, opaque, require
from chowda.models import BatchRun as BatchRunRow
from chowda.runs import start as start_module
from chowda.runs.start import Start
from chowda.schema.batch.list import BATCHES
from chowda.schema.batch.type import StartBatchesInput, StartBatchInput, overrides_of
from chowda.schema.batch_run.type import BatchRun, read_batch_runs
from chowda.schema.bulk import BulkResult, Which, change_each, many
from chowda.schema.context import Info
from chowda.schema.dataloaders import Loaders
from chowda.schema.unset import given, required

START = Verb("start", "Starts", "Started")


@strawberry.type
class StartMutations:
    @strawberry.mutation(description="When it returns, the rows of all runs exist; status WAITING.")
    async def start_batch(self, info: Info, input: StartBatchInput) -> BatchRun:
        start = Start(
            batch_id=require(Kind.BATCH, input.batch_id),
            pipeline_id=required(Kind.PIPELINE, input.pipeline_id),
            pipeline_version=given(input.pipeline_version),
            overrides=overrides_of(input.overrides),
            from_blank_mmif=input.from_blank_mmif,
            idempotency_key=given(input.idempotency_key),
            priority=input.priority,
            start_from=given(input.start_from),
        )
        async with info.context.database.session() as session:
            row = await _start(info, session, "startBatch", start)
        info.context.notifier.batch_run(row.id)
        return await Loaders.of(info).require(read_batch_runs, row.id)

    @strawberry.mutation(
        description="Starts many batches, each on its own pipeline or all on one: `done` are the batches, and each "
        "one's lastRun is its start. With dryRun: what it would start, in numbers."
    )
    @many(BATCHES)
    async def start_batches(
        self,
        info: Info,
        which: Which,
        input: StartBatchesInput | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        asked = _asked(given(input) or StartBatchesInput())
        idempotency_key = asked.pop("idempotency_key")

        async def start(session: AsyncSession, key: int) -> Effect:
            batch_id = opaque(Kind.BATCH, key)
            own_key = f"{idempotency_key} {batch_id}" if idempotency_key is not None else None
            start = Start(batch_id=key, idempotency_key=own_key, **asked)
            if not dry_run:
                row = await _start(info, session, "startBatches", start)
                return Effect(batch_id, row.media_file_count, batch_run_id=row.id)
            startable = await start_module.check_start(session, start)
            of = startable if isinstance(startable, BatchRunRow) else startable.batch
            return Effect(batch_id, of.media_file_count)

        return await change_each(info, Kind.BATCH, START, await which.keys(info), start, dry_run)


def _asked(input: StartBatchesInput) -> dict[str, Any]:
    return {
        "pipeline_id": required(Kind.PIPELINE, input.pipeline_id),
        "pipeline_version": given(input.pipeline_version),
        "overrides": overrides_of(input.overrides),
        "idempotency_key": given(input.idempotency_key),
        "priority": input.priority,
        "start_from": input.start_from,
    }


async def _start(info: Info, session: AsyncSession, action: str, start: Start) -> BatchRunRow:
    row = await start_module.start_batch(session, start)
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
        startFrom=start.origin.value,
    )
    return row
