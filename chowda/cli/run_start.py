"""`chowda runs start` and `watch`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from chowda.cli.bulk import BulkOptions, require_selection, run_bulk_actions
from chowda.cli.command import DEFAULT_URL, INTERRUPTED, Url, connect
from chowda.cli.lookup import batch_ids, find_pipeline
from chowda.cli.options import AsJson, DryRun, unset_if_none
from chowda.cli.output import console, print_note, write_json
from chowda.cli.runs import BatchRunId, exit_by_status
from chowda.cli.step_settings import StepSettings, parameters_by_step
from chowda.client import RunStatus, StartFrom
from chowda.errors import BadUserInput, ErrorCode

if TYPE_CHECKING:
    from chowda.client import BatchRun, BulkResult, Chowda


app = typer.Typer()


@app.command("start")
def start(
    batch: Annotated[
        list[str] | None, typer.Option(help="The batch's name or ID. Repeat the option for several.")
    ] = None,
    batch_text: Annotated[str | None, typer.Option(help="Start all batches with this in their name.")] = None,
    pipeline: Annotated[
        str | None,
        typer.Option(help="The pipeline's name or ID. Default: the default pipeline of each batch."),
    ] = None,
    version: Annotated[int | None, typer.Option(help="The pipeline's version. Default: the newest.")] = None,
    start_from: Annotated[
        StartFrom, typer.Option("--from", case_sensitive=False, help="The MMIF that each file starts from.")
    ] = StartFrom.BLANK,
    settings: StepSettings = None,
    priority: Annotated[
        int, typer.Option(help="-100 to 100. Runs with a higher priority go first where they share an app.")
    ] = 0,
    idempotency_key: Annotated[
        str | None, typer.Option(help="The same key again returns the first run and starts no other.")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Show the run live until it ends.")] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Start one batch or several on a pipeline.

    Example: chowda runs start --pipeline slates --batch spring --watch
    """
    from chowda.client import StepOverrideInput

    require_selection(
        batch or (), batch_text is not None, "batches to start (--batch, --batch-text)", "chowda batches list"
    )
    with connect(url) as chowda:
        pipeline_id = find_pipeline(chowda, pipeline).id if pipeline else None
        overrides = [
            StepOverrideInput(position=position, parameters=parameters)
            for position, parameters in parameters_by_step(settings).items()
        ]
        ids = batch_ids(chowda, batch)
        if len(ids) == 1 and not dry_run:
            run = chowda.start_batch(
                ids[0],
                pipeline_id=unset_if_none(pipeline_id),
                pipeline_version=unset_if_none(version),
                overrides=overrides,
                start_from=start_from,
                idempotency_key=unset_if_none(idempotency_key),
                priority=priority,
            )
            _write_started(chowda, run, watch, as_json)
            return
        if watch:
            raise BadUserInput(
                "--watch shows a single batch run. Start one batch, or watch each run with `chowda runs watch`."
            )

        def start_batches(dry_run: bool) -> BulkResult:
            from chowda.client import BatchFilter

            return chowda.start_batches(
                ids=ids or None,
                filter=BatchFilter(text=batch_text) if batch_text is not None else None,
                pipeline_id=unset_if_none(pipeline_id),
                pipeline_version=unset_if_none(version),
                overrides=overrides,
                start_from=start_from,
                idempotency_key=unset_if_none(idempotency_key),
                priority=priority,
                dry_run=dry_run,
            )

        options = BulkOptions(dry_run=dry_run, as_json=as_json)
        hints = {} if pipeline else {ErrorCode.BAD_USER_INPUT: "To choose a pipeline: --pipeline"}
        run_bulk_actions([start_batches], options, named=bool(ids), hints=hints)


@app.command("watch")
def watch(run_id: BatchRunId, as_json: AsJson = False, url: Url = DEFAULT_URL) -> None:
    """Show a batch run live until it ends. Ctrl-C stops watching, not the run.

    Exit status 1 if it ended FAILED or CANCELED. --json writes one object per line; its "event" is state, failure,
    lost or restored.

    Example: chowda runs watch brun-2s
    """
    with connect(url) as chowda:
        _watch(chowda, run_id, as_json)


def _watch(chowda: Chowda, run_id: str, as_json: bool) -> None:
    import asyncio

    from chowda.cli.watch import watch as watch_run

    async def watch_to_end() -> RunStatus:
        async with chowda.awaitable() as async_chowda:
            return (await watch_run(async_chowda, run_id, console(), as_json)).status

    try:
        status = asyncio.run(watch_to_end())
    except KeyboardInterrupt:
        print_note(
            f"The batch run continues. Watch it again: chowda watch {run_id}. Cancel it: chowda cancel {run_id}"
        )
        raise typer.Exit(INTERRUPTED) from None
    exit_by_status(status)


def _write_started(chowda: Chowda, run: BatchRun, watch: bool, as_json: bool) -> None:
    if watch:
        _watch(chowda, run.id, as_json)
    elif as_json:
        write_json(run)
    else:
        typer.echo(f"Started batch run {run.id}. Watch it: chowda watch {run.id}")
