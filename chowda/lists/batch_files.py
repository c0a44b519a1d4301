"""Lists of the media files of a batch: those that no run of it has begun, those with an input, those with an output."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import ColumnElement, Select, and_, select

from chowda.lists.keyset import Noun, Order
from chowda.models import BatchMediaFile, BatchRun, Mmif, PipelineRun
from chowda.models.run import STEPS_LIMIT

Conditions = Callable[[None], Sequence[ColumnElement[bool]]]


def not_started(_: None) -> Sequence[ColumnElement[bool]]:
    """A file that some run has begun, or has been through, is not among them."""
    return [~_runs_of_the_file().where(PipelineRun.started_at.is_not(None)).exists()]


def with_input(_: None) -> Sequence[ColumnElement[bool]]:
    return [BatchMediaFile.input_mmif_id.is_not(None)]


def with_output(_: None) -> Sequence[ColumnElement[bool]]:
    """That an app has made a MMIF of the file in a run of this batch: which one is told by batch_progress."""
    made = Mmif.step_run_id.between(PipelineRun.id * STEPS_LIMIT, (PipelineRun.id + 1) * STEPS_LIMIT)
    return [_runs_of_the_file().join(Mmif, Mmif.id == PipelineRun.mmif_id).where(made).exists()]


def _runs_of_the_file() -> Select[int]:
    """In the runs of its batch."""
    own = and_(
        PipelineRun.batch_run_id == BatchRun.id, PipelineRun.media_file_id == BatchMediaFile.media_file_id
    )
    of_batch = BatchRun.batch_id == BatchMediaFile.batch_id
    return select(PipelineRun.id).select_from(BatchRun).join(PipelineRun, own).where(of_batch)


def _of_batch(plural: str, conditions: Conditions) -> Noun[BatchMediaFile]:
    """In the order in which the media files were added to the archive."""
    return Noun(plural, BatchMediaFile, {"ADDED": Order((BatchMediaFile.media_file_id,))}, conditions)


NOT_STARTED = _of_batch("media files that were not started", not_started)
INPUTS = _of_batch("input MMIF", with_input)
OUTPUTS = _of_batch("output MMIF", with_output)
