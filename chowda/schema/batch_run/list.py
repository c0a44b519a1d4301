"""Lists of batch runs."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.ids import Kind
from chowda.runs import batch_run_list
from chowda.runs.batch_run_list import BatchRunFilter
from chowda.schema.batch_run.type import BatchRun, batch_runs_in
from chowda.schema.dataloaders import Loaders
from chowda.schema.enums import RunStatus
from chowda.schema.list_arguments import PeriodInput, keys, period, values
from chowda.schema.list_field import ListField
from chowda.schema.unset import given


@strawberry.enum(name="BatchRunSort", description="By what batch runs are sorted.")
class BatchRunSort(Enum):
    CREATED = strawberry.enum_value("CREATED", description="When it was started by a person.")
    ENDED = strawberry.enum_value("ENDED", description="When it ended; lists those alone that have ended.")
    DURATION = strawberry.enum_value(
        "DURATION",
        description="From its first call to its end; lists those alone that have begun and ended.",
    )


@strawberry.input(name="BatchRunFilter", description="What is given must all hold; of a list, one.")
class BatchRunFilterInput:
    status: list[RunStatus] | None = strawberry.UNSET
    batches: list[strawberry.ID] | None = strawberry.UNSET
    pipelines: list[strawberry.ID] | None = strawberry.UNSET
    apps: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="With a step of one of these apps."
    )
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="In the name of its batch, in whatever case."
    )
    collections: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="With a media file of one of these collections."
    )
    created: PeriodInput | None = strawberry.UNSET
    started: PeriodInput | None = strawberry.UNSET
    ended: PeriodInput | None = strawberry.UNSET

    def of(self) -> BatchRunFilter:
        return BatchRunFilter(
            statuses=values("status", self.status),
            batches=keys(Kind.BATCH, self.batches),
            pipelines=keys(Kind.PIPELINE, self.pipelines),
            apps=keys(Kind.APP, self.apps),
            text=given(self.text),
            collections=keys(Kind.COLLECTION, self.collections),
            created=period(self.created),
            started=period(self.started),
            ended=period(self.ended),
        )


async def _shape(session: AsyncSession, loaders: Loaders, rows: Sequence[models.BatchRun]) -> list[BatchRun]:
    found = await batch_runs_in(session, loaders, [row.id for row in rows])
    return [found[row.id] for row in rows]


BATCH_RUNS = ListField(
    batch_run_list.BATCH_RUNS,
    _shape,
    Kind.BATCH_RUN,
    BatchRun,
    BatchRunFilterInput,
    BatchRunSort.CREATED,
    descending=True,
)
