"""`chowda batches`: create, show, change and delete batches."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chowda.cli.bulk import DestructiveOptions, require_selection, run_bulk_actions
from chowda.cli.command import DEFAULT_URL, Url, connect, option_groups
from chowda.cli.guid_input import FromFile, Guids, read_guids, read_text
from chowda.cli.lookup import batch_ids, collection_ids, find_batch, find_pipeline, pipeline_ids
from chowda.cli.options import AsJson, Descending, ListOptions, OutputFormat, Period, unset_if_none
from chowda.cli.output import (
    Column,
    count_of,
    field_table,
    print_note,
    write_json,
    write_json_rows,
    write_list,
    write_one,
)
from chowda.client import BatchSort
from chowda.errors import BadUserInput

if TYPE_CHECKING:
    from msgspec import UnsetType
    from rich.console import RenderableType

    from chowda.client import Batch, BatchFilter, Chowda

BatchArgument = Annotated[str, typer.Argument(metavar="BATCH", help="The batch's name or ID.")]
BatchArguments = Annotated[list[str], typer.Argument(metavar="BATCH", help="Names or IDs of batches.")]
DefaultPipeline = Annotated[str | None, typer.Option(help="The batch's default pipeline (name or ID).")]
Description = Annotated[str | None, typer.Option(help="A description for people.")]

app = typer.Typer(no_args_is_help=True, help="Create batches of media files and show their progress.")


@dataclass(frozen=True)
class BatchOptions(Period):
    """Batches that match all of the options. An option with several values matches any of them."""

    text: Annotated[str | None, typer.Option(help="Batches with this in the name.")] = None
    of_pipeline: Annotated[
        list[str] | None,
        typer.Option("--pipeline", help="Batches with this default pipeline (name or ID)."),
    ] = None
    guid: Annotated[list[str] | None, typer.Option(help="Batches with this media file.")] = None
    of_collection: Annotated[
        list[str] | None,
        typer.Option("--collection", help="Batches with a media file of this collection (name or ID)."),
    ] = None

    def filter(self, chowda: Chowda) -> BatchFilter:
        from chowda.client import BatchFilter

        return BatchFilter(
            text=self.text,
            pipelines=pipeline_ids(chowda, self.of_pipeline) or None,
            guids=self.guid or None,
            collections=collection_ids(chowda, self.of_collection) or None,
            created=self.input,
        )


@app.command("list")
@option_groups
def list_batches(
    filters: BatchOptions,
    options: ListOptions,
    sort: Annotated[BatchSort, typer.Option(case_sensitive=False)] = BatchSort.CREATED,
    descending: Descending = None,
    url: Url = DEFAULT_URL,
) -> None:
    """List batches, newest first.

    Example: chowda batches list --text spring --sort size
    """
    with connect(url) as chowda:
        batches = chowda.batches(filter=filters.filter(chowda), sort=sort, descending=descending)
        empty = "No batches found. Create one: chowda batches create NAME --from guids.txt"
        write_list(batches, _columns(), options, empty)


@app.command("show")
@option_groups
def show(name: BatchArgument, format: OutputFormat, url: Url = DEFAULT_URL) -> None:
    """Show a batch. `chowda runs list --batch BATCH` lists its runs.

    Example: chowda batches show spring
    """
    with connect(url) as chowda:
        batch = find_batch(chowda, name)
        write_one(batch, _columns(), format, lambda: _details(batch))


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name; it need not be unique.")],
    guids: Guids = None,
    from_file: FromFile = None,
    collection: Annotated[
        list[str] | None, typer.Option(help="Add the media files of this collection (name or ID).")
    ] = None,
    mmif: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Add the media file of this MMIF, with the MMIF as its input."),
    ] = None,
    batch: Annotated[
        list[str] | None,
        typer.Option(help="Add the media files of this batch (name or ID), with their inputs."),
    ] = None,
    skip_unknown: Annotated[
        bool, typer.Option("--skip-unknown", help="Skip GUIDs of the file that have no media file.")
    ] = False,
    pipeline: DefaultPipeline = None,
    description: Description = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Create a batch from GUIDs, a file of GUIDs, collections, MMIF and other batches.

    Example: chowda batches create spring --from guids.txt --collection news --pipeline slates
    """
    with connect(url) as chowda:
        created = chowda.create_batch(
            name,
            guids=read_guids(chowda, guids, from_file, skip_unknown=skip_unknown),
            collection_ids=collection_ids(chowda, collection),
            mmif_ids=mmif or [],
            batch_ids=batch_ids(chowda, batch),
            pipeline_id=_pipeline_id(chowda, pipeline),
            description=unset_if_none(description),
        )
        write_batch(created, as_json)


@app.command("duplicate")
def duplicate(
    batch: BatchArgument,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="The new batch's name. Default: the same name.")
    ] = None,
    pipeline: DefaultPipeline = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Create a copy of a batch, with the inputs of its files.

    Example: chowda batches duplicate spring "spring, once more"
    """
    with connect(url) as chowda:
        original = find_batch(chowda, batch)
        original_pipeline = original.pipeline.id if original.pipeline else None
        pipeline_id = _pipeline_id(chowda, pipeline) if pipeline else unset_if_none(original_pipeline)
        created = chowda.create_batch(
            name or original.name,
            batch_ids=[original.id],
            pipeline_id=pipeline_id,
            description=unset_if_none(original.description),
        )
        write_batch(created, as_json)


@app.command("combine")
def combine(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new batch's name.")],
    batches: BatchArguments,
    pipeline: DefaultPipeline = None,
    description: Description = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Create one batch from the media files of several batches, with their inputs.

    Example: chowda batches combine seasons spring summer
    """
    with connect(url) as chowda:
        created = chowda.create_batch(
            name,
            batch_ids=batch_ids(chowda, batches),
            pipeline_id=_pipeline_id(chowda, pipeline),
            description=unset_if_none(description),
        )
        write_batch(created, as_json)


