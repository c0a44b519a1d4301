"""Lists of pipeline runs, of one batch run or of all: the longest lists of the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, literal_column, select

from chowda.enums import ENDED, RunStatus
from chowda.errors import StepErrorCode
from chowda.models import BatchRun, MediaFile, PipelineRun, StepRun
from chowda.models.step_key import STEP_KEY_STRIDE
from chowda.pagination.filters import (
    Keys,
    Period,
    contains_text,
    has_name,
    in_collections,
    in_keys,
    in_looked_up,
    in_period,
)
from chowda.pagination.keyset import ListSpec, Order
from chowda.runs import batch_run_list


@dataclass(frozen=True, slots=True)
class PipelineRunFilter:
    ids: Keys = None
    statuses: tuple[RunStatus, ...] | None = None
    batch_runs: Keys = None
    batches: Keys = None
    pipelines: Keys = None
    apps: Keys = None
    guids: tuple[str, ...] | None = None
    text: str | None = None
    "Part of the GUID of the media file."
    collections: Keys = None
    "Pipeline runs of media files in one of these collections."
    error_codes: tuple[StepErrorCode, ...] | None = None
    "The error of the failed step: only failed runs have one."
    created: Period | None = None
    ended: Period | None = None


def conditions(filter: PipelineRunFilter) -> Sequence[ColumnElement[bool]]:
    result = [
        *in_keys(PipelineRun.id, filter.ids),
        *in_keys(PipelineRun.batch_run_id, filter.batch_runs),
        *in_collections(PipelineRun.media_file_id, filter.collections),
        *in_period(PipelineRun.ended_at, filter.ended),
        *_of_batch_runs(filter),
        *_of_media_files(filter),
    ]
    statuses = filter.statuses
    if filter.error_codes is not None:
        # A run with a failed step has failed itself. The condition on the run lets an index of pipeline_runs serve.
        statuses = tuple(s for s in statuses if s is RunStatus.FAILED) if statuses is not None else ()
        statuses = statuses or ((RunStatus.FAILED,) if filter.statuses is None else ())
        result.append(
            exists().where(
                literal_column("step_runs.status = 'FAILED'"),
                StepRun.error_code.in_([code.value for code in filter.error_codes]),
                StepRun.batch_run_id == PipelineRun.batch_run_id,
                StepRun.id > PipelineRun.id * STEP_KEY_STRIDE,
                StepRun.id < (PipelineRun.id + 1) * STEP_KEY_STRIDE,
            )
        )
    if statuses is not None:
        result += _in_statuses(statuses)
    return result


def _in_statuses(statuses: Sequence[RunStatus]) -> list[ColumnElement[bool]]:
    """The values are literals, not parameters, so that the partial index on the status serves a prepared statement."""
    literals = ", ".join(f"'{RunStatus(status).value}'" for status in statuses) or "NULL"
    result: list[ColumnElement[bool]] = [literal_column(f"pipeline_runs.status IN ({literals})")]
    if not ENDED & set(statuses):
        # An active run belongs to an active batch run. There are few of these, so the planner starts from them.
        active = select(BatchRun.id).where(BatchRun.ended_at.is_(None))
        result.append(PipelineRun.batch_run_id.in_(active))
    return result


def _of_batch_runs(filter: PipelineRunFilter) -> list[ColumnElement[bool]]:
    """A pipeline run is created together with its batch run, so `created` filters the batch runs."""
    batch_runs = _matching_batch_runs(filter)
    return [PipelineRun.batch_run_id.in_(batch_runs)] if batch_runs is not None else []


def _matching_batch_runs(filter: PipelineRunFilter, collections: Keys = None) -> Select[Any] | None:
    """The keys of the batch runs that match; None if the filter does not restrict them."""
    batch_run_filter = batch_run_list.BatchRunFilter(
        batches=filter.batches,
        pipelines=filter.pipelines,
        apps=filter.apps,
        created=filter.created,
        collections=collections,
    )
    if batch_run_filter == batch_run_list.BatchRunFilter():
        return None
    return select(BatchRun.id).where(*batch_run_list.conditions(batch_run_filter))


def planner_hints(filter: PipelineRunFilter) -> Sequence[ColumnElement[bool]]:
    batch_runs = _matching_batch_runs(filter, filter.collections)
    return [in_looked_up(PipelineRun.batch_run_id, batch_runs)] if batch_runs is not None else []


def _of_media_files(filter: PipelineRunFilter) -> list[ColumnElement[bool]]:
    files = [*has_name(MediaFile.guid, filter.guids), *contains_text([MediaFile.guid], filter.text)]
    return [PipelineRun.media_file_id.in_(select(MediaFile.id).where(*files))] if files else []


PIPELINE_RUNS = ListSpec(
    "pipeline runs",
    PipelineRun,
    {
        "CREATED": Order((PipelineRun.batch_run_id, PipelineRun.media_file_id)),
        "ENDED": Order((PipelineRun.ended_at, PipelineRun.id), condition=PipelineRun.ended_at.is_not(None)),
    },
    conditions,
    planner_hints=planner_hints,
)
