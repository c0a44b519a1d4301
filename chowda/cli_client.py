"""The commands of the `chowda` command that ask a running server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

# What a command needs is imported in it: gql alone takes half a second.
if TYPE_CHECKING:
    from chowda.client.operations import Action
    from chowda.client.session import Session
    from chowda.client.states import BatchRunState

DEFAULT_URL = "http://127.0.0.1:8000"
RUNS_ASKED = 50
ENDED_SHOWN = 10
FAILED_FILES_SHOWN = 50
INTERRUPTED = 130
"What a shell says of a program that Ctrl-C stopped."

T = TypeVar("T")
Url = Annotated[str, typer.Option("--url", envvar="CHOWDA_URL", help="Where Chowda is.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts.")]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="A batch run's ID; `chowda status` lists them.")]
AnyRunId = Annotated[
    str, typer.Argument(metavar="RUN", help="A batch run's ID, or a pipeline run's for one file of it.")
]

app = typer.Typer()
mmif = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Fetch and send MMIF files.")
app.add_typer(mmif, name="mmif")


@app.command()
def run(
    pipeline: Annotated[str, typer.Option(help="The pipeline's name, or its ID.")],
    batch: Annotated[str, typer.Option(help="The batch's name, or its ID.")],
    watch: Annotated[bool, typer.Option("--watch", help="Show it until it has ended.")] = False,
    idempotency_key: Annotated[
        str | None, typer.Option(help="The same key again gives the first run, not a second one.")
    ] = None,
    priority: Annotated[
        int, typer.Option(help="-100 to 100; where runs share an app, the higher goes first.")
    ] = 0,
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Start a batch on a pipeline.

    Example: chowda run --pipeline slates --batch spring --watch
    """
    from chowda.client.operations import named, start_batch

    async def start(session: Session) -> BatchRunState:
        pipeline_id = (await named(session, "pipeline", pipeline)).id
        batch_id = (await named(session, "batch", batch)).id
        return await start_batch(session, batch_id, pipeline_id, idempotency_key, priority)

    state = _ask(url, start)
    if watch:
        _watch(url, state.id, as_json)
    elif as_json:
        print_json(state)
    else:
        typer.echo(f"Batch run {state.id} has started. Watch it: chowda watch {state.id}")


@app.command()
def watch(run_id: RunId, url: Url = DEFAULT_URL, as_json: AsJson = False) -> None:
    """Show a batch run live until it has ended. Ctrl-C stops the watching, not the run.

    Exit status 1 if it ended FAILED or CANCELED. With --json: a JSON object a line; its "event" is state,
    failure, lost or restored.

    Example: chowda watch brun-2s
    """
    _watch(url, run_id, as_json)


