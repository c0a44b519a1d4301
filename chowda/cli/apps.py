"""`chowda apps`: the CLAMS apps that pipelines are made of."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chowda.cli.bulk import Doing, perform
from chowda.cli.command import Options, asks
from chowda.cli.lookup import app_named
from chowda.cli.options import AsJson, Descending, Form, Listing, given
from chowda.cli.output import Column, fields, table, write_json, write_list, write_one, write_rows
from chowda.cli.run_selection import refuse_both
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

REFUSED = 1
AppArgument = Annotated[str, typer.Argument(metavar="APP", help="An app's name, or its ID.")]
AppArguments = Annotated[list[str] | None, typer.Argument(metavar="APP", help="Names or IDs of apps.")]
MaxConcurrency = Annotated[
    int | None, typer.Option(min=1, max=1000, help="Calls of it that may be in flight at once.")
]
Timeout = Annotated[int | None, typer.Option(min=1, metavar="SECONDS", help="How long one call may take.")]

app = typer.Typer(
    no_args_is_help=True, help="Register CLAMS apps, change them while runs go on, see how they do."
)


@dataclass(frozen=True)
class AppChoice(Options):
    """Which apps, where none is named."""

    text: Annotated[str | None, typer.Option(help="In the name or identifier.")] = None

    @property
    def filter(self) -> AppFilter | None:
        from chowda.client import AppFilter

        return AppFilter(text=self.text) if self.text is not None else None


@app.command("list")
@asks
def list_apps(
    chowda: Chowda,
    choice: AppChoice,
    listing: Listing,
    sort: Annotated[AppSort, typer.Option(case_sensitive=False)] = AppSort.NAME,
    descending: Descending = None,
) -> None:
    """List apps by name.

    Example: chowda apps list --text whisper
    """
    apps = chowda.apps(filter=choice.filter, sort=sort, descending=descending)
    write_list(apps, _columns(), listing, "There are no such apps. Register one: chowda apps register URL")


@app.command("show")
@asks
def show(chowda: Chowda, name: AppArgument, form: Form) -> None:
    """Show an app, with its parameters and how it does.

    Example: chowda apps show swt-detection --json
    """
    shown = chowda.app(app_named(chowda, name).id)
    write_one(shown, _columns(), form, lambda: _details(shown))


@app.command("register")
@asks
def register(
    chowda: Chowda,
    endpoint: Annotated[str, typer.Argument(metavar="URL", help="Where the app answers.")],
    name: Annotated[str | None, typer.Option(help="By default as the app calls itself.")] = None,
    max_concurrency: MaxConcurrency = None,
    timeout: Timeout = None,
    as_json: AsJson = False,
) -> None:
    """Register an app that answers; the same URL again updates it.

    Example: chowda apps register http://127.0.0.1:5000 --name whisper --max-concurrency 2
    """
    made = chowda.register_app(
        endpoint=endpoint,
        name=given(name),
        max_concurrency=given(max_concurrency),
        timeout_seconds=given(timeout),
    )
    _tell(made, f"{made.name} ({made.id}) is {made.identifier}.", as_json)


@app.command("import")
@asks
def import_apps(
    chowda: Chowda,
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Descriptions: metadata.json of apps.")],
    form: Form,
) -> None:
    """Take apps from their descriptions, to plan pipelines with before they run anywhere.

    Exit status 1 if one was refused.

    Example: chowda apps import swt-detection.v8.9.metadata.json tesseract.v2.1.metadata.json
    """
    imports = chowda.import_apps([_description(path) for path in files])
    columns: list[Column[AppImport]] = [
        Column("outcome", lambda one: one.outcome),
        Column("app", lambda one: one.app.id if one.app else None),
        Column("name", lambda one: one.app.name if one.app else None),
        Column("message", lambda one: one.message, wide=True),
    ]
    write_rows(imports, columns, form)
    raise typer.Exit(REFUSED if any(one.app is None for one in imports) else 0)


@app.command("refresh")
@asks
def refresh(chowda: Chowda, choice: AppChoice, doing: Doing, names: AppArguments = None) -> None:
    """Ask apps again what they are, and take over what they say.

    Example: chowda apps refresh swt-detection tesseract
    """
    ids = _ids(chowda, names, choice)
    call = functools.partial(chowda.refresh_apps, ids=ids, filter=choice.filter)
    perform([lambda dry_run: call(dry_run=dry_run)], doing, named=bool(ids))


@app.command("update")
@asks
def update(
    chowda: Chowda,
    choice: AppChoice,
    doing: Doing,
    names: AppArguments = None,
    max_concurrency: MaxConcurrency = None,
    timeout: Timeout = None,
    one_at_a_time: Annotated[
        bool | None,
        typer.Option(
            "--one-at-a-time/--trusted",
            help="--trusted: it was mended, and gets as many calls as --max-concurrency says.",
            show_default=False,
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Of one app: another name.")] = None,
    endpoint: Annotated[
        str | None, typer.Option(metavar="URL", help="Of one app: where it answers now.")
    ] = None,
) -> None:
    """Change limits of apps while runs go on; name and URL of one app.

    Example: chowda apps update whisper --max-concurrency 4 --timeout 7200
    """
    if name is not None or endpoint is not None:
        if len(names or ()) != 1 or doing.dry_run:
            raise BadUserInput("--name and --endpoint are of one app, and not for --dry-run: name the app.")
        made = chowda.update_app(
            app_named(chowda, (names or [""])[0]).id,
            name=given(name),
            endpoint=given(endpoint),
            max_concurrency=given(max_concurrency),
            timeout_seconds=given(timeout),
            one_at_a_time=given(one_at_a_time),
        )
        _tell(made, f"{made.name} ({made.id}) was changed.", doing.as_json)
        return
    if max_concurrency is None and timeout is None and one_at_a_time is None:
        raise BadUserInput("Say what to change, e.g. --max-concurrency 4 or --timeout 7200.")
    ids = _ids(chowda, names, choice)
    call = functools.partial(
        chowda.update_apps,
        ids=ids,
        filter=choice.filter,
        max_concurrency=given(max_concurrency),
        timeout_seconds=given(timeout),
        one_at_a_time=given(one_at_a_time),
    )
    perform([lambda dry_run: call(dry_run=dry_run)], doing, named=bool(ids))


@app.command("deactivate")
@asks
def deactivate(chowda: Chowda, choice: AppChoice, doing: Doing, names: AppArguments = None) -> None:
    """Let no call of apps begin; calls in flight go on, and runs that need them wait.

    Example: chowda apps deactivate whisper
    """
    _set_active(chowda, names, choice, doing, active=False)


@app.command("activate")
@asks
def activate(chowda: Chowda, choice: AppChoice, doing: Doing, names: AppArguments = None) -> None:
    """Let calls of apps begin again.

    Example: chowda apps activate whisper
    """
    _set_active(chowda, names, choice, doing, active=True)


@app.command("history")
@asks
def history(chowda: Chowda, name: AppArgument, form: Form) -> None:
    """Show what an app said of itself over time, newest first.

    Example: chowda apps history whisper
    """
    columns: list[Column[AppDescription]] = [
        Column("since", lambda description: description.created_at),
        Column("version", lambda description: description.version),
        Column("identifier", lambda description: description.identifier, wide=True),
    ]
    write_rows(chowda.app_history(app_named(chowda, name).id), columns, form)


@app.command("health")
@asks
def health(chowda: Chowda, choice: AppChoice, listing: Listing, names: AppArguments = None) -> None:
    """Show how apps do: their last answer, and whether they are still what they were.

    Example: chowda apps health whisper
    """
    columns: list[Column[App]] = [
        Column("app", lambda app: app.id),
        Column("name", lambda app: app.name, wide=True),
        Column("health", lambda app: app.health.status),
        Column("last answer", lambda app: app.health.last_answer_at),
        Column("last failure", lambda app: app.health.last_failure_at),
        Column(
            "message",
            lambda app: app.health.drift.message if app.health.drift else app.health.message,
            wide=True,
        ),
    ]
    if names:
        write_rows([app_named(chowda, name) for name in names], columns, listing)
    else:
        write_list(chowda.apps(filter=choice.filter), columns, listing, "There are no such apps.")


def _set_active(
    chowda: Chowda, names: Sequence[str] | None, choice: AppChoice, doing: Doing, *, active: bool
) -> None:
    ids = _ids(chowda, names, choice)
    call = functools.partial(chowda.update_apps, ids=ids, filter=choice.filter, active=active)
    perform([lambda dry_run: call(dry_run=dry_run)], doing, named=bool(ids))


def _ids(chowda: Chowda, names: Sequence[str] | None, choice: AppChoice) -> list[str] | None:
    refuse_both(names or (), choice.filter is not None, "apps", "chowda apps list")
    return [app_named(chowda, name).id for name in names or ()] or None


def _description(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except OSError as exc:
        raise BadUserInput(f"{path} can't be read: {exc.strerror or exc}.") from exc
    except ValueError as exc:
        raise BadUserInput(f"{path} is not JSON: {exc}.") from exc


def _tell(app: App, message: str, as_json: bool) -> None:
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
        Column("at once", lambda app: app.max_concurrency, right=True),
        Column("health", lambda app: app.health.status),
        Column("endpoint", lambda app: app.endpoint, wide=True),
    ]


def _details(app: AppWithParameters) -> RenderableType:
    from rich.console import Group

    parameters: list[Column[AppWithParametersParameters]] = [
        Column("parameter", lambda one: one.name),
        Column("type", lambda one: f"{one.type}{', several' if one.multivalued else ''}"),
        Column("default", lambda one: "(required)" if one.required else json.dumps(one.default)),
        Column("choices", lambda one: one.choices),
        Column("description", lambda one: one.description, wide=True),
    ]
    head = fields(
        [
            ("Name", app.name),
            ("ID", app.id),
            ("Identifier", app.identifier),
            ("Endpoint", app.endpoint or app.image),
            ("Active", app.active),
            ("At once", app.max_concurrency),
            ("Timeout", f"{app.timeout_seconds:,} s"),
            ("Health", f"{app.health.status}: {app.health.message}"),
            ("Drift", app.health.drift.message if app.health.drift else None),
            ("Circuit", app.circuit.reason if app.circuit else None),
            ("Note", app.note),
        ]
    )
    return Group(head, "", table(app.parameters, parameters)) if app.parameters else head
