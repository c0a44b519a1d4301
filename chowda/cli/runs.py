"""`chowda runs`: lists, details and results of batch runs and of their single files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chowda.cli.command import DEFAULT_URL, Url, connect, option_groups
from chowda.cli.options import Descending, ListOptions, OutputFormat
from chowda.cli.output import (
    Column,
    cell,
    console,
    count_of,
    duration,
    field_table,
    print_note,
    size,
    write_list,
    write_one,
)
from chowda.cli.run_selection import BatchRunOptions, PipelineRunOptions, is_pipeline_run
from chowda.client import BatchRunSort, PipelineRunSort, RunStatus

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chowda.client import BatchRun, Call, Chowda, PipelineRun, StepRun

FAILED_FILES_SHOWN = 50
DETAILS_WIDTH = 100
RUN_FAILED = 1

BatchRunId = Annotated[str, typer.Argument(metavar="RUN", help="The ID of a batch run.")]
RunId = Annotated[
    str, typer.Argument(metavar="RUN", help="The ID of a batch run, or of a pipeline run for a single file.")
]

app = typer.Typer(
    no_args_is_help=True, help="Start, watch, stop and retry batch runs, and single files of them."
)


def exit_by_status(status: RunStatus) -> None:
    """Exits with status 1 for a run that failed or was canceled."""
    if status in {RunStatus.FAILED, RunStatus.CANCELED}:
        raise typer.Exit(RUN_FAILED)


@app.command("list")
@option_groups
def list_runs(
    filters: BatchRunOptions,
    options: ListOptions,
    sort: Annotated[BatchRunSort, typer.Option(case_sensitive=False)] = BatchRunSort.CREATED,
    descending: Descending = None,
    url: Url = DEFAULT_URL,
) -> None:
    """List batch runs, newest first.

    Example: chowda runs list --status RUNNING --status PAUSED --since 2026-01-31
    """
    with connect(url) as chowda:
        _list(chowda, filters, options, sort, descending)


@app.command("files")
@option_groups
def list_files(
    filters: PipelineRunOptions,
    options: ListOptions,
    sort: Annotated[PipelineRunSort, typer.Option(case_sensitive=False)] = PipelineRunSort.CREATED,
    descending: Descending = None,
    url: Url = DEFAULT_URL,
) -> None:
    """List single files of batch runs (pipeline runs), newest first.

    Example: chowda runs files --run brun-2s --status FAILED --error APP_TIMEOUT --csv
    """
    with connect(url) as chowda:
        filter = filters.pipeline_run_filter(chowda)
        runs = chowda.pipeline_runs(filter=filter, sort=sort, descending=descending)
        write_list(runs, _file_columns(), options, "No files found.")


@app.command("calls")
@option_groups
def list_calls(run_id: BatchRunId, options: ListOptions, url: Url = DEFAULT_URL) -> None:
    """List the app calls of a batch run, newest first: file, step, time, error and worker.

    Example: chowda runs calls brun-2s --all --csv
    """
    columns: list[Column[Call]] = [
        Column("guid", lambda call: call.step_run.pipeline_run.media_file.guid, wide=True),
        Column("step", lambda call: call.step_run.position, right=True),
        Column("app", lambda call: call.step_run.app.name, wide=True),
        Column("call", lambda call: call.number, right=True),
        Column("started", lambda call: call.started_at),
        Column("ended", lambda call: call.ended_at, min_width=120),
        Column("error", lambda call: call.error.code if call.error else None),
        Column("worker", lambda call: call.worker, min_width=120),
    ]
    with connect(url) as chowda:
        write_list(chowda.calls(run_id), columns, options, "No app has been called yet.")


@app.command("show")
@option_groups
def show(run_id: RunId, format: OutputFormat, url: Url = DEFAULT_URL) -> None:
    """Show a batch run with its failed files, or a single file of it with its steps.

    Exit status 1 if the run ended FAILED or CANCELED.

    Example: chowda runs show brun-2s
    """
    with connect(url) as chowda:
        _show(chowda, run_id, format)


@app.command("download")
def download(
    run_id: BatchRunId,
    out: Annotated[
        Path | None, typer.Option(help="The zip file.  [default: RUN.zip]", show_default=False)
    ] = None,
    url: Url = DEFAULT_URL,
) -> None:
    """Download the newest MMIF of all files of a batch run as one zip.

    Example: chowda runs download brun-2s --out results.zip
    """
    from chowda.cli.progress import TransferBar

    path = out or Path(f"{run_id}.zip")
    with connect(url) as chowda, TransferBar("zips") as bar:
        size_bytes = chowda.download_zip(path, batch_run=run_id, on_bytes=bar.bytes_received)
    typer.echo(f"Wrote {path} ({size(size_bytes)}).")


@option_groups
def status(
    options: ListOptions,
    run_id: Annotated[str | None, typer.Argument(metavar="RUN", help="Show this run in detail.")] = None,
    url: Url = DEFAULT_URL,
) -> None:
    """List the newest batch runs, or show one. Short for `chowda runs list` and `chowda runs show`.

    Exit status 1 if RUN ended FAILED or CANCELED.

    Example: chowda status brun-2s
    """
    with connect(url) as chowda:
        if run_id is None:
            _list(chowda, BatchRunOptions(), options)
        else:
            _show(chowda, run_id, options)


def _list(
    chowda: Chowda,
    filters: BatchRunOptions,
    options: ListOptions,
    sort: BatchRunSort | None = None,
    descending: bool | None = None,
) -> None:
    runs = chowda.batch_runs(filter=filters.batch_run_filter(chowda), sort=sort, descending=descending)
    empty = "No batch runs found. Start one: chowda runs start --batch NAME --pipeline NAME"
    write_list(runs, _run_columns(), options, empty)


def _show(chowda: Chowda, run_id: str, format: OutputFormat) -> None:
    from chowda.client import PipelineRunFilter, failures_of

    if is_pipeline_run(chowda, run_id):
        file = chowda.pipeline_run(run_id)
        write_one(file, _file_columns(), format, lambda: _file_details(file))
        exit_by_status(file.status)
        return
    run = chowda.batch_run(run_id)
    failed = chowda.pipeline_runs(filter=PipelineRunFilter(batch_runs=[run.id], status=[RunStatus.FAILED]))

    def details() -> RenderableType:
        from chowda.cli.render import run_details

        files = failed.first(FAILED_FILES_SHOWN)
        failures = [failure for file in files for failure in failures_of(file)]
        return run_details(run, failures, min(console().width, DETAILS_WIDTH))

    write_one(run, _run_columns(), format, details)
    if run.counts.failed > FAILED_FILES_SHOWN:
        more = count_of(run.counts.failed - FAILED_FILES_SHOWN, "more file")
        print_note(f"{more} failed: chowda runs files --run {run.id} --status FAILED")
    exit_by_status(run.status)


def _run_columns() -> list[Column[BatchRun]]:
    from chowda.cli.render import elapsed_seconds, percent_text, status_text

    return [
        Column("run", lambda run: run.id),
        Column("batch", lambda run: run.batch.name, wide=True),
        Column("pipeline", lambda run: run.pipeline.name, wide=True),
        Column("status", lambda run: run.status, lambda run: status_text(run.status)),
        Column("percent", lambda run: run.percent, lambda run: percent_text(run.percent), "", right=True),
        Column(
            "finished",
            lambda run: run.counts.finished,
            lambda run: cell(f"{run.counts.finished}/{run.counts.total}"),
            "done",
            right=True,
        ),
        Column("failed", lambda run: run.counts.failed, right=True),
        Column("total", lambda run: run.counts.total, title="files", right=True, min_width=120),
        Column(
            "seconds", elapsed_seconds, lambda run: cell(duration(elapsed_seconds(run))), "time", right=True
        ),
        Column("created", lambda run: run.created_at, min_width=120),
    ]


def _file_columns() -> list[Column[PipelineRun]]:
    from chowda.cli.render import percent_text, status_text

    return [
        Column("run", lambda run: run.id),
        Column("guid", lambda run: run.media_file.guid, wide=True),
        Column("batch run", lambda run: run.batch_run.id),
        Column("status", lambda run: run.status, lambda run: status_text(run.status)),
        Column("percent", lambda run: run.percent, lambda run: percent_text(run.percent), "", right=True),
        Column("error", lambda run: next((step.error.code for step in run.steps if step.error), None)),
        Column("mmif", lambda run: run.mmif.id if run.mmif else None, min_width=120),
        Column("created", lambda run: run.created_at, min_width=120),
    ]


def _file_details(run: PipelineRun) -> RenderableType:
    from rich.console import Group

    from chowda.cli.output import table
    from chowda.cli.render import percent_text, status_text

    steps: list[Column[StepRun]] = [
        Column("step", lambda step: step.position, right=True),
        Column("app", lambda step: step.app.name),
        Column("status", lambda step: step.status, lambda step: status_text(step.status)),
        Column("percent", lambda step: step.percent, lambda step: percent_text(step.percent), right=True),
        Column("calls", lambda step: step.attempts, right=True),
        Column("message", lambda step: _step_message(step), wide=True),
    ]
    head = field_table(
        [
            ("File", run.media_file.guid),
            ("Pipeline run", run.id),
            ("Batch run", f"{run.batch_run.id} ({run.batch_run.batch.name})"),
            ("Status", f"{run.status}{', paused' if run.paused else ''}"),
            ("MMIF", f"{run.mmif.id} ({size(run.mmif.size)})" if run.mmif else None),
        ]
    )
    return Group(head, table(run.steps, steps))


def _step_message(step: StepRun) -> str | None:
    """Why the step failed, or what it waits for."""
    if step.error:
        return f"{step.error.code}: {step.error.message}"
    return step.waiting_for.message if step.waiting_for else None
