"""Which batch runs, and which single files of them: options of lists, and of what is done to many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from chowda.cli.lookup import app_named, batch_named, collection_named, pipeline_named
from chowda.cli.options import Period
from chowda.client import RunStatus, StepErrorCode
from chowda.errors import BadUserInput, NotFound
from chowda.ids import Kind

if TYPE_CHECKING:
    from chowda.client import BatchRunFilter, Chowda, PipelineRunFilter


@dataclass(frozen=True)
class RunChoice(Period):
    """Of batch runs. What is given several times: any of these; different ones must all hold."""

    status: Annotated[list[RunStatus] | None, typer.Option(case_sensitive=False, help="In this state.")] = (
        None
    )
    batch: Annotated[list[str] | None, typer.Option(metavar="BATCH", help="Of this batch (name or ID).")] = (
        None
    )
    pipeline: Annotated[list[str] | None, typer.Option(help="On this pipeline (name or ID).")] = None
    app: Annotated[list[str] | None, typer.Option(help="With a step of this app (name or ID).")] = None
    collection: Annotated[
        list[str] | None, typer.Option(help="With a media file of this collection (name or ID).")
    ] = None
    text: Annotated[str | None, typer.Option(help="In the batch's name; of single files, in their GUID.")] = (
        None
    )

    def batch_runs(self, chowda: Chowda) -> BatchRunFilter:
        from chowda.client import BatchRunFilter

        return BatchRunFilter(
            status=self.status or None,
            batches=[batch_named(chowda, told).id for told in self.batch or ()] or None,
            pipelines=[pipeline_named(chowda, told).id for told in self.pipeline or ()] or None,
            apps=[app_named(chowda, told).id for told in self.app or ()] or None,
            collections=[collection_named(chowda, told).id for told in self.collection or ()] or None,
            text=self.text,
            created=self.input,
        )


@dataclass(frozen=True)
class FileChoice(RunChoice):
    """Of single files in batch runs."""

    run: Annotated[list[str] | None, typer.Option(help="Single files of this batch run.")] = None
    guid: Annotated[list[str] | None, typer.Option(help="Single files with this GUID.")] = None
    error: Annotated[
        list[StepErrorCode] | None, typer.Option(case_sensitive=False, help="Single files that failed so.")
    ] = None

    def pipeline_runs(self, chowda: Chowda) -> PipelineRunFilter:
        from chowda.client import PipelineRunFilter

        shared = self.batch_runs(chowda)
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
class ActionChoice(FileChoice):
    """Of what something is done to, where it was not named by IDs."""

    files: Annotated[
        bool, typer.Option("--files", help="Of what the options find, single files and not batch runs.")
    ] = False

    @property
    def is_given(self) -> bool:
        return self != type(self)(files=self.files)

    @property
    def is_of_files(self) -> bool:
        return bool(self.files or self.run or self.guid or self.error)


def refuse_both(named: Sequence[str], choice_is_given: bool, what: str, how_to_list: str) -> None:
    """Raises BadUserInput unless it was said which, in one way."""
    if bool(named) == choice_is_given:
        raise BadUserInput(
            f"Say which {what}: either by name or ID, or by what they have in common, e.g. --text WORD; "
            f"`{how_to_list}` lists them."
        )


def is_file(chowda: Chowda, run_id: str) -> bool:
    """A pipeline run, and no batch run. Raises NotFound for neither."""
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
