"""Lists of the media files of a batch: those that no run has started, those with an input, those with an output."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, except_, func, select
from sqlalchemy.orm import aliased

from chowda.models import BatchMediaFile, BatchRun, Mmif, PipelineRun
from chowda.models.step_key import STEP_KEY_STRIDE
from chowda.pagination.keyset import ListSpec, Order

ADDED = {"ADDED": Order((BatchMediaFile.media_file_id,))}
"The order in which the media files were added to the archive, which is that of their keys."


def not_started(batch_id: ColumnElement[int]) -> Sequence[ColumnElement[bool]]:
    """That no run of the batch has started the file.

    The files are found as a difference of sets. A check of each file would be slow where most have started.
    """
    member = aliased(BatchMediaFile)
    members = select(member.media_file_id).where(member.batch_id == batch_id)
    started = (
        select(PipelineRun.media_file_id)
        .join(BatchRun, BatchRun.id == PipelineRun.batch_run_id)
        .where(BatchRun.batch_id == batch_id, PipelineRun.started_at.is_not(None))
    )
    batches = batch_id.table
    rest = except_(members.correlate(batches), started.correlate(batches)).scalar_subquery()
    return [BatchMediaFile.media_file_id == func.any(func.array(rest))]


def with_input(_: None) -> Sequence[ColumnElement[bool]]:
    return [BatchMediaFile.input_mmif_id.is_not(None)]


def with_output(_: None) -> Sequence[ColumnElement[bool]]:
    """That an app has produced a MMIF of the file in a run of the batch. batch_outputs finds which."""
    of_file = and_(
        PipelineRun.batch_run_id == BatchRun.id, PipelineRun.media_file_id == BatchMediaFile.media_file_id
    )
    produced = Mmif.step_run_id.between(
        PipelineRun.id * STEP_KEY_STRIDE, (PipelineRun.id + 1) * STEP_KEY_STRIDE
    )
    return [
        select(PipelineRun.id)
        .select_from(BatchRun)
        .join(PipelineRun, of_file)
        .join(Mmif, Mmif.id == PipelineRun.mmif_id)
        .where(BatchRun.batch_id == BatchMediaFile.batch_id, produced)
        .exists()
    ]


NOT_STARTED = ListSpec(
    "media files that were not started", BatchMediaFile, ADDED, lambda _: (), parent_conditions=not_started
)
INPUTS = ListSpec("input MMIF", BatchMediaFile, ADDED, with_input)
OUTPUTS = ListSpec("output MMIF", BatchMediaFile, ADDED, with_output)
