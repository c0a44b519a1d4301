"""The `chowda` command: a group for each noun, what runs a server, and short forms of what is typed most."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from chowda.cli import apps, batches, collections, events, media, mmif, pipelines, runs, server
from chowda.cli.error_messages import error_message
from chowda.errors import ChowdaError

FAILED = 2

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,  # rich's own help takes three times as long to appear
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Runs batches of media files through pipelines of CLAMS apps, and shows how far each has come.",
    epilog="Exit status: 0 all is well; 1 a run, a file or a row failed; 2 it could not be done as it was asked for.",
)

SHORT_FORMS: dict[str, Callable[..., None]] = {
    "run": runs.start,
    "watch": runs.watch,
    "cancel": runs.cancel,
    "pause": runs.pause,
    "resume": runs.resume,
    "retry": runs.retry,
}


def main() -> None:
    """Expected errors are told in a line or two; exit status 2."""
    try:
        app()
    except ChowdaError as exc:
        typer.echo(error_message(exc), err=True)
        sys.exit(FAILED)


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"chowda {version('chowda')}")
        raise typer.Exit


@app.callback()
def chowda(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and leave."),
    ] = False,
) -> None:
    """The options of the command itself."""


def _short(command: Callable[..., None], name: str) -> str:
    """The help of a command, under its short name."""
    long = {"run": "start"}.get(name, name)
    text = (command.__doc__ or "").replace(f"chowda runs {long}", f"chowda {name}")
    first, _, rest = text.partition("\n")
    return f"{first} Short for `chowda runs {long}`.\n{rest}"


app.add_typer(server.app)
for name, command in SHORT_FORMS.items():
    app.command(name, help=_short(command, name))(command)
app.command("status")(runs.status)
for name, group in (
    ("runs", runs.app),
    ("batches", batches.app),
    ("media", media.app),
    ("collections", collections.app),
    ("apps", apps.app),
    ("pipelines", pipelines.app),
    ("mmif", mmif.app),
):
    app.add_typer(group, name=name)
app.command("events")(events.events)
