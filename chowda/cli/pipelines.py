"""`chowda pipelines`: apps in order, through which media files go."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chowda.cli.bulk import Destroying, Doing, perform
from chowda.cli.command import asks
from chowda.cli.guid_input import text_of
from chowda.cli.lookup import app_named, pipeline_named
from chowda.cli.options import AsJson, Descending, DryRun, Form, Listing, Period, given
from chowda.cli.output import (
    Column,
    console,
    fields,
    say,
    table,
    write_json,
    write_list,
    write_one,
    write_rows,
)
from chowda.cli.run_selection import refuse_both
from chowda.cli.step_settings import Settings, by_step
from chowda.client import DocumentFormat, PipelineSort
from chowda.errors import BadUserInput, ErrorCode, NotFound

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chowda.client import (
        Chowda,
        Pipeline,
        PipelineFilter,
        PipelineImport,
        PipelineStep,
        PipelineStepInput,
        PipelineVersion,
        RetryPolicy,
        RetryPolicyInput,
        StepChange,
    )

WRONG = 2
PipelineArgument = Annotated[str, typer.Argument(metavar="PIPELINE", help="A pipeline's name, or its ID.")]
PipelineArguments = Annotated[
    list[str] | None, typer.Argument(metavar="PIPELINE", help="Names or IDs of pipelines.")
]
Description = Annotated[str | None, typer.Option(help="For people.")]
FileFormat = Annotated[
    DocumentFormat | None,
    typer.Option("--format", case_sensitive=False, help="By default as the text begins.", show_default=False),
]
ChosenApps = Annotated[
    list[str] | None,
    typer.Option("--app", metavar="STEP=APP", help="Use this app for a step, whatever the document names."),
]

app = typer.Typer(
    no_args_is_help=True, help="Make pipelines of apps, change them, exchange them as YAML and JSON."
)


@dataclass(frozen=True)
class PipelineChoice(Period):
    """Which pipelines. What is given several times: any of these; different ones must all hold."""

    text: Annotated[str | None, typer.Option(help="In the name or description.")] = None
    with_app: Annotated[
        list[str] | None, typer.Option("--app", help="With a step of this app (name or ID).")
    ] = None
    archived: Annotated[
        bool | None, typer.Option("--archived/--not-archived", help="By default not.", show_default=False)
    ] = None

    def filter(self, chowda: Chowda) -> PipelineFilter:
        from chowda.client import PipelineFilter

        return PipelineFilter(
            text=self.text,
            apps=[app_named(chowda, told).id for told in self.with_app or ()] or None,
            archived=bool(self.archived),
            created=self.input,
        )


@app.command("list")
@asks
def list_pipelines(
    chowda: Chowda,
    choice: PipelineChoice,
    listing: Listing,
    sort: Annotated[PipelineSort, typer.Option(case_sensitive=False)] = PipelineSort.NAME,
    descending: Descending = None,
) -> None:
    """List pipelines by name.

    Example: chowda pipelines list --app whisper
    """
    found = chowda.pipelines(filter=choice.filter(chowda), sort=sort, descending=descending)
    empty = "There are no such pipelines. Create one: chowda pipelines create NAME --step APP"
    write_list(found, _columns(), listing, empty)


@app.command("show")
@asks
def show(chowda: Chowda, name: PipelineArgument, form: Form) -> None:
    """Show a pipeline with its steps.

    Example: chowda pipelines show slates
    """
    shown = pipeline_named(chowda, name)
    write_one(shown, _columns(), form, lambda: _details(shown))


@app.command("create")
@asks
def create(
    chowda: Chowda,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Unique.")],
    step: Annotated[
        list[str], typer.Option(metavar="APP", help="An app (name or ID), once for each step, in order.")
    ],
    settings: Settings = None,
    description: Description = None,
    as_json: AsJson = False,
) -> None:
    """Make a pipeline of apps, in order; one may stand in it several times.

    Example: chowda pipelines create slates --step swt-detection --step tesseract --set 1.tpSampleRate=500
    """
    from chowda.client import PipelineStepInput

    parameters = by_step(settings)
    beyond = next((position for position in parameters if position > len(step)), None)
    if beyond is not None:
        raise BadUserInput(f"There is no step {beyond}: the pipeline has {len(step)}.")
    steps = [
        PipelineStepInput(app_id=app_named(chowda, told).id, parameters=parameters.get(at, {}))
        for at, told in enumerate(step, start=1)
    ]
    _tell(chowda.create_pipeline(name, steps, description=given(description)), "was made", as_json)


@app.command("import")
@asks
def import_pipeline(
    chowda: Chowda,
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="YAML, JSON or a recipe of clams-kitchen; - is standard input."),
    ],
    name: Annotated[str | None, typer.Option(help="Instead of the name in the document.")] = None,
    chosen: ChosenApps = None,
    as_new_version: Annotated[
        bool, typer.Option("--as-new-version", help="Of the pipeline that has the name already.")
    ] = False,
    format: FileFormat = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Make a pipeline of a document: what `chowda pipelines export` writes, or a recipe of clams-kitchen.

    With --dry-run all that is wrong with it is told, and exit status 2 says that there is something.

    Example: chowda pipelines import recipe.json --name slates --app 2=tesseract --dry-run
    """
    from chowda.client import ChosenAppInput

    imported = chowda.import_pipeline(
        text_of(file),
        format=given(format),
        name=given(name),
        apps=[ChosenAppInput(position=at, app_id=id) for at, id in _chosen(chowda, chosen).items()],
        as_new_version=as_new_version,
        dry_run=dry_run,
    )
    if as_json:
        write_json(imported)
    else:
        _tell_import(imported, dry_run)
    raise typer.Exit(WRONG if imported.problems else 0)


