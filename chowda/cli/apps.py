"""`chowda apps`: register, show and change CLAMS apps."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chowda.cli.bulk import BulkOptions, require_selection, run_bulk_actions
from chowda.cli.command import DEFAULT_URL, OptionGroup, Url, connect, option_groups
from chowda.cli.lookup import app_ids, find_app
from chowda.cli.options import AsJson, Descending, ListOptions, OutputFormat, unset_if_none
from chowda.cli.output import Column, field_table, table, write_json, write_list, write_one, write_rows
from chowda.client import AppSort
from chowda.errors import BadUserInput

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chowda.client import (
        App,
        AppDescription,
        AppFilter,
        AppImport,
        AppWithParameters,
        AppWithParametersParameters,
        Chowda,
    )

SOME_REFUSED = 1
NO_APPS = "No apps found. Register one: chowda apps register URL"
AppArgument = Annotated[str, typer.Argument(metavar="APP", help="The app's name or ID.")]
AppArguments = Annotated[list[str] | None, typer.Argument(metavar="APP", help="Names or IDs of apps.")]
MaxConcurrency = Annotated[
    int | None, typer.Option(min=1, max=1000, help="Maximum number of concurrent calls.")
]
Timeout = Annotated[int | None, typer.Option(min=1, metavar="SECONDS", help="The time limit of a call.")]

app = typer.Typer(
    no_args_is_help=True, help="Register CLAMS apps, change them during runs, and show their health."
)


@dataclass(frozen=True)
class AppOptions(OptionGroup):
    """Apps that match the option."""

    text: Annotated[str | None, typer.Option(help="Apps with this in the name or identifier.")] = None

    @property
    def filter(self) -> AppFilter | None:
        from chowda.client import AppFilter

        return AppFilter(text=self.text) if self.text is not None else None


@app.command("list")
@option_groups
def list_apps(
    filters: AppOptions,
    options: ListOptions,
    sort: Annotated[AppSort, typer.Option(case_sensitive=False)] = AppSort.NAME,
    descending: Descending = None,
    url: Url = DEFAULT_URL,
) -> None:
    """List apps by name.

    Example: chowda apps list --text whisper
    """
    with connect(url) as chowda:
        apps = chowda.apps(filter=filters.filter, sort=sort, descending=descending)
        write_list(apps, _columns(), options, NO_APPS)


@app.command("show")
@option_groups
def show(name: AppArgument, format: OutputFormat, url: Url = DEFAULT_URL) -> None:
    """Show an app with its parameters and its health.

    Example: chowda apps show swt-detection --json
    """
    with connect(url) as chowda:
        app = chowda.app(find_app(chowda, name).id)
        write_one(app, _columns(), format, lambda: _details(app))


@app.command("register")
def register(
    endpoint: Annotated[str, typer.Argument(metavar="URL", help="The app's address.")],
    name: Annotated[
        str | None, typer.Option(help="The app's name. Default: the name in its metadata.")
    ] = None,
    max_concurrency: MaxConcurrency = None,
    timeout: Timeout = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Register a running app. The same URL again updates it.

    Example: chowda apps register http://127.0.0.1:5000 --name whisper --max-concurrency 2
    """
    with connect(url) as chowda:
        app = chowda.register_app(
            endpoint=endpoint,
            name=unset_if_none(name),
            max_concurrency=unset_if_none(max_concurrency),
            timeout_seconds=unset_if_none(timeout),
        )
    _write_app(app, f"Registered {app.name} ({app.id}), {app.identifier}.", as_json)


@app.command("import")
@option_groups
def import_apps(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Metadata of apps: metadata.json files.")
    ],
    format: OutputFormat,
    url: Url = DEFAULT_URL,
) -> None:
    """Add apps from their metadata, to build pipelines before the apps run anywhere.

    Exit status 1 if one was refused.

    Example: chowda apps import swt-detection.v8.9.metadata.json tesseract.v2.1.metadata.json
    """
    columns: list[Column[AppImport]] = [
        Column("outcome", lambda result: result.outcome),
        Column("app", lambda result: result.app.id if result.app else None),
        Column("name", lambda result: result.app.name if result.app else None),
        Column("message", lambda result: result.message, wide=True),
    ]
    with connect(url) as chowda:
        results = chowda.import_apps([_read_metadata(path) for path in files])
    write_rows(results, columns, format)
    raise typer.Exit(SOME_REFUSED if any(result.app is None for result in results) else 0)


