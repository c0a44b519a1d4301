"""Lists of pipeline runs, of one batch run and over all of them: the longest lists there are."""

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
    "In the GUID of the media file."
    collections: Keys = None
    "With the media file."
    error_codes: tuple[StepErrorCode, ...] | None = None
    "Of the step that failed: failed runs alone have one."
    created: Period | None = None
    ended: Period | None = None


def conditions(filter: PipelineRunFilter) -> Sequence[ColumnElement[bool]]:
    found = [
        *in_keys(PipelineRun.id, filter.ids),
        *in_keys(PipelineRun.batch_run_id, filter.batch_runs),
        *in_collections(PipelineRun.media_file_id, filter.collections),
        *in_period(PipelineRun.ended_at, filter.ended),
        *_of_batch_runs(filter),
        *_of_media_files(filter),
    ]
    statuses = filter.statuses
    if filter.error_codes is not None:
        # Every failed run has a failed step; said of the run too, so that its own index can serve.
        statuses = tuple(s for s in statuses if s is RunStatus.FAILED) if statuses is not None else ()
        statuses = statuses or ((RunStatus.FAILED,) if filter.statuses is None else ())
        found.append(
            exists().where(
                literal_column("step_runs.status = 'FAILED'"),
                StepRun.error_code.in_([code.value for code in filter.error_codes]),
                StepRun.batch_run_id == PipelineRun.batch_run_id,
                StepRun.id > PipelineRun.id * STEP_KEY_STRIDE,
                StepRun.id < (PipelineRun.id + 1) * STEP_KEY_STRIDE,
            )
        )
    if statuses is not None:
        found += _in_states(statuses)
    return found


def _in_states(statuses: Sequence[RunStatus]) -> list[ColumnElement[bool]]:
    """Written out, not as parameters: only so can the partial index on the status serve a prepared statement."""
    told = ", ".join(f"'{RunStatus(status).value}'" for status in statuses) or "NULL"
    found: list[ColumnElement[bool]] = [literal_column(f"pipeline_runs.status IN ({told})")]
    if not ENDED & set(statuses):
        # What has not ended is in a batch run that has not: among few, wherever in the table they are.
        unended = select(BatchRun.id).where(BatchRun.ended_at.is_(None))
        found.append(PipelineRun.batch_run_id.in_(unended))
    return found


def _of_batch_runs(filter: PipelineRunFilter) -> list[ColumnElement[bool]]:
    """A run is made in the transaction that makes its batch run, and so at the same time."""
    wanted = _wanted(filter)
    return [PipelineRun.batch_run_id.in_(wanted)] if wanted is not None else []


def _wanted(filter: PipelineRunFilter, collections: Keys = None) -> Select[Any] | None:
    """The keys of the batch runs that are asked for; None: of whichever."""
    wanted = batch_run_list.BatchRunFilter(
        batches=filter.batches,
        pipelines=filter.pipelines,
        apps=filter.apps,
        created=filter.created,
        collections=collections,
    )
    if wanted == batch_run_list.BatchRunFilter():
        return None
    return select(BatchRun.id).where(*batch_run_list.conditions(wanted))


def planner_hints(filter: PipelineRunFilter) -> Sequence[ColumnElement[bool]]:
    wanted = _wanted(filter, filter.collections)
    return [in_looked_up(PipelineRun.batch_run_id, wanted)] if wanted is not None else []


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
