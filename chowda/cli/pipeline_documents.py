"""`chowda pipelines import`, `export` and `edit`: pipelines as YAML or JSON documents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chowda.cli.command import DEFAULT_URL, Url, connect
from chowda.cli.guid_input import read_text
from chowda.cli.lookup import find_app, find_pipeline
from chowda.cli.options import AsJson, DryRun, unset_if_none
from chowda.cli.output import console, print_note, write_json
from chowda.cli.pipelines import PipelineArgument, write_pipeline
from chowda.client import DocumentFormat
from chowda.errors import BadUserInput, NotFound

if TYPE_CHECKING:
    from chowda.client import (
        Chowda,
        Pipeline,
        PipelineImport,
        PipelineStepInput,
        RetryPolicy,
        RetryPolicyInput,
    )

HAS_PROBLEMS = 2

app = typer.Typer()


@app.command("import")
def import_pipeline(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="YAML, JSON, or a recipe of clams-kitchen; - is standard input."),
    ],
    name: Annotated[str | None, typer.Option(help="The name, instead of the document's.")] = None,
    apps: Annotated[
        list[str] | None,
        typer.Option("--app", metavar="STEP=APP", help="The app of a step, instead of the document's."),
    ] = None,
    as_new_version: Annotated[
        bool,
        typer.Option("--as-new-version", help="Import a new version of the pipeline that has the name."),
    ] = False,
    format: Annotated[
        DocumentFormat | None,
        typer.Option(
            "--format",
            case_sensitive=False,
            help="Default: detected from the document.",
            show_default=False,
        ),
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Create a pipeline from a document of `chowda pipelines export`, or from a recipe of clams-kitchen.

    --dry-run lists all problems of the document; exit status 2 if there are any.

    Example: chowda pipelines import recipe.json --name slates --app 2=tesseract --dry-run
    """
    from chowda.client import ChosenAppInput

    with connect(url) as chowda:
        imported = chowda.import_pipeline(
            read_text(file),
            format=unset_if_none(format),
            name=unset_if_none(name),
            apps=[
                ChosenAppInput(position=position, app_id=app_id)
                for position, app_id in _app_ids_by_step(chowda, apps).items()
            ],
            as_new_version=as_new_version,
            dry_run=dry_run,
        )
    if as_json:
        write_json(imported)
    else:
        _write_import(imported, dry_run)
    raise typer.Exit(HAS_PROBLEMS if imported.problems else 0)


@app.command("export")
def export(
    name: PipelineArgument,
    format: Annotated[DocumentFormat, typer.Option(case_sensitive=False)] = DocumentFormat.YAML,
    version: Annotated[int | None, typer.Option(help="The version. Default: the newest.")] = None,
    out: Annotated[Path | None, typer.Option(help="A file. Default: standard output.")] = None,
    url: Url = DEFAULT_URL,
) -> None:
    """Export a pipeline as a document that `chowda pipelines import` reads.

    Example: chowda pipelines export slates --format json --out slates.json
    """
    with connect(url) as chowda:
        document = _document(chowda, find_pipeline(chowda, name), version, format)
    if out is None:
        typer.echo(document, nl=not document.endswith("\n"))
        return
    try:
        out.write_text(document, "utf-8")
    except OSError as exc:
        raise BadUserInput(f"{out} can't be written: {exc.strerror or exc}.") from exc