@app.command("per-collection")
def per_collection(
    collections: Annotated[
        list[str], typer.Argument(metavar="COLLECTION", help="Names or IDs of collections.")
    ],
    pipeline: DefaultPipeline = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Create a batch from each collection, with the collection's name.

    Example: chowda batches per-collection news drama --pipeline slates
    """
    with connect(url) as chowda:
        created = chowda.create_batches_from_collections(
            collection_ids(chowda, collections), pipeline_id=_pipeline_id(chowda, pipeline)
        )
        if as_json:
            write_json_rows(created)
        else:
            for batch in created:
                write_batch(batch, as_json)


@app.command("import")
def import_definition(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="A CSV file with asset_id as its first column; - is standard input."
        ),
    ],
    name: Annotated[str | None, typer.Option(help="The batch's name. Default: the file's name.")] = None,
    pipeline: DefaultPipeline = None,
    description: Description = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Create a batch from a batch definition of clams-kitchen.

    Example: chowda batches import spring.csv --pipeline slates
    """
    with connect(url) as chowda:
        imported = chowda.import_batch_definition(
            read_text(file),
            name or Path(file).stem,
            pipeline_id=_pipeline_id(chowda, pipeline),
            description=unset_if_none(description),
        )
    if imported.ignored:
        print_note(f"Ignored columns: {', '.join(imported.ignored)}.")
    write_batch(imported.batch, as_json)


@app.command("edit")
def edit(
    batch: BatchArgument,
    name: Annotated[str | None, typer.Option(help="The new name.")] = None,
    description: Annotated[str | None, typer.Option(help='The new description; "" removes it.')] = None,
    pipeline: DefaultPipeline = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Change a batch's name, description or default pipeline. Its runs do not change.

    Example: chowda batches edit spring --pipeline slates
    """
    if name is None and description is None and pipeline is None:
        raise BadUserInput("Nothing to change. Use --name, --description or --pipeline.")
    with connect(url) as chowda:
        changed = chowda.update_batch(
            find_batch(chowda, batch).id,
            name=unset_if_none(name),
            description=unset_if_none(description),
            pipeline_id=_pipeline_id(chowda, pipeline),
        )
        write_batch(changed, as_json)


@app.command("delete")
@option_groups
def delete(
    filters: BatchOptions,
    options: DestructiveOptions,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="BATCH", help="Names or IDs of batches.")
    ] = None,
    url: Url = DEFAULT_URL,
) -> None:
    """Delete batches that were never started. Their media files stay.

    Example: chowda batches delete spring --yes
    """
    require_selection(names or (), filters.is_set, "batches", "chowda batches list")
    with connect(url) as chowda:
        ids = batch_ids(chowda, names)
        filter = None if ids else filters.filter(chowda)
        action = functools.partial(chowda.delete_batches, ids=ids or None, filter=filter)
        run_bulk_actions([lambda dry_run: action(dry_run=dry_run)], options, named=bool(ids))


def write_batch(batch: Batch, as_json: bool) -> None:
    if as_json:
        write_json(batch)
    else:
        count = count_of(batch.media_file_count, "media file")
        typer.echo(f"The batch {batch.name!r} ({batch.id}) has {count}.")


def _pipeline_id(chowda: Chowda, name_or_id: str | None) -> str | UnsetType:
    return unset_if_none(find_pipeline(chowda, name_or_id).id if name_or_id else None)


def _columns() -> list[Column[Batch]]:
    from chowda.cli.render import percent_text

    return [
        Column("batch", lambda batch: batch.id),
        Column("name", lambda batch: batch.name, wide=True),
        Column("media files", lambda batch: batch.media_file_count, title="files", right=True),
        Column("pipeline", lambda batch: batch.pipeline.name if batch.pipeline else None, wide=True),
        Column(
            "percent finished",
            lambda batch: batch.percent_finished,
            lambda batch: percent_text(batch.percent_finished),
            "done",
            right=True,
        ),
        Column(
            "percent successful",
            lambda batch: batch.percent_successful,
            lambda batch: percent_text(batch.percent_successful),
            "succeeded",
            right=True,
        ),
        Column("last run", lambda batch: batch.last_run.id if batch.last_run else None),
        Column("created", lambda batch: batch.created_at, min_width=120),
    ]


def _details(batch: Batch) -> RenderableType:
    return field_table(
        [
            ("Name", batch.name),
            ("ID", batch.id),
            ("Description", batch.description),
            ("Media files", batch.media_file_count),
            ("Default pipeline", f"{batch.pipeline.name} ({batch.pipeline.id})" if batch.pipeline else None),
            ("Done", f"{int(batch.percent_finished)} %"),
            ("Succeeded", f"{int(batch.percent_successful)} %"),
            (
                "Last run",
                f"{batch.last_run.id}, {batch.last_run.status}" if batch.last_run else "never started",
            ),
            ("Created", batch.created_at),
        ]
    )
