"""`chowda runs`: starts of batches, and the single files on their way."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chowda.cli import bulk
from chowda.cli.bulk import Destroying, Doing, perform
from chowda.cli.command import asks
from chowda.cli.lookup import batch_named, pipeline_named
from chowda.cli.options import AsJson, Descending, DryRun, Form, Listing, given
from chowda.cli.output import (
    Column,
    console,
    counted,
    duration,
    fields,
    say,
    size,
    text,
    write_json,
    write_list,
    write_one,
)
from chowda.cli.run_selection import ActionChoice, FileChoice, RunChoice, is_file, refuse_both
from chowda.cli.step_settings import Settings, by_step
from chowda.client import BatchRunSort, PipelineRunSort, RunStatus, StartFrom
from chowda.errors import BadUserInput, ErrorCode

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chowda.client import BatchRun, BulkResult, Call, Chowda, PipelineRun, StepRun

FAILED_FILES_SHOWN = 50
DETAILS_WIDTH = 100
INTERRUPTED = 130
"What a shell says of a program that Ctrl-C stopped."
WENT_WRONG = 1

AnyRunId = Annotated[
    str, typer.Argument(metavar="RUN", help="A batch run's ID, or a pipeline run's for one file of it.")
]
AnyRunIds = Annotated[
    list[str] | None,
    typer.Argument(metavar="RUN", help="IDs of batch runs, and of pipeline runs for single files."),
]

app = typer.Typer(no_args_is_help=True, help="Start batches, watch, stop and retry them; single files too.")


@app.command("list")
@asks
def list_runs(
    chowda: Chowda,
    choice: RunChoice,
    listing: Listing,
    sort: Annotated[BatchRunSort, typer.Option(case_sensitive=False)] = BatchRunSort.CREATED,
    descending: Descending = None,
) -> None:
    """List starts of batches, newest first.

    Example: chowda runs list --status RUNNING --status PAUSED --since 2026-01-31
    """
    _list(chowda, choice, listing, sort, descending)


@app.command("files")
@asks
def list_files(
    chowda: Chowda,
    choice: FileChoice,
    listing: Listing,
    sort: Annotated[PipelineRunSort, typer.Option(case_sensitive=False)] = PipelineRunSort.CREATED,
    descending: Descending = None,
) -> None:
    """List single files on their way (pipeline runs), newest first.

    Example: chowda runs files --run brun-2s --status FAILED --error APP_TIMEOUT --csv
    """
    runs = chowda.pipeline_runs(filter=choice.pipeline_runs(chowda), sort=sort, descending=descending)
    write_list(runs, _file_columns(), listing, "There are no such files.")


@app.command("calls")
@asks
def list_calls(
    chowda: Chowda,
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A batch run's ID.")],
    listing: Listing,
) -> None:
    """List the calls of apps of a batch run, the latest first: what ran when, on which worker.

    Example: chowda runs calls brun-2s --all --csv
    """
    columns: list[Column[Call]] = [
        Column("guid", lambda call: call.step_run.pipeline_run.media_file.guid, wide=True),
        Column("step", lambda call: call.step_run.position, right=True),
        Column("app", lambda call: call.step_run.app.name, wide=True),
        Column("call", lambda call: call.number, right=True),
        Column("started", lambda call: call.started_at),
        Column("ended", lambda call: call.ended_at, least=120),
        Column("error", lambda call: call.error.code if call.error else None),
        Column("worker", lambda call: call.worker, least=120),
    ]
    write_list(chowda.calls(run_id), columns, listing, "None of its apps has been called yet.")


@app.command("show")
@asks
def show(chowda: Chowda, run_id: AnyRunId, form: Form) -> None:
    """Show a batch run with what failed, or one file of it with its steps.

    Exit status 1 if it ended FAILED or CANCELED.

    Example: chowda runs show brun-2s
    """
    _show(chowda, run_id, form)


@app.command("start")
@asks
def start(
    chowda: Chowda,
    batch: Annotated[
        list[str] | None, typer.Option(help="A batch's name, or its ID; several times: each.")
    ] = None,
    batch_text: Annotated[str | None, typer.Option(help="All batches with this in their name.")] = None,
    pipeline: Annotated[
        str | None, typer.Option(help="The pipeline's name, or its ID; by default each batch's own.")
    ] = None,
    version: Annotated[int | None, typer.Option(help="Of the pipeline; by default its newest.")] = None,
    start_from: Annotated[
        StartFrom, typer.Option("--from", case_sensitive=False, help="The MMIF that each file starts from.")
    ] = StartFrom.BLANK,
    settings: Settings = None,
    priority: Annotated[
        int, typer.Option(help="-100 to 100; where runs share an app, the higher goes first.")
    ] = 0,
    idempotency_key: Annotated[
        str | None, typer.Option(help="The same key again gives the first run, not a second one.")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Show it until it has ended.")] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Start a batch on a pipeline, or several.

    Example: chowda runs start --pipeline slates --batch spring --watch
    """
    from chowda.client import StepOverrideInput

    refuse_both(
        batch or (), batch_text is not None, "batches to start (--batch, --batch-text)", "chowda batches list"
    )
    pipeline_id = pipeline_named(chowda, pipeline).id if pipeline else None
    overrides = [StepOverrideInput(position=at, parameters=its) for at, its in by_step(settings).items()]
    ids = [batch_named(chowda, told).id for told in batch or ()]
    if len(ids) == 1 and not dry_run:
        run = chowda.start_batch(
            ids[0],
            pipeline_id=given(pipeline_id),
            pipeline_version=given(version),
            overrides=overrides,
            start_from=start_from,
            idempotency_key=given(idempotency_key),
            priority=priority,
        )
        _tell_started(chowda, run, watch, as_json)
        return
    if watch:
        raise BadUserInput(
            "--watch shows one batch run: start one batch, or watch them with `chowda runs watch`."
        )

    def call(dry_run: bool) -> BulkResult:
        from chowda.client import BatchFilter

        return chowda.start_batches(
            ids=ids or None,
            filter=BatchFilter(text=batch_text) if batch_text is not None else None,
            pipeline_id=given(pipeline_id),
            pipeline_version=given(version),
            overrides=overrides,
            start_from=start_from,
            idempotency_key=given(idempotency_key),
            priority=priority,
            dry_run=dry_run,
        )

    hints = {} if pipeline else {ErrorCode.BAD_USER_INPUT: "To choose a pipeline: --pipeline"}
    perform([call], Doing(dry_run=dry_run, as_json=as_json), named=bool(ids), hints=hints)


