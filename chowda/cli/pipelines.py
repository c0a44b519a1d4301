"""`chowda pipelines`: create, show, compare, archive and delete pipelines."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from chowda.cli.bulk import BulkOptions, DestructiveOptions, require_selection, run_bulk_actions
from chowda.cli.command import DEFAULT_URL, Url, connect, option_groups
from chowda.cli.lookup import app_ids, find_app, find_pipeline, pipeline_ids
from chowda.cli.options import AsJson, Descending, ListOptions, OutputFormat, Period, unset_if_none
from chowda.cli.output import (
    Column,
    field_table,
    print_note,
    table,
    write_json,
    write_list,
    write_one,
    write_rows,
)
from chowda.cli.step_settings import StepSettings, parameters_by_step
from chowda.client import PipelineSort
from chowda.errors import BadUserInput, ErrorCode

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chowda.client import (
        Chowda,
        Pipeline,
        PipelineFilter,
        PipelineStep,
        PipelineVersion,
        RetryPolicy,
        StepChange,
    )

PipelineArgument = Annotated[str, typer.Argument(metavar="PIPELINE", help="The pipeline's name or ID.")]
PipelineArguments = Annotated[
    list[str] | None, typer.Argument(metavar="PIPELINE", help="Names or IDs of pipelines.")
]

app = typer.Typer(
    no_args_is_help=True, help="Create and change pipelines of apps, import and export them as YAML or JSON."
)


@dataclass(frozen=True)
class PipelineOptions(Period):
    """Pipelines that match all of the options. An option with several values matches any of them."""

    text: Annotated[str | None, typer.Option(help="Pipelines with this in the name or description.")] = None
    with_app: Annotated[
        list[str] | None, typer.Option("--app", help="Pipelines with a step of this app (name or ID).")
    ] = None
    archived: Annotated[
        bool | None,
        typer.Option(
            "--archived/--not-archived",
            help="Archived pipelines, or those that are not. Default: not archived.",
            show_default=False,
        ),
    ] = None

    def filter(self, chowda: Chowda) -> PipelineFilter:
        from chowda.client import PipelineFilter

        return PipelineFilter(
            text=self.text,
            apps=app_ids(chowda, self.with_app) or None,
            archived=bool(self.archived),
            created=self.input,
        )


@app.command("list")
@option_groups
def list_pipelines(
    filters: PipelineOptions,
    options: ListOptions,
    sort: Annotated[PipelineSort, typer.Option(case_sensitive=False)] = PipelineSort.NAME,
    descending: Descending = None,
    url: Url = DEFAULT_URL,
) -> None:
    """List pipelines by name.

    Example: chowda pipelines list --app whisper
    """
    with connect(url) as chowda:
        pipelines = chowda.pipelines(filter=filters.filter(chowda), sort=sort, descending=descending)
        empty = "No pipelines found. Create one: chowda pipelines create NAME --step APP"
        write_list(pipelines, _columns(), options, empty)


@app.command("show")
@option_groups
def show(name: PipelineArgument, format: OutputFormat, url: Url = DEFAULT_URL) -> None:
    """Show a pipeline with its steps.

    Example: chowda pipelines show slates
    """
    with connect(url) as chowda:
        pipeline = find_pipeline(chowda, name)
        write_one(pipeline, _columns(), format, lambda: _details(pipeline))


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name, which must be unique.")],
    step: Annotated[
        list[str],
        typer.Option(metavar="APP", help="The app of a step (name or ID). Repeat the option for each step."),
    ],
    settings: StepSettings = None,
    description: Annotated[str | None, typer.Option(help="A description for people.")] = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Create a pipeline of apps, in order. An app may appear in several steps.

    Example: chowda pipelines create slates --step swt-detection --step tesseract --set 1.tpSampleRate=500
    """
    from chowda.client import PipelineStepInput

    parameters = parameters_by_step(settings)
    missing = next((position for position in parameters if position > len(step)), None)
    if missing is not None:
        raise BadUserInput(f"There is no step {missing}: the pipeline has {len(step)}.")
    with connect(url) as chowda:
        steps = [
            PipelineStepInput(app_id=find_app(chowda, app).id, parameters=parameters.get(position, {}))
            for position, app in enumerate(step, start=1)
        ]
        created = chowda.create_pipeline(name, steps, description=unset_if_none(description))
    write_pipeline(created, "Created", as_json)


@app.command("versions")
@option_groups
def versions(name: PipelineArgument, format: OutputFormat, url: Url = DEFAULT_URL) -> None:
    """List the versions of a pipeline, newest first.

    Example: chowda pipelines versions slates
    """
    columns: list[Column[PipelineVersion]] = [
        Column("version", lambda version: version.version, right=True),
        Column("created", lambda version: version.created_at),
        Column("steps", lambda version: [step.app.name for step in version.steps], wide=True),
        Column("note", lambda version: version.note, wide=True),
    ]
    with connect(url) as chowda:
        write_rows(chowda.pipeline_versions(find_pipeline(chowda, name).id), columns, format)