@app.command()
def status(
    run_id: Annotated[str | None, typer.Argument(metavar="RUN", help="One batch run in detail.")] = None,
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """List the active and latest batch runs, or show one.

    Exit status 1 if RUN ended FAILED or CANCELED.

    Example: chowda status brun-2s
    """
    if run_id is None:
        _list_runs(url, as_json)
    else:
        _show_run(url, run_id, as_json)


@app.command()
def cancel(run_id: AnyRunId, url: Url = DEFAULT_URL, as_json: AsJson = False) -> None:
    """End a batch run, or one file of it; what is in flight is given up.

    Example: chowda cancel brun-2s
    """
    _change("cancel", run_id, url, as_json)


@app.command()
def pause(run_id: AnyRunId, url: Url = DEFAULT_URL, as_json: AsJson = False) -> None:
    """Start nothing new in a batch run, or in one file of it; what is in flight goes on.

    Example: chowda pause brun-2s
    """
    _change("pause", run_id, url, as_json)


@app.command()
def resume(run_id: AnyRunId, url: Url = DEFAULT_URL, as_json: AsJson = False) -> None:
    """Go on with a batch run, or one file of it, that was paused.

    Example: chowda resume brun-2s
    """
    _change("resume", run_id, url, as_json)


@app.command()
def retry(
    run_id: AnyRunId,
    from_step: Annotated[
        int | None,
        typer.Option(
            help="Go back to this step of the pipeline, counted from 1; one file also once it has finished."
        ),
    ] = None,
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Try again what failed or was canceled, from its last good MMIF or from an earlier step.

    Example: chowda retry prun-4k --from-step 2
    """
    _change("retry", run_id, url, as_json, from_step)


@mmif.command("get")
def mmif_get(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A batch run's or a pipeline run's ID.")],
    out: Annotated[Path, typer.Option(help="The directory for GUID.mmif files.")],
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Fetch the newest MMIF of every file of a run. What is there already is not fetched again.

    Exit status 1 if a file could not be fetched.

    Example: chowda mmif get brun-2s --out results
    """
    from chowda.client.mmif_files import fetch_mmifs
    from chowda.client.transfer import TransferBar

    with TransferBar("files", shown=not as_json) as bar:
        fetched = _ask(url, lambda session: fetch_mmifs(session, run_id, out, bar))
    if as_json:
        print_json(fetched)
    else:
        new = sum(file.state == "fetched" for file in fetched.files)
        typer.echo(f"{new} fetched to {out}, {len(fetched.files) - new} there already.")
        if fetched.without:
            typer.echo(f"{len(fetched.without)} have no MMIF yet.")
        for missed in fetched.failed:
            typer.echo(f"{missed.guid}: {missed.message}", err=True)
    raise typer.Exit(1 if fetched.failed else 0)


@mmif.command("put")
def mmif_put(
    guid: Annotated[str, typer.Argument(metavar="GUID", help="The media file's GUID.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The MMIF.")],
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Send a MMIF made elsewhere; it becomes the newest of its media file.

    Example: chowda mmif put cpb-aacip-507-0r9m32nr3f corrected.mmif
    """
    from chowda.client.mmif_files import send_mmif
    from chowda.client.transfer import TransferBar

    with TransferBar("files", shown=not as_json) as bar:
        bar.found()
        sent = _ask(url, lambda session: send_mmif(session, guid, file, bar.received))
        bar.ended()
    if as_json:
        print_json(sent)
    else:
        typer.echo(f"The newest MMIF of {guid} is now {sent.url} ({sent.size:,} bytes).")


def print_json(document: object) -> None:
    """On one line."""
    import msgspec

    typer.echo(msgspec.json.encode(document).decode())


def _ask(url: str, question: Callable[[Session], Awaitable[T]]) -> T:
    """The answer to what is asked in one session."""
    from chowda.client.session import Session

    async def asked() -> T:
        async with Session(url) as session:
            return await question(session)

    return asyncio.run(asked())


def _watch(url: str, run_id: str, as_json: bool) -> None:
    from rich.console import Console

    from chowda.client.watch import watch as watch_run

    try:
        state = _ask(url, lambda session: watch_run(session, run_id, Console(), as_json))
    except KeyboardInterrupt:
        typer.echo(
            f"The batch run goes on. Watch it again: chowda watch {run_id}. Cancel it: chowda cancel {run_id}",
            err=True,
        )
        raise typer.Exit(INTERRUPTED) from None
    raise typer.Exit(1 if state.went_wrong else 0)


def _list_runs(url: str, as_json: bool) -> None:
    from rich.console import Console

    from chowda.client.operations import latest_runs
    from chowda.client.render import run_table

    runs = _ask(url, lambda session: latest_runs(session, RUNS_ASKED))
    active = [state for state in runs if not state.status.ended]
    ended = [state for state in runs if state.status.ended]
    if as_json:
        print_json({"batchRuns": runs})
    elif runs:
        Console().print(run_table(active + ended[:ENDED_SHOWN]))
    else:
        typer.echo("There are no batch runs yet. Start one: chowda run --pipeline NAME --batch NAME")


def _show_run(url: str, run_id: str, as_json: bool) -> None:
    from rich.console import Console

    from chowda.client.operations import batch_run, failed_files, failures_of
    from chowda.client.render import run_details

    async def details(session: Session) -> tuple[BatchRunState, list[Any]]:
        state, _ = await batch_run(session, run_id)
        files = await failed_files(session, run_id, FAILED_FILES_SHOWN)
        return state, [failure for file in files for failure in failures_of(file)]

    state, failures = _ask(url, details)
    if as_json:
        print_json({"batchRun": state, "failures": failures})
    else:
        console = Console()
        console.print(run_details(state, failures, console.width))
        if state.counts.failed > FAILED_FILES_SHOWN:
            typer.echo(f"{state.counts.failed - FAILED_FILES_SHOWN} more files failed.")
    raise typer.Exit(1 if state.went_wrong else 0)


def _change(action: Action, run_id: str, url: str, as_json: bool, from_step: int | None = None) -> None:
    from chowda.client.operations import change
    from chowda.client.states import ChangedFile

    state = _ask(url, lambda session: change(session, action, run_id, from_step))
    if as_json:
        print_json(state)
    elif isinstance(state, ChangedFile):
        paused = ", and paused" if state.paused else ""
        typer.echo(f"Pipeline run {state.id} ({state.media_file.guid}) is {state.status}{paused}.")
    else:
        typer.echo(f"Batch run {state.id} is {state.status}.")