@app.command("watch")
@asks
def watch(
    chowda: Chowda,
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A batch run's ID.")],
    as_json: AsJson = False,
) -> None:
    """Show a batch run live until it has ended. Ctrl-C stops the watching, not the run.

    Exit status 1 if it ended FAILED or CANCELED. With --json: a JSON object a line; its "event" is state,
    failure, lost or restored.

    Example: chowda runs watch brun-2s
    """
    _watch(chowda, run_id, as_json)


@app.command("cancel")
@asks
def cancel(chowda: Chowda, choice: ActionChoice, doing: Destroying, run_ids: AnyRunIds = None) -> None:
    """End batch runs, or single files of them; what is in flight is given up.

    Example: chowda runs cancel brun-2s prun-4k
    """
    batch_runs, files = chowda.cancel_batch_runs, chowda.cancel_pipeline_runs
    perform(_calls(chowda, batch_runs, files, run_ids, choice), doing, named=bool(run_ids))


@app.command("pause")
@asks
def pause(chowda: Chowda, choice: ActionChoice, doing: Doing, run_ids: AnyRunIds = None) -> None:
    """Start nothing new in batch runs, or in single files of them; what is in flight goes on.

    Example: chowda runs pause --status RUNNING --batch spring --dry-run
    """
    batch_runs, files = chowda.pause_batch_runs, chowda.pause_pipeline_runs
    perform(_calls(chowda, batch_runs, files, run_ids, choice), doing, named=bool(run_ids))


@app.command("resume")
@asks
def resume(chowda: Chowda, choice: ActionChoice, doing: Doing, run_ids: AnyRunIds = None) -> None:
    """Go on with batch runs, or single files of them, that were paused.

    Example: chowda runs resume brun-2s
    """
    batch_runs, files = chowda.resume_batch_runs, chowda.resume_pipeline_runs
    perform(_calls(chowda, batch_runs, files, run_ids, choice), doing, named=bool(run_ids))


