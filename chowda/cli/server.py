"""The processes of a server and its maintenance: `chowda up`, `api`, `worker`, `migrate`, `doctor`, `config`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chowda.cli.options import AsJson
from chowda.cli.output import write_json

if TYPE_CHECKING:
    from chowda.config import Settings

app = typer.Typer()


@app.command()
def up(
    host: Annotated[str | None, typer.Option(help="A loopback address.  [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="0 for any free port.  [default: 8000]")] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="The directory of the database, MMIF and logs.", show_default=False)
    ] = None,
    threads: Annotated[
        int | None, typer.Option(help="Concurrent steps per worker process.  [default: 32]")
    ] = None,
) -> None:
    """Start Postgres, the API and workers. Ctrl-C stops them.

    Example: chowda up --port 8000 --data-dir ~/chowda-data
    """
    settings = _settings("up", host=host, port=port, data_dir=data_dir, threads=threads)
    from chowda.standalone.supervisor import run_up

    raise typer.Exit(run_up(settings))


@app.command()
def api() -> None:
    """Start only the API.

    Example: CHOWDA_DATABASE_URL=postgresql://chowda@db/chowda chowda api
    """
    settings = _settings("api")
    from chowda.api.server import serve

    serve(settings)


@app.command()
def worker() -> None:
    """Start only a worker. There may be several, on several machines.

    Example: CHOWDA_DATABASE_URL=postgresql://chowda@db/chowda chowda worker
    """
    settings = _settings("worker")
    from chowda.workers.process import run

    run(settings)


@app.command()
def migrate() -> None:
    """Migrate the database to the current version of the tables.

    Example: CHOWDA_DATABASE_URL=postgresql://chowda@db/chowda chowda migrate
    """
    settings = _settings("migrate")
    from chowda.db.migrate import migrate as migrate_database

    migrate_database(settings)


@app.command()
def doctor(
    fix: Annotated[bool, typer.Option("--fix", help="Repair what can be repaired.")] = False,
    read_bytes: Annotated[
        bool, typer.Option("--bytes", help="Read every MMIF in the store and check its sha256.")
    ] = False,
    restored: Annotated[
        bool,
        typer.Option(
            "--restored",
            help="Run this once after a restore from a backup: clients that follow a run start again.",
        ),
    ] = False,
    data_dir: Annotated[
        Path | None, typer.Option(help="The data directory of a running `chowda up`.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check the database and the MMIF store for inconsistencies, while Chowda runs.

    After a restore from a backup run it once with --restored: clients may hold cursors from the time that the restore
    undid. Exit status 1 if there is an inconsistency, or if --fix leaves one.

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
    """Show the current settings, with secrets masked.

    Example: CHOWDA_THREADS=8 chowda config
    """
    from chowda.config import load_settings

    settings = load_settings().masked()
    if as_json:
        write_json(settings)
        return
    for name, value in settings.items():
        text = "(not set)" if value is None else " ".join(value) if isinstance(value, list) else value
        typer.echo(f"CHOWDA_{name.upper()}={text}")


def _settings(process: str, **overrides: object) -> Settings:
    from chowda.config import load_settings
    from chowda.logging_setup import configure_logs

    settings = load_settings(**overrides)
    configure_logs(settings.log_level, process)
    return settings
