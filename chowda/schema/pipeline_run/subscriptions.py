"""The subscription to the pipeline runs of a batch run."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import datetime
from functools import partial

import strawberry
from sqlalchemy import select

from chowda import models
from chowda.ids import Kind
from chowda.pubsub.snapshot_cursor import SnapshotCursor
from chowda.runs import pipeline_run_feed
from chowda.schema.context import Info
from chowda.schema.loaders import Loaders, use_one_snapshot
from chowda.schema.optional_values import value_or_none
from chowda.schema.pipeline_run.dataloaders import build_pipeline_runs
from chowda.schema.pipeline_run.type import PipelineRun
from chowda.schema.stale_loop import Reading, Source, existing_key, stale_loop


@strawberry.type(description="Pipeline runs that are new or have changed, each in its newest state.")
class PipelineRunPage:
    cursor: str = strawberry.field(
        description="Subscribe with this cursor to resume after this page, also after a reconnect or on another server."
    )
    as_of: datetime = strawberry.field(description="The time of this state, by the database's clock.")
    pipeline_runs: list[PipelineRun] = strawberry.field(
        description="At most 500. An empty page is a heartbeat: nothing has changed."
    )
    stale: bool = strawberry.field(
        description="true: Chowda cannot read its database, and there may have been changes since `asOf`. They follow "
        "once the database is back. Such a page is empty and has the cursor of the page before."
    )

    def marked_stale(self) -> PipelineRunPage:
        return replace(self, pipeline_runs=[], stale=True)


@strawberry.type
class PipelineRunSubscriptions:
    @strawberry.subscription(
        description="The pipeline runs of a batch run, in pages of at most 500. Without `after`, the subscription "
        "starts with the present state of every run, also if the batch run has ended; with `after`, with the changes "
        "since that cursor. Then it sends the changes, each run in its newest state. The cursor of each page resumes "
        "after that page, also after a reconnect or on another server, and no change is lost. An empty page every 20 s "
        "is a heartbeat. Completes when the batch run has ended. BAD_USER_INPUT for a cursor that cannot be read."
    )
    async def pipeline_runs(
        self, info: Info, batch_run_id: strawberry.ID, after: str | None = strawberry.UNSET
    ) -> AsyncGenerator[PipelineRunPage, None]:
        key = await existing_key(info, Kind.BATCH_RUN, models.BatchRun, batch_run_id)
        cursor = value_or_none(after)
        if cursor is not None:
            SnapshotCursor.decode(cursor)
        source = Source((key,), partial(_read, key, cursor), PipelineRunPage.marked_stale, is_feed=True)
        return stale_loop(info, source)


async def _read(
    batch_run_key: int, first_cursor: str | None, loaders: Loaders, last: PipelineRunPage | None
) -> Reading[PipelineRunPage]:
    async with loaders.context.database.session() as session:
        # One snapshot for both: if the run has ended in it, the page holds all changes before the end.
        await use_one_snapshot(session)
        page = await pipeline_run_feed.read_page(
            session, batch_run_key, last.cursor if last else first_cursor
        )
        ended = await session.scalar(
            select(models.BatchRun.ended_at).where(models.BatchRun.id == batch_run_key)
        )
        runs = await build_pipeline_runs(session, loaders, page.rows)
    event = PipelineRunPage(cursor=page.cursor, as_of=page.as_of, pipeline_runs=runs, stale=False)
    return Reading(event, differs=bool(runs), more=page.more, ended=ended is not None)