@app.command("retry")
@asks
def retry(
    chowda: Chowda,
    choice: ActionChoice,
    doing: Doing,
    run_ids: AnyRunIds = None,
    from_step: Annotated[
        int | None,
        typer.Option(
            help="Go back to this step of the pipeline, counted from 1; single files also once they have finished."
        ),
    ] = None,
) -> None:
    """Try again what failed or was canceled, from its last good MMIF or from an earlier step.

    Example: chowda runs retry prun-4k --from-step 2
    """
    batch_runs = functools.partial(chowda.retry_batch_runs, from_step=from_step)
    files = functools.partial(chowda.retry_pipeline_runs, from_step=from_step)
    hints = {ErrorCode.CONFLICT: "To run finished files again: --from-step"} if from_step is None else {}
    perform(_calls(chowda, batch_runs, files, run_ids, choice), doing, named=bool(run_ids), hints=hints)


@app.command("priority")
@asks
def priority(
    chowda: Chowda,
    priority: Annotated[int, typer.Argument(metavar="PRIORITY", help="-100 to 100.")],
    choice: RunChoice,
    doing: Doing,
    run_ids: Annotated[list[str] | None, typer.Argument(metavar="RUN", help="IDs of batch runs.")] = None,
) -> None:
    """Say which batch runs go first where they share an app: the higher.

    Example: chowda runs priority 10 brun-2s
    """
    refuse_both(run_ids or (), choice != RunChoice(), "batch runs", "chowda runs list")
    filter = None if run_ids else choice.batch_runs(chowda)
    call = functools.partial(chowda.set_batch_run_priorities, priority, ids=run_ids or None, filter=filter)
    perform([lambda dry_run: call(dry_run=dry_run)], doing, named=bool(run_ids))


@app.command("download")
@asks
def download(
    chowda: Chowda,
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A batch run's ID.")],
    out: Annotated[Path | None, typer.Option(help="The zip.  [default: RUN.zip]", show_default=False)] = None,
) -> None:
    """Fetch the newest MMIF of all files of a batch run, as one zip.

    Example: chowda runs download brun-2s --out results.zip
    """
    from chowda.cli.progress import TransferBar

    path = out or Path(f"{run_id}.zip")
    with TransferBar("zips") as bar:
        size_bytes = chowda.download_zip(path, batch_run=run_id, on_bytes=bar.bytes_received)
    typer.echo(f"{path} has {size(size_bytes)}.")


@asks
def status(
    chowda: Chowda,
    listing: Listing,
    run_id: Annotated[str | None, typer.Argument(metavar="RUN", help="One run in detail.")] = None,
) -> None:
    """List the latest batch runs, or show one. Short for `chowda runs list` and `chowda runs show`.

    Exit status 1 if RUN ended FAILED or CANCELED.

    Example: chowda status brun-2s
    """
    if run_id is None:
        _list(chowda, RunChoice(), listing)
    else:
        _show(chowda, run_id, listing)


def _list(
    chowda: Chowda,
    choice: RunChoice,
    listing: Listing,
    sort: BatchRunSort | None = None,
    descending: bool | None = None,
) -> None:
    runs = chowda.batch_runs(filter=choice.batch_runs(chowda), sort=sort, descending=descending)
    empty = "There are no such batch runs. Start one: chowda runs start --batch NAME --pipeline NAME"
    write_list(runs, _run_columns(), listing, empty)


def _show(chowda: Chowda, run_id: str, form: Form) -> None:
    from chowda.client import PipelineRunFilter, failures_of

    if is_file(chowda, run_id):
        file = chowda.pipeline_run(run_id)
        write_one(file, _file_columns(), form, lambda: _file_details(file))
        _leave_by(file.status)
        return
    run = chowda.batch_run(run_id)
    failed = chowda.pipeline_runs(filter=PipelineRunFilter(batch_runs=[run.id], status=[RunStatus.FAILED]))

    def details() -> RenderableType:
        from chowda.cli.render import run_details

        files = failed.first(FAILED_FILES_SHOWN)
        failures = [failure for file in files for failure in failures_of(file)]
        return run_details(run, failures, min(console().width, DETAILS_WIDTH))

    write_one(run, _run_columns(), form, details)
    _say_rest(run)
    _leave_by(run.status)


def _calls(
    chowda: Chowda,
    of_batch_runs: Callable[..., BulkResult],
    of_files: Callable[..., BulkResult],
    run_ids: list[str] | None,
    choice: ActionChoice,
) -> list[bulk.Call]:
    """One for the batch runs and one for the single files, where there are any."""
    refuse_both(run_ids or (), choice.is_given, "runs", "chowda runs list")
    if not run_ids:
        if choice.is_of_files:
            files = functools.partial(of_files, filter=choice.pipeline_runs(chowda))
            return [lambda dry_run: files(dry_run=dry_run)]
        batch_runs = functools.partial(of_batch_runs, filter=choice.batch_runs(chowda))
        return [lambda dry_run: batch_runs(dry_run=dry_run)]
    kinds = {run_id: is_file(chowda, run_id) for run_id in run_ids}
    calls: list[bulk.Call] = []
    for change, of_kind in ((of_batch_runs, False), (of_files, True)):
        ids = [run_id for run_id, kind in kinds.items() if kind is of_kind]
        if ids:
            calls.append(functools.partial(_change, change, ids))
    return calls


