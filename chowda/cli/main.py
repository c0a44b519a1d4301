"""The `chowda` command: a group for each noun, the processes of a server, and short forms of common commands."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from chowda.cli import (
    apps,
    batch_files,
    batches,
    collections,
    events,
    media,
    media_import,
    media_scan,
    mmif,
    pipeline_documents,
    pipelines,
    run_actions,
    run_start,
    runs,
    server,
)
from chowda.cli.error_messages import error_message
from chowda.errors import ChowdaError

FAILED = 2

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,  # help that rich formats takes three times as long to appear
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Runs batches of media files through pipelines of CLAMS apps and shows their progress.",
    epilog="Exit status: 0 success; 1 a run, a file or a row failed; 2 the command failed.",
)

GROUPS = {
    "runs": (runs.app, run_start.app, run_actions.app),
    "batches": (batches.app, batch_files.app),
    "media": (media.app, media_import.app, media_scan.app),
    "collections": (collections.app,),
    "apps": (apps.app,),
    "pipelines": (pipelines.app, pipeline_documents.app),
    "mmif": (mmif.app,),
}
"The first has the help of the group; the others add commands to it."
SHORT_FORMS: dict[str, Callable[..., None]] = {
    "run": run_start.start,
    "watch": run_start.watch,
    "cancel": run_actions.cancel,
    "pause": run_actions.pause,
    "resume": run_actions.resume,
    "retry": run_actions.retry,
}


def main() -> None:
    """Runs the command. Shows an expected error in a line or two and exits with status 2."""
    try:
        app()
    except ChowdaError as exc:
        typer.echo(error_message(exc), err=True)
        sys.exit(FAILED)


def _show_version(is_set: bool) -> None:
    if is_set:
        from importlib.metadata import version

        typer.echo(f"chowda {version('chowda')}")
        raise typer.Exit


@app.callback()
def chowda(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """The options of the command itself."""


def _short_help(command: Callable[..., None], name: str) -> str:
    """The help of `chowda runs …`, under the short name."""
    long = {"run": "start"}.get(name, name)
    text = (command.__doc__ or "").replace(f"chowda runs {long}", f"chowda {name}")
    first, _, rest = text.partition("\n")
    return f"{first} Short for `chowda runs {long}`.\n{rest}"


app.add_typer(server.app)
for name, command in SHORT_FORMS.items():
    app.command(name, help=_short_help(command, name))(command)
app.command("status")(runs.status)
for name, (group, *extensions) in GROUPS.items():
    for extension in extensions:
        group.add_typer(extension)
    app.add_typer(group, name=name)
app.command("events")(events.events)
