"""The `chowda` command: the server and its parts; the client's commands are in cli_client."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chowda import cli_client
from chowda.errors import ChowdaError

# What a command needs is imported in it: `chowda --help` shall not wait for the API and its libraries.
if TYPE_CHECKING:
    from chowda.config import Settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # rich's own help takes three times as long to appear
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Runs batches of media files through pipelines of CLAMS apps, and shows how far each has come.",
    epilog="Exit status: 0 all is well; 1 a run or a file failed; 2 it could not be done as it was asked for.",
)


def main() -> None:
    """Expected errors are told in a line or two; exit status 2."""
    try:
        app()
    except ChowdaError as exc:
        typer.echo(exc.message, err=True)
        sys.exit(2)


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


@app.command()
def up(
    host: Annotated[str | None, typer.Option(help="Loopback alone for now.  [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="0: any that is free.  [default: 8000]")] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Where database, MMIF and logs live.", show_default=False)
    ] = None,
    threads: Annotated[
        int | None, typer.Option(help="Steps in flight per worker process.  [default: 32]")
    ] = None,
) -> None:
    """Start everything: Postgres, API, workers. Ctrl-C stops it.

    Example: chowda up --port 8000 --data-dir ~/chowda-data
    """
    settings = _settings("up", host=host, port=port, data_dir=data_dir, threads=threads)
    from chowda.supervisor import run_up

    raise typer.Exit(run_up(settings))


@app.command()
def api() -> None:
    """Serve the API alone.

    Example: CHOWDA_DATABASE_URL=postgresql://chowda@db/chowda chowda api
    """
    settings = _settings("api")
    from chowda.api_server import serve

    serve(settings)


@app.command()
def worker() -> None:
    """Run a worker alone; there may be many, on many machines.

    Example: CHOWDA_DATABASE_URL=postgresql://chowda@db/chowda chowda worker
    """
    settings = _settings("worker")
    from chowda.workers.main import run

    run(settings)


@app.command()
def migrate() -> None:
    """Bring the database's tables up to date.

    Example: CHOWDA_DATABASE_URL=postgresql://chowda@db/chowda chowda migrate
    """
    settings = _settings("migrate")
    from chowda.db import migrate as migrate_database

    migrate_database(settings)


@app.command()
def doctor(
    fix: Annotated[bool, typer.Option("--fix", help="Mend what can be mended.")] = False,
    read_bytes: Annotated[
        bool, typer.Option("--bytes", help="Read every MMIF of the store, and compare its hash.")
    ] = False,
    data_dir: Annotated[
        Path | None, typer.Option(help="Of a running `chowda up`.", show_default=False)
    ] = None,
    as_json: cli_client.AsJson = False,
) -> None:
    """Examine a live database and the MMIF store, and say what is off.

    It disturbs nobody. Exit status 1 if anything is off, or is still off after --fix.

    Example: chowda doctor --data-dir ~/chowda-data --fix
    """
    from chowda.doctor.report import run

    settings = _settings("doctor", data_dir=data_dir)
    raise typer.Exit(run(settings, fix=fix, read_bytes=read_bytes, as_json=as_json))


@app.command()
def config(as_json: cli_client.AsJson = False) -> None:
    """Print the settings in force, secrets masked.

    Example: CHOWDA_THREADS=8 chowda config
    """
    from chowda.config import load_settings

    settings = load_settings().masked()
    if as_json:
        cli_client.print_json(settings)
        return
    for name, value in settings.items():
        shown = "(not set)" if value is None else " ".join(value) if isinstance(value, list) else value
        typer.echo(f"CHOWDA_{name.upper()}={shown}")


def _settings(process: str, **overrides: object) -> Settings:
    from chowda.config import load_settings
    from chowda.logs import configure_logs

    settings = load_settings(**overrides)
    configure_logs(settings.log_level, process)
    return settings


app.add_typer(cli_client.app)