@app.command("refresh")
@option_groups
def refresh(
    filters: AppOptions, options: BulkOptions, names: AppArguments = None, url: Url = DEFAULT_URL
) -> None:
    """Fetch the metadata of apps again and update them.

    Example: chowda apps refresh swt-detection tesseract
    """
    with connect(url) as chowda:
        ids = _selected_ids(chowda, names, filters)
        action = functools.partial(chowda.refresh_apps, ids=ids, filter=filters.filter)
        run_bulk_actions([lambda dry_run: action(dry_run=dry_run)], options, named=bool(ids))


@app.command("update")
@option_groups
def update(
    filters: AppOptions,
    options: BulkOptions,
    names: AppArguments = None,
    max_concurrency: MaxConcurrency = None,
    timeout: Timeout = None,
    one_at_a_time: Annotated[
        bool | None,
        typer.Option(
            "--one-at-a-time/--trusted",
            help="Call the app with one file at a time. --trusted: the app was fixed, and gets up to "
            "--max-concurrency calls.",
            show_default=False,
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="The new name. For a single app.")] = None,
    endpoint: Annotated[
        str | None, typer.Option(metavar="URL", help="The new address. For a single app.")
    ] = None,
    url: Url = DEFAULT_URL,
) -> None:
    """Change the limits of apps, also during runs, or the name and address of one app.

    Example: chowda apps update whisper --max-concurrency 4 --timeout 7200
    """
    with connect(url) as chowda:
        if name is not None or endpoint is not None:
            if names is None or len(names) != 1 or options.dry_run:
                raise BadUserInput("--name and --endpoint need exactly one app, and no --dry-run.")
            app = chowda.update_app(
                find_app(chowda, names[0]).id,
                name=unset_if_none(name),
                endpoint=unset_if_none(endpoint),
                max_concurrency=unset_if_none(max_concurrency),
                timeout_seconds=unset_if_none(timeout),
                one_at_a_time=unset_if_none(one_at_a_time),
            )
            _write_app(app, f"Changed {app.name} ({app.id}).", options.as_json)
            return
        if max_concurrency is None and timeout is None and one_at_a_time is None:
            raise BadUserInput("Nothing to change. Use for example --max-concurrency 4 or --timeout 7200.")
        ids = _selected_ids(chowda, names, filters)
        action = functools.partial(
            chowda.update_apps,
            ids=ids,
            filter=filters.filter,
            max_concurrency=unset_if_none(max_concurrency),
            timeout_seconds=unset_if_none(timeout),
            one_at_a_time=unset_if_none(one_at_a_time),
        )
        run_bulk_actions([lambda dry_run: action(dry_run=dry_run)], options, named=bool(ids))


@app.command("deactivate")
@option_groups
def deactivate(
    filters: AppOptions, options: BulkOptions, names: AppArguments = None, url: Url = DEFAULT_URL
) -> None:
    """Start no new calls of apps. Running calls finish, and runs that need the apps wait.

    Example: chowda apps deactivate whisper
    """
    with connect(url) as chowda:
        _set_active(chowda, names, filters, options, active=False)


@app.command("activate")
@option_groups
def activate(
    filters: AppOptions, options: BulkOptions, names: AppArguments = None, url: Url = DEFAULT_URL
) -> None:
    """Start calls of apps again.

    Example: chowda apps activate whisper
    """
    with connect(url) as chowda:
        _set_active(chowda, names, filters, options, active=True)


