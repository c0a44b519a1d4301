"""Options that select batch runs, and single files of them (pipeline runs), for lists and actions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from chowda.cli.lookup import app_ids, batch_ids, collection_ids, pipeline_ids
from chowda.cli.options import Period
from chowda.client import RunStatus, StepErrorCode
from chowda.errors import NotFound
from chowda.ids import Kind

if TYPE_CHECKING:
    from chowda.client import BatchRunFilter, Chowda, PipelineRunFilter


@dataclass(frozen=True)
class BatchRunOptions(Period):
    """Batch runs that match all of the options. An option with several values matches any of them."""

    status: Annotated[
        list[RunStatus] | None, typer.Option(case_sensitive=False, help="Runs with this status.")
    ] = None
    batch: Annotated[
        list[str] | None, typer.Option(metavar="BATCH", help="Runs of this batch (name or ID).")
    ] = None
    pipeline: Annotated[list[str] | None, typer.Option(help="Runs of this pipeline (name or ID).")] = None
    app: Annotated[list[str] | None, typer.Option(help="Runs with a step of this app (name or ID).")] = None
    collection: Annotated[
        list[str] | None, typer.Option(help="Runs with a media file of this collection (name or ID).")
    ] = None
    text: Annotated[
        str | None,
        typer.Option(
            help="Batch runs with this in the name of the batch; single files with this in the GUID."
        ),
    ] = None

    def batch_run_filter(self, chowda: Chowda) -> BatchRunFilter:
        from chowda.client import BatchRunFilter

        return BatchRunFilter(
            status=self.status or None,
            batches=batch_ids(chowda, self.batch) or None,
            pipelines=pipeline_ids(chowda, self.pipeline) or None,
            apps=app_ids(chowda, self.app) or None,
            collections=collection_ids(chowda, self.collection) or None,
            text=self.text,
            created=self.input,
        )


@dataclass(frozen=True)
class PipelineRunOptions(BatchRunOptions):
    """Single files of batch runs."""

    run: Annotated[list[str] | None, typer.Option(help="Single files of this batch run.")] = None
    guid: Annotated[list[str] | None, typer.Option(help="Single files with this GUID.")] = None
    error: Annotated[
        list[StepErrorCode] | None,
        typer.Option(case_sensitive=False, help="Single files that failed with this error."),
    ] = None

    def pipeline_run_filter(self, chowda: Chowda) -> PipelineRunFilter:
        from chowda.client import PipelineRunFilter

        shared = self.batch_run_filter(chowda)
        return PipelineRunFilter(
            status=shared.status,
            batch_runs=self.run or None,
            batches=shared.batches,
            pipelines=shared.pipelines,
            apps=shared.apps,
            collections=shared.collections,
            guids=self.guid or None,
            text=shared.text,
            error_codes=self.error or None,
            created=shared.created,
        )


@dataclass(frozen=True)
class RunSelection(PipelineRunOptions):
    """The runs of an action that does not name them by ID."""

    files: Annotated[
        bool, typer.Option("--files", help="Select single files that match, instead of batch runs.")
    ] = False

    @property
    def is_set(self) -> bool:
        """--files alone selects nothing."""
        return self != type(self)(files=self.files)

    @property
    def is_of_files(self) -> bool:
        return bool(self.files or self.run or self.guid or self.error)


def is_pipeline_run(chowda: Chowda, run_id: str) -> bool:
    """Whether the ID is of a pipeline run rather than of a batch run. Raises NotFound if it is of neither."""
    try:
        chowda.pipeline_run(run_id)
    except NotFound:
        try:
            chowda.batch_run(run_id)
        except NotFound:
            message = f"There is no batch run and no pipeline run with the ID {run_id!r}."
            raise NotFound(message, {"id": run_id, "kind": Kind.BATCH_RUN.name}) from None
        return False
    return True
