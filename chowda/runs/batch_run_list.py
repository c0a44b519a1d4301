"""Lists of batch runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from chowda.enums import RunStatus
from chowda.models import Batch, BatchRun, BatchRunStep, PipelineRun
from chowda.pagination.filters import Keys, Period, contains, one_of, with_files_of, within
from chowda.pagination.keyset import ListSpec, Order


@dataclass(frozen=True, slots=True)
class BatchRunFilter:
    ids: Keys = None
    statuses: tuple[RunStatus, ...] | None = None
    batches: Keys = None
    pipelines: Keys = None
    apps: Keys = None
    text: str | None = None
    "In the name of the batch."
    collections: Keys = None
    "With a media file of one of these."
    created: Period | None = None
    started: Period | None = None
    ended: Period | None = None


def conditions(filter: BatchRunFilter) -> Sequence[ColumnElement[bool]]:
    found = [
        *one_of(BatchRun.id, filter.ids),
        *one_of(BatchRun.batch_id, filter.batches),
        *one_of(BatchRun.pipeline_id, filter.pipelines),
        *with_files_of(filter.collections, BatchRun.id, PipelineRun.batch_run_id, PipelineRun.media_file_id),
        *within(BatchRun.created_at, filter.created),
        *within(BatchRun.started_at, filter.started),
        *within(BatchRun.ended_at, filter.ended),
    ]
    if filter.statuses is not None:
        found.append(BatchRun.status.in_([status.value for status in filter.statuses]))
    if filter.apps is not None:
        steps = select(BatchRunStep.batch_run_id).where(*one_of(BatchRunStep.clams_app_id, filter.apps))
        found.append(BatchRun.id.in_(steps))
    named = contains([Batch.name], filter.text)
    if named:
        found.append(BatchRun.batch_id.in_(select(Batch.id).where(*named)))
    return found


BATCH_RUNS = ListSpec(
    "batch runs",
    BatchRun,
    {
        "CREATED": Order((BatchRun.id,)),
        "ENDED": Order((BatchRun.ended_at, BatchRun.id), only=BatchRun.ended_at.is_not(None)),
        "DURATION": Order(
            (BatchRun.duration_seconds, BatchRun.id), only=BatchRun.duration_seconds.is_not(None)
        ),
    },
    conditions,
)