@app.command("diff")
@option_groups
def diff(
    name: PipelineArgument,
    format: OutputFormat,
    older: Annotated[
        int | None,
        typer.Argument(metavar="FROM", help="A version.  [default: the one before TO]", show_default=False),
    ] = None,
    newer: Annotated[
        int | None,
        typer.Argument(metavar="TO", help="A version.  [default: the newest]", show_default=False),
    ] = None,
    url: Url = DEFAULT_URL,
) -> None:
    """Show the differences between two versions of a pipeline.

    Example: chowda pipelines diff slates 1 3
    """
    columns: list[Column[StepChange]] = [
        Column("kind", lambda change: change.kind),
        Column("old", lambda change: change.old_position, right=True),
        Column("new", lambda change: change.position, right=True),
        Column("app", lambda change: change.app.name),
        Column("what", lambda change: change.words, title="change", wide=True),
    ]
    with connect(url) as chowda:
        pipeline = find_pipeline(chowda, name)
        newest = pipeline.version if newer is None else newer
        if older is None and newest == 1:
            raise BadUserInput(f"{pipeline.name!r} has only one version, so there is nothing to compare.")
        oldest = newest - 1 if older is None else older
        changes = chowda.pipeline_diff(pipeline.id, oldest, newer=newest).changes
    write_rows(changes, columns, format, "No differences.")


@app.command("archive")
@option_groups
def archive(
    filters: PipelineOptions, options: BulkOptions, names: PipelineArguments = None, url: Url = DEFAULT_URL
) -> None:
    """Archive pipelines. They stay with their runs, but can't be started any more.

    Example: chowda pipelines archive slates
    """
    with connect(url) as chowda:
        _set_archived(chowda, names, filters, options, archived=True)


@app.command("unarchive")
@option_groups
def unarchive(
    filters: PipelineOptions, options: BulkOptions, names: PipelineArguments = None, url: Url = DEFAULT_URL
) -> None:
    """Restore archived pipelines.

    Example: chowda pipelines unarchive slates
    """
    with connect(url) as chowda:
        _set_archived(chowda, names, filters, options, archived=False)


@app.command("delete")
@option_groups
def delete(
    filters: PipelineOptions,
    options: DestructiveOptions,
    names: PipelineArguments = None,
    url: Url = DEFAULT_URL,
) -> None:
    """Delete pipelines that have no runs and are not the default of a batch. Archive the others.

    Example: chowda pipelines delete slates --yes
    """
    with connect(url) as chowda:
        ids, filter = _select(chowda, names, filters)
        action = functools.partial(chowda.delete_pipelines, ids=ids, filter=filter)
        hints = {ErrorCode.CONFLICT: "To archive pipelines: chowda pipelines archive"}
        run_bulk_actions([lambda dry_run: action(dry_run=dry_run)], options, named=bool(ids), hints=hints)


def _set_archived(
    chowda: Chowda,
    names: Sequence[str] | None,
    filters: PipelineOptions,
    options: BulkOptions,
    *,
    archived: bool,
) -> None:
    ids, filter = _select(chowda, names, filters)
    action = functools.partial(chowda.archive_pipelines, ids=ids, filter=filter, archived=archived)
    run_bulk_actions([lambda dry_run: action(dry_run=dry_run)], options, named=bool(ids))


def _select(
    chowda: Chowda, names: Sequence[str] | None, filters: PipelineOptions
) -> tuple[list[str] | None, PipelineFilter | None]:
    """Either IDs or a filter."""
    require_selection(names or (), filters.is_set, "pipelines", "chowda pipelines list")
    ids = pipeline_ids(chowda, names)
    return ids or None, None if ids else filters.filter(chowda)


def write_pipeline(pipeline: Pipeline, action: str, as_json: bool) -> None:
    """`action` is the first word of the message: Created."""
    if as_json:
        write_json(pipeline)
        return
    for warning in pipeline.warnings:
        print_note(f"Warning: {warning}")
    typer.echo(f"{action} the pipeline {pipeline.name!r} ({pipeline.id}), version {pipeline.version}.")


def _columns() -> list[Column[Pipeline]]:
    return [
        Column("pipeline", lambda pipeline: pipeline.id),
        Column("name", lambda pipeline: pipeline.name, wide=True),
        Column("version", lambda pipeline: pipeline.version, right=True),
        Column("steps", lambda pipeline: [step.app.name for step in pipeline.steps], wide=True),
        Column("archived", lambda pipeline: pipeline.archived),
        Column("warnings", lambda pipeline: pipeline.warnings, wide=True, min_width=120),
    ]


def _details(pipeline: Pipeline) -> RenderableType:
    from rich.console import Group

    steps: list[Column[PipelineStep]] = [
        Column("step", lambda step: step.position, right=True),
        Column("app", lambda step: step.app.name),
        Column("identifier", lambda step: step.app.identifier),
        Column("parameters", lambda step: json.dumps(step.parameters), wide=True),
        Column("retry", lambda step: _retry_text(step.retry), title="on failure"),
    ]
    head = field_table(
        [
            ("Name", pipeline.name),
            ("ID", pipeline.id),
            ("Description", pipeline.description),
            ("Version", pipeline.version),
            ("Archived", pipeline.archived or None),
            *[("Warning", warning) for warning in pipeline.warnings],
        ]
    )
    return Group(head, "", table(pipeline.steps, steps))


def _retry_text(retry: RetryPolicy | None) -> str:
    if retry is None:
        return "default retries"
    return f"{retry.attempts} calls{': ' + ', '.join(retry.codes) if retry.codes else ''}"
