"""`chowda runs cancel`, `pause`, `resume`, `retry` and `priority`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from chowda.cli.bulk import (
    BulkAction,
    BulkOptions,
    DestructiveOptions,
    require_selection,
    run_bulk_actions,
)
from chowda.cli.command import DEFAULT_URL, Url, connect, option_groups
from chowda.cli.run_selection import BatchRunOptions, RunSelection, is_pipeline_run
from chowda.errors import ErrorCode

if TYPE_CHECKING:
    from chowda.client import BulkResult, Chowda

RunIds = Annotated[
    list[str] | None,
    typer.Argument(metavar="RUN", help="IDs of batch runs, and of pipeline runs for single files."),
]

app = typer.Typer()


@app.command("cancel")
@option_groups
def cancel(
    selection: RunSelection, options: DestructiveOptions, run_ids: RunIds = None, url: Url = DEFAULT_URL
) -> None:
    """Cancel batch runs, or single files of them. Running calls are abandoned.

    Example: chowda runs cancel brun-2s prun-4k
    """
    with connect(url) as chowda:
        batch_runs, files = chowda.cancel_batch_runs, chowda.cancel_pipeline_runs
        actions = _actions(chowda, batch_runs, files, run_ids, selection)
        run_bulk_actions(actions, options, named=bool(run_ids))


@app.command("pause")
@option_groups
def pause(
    selection: RunSelection, options: BulkOptions, run_ids: RunIds = None, url: Url = DEFAULT_URL
) -> None:
    """Pause batch runs, or single files of them. Running calls finish; no new ones start.

    Example: chowda runs pause --status RUNNING --batch spring --dry-run
    """
    with connect(url) as chowda:
        batch_runs, files = chowda.pause_batch_runs, chowda.pause_pipeline_runs
        actions = _actions(chowda, batch_runs, files, run_ids, selection)
        run_bulk_actions(actions, options, named=bool(run_ids))


@app.command("resume")
@option_groups
def resume(
    selection: RunSelection, options: BulkOptions, run_ids: RunIds = None, url: Url = DEFAULT_URL
) -> None:
    """Resume paused batch runs, or single files of them.

    Example: chowda runs resume brun-2s
    """
    with connect(url) as chowda:
        batch_runs, files = chowda.resume_batch_runs, chowda.resume_pipeline_runs
        actions = _actions(chowda, batch_runs, files, run_ids, selection)
        run_bulk_actions(actions, options, named=bool(run_ids))


@app.command("retry")
@option_groups
def retry(
    selection: RunSelection,
    options: BulkOptions,
    run_ids: RunIds = None,
    from_step: Annotated[
        int | None,
        typer.Option(
            help="Start again from this step of the pipeline; steps count from 1. Also works for single files that "
            "have finished."
        ),
    ] = None,
    url: Url = DEFAULT_URL,
) -> None:
    """Retry files that failed or were canceled, from their last valid MMIF or from an earlier step.

    Example: chowda runs retry prun-4k --from-step 2
    """
    with connect(url) as chowda:
        batch_runs = functools.partial(chowda.retry_batch_runs, from_step=from_step)
        files = functools.partial(chowda.retry_pipeline_runs, from_step=from_step)
        hints = {ErrorCode.CONFLICT: "To run finished files again: --from-step"} if from_step is None else {}
        actions = _actions(chowda, batch_runs, files, run_ids, selection)
        run_bulk_actions(actions, options, named=bool(run_ids), hints=hints)


@app.command("priority")
@option_groups
def priority(
    priority: Annotated[int, typer.Argument(metavar="PRIORITY", help="-100 to 100.")],
    filters: BatchRunOptions,
    options: BulkOptions,
    run_ids: Annotated[list[str] | None, typer.Argument(metavar="RUN", help="IDs of batch runs.")] = None,
    url: Url = DEFAULT_URL,
) -> None:
    """Set the priority of batch runs. The highest goes first where runs share an app.

    Example: chowda runs priority 10 brun-2s
    """
    require_selection(run_ids or (), filters.is_set, "batch runs", "chowda runs list")
    with connect(url) as chowda:
        filter = None if run_ids else filters.batch_run_filter(chowda)
        action = functools.partial(
            chowda.set_batch_run_priorities, priority, ids=run_ids or None, filter=filter
        )
        run_bulk_actions([lambda dry_run: action(dry_run=dry_run)], options, named=bool(run_ids))


def _actions(
    chowda: Chowda,
    change_batch_runs: Callable[..., BulkResult],
    change_files: Callable[..., BulkResult],
    run_ids: list[str] | None,
    selection: RunSelection,
) -> list[BulkAction]:
    """One action for the batch runs and one for the single files, if there are any."""
    require_selection(run_ids or (), selection.is_set, "runs", "chowda runs list")
    if not run_ids:
        if selection.is_of_files:
            files = functools.partial(change_files, filter=selection.pipeline_run_filter(chowda))
            return [lambda dry_run: files(dry_run=dry_run)]
        batch_runs = functools.partial(change_batch_runs, filter=selection.batch_run_filter(chowda))
        return [lambda dry_run: batch_runs(dry_run=dry_run)]
    is_file = {run_id: is_pipeline_run(chowda, run_id) for run_id in run_ids}
    actions: list[BulkAction] = []
    for change, of_files in ((change_batch_runs, False), (change_files, True)):
        ids = [run_id for run_id in is_file if is_file[run_id] is of_files]
        if ids:
            actions.append(functools.partial(_change, change, ids))
    return actions


def _change(change: Callable[..., BulkResult], ids: list[str], dry_run: bool) -> BulkResult:
    return change(ids=ids, dry_run=dry_run)
