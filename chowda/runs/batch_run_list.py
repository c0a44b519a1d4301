"""Lists of batch runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from chowda.enums import RunStatus
from chowda.models import Batch, BatchRun, BatchRunStep, PipelineRun
from chowda.pagination.filters import (
    Keys,
    Period,
    contains_text,
    has_files_of_collections,
    in_keys,
    in_period,
)
from chowda.pagination.keyset import ListSpec, Order


@dataclass(frozen=True, slots=True)
class BatchRunFilter:
    ids: Keys = None
    statuses: tuple[RunStatus, ...] | None = None
    batches: Keys = None
    pipelines: Keys = None
    apps: Keys = None
    text: str | None = None
    "Part of the name of the batch."
    collections: Keys = None
    "Batch runs with a media file of one of these collections."
    created: Period | None = None
    started: Period | None = None
    ended: Period | None = None


def conditions(filter: BatchRunFilter) -> Sequence[ColumnElement[bool]]:
    result = [
        *in_keys(BatchRun.id, filter.ids),
        *in_keys(BatchRun.batch_id, filter.batches),
        *in_keys(BatchRun.pipeline_id, filter.pipelines),
        *has_files_of_collections(
            filter.collections, BatchRun.id, PipelineRun.batch_run_id, PipelineRun.media_file_id
        ),
        *in_period(BatchRun.created_at, filter.created),
        *in_period(BatchRun.started_at, filter.started),
        *in_period(BatchRun.ended_at, filter.ended),
    ]
    if filter.statuses is not None:
        result.append(BatchRun.status.in_([status.value for status in filter.statuses]))
    if filter.apps is not None:
        steps = select(BatchRunStep.batch_run_id).where(*in_keys(BatchRunStep.clams_app_id, filter.apps))
        result.append(BatchRun.id.in_(steps))
    name_conditions = contains_text([Batch.name], filter.text)
    if name_conditions:
        result.append(BatchRun.batch_id.in_(select(Batch.id).where(*name_conditions)))
    return result


BATCH_RUNS = ListSpec(
    "batch runs",
    BatchRun,
    {
        "CREATED": Order((BatchRun.id,)),
        "ENDED": Order((BatchRun.ended_at, BatchRun.id), condition=BatchRun.ended_at.is_not(None)),
        "DURATION": Order(
            (BatchRun.duration_seconds, BatchRun.id), condition=BatchRun.duration_seconds.is_not(None)
        ),
    },
    conditions,
)