@app.command("history")
@option_groups
def history(name: AppArgument, format: OutputFormat, url: Url = DEFAULT_URL) -> None:
    """List the versions of an app's metadata, newest first.

    Example: chowda apps history whisper
    """
    columns: list[Column[AppDescription]] = [
        Column("since", lambda description: description.created_at),
        Column("version", lambda description: description.version),
        Column("identifier", lambda description: description.identifier, wide=True),
    ]
    with connect(url) as chowda:
        write_rows(chowda.app_history(find_app(chowda, name).id), columns, format)


@app.command("health")
@option_groups
def health(
    filters: AppOptions, options: ListOptions, names: AppArguments = None, url: Url = DEFAULT_URL
) -> None:
    """Show the health of apps: the last response, the last failure, and changed metadata.

    Example: chowda apps health whisper
    """
    columns: list[Column[App]] = [
        Column("app", lambda app: app.id),
        Column("name", lambda app: app.name, wide=True),
        Column("health", lambda app: app.health.status),
        Column("last answer", lambda app: app.health.last_answer_at, title="last response"),
        Column("last failure", lambda app: app.health.last_failure_at),
        Column(
            "message",
            lambda app: app.health.drift.message if app.health.drift else app.health.message,
            wide=True,
        ),
    ]
    with connect(url) as chowda:
        if names:
            write_rows([find_app(chowda, name) for name in names], columns, options)
        else:
            write_list(chowda.apps(filter=filters.filter), columns, options, NO_APPS)


def _set_active(
    chowda: Chowda, names: Sequence[str] | None, filters: AppOptions, options: BulkOptions, *, active: bool
) -> None:
    ids = _selected_ids(chowda, names, filters)
    action = functools.partial(chowda.update_apps, ids=ids, filter=filters.filter, active=active)
    run_bulk_actions([lambda dry_run: action(dry_run=dry_run)], options, named=bool(ids))


def _selected_ids(chowda: Chowda, names: Sequence[str] | None, filters: AppOptions) -> list[str] | None:
    """None if the apps are selected by filters."""
    require_selection(names or (), filters.is_set, "apps", "chowda apps list")
    return app_ids(chowda, names) or None


def _read_metadata(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except OSError as exc:
        raise BadUserInput(f"{path} can't be read: {exc.strerror or exc}.") from exc
    except ValueError as exc:
        raise BadUserInput(f"{path} is not JSON: {exc}.") from exc


def _write_app(app: App, message: str, as_json: bool) -> None:
    if as_json:
        write_json(app)
    else:
        typer.echo(message)


def _columns() -> list[Column[App]]:
    return [
        Column("app", lambda app: app.id),
        Column("name", lambda app: app.name, wide=True),
        Column("version", lambda app: app.version),
        Column("active", lambda app: app.active),
        Column("at once", lambda app: app.max_concurrency, title="max calls", right=True),
        Column("health", lambda app: app.health.status),
        Column("endpoint", lambda app: app.endpoint, wide=True),
    ]


def _details(app: AppWithParameters) -> RenderableType:
    from rich.console import Group

    parameters: list[Column[AppWithParametersParameters]] = [
        Column("parameter", lambda parameter: parameter.name),
        Column(
            "type", lambda parameter: f"{parameter.type}{', multivalued' if parameter.multivalued else ''}"
        ),
        Column(
            "default",
            lambda parameter: "(required)" if parameter.required else json.dumps(parameter.default),
        ),
        Column("choices", lambda parameter: parameter.choices),
        Column("description", lambda parameter: parameter.description, wide=True),
    ]
    head = field_table(
        [
            ("Name", app.name),
            ("ID", app.id),
            ("Identifier", app.identifier),
            ("Endpoint", app.endpoint or app.image),
            ("Active", app.active),
            ("Max. calls", app.max_concurrency),
            ("Timeout", f"{app.timeout_seconds:,} s"),
            ("Health", f"{app.health.status}: {app.health.message}"),
            ("Drift", app.health.drift.message if app.health.drift else None),
            ("Circuit", app.circuit.reason if app.circuit else None),
            ("Note", app.note),
        ]
    )
    return Group(head, "", table(app.parameters, parameters)) if app.parameters else head