@app.command("export")
@asks
def export(
    chowda: Chowda,
    name: PipelineArgument,
    format: Annotated[DocumentFormat, typer.Option(case_sensitive=False)] = DocumentFormat.YAML,
    version: Annotated[int | None, typer.Option(help="By default the newest.")] = None,
    out: Annotated[Path | None, typer.Option(help="A file; by default it is printed.")] = None,
) -> None:
    """Write a pipeline down, for `chowda pipelines import` here or elsewhere.

    Example: chowda pipelines export slates --format json --out slates.json
    """
    document = _document(chowda, pipeline_named(chowda, name), version, format)
    if out is None:
        typer.echo(document, nl=not document.endswith("\n"))
        return
    try:
        out.write_text(document, "utf-8")
    except OSError as exc:
        raise BadUserInput(f"{out} can't be written: {exc.strerror or exc}.") from exc


@app.command("edit")
@asks
def edit(
    chowda: Chowda,
    pipeline: PipelineArgument,
    file: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The steps as a document; by default your $EDITOR asks for them."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    description: Annotated[str | None, typer.Option(help='Another description; "" takes it away.')] = None,
    note: Annotated[str | None, typer.Option(help="Kept with the new version: why.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change a pipeline's steps in your editor or from a file: a new version; runs stay on theirs.

    With --name or --description alone nothing else is changed.

    Example: chowda pipelines edit slates --file slates.yaml --note "finer sampling"
    """
    found = pipeline_named(chowda, pipeline)
    steps: list[PipelineStepInput] | None = None
    if file is not None or (name is None and description is None):
        document = text_of(file) if file is not None else _edited(chowda, found)
        if document is None:
            say("Nothing was changed.")
            return
        steps = _steps(chowda, found, document)
    made = chowda.update_pipeline(
        found.id,
        name=given(name),
        description=given(description) if description != "" else None,
        steps=given(steps),
        note=given(note),
        expected_version=found.version,
    )
    _tell(
        made,
        "was changed" if steps is None or made.version != found.version else "has these steps already",
        as_json,
    )


@app.command("versions")
@asks
def versions(chowda: Chowda, name: PipelineArgument, form: Form) -> None:
    """List the versions of a pipeline, newest first.

    Example: chowda pipelines versions slates
    """
    columns: list[Column[PipelineVersion]] = [
        Column("version", lambda one: one.version, right=True),
        Column("created", lambda one: one.created_at),
        Column("steps", lambda one: [step.app.name for step in one.steps], wide=True),
        Column("note", lambda one: one.note, wide=True),
    ]
    write_rows(chowda.pipeline_versions(pipeline_named(chowda, name).id), columns, form)


@app.command("diff")
@asks
def diff(
    chowda: Chowda,
    name: PipelineArgument,
    form: Form,
    older: Annotated[
        int | None,
        typer.Argument(metavar="FROM", help="A version.  [default: the one before]", show_default=False),
    ] = None,
    newer: Annotated[
        int | None,
        typer.Argument(metavar="TO", help="A version.  [default: the newest]", show_default=False),
    ] = None,
) -> None:
    """Say what differs between two versions of a pipeline.

    Example: chowda pipelines diff slates 1 3
    """
    found = pipeline_named(chowda, name)
    newest = found.version if newer is None else newer
    if older is None and newest == 1:
        raise BadUserInput(f"{found.name!r} has one version: there is nothing to compare it with.")
    changes = chowda.pipeline_diff(found.id, newest - 1 if older is None else older, newer=newest).changes
    columns: list[Column[StepChange]] = [
        Column("kind", lambda change: change.kind),
        Column("old", lambda change: change.old_position, right=True),
        Column("new", lambda change: change.position, right=True),
        Column("app", lambda change: change.app.name),
        Column("what", lambda change: change.words, wide=True),
    ]
    write_rows(changes, columns, form, "Nothing differs.")


@app.command("archive")
@asks
def archive(chowda: Chowda, choice: PipelineChoice, doing: Doing, names: PipelineArguments = None) -> None:
    """Keep pipelines for their runs alone: they can't be started any more.

    Example: chowda pipelines archive slates
    """
    _archive(chowda, names, choice, doing, archived=True)


@app.command("unarchive")
@asks
def unarchive(chowda: Chowda, choice: PipelineChoice, doing: Doing, names: PipelineArguments = None) -> None:
    """Bring archived pipelines back.

    Example: chowda pipelines unarchive slates
    """
    _archive(chowda, names, choice, doing, archived=False)


@app.command("delete")
@asks
def delete(
    chowda: Chowda, choice: PipelineChoice, doing: Destroying, names: PipelineArguments = None
) -> None:
    """Delete pipelines that have not run and on which no batch is to be started; archive others.

    Example: chowda pipelines delete slates --yes
    """
    ids, filter = _which(chowda, names, choice)
    call = functools.partial(chowda.delete_pipelines, ids=ids, filter=filter)
    hints = {ErrorCode.CONFLICT: "To archive pipelines: chowda pipelines archive"}
    perform([lambda dry_run: call(dry_run=dry_run)], doing, named=bool(ids), hints=hints)


def _archive(
    chowda: Chowda, names: Sequence[str] | None, choice: PipelineChoice, doing: Doing, *, archived: bool
) -> None:
    ids, filter = _which(chowda, names, choice)
    call = functools.partial(chowda.archive_pipelines, ids=ids, filter=filter, archived=archived)
    perform([lambda dry_run: call(dry_run=dry_run)], doing, named=bool(ids))


def _which(
    chowda: Chowda, names: Sequence[str] | None, choice: PipelineChoice
) -> tuple[list[str] | None, PipelineFilter | None]:
    refuse_both(names or (), choice != PipelineChoice(), "pipelines", "chowda pipelines list")
    ids = [pipeline_named(chowda, told).id for told in names or ()]
    return ids or None, None if ids else choice.filter(chowda)


def _chosen(chowda: Chowda, told: Sequence[str] | None) -> dict[int, str]:
    """Apps by step. Raises BadUserInput."""
    chosen = {}
    for one in told or ():
        position, equals, name = one.partition("=")
        if not equals or not position.isdecimal():
            raise BadUserInput(f"{one!r} chooses no app; it looks like 2=tesseract.")
        chosen[int(position)] = app_named(chowda, name).id
    return chosen


def _document(chowda: Chowda, pipeline: Pipeline, version: int | None, format: DocumentFormat) -> str:
    if version is None:
        return chowda.pipeline_document(pipeline.id, format=format)
    documents = chowda.pipeline_version_documents(pipeline.id, format=format)
    for one in documents:
        if one.version == version:
            return one.document
    there = ", ".join(str(one.version) for one in reversed(documents))
    raise NotFound(f"{pipeline.name!r} has no version {version}. There are: {there}.")


def _edited(chowda: Chowda, pipeline: Pipeline) -> str | None:
    """What the person's editor gave back; None where nothing was changed."""
    import click

    before = chowda.pipeline_document(pipeline.id, format=DocumentFormat.YAML)
    try:
        after = click.edit(before, extension=".yaml")
    except click.ClickException as exc:
        raise BadUserInput(f"{exc.format_message()} Set EDITOR, or give the steps with --file.") from exc
    return None if after is None or after == before else after


def _steps(chowda: Chowda, pipeline: Pipeline, document: str) -> list[PipelineStepInput]:
    """Raises BadUserInput with all that is wrong."""
    from chowda.client import PipelineStepInput

    read = chowda.import_pipeline(document, name=pipeline.name, as_new_version=True, dry_run=True)
    if read.problems:
        raise BadUserInput("\n".join(problem.message for problem in read.problems))
    return [
        PipelineStepInput(
            app_id=step.app.id if step.app else "", parameters=step.parameters, retry=_retry_input(step.retry)
        )
        for step in read.steps
    ]


def _retry_input(retry: RetryPolicy | None) -> RetryPolicyInput | None:
    from chowda.client import RetryPolicyInput

    return RetryPolicyInput(attempts=retry.attempts, codes=retry.codes) if retry else None


def _tell(pipeline: Pipeline, what: str, as_json: bool) -> None:
    if as_json:
        write_json(pipeline)
        return
    for warning in pipeline.warnings:
        say(f"Mind: {warning}")
    typer.echo(f"The pipeline {pipeline.name!r} ({pipeline.id}) {what}; its version is {pipeline.version}.")


def _tell_import(imported: PipelineImport, dry_run: bool) -> None:
    for problem in imported.problems:
        say(problem.message)
    for step in imported.steps:
        if step.app is None and step.choices:
            meant = ", ".join(f"{app.name} ({app.id})" for app in step.choices)
            say(f"Step {step.position}: may be meant: {meant}; choose with --app {step.position}=APP.")
    if imported.ignored:
        say(f"These keys say nothing to Chowda: {', '.join(imported.ignored)}.")
    if imported.pipeline is not None and not dry_run:
        _tell(imported.pipeline, f"is imported ({imported.outcome})", as_json=False)
    else:
        typer.echo(f"{imported.name or 'The pipeline'}: {imported.outcome}. Nothing was changed.")
    if imported.changes:
        console().print("\n".join(change.words for change in imported.changes), markup=False)


def _columns() -> list[Column[Pipeline]]:
    return [
        Column("pipeline", lambda one: one.id),
        Column("name", lambda one: one.name, wide=True),
        Column("version", lambda one: one.version, right=True),
        Column("steps", lambda one: [step.app.name for step in one.steps], wide=True),
        Column("archived", lambda one: one.archived),
        Column("warnings", lambda one: one.warnings, wide=True, least=120),
    ]


def _details(pipeline: Pipeline) -> RenderableType:
    from rich.console import Group

    steps: list[Column[PipelineStep]] = [
        Column("step", lambda step: step.position, right=True),
        Column("app", lambda step: step.app.name),
        Column("identifier", lambda step: step.app.identifier),
        Column("parameters", lambda step: json.dumps(step.parameters), wide=True),
        Column("retry", lambda step: _retry(step.retry)),
    ]
    head = fields(
        [
            ("Name", pipeline.name),
            ("ID", pipeline.id),
            ("Description", pipeline.description),
            ("Version", pipeline.version),
            ("Archived", pipeline.archived or None),
            *[("Mind", warning) for warning in pipeline.warnings],
        ]
    )
    return Group(head, "", table(pipeline.steps, steps))


def _retry(retry: RetryPolicy | None) -> str | None:
    if retry is None:
        return None
    return f"{retry.attempts} calls{': ' + ', '.join(retry.codes) if retry.codes else ''}"
