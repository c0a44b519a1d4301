"""The parts of a server, and what looks after one: `chowda up`, `api`, `worker`, `migrate`, `doctor`, `config`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chowda.cli.options import AsJson
from chowda.cli.output import write_json

# What a command needs is imported in it: `chowda --help` shall not wait for the API and its libraries.
if TYPE_CHECKING:
    from chowda.config import Settings

app = typer.Typer()


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
    from chowda.standalone.supervisor import run_up

    raise typer.Exit(run_up(settings))


@app.command()
def api() -> None:
    """Serve the API alone.

    Example: CHOWDA_DATABASE_URL=postgresql://chowda@db/chowda chowda api
    """
    settings = _settings("api")
    from chowda.api.server import serve

    serve(settings)


@app.command()
def worker() -> None:
    """Run a worker alone; there may be many, on many machines.

    Example: CHOWDA_DATABASE_URL=postgresql://chowda@db/chowda chowda worker
    """
    settings = _settings("worker")
    from chowda.workers.process import run

    run(settings)


@app.command()
def migrate() -> None:
    """Bring the database's tables up to date.

    Example: CHOWDA_DATABASE_URL=postgresql://chowda@db/chowda chowda migrate
    """
    settings = _settings("migrate")
    from chowda.db.migrate import migrate as migrate_database

    migrate_database(settings)


@app.command()
def doctor(
    fix: Annotated[bool, typer.Option("--fix", help="Mend what can be mended.")] = False,
    read_bytes: Annotated[
        bool, typer.Option("--bytes", help="Read every MMIF of the store, and compare its hash.")
    ] = False,
    restored: Annotated[
        bool,
        typer.Option("--restored", help="It was restored from a backup: whoever follows a run begins anew."),
    ] = False,
    data_dir: Annotated[
        Path | None, typer.Option(help="Of a running `chowda up`.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Examine a live database and the MMIF store, and say what is off.

    It disturbs nobody. Once after a restore say --restored, for what is remembered of a time that was undone
    can't be told from what is. Exit status 1 if anything is off, or is still off after --fix.

    Example: chowda doctor --data-dir ~/chowda-data --fix
    """
    from chowda.doctor.report import run

    settings = _settings("doctor", data_dir=data_dir)
    raise typer.Exit(
        run(
            settings,
            fix=fix,
            read_bytes=read_bytes,
            restored=restored,
            write_json=write_json if as_json else None,
        )
    )


@app.command()
def config(as_json: AsJson = False) -> None:
    """Print the settings in force, secrets masked.

    Example: CHOWDA_THREADS=8 chowda config
    """
    from chowda.config import load_settings

    settings = load_settings().masked()
    if as_json:
        write_json(settings)
        return
    for name, value in settings.items():
        shown = "(not set)" if value is None else " ".join(value) if isinstance(value, list) else value
        typer.echo(f"CHOWDA_{name.upper()}={shown}")


def _settings(process: str, **overrides: object) -> Settings:
    from chowda.config import load_settings
    from chowda.logging_setup import configure_logs

    settings = load_settings(**overrides)
    configure_logs(settings.log_level, process)
    return settings