def _change(change: Callable[..., BulkResult], ids: list[str], dry_run: bool) -> BulkResult:
    return change(ids=ids, dry_run=dry_run)


def _watch(chowda: Chowda, run_id: str, as_json: bool) -> None:
    import asyncio

    from chowda.cli.watch import watch as watch_run

    async def watched() -> RunStatus:
        async with chowda.awaitable() as live:
            return (await watch_run(live, run_id, console(), as_json)).status

    try:
        status = asyncio.run(watched())
    except KeyboardInterrupt:
        say(
            f"The batch run goes on. Watch it again: chowda watch {run_id}. Cancel it: chowda cancel {run_id}"
        )
        raise typer.Exit(INTERRUPTED) from None
    _leave_by(status)


def _tell_started(chowda: Chowda, run: BatchRun, watched: bool, as_json: bool) -> None:
    if watched:
        _watch(chowda, run.id, as_json)
    elif as_json:
        write_json(run)
    else:
        typer.echo(f"Batch run {run.id} has started. Watch it: chowda watch {run.id}")


def _say_rest(run: BatchRun) -> None:
    if run.counts.failed > FAILED_FILES_SHOWN:
        rest = run.counts.failed - FAILED_FILES_SHOWN
        say(f"{counted(rest, 'more file')} failed: chowda runs files --run {run.id} --status FAILED")


def _leave_by(status: RunStatus) -> None:
    if status in {RunStatus.FAILED, RunStatus.CANCELED}:
        raise typer.Exit(WENT_WRONG)


def _run_columns() -> list[Column[BatchRun]]:
    from chowda.cli.render import lasted_seconds, percent_text, status_text

    return [
        Column("run", lambda run: run.id),
        Column("batch", lambda run: run.batch.name, wide=True),
        Column("pipeline", lambda run: run.pipeline.name, wide=True),
        Column("status", lambda run: run.status, lambda run: status_text(run.status)),
        Column("percent", lambda run: run.percent, lambda run: percent_text(run.percent), "", right=True),
        Column("finished", lambda run: run.counts.finished, lambda run: text(_done(run)), "done", right=True),
        Column("failed", lambda run: run.counts.failed, right=True),
        Column("total", lambda run: run.counts.total, title="files", right=True, least=120),
        Column(
            "seconds", lasted_seconds, lambda run: text(duration(lasted_seconds(run))), "time", right=True
        ),
        Column("created", lambda run: run.created_at, least=120),
    ]


def _done(run: BatchRun) -> str:
    return f"{run.counts.finished}/{run.counts.total}"


def _file_columns() -> list[Column[PipelineRun]]:
    from chowda.cli.render import percent_text, status_text

    return [
        Column("run", lambda run: run.id),
        Column("guid", lambda run: run.media_file.guid, wide=True),
        Column("batch run", lambda run: run.batch_run.id),
        Column("status", lambda run: run.status, lambda run: status_text(run.status)),
        Column("percent", lambda run: run.percent, lambda run: percent_text(run.percent), "", right=True),
        Column("error", lambda run: next((step.error.code for step in run.steps if step.error), None)),
        Column("mmif", lambda run: run.mmif.id if run.mmif else None, least=120),
        Column("created", lambda run: run.created_at, least=120),
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
        Column("why", lambda step: _why(step), wide=True),
    ]
    head = fields(
        [
            ("File", run.media_file.guid),
            ("Pipeline run", run.id),
            ("Batch run", f"{run.batch_run.id} ({run.batch_run.batch.name})"),
            ("Status", f"{run.status}{', paused' if run.paused else ''}"),
            ("MMIF", f"{run.mmif.id} ({size(run.mmif.size)})" if run.mmif else None),
        ]
    )
    return Group(head, table(run.steps, steps))


def _why(step: StepRun) -> str | None:
    if step.error:
        return f"{step.error.code}: {step.error.message}"
    return step.waiting_for.message if step.waiting_for else None