@app.command("edit")
def edit(
    pipeline: PipelineArgument,
    file: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A document with the new steps. Default: opens $EDITOR."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="The new name.")] = None,
    description: Annotated[str | None, typer.Option(help='The new description; "" removes it.')] = None,
    note: Annotated[str | None, typer.Option(help="A note about the new version: why it changed.")] = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Change a pipeline's steps, in your editor or from a file. This adds a version; runs keep theirs.

    --name or --description without --file changes only that.

    Example: chowda pipelines edit slates --file slates.yaml --note "finer sampling"
    """
    with connect(url) as chowda:
        current = find_pipeline(chowda, pipeline)
        steps: list[PipelineStepInput] | None = None
        if file is not None or (name is None and description is None):
            document = read_text(file) if file is not None else _edit_document(chowda, current)
            if document is None:
                print_note("Nothing was changed.")
                return
            steps = _parse_steps(chowda, current, document)
        changed = chowda.update_pipeline(
            current.id,
            name=unset_if_none(name),
            description=unset_if_none(description) if description != "" else None,
            steps=unset_if_none(steps),
            note=unset_if_none(note),
            expected_version=current.version,
        )
    is_same = steps is not None and changed.version == current.version
    write_pipeline(changed, "No new steps in" if is_same else "Changed", as_json)


def _app_ids_by_step(chowda: Chowda, apps: Sequence[str] | None) -> dict[int, str]:
    """Raises BadUserInput."""
    app_ids = {}
    for choice in apps or ():
        position, equals, name = choice.partition("=")
        if not equals or not position.isdecimal():
            raise BadUserInput(f"{choice!r} is not the app of a step. Write it like 2=tesseract.")
        app_ids[int(position)] = find_app(chowda, name).id
    return app_ids


def _document(chowda: Chowda, pipeline: Pipeline, version: int | None, format: DocumentFormat) -> str:
    if version is None:
        return chowda.pipeline_document(pipeline.id, format=format)
    documents = chowda.pipeline_version_documents(pipeline.id, format=format)
    for document in documents:
        if document.version == version:
            return document.document
    versions = ", ".join(str(document.version) for document in reversed(documents))
    raise NotFound(f"{pipeline.name!r} has no version {version}. There are: {versions}.")


def _edit_document(chowda: Chowda, pipeline: Pipeline) -> str | None:
    """The document as the person saved it, or None if it is unchanged."""
    import click

    before = chowda.pipeline_document(pipeline.id, format=DocumentFormat.YAML)
    try:
        after = click.edit(before, extension=".yaml")
    except click.ClickException as exc:
        raise BadUserInput(f"{exc.format_message()} Set EDITOR, or use --file.") from exc
    return None if after is None or after == before else after


def _parse_steps(chowda: Chowda, pipeline: Pipeline, document: str) -> list[PipelineStepInput]:
    """Raises BadUserInput with all problems."""
    from chowda.client import PipelineStepInput

    parsed = chowda.import_pipeline(document, name=pipeline.name, as_new_version=True, dry_run=True)
    if parsed.problems:
        raise BadUserInput("\n".join(problem.message for problem in parsed.problems))
    return [
        PipelineStepInput(
            app_id=step.app.id if step.app else "", parameters=step.parameters, retry=_retry_input(step.retry)
        )
        for step in parsed.steps
    ]


def _retry_input(retry: RetryPolicy | None) -> RetryPolicyInput | None:
    from chowda.client import RetryPolicyInput

    return RetryPolicyInput(attempts=retry.attempts, codes=retry.codes) if retry else None


def _write_import(imported: PipelineImport, dry_run: bool) -> None:
    for problem in imported.problems:
        print_note(problem.message)
    for step in imported.steps:
        if step.app is None and step.choices:
            candidates = ", ".join(f"{app.name} ({app.id})" for app in step.choices)
            print_note(f"Step {step.position} may be {candidates}. Choose with --app {step.position}=APP.")
    if imported.ignored:
        print_note(f"Ignored keys: {', '.join(imported.ignored)}.")
    if imported.pipeline is not None and not dry_run:
        write_pipeline(imported.pipeline, f"Imported ({imported.outcome})", as_json=False)
    else:
        typer.echo(f"{imported.name or 'The pipeline'}: {imported.outcome}. Nothing was changed.")
    if imported.changes:
        console().print("\n".join(change.words for change in imported.changes), markup=False)
