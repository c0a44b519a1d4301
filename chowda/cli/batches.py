"""`chowda batches`: media files that are run together."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chowda.cli import mmif as mmifs
from chowda.cli.bulk import Destroying, perform
from chowda.cli.command import asks
from chowda.cli.guid_input import FromFile, Guids, known_guids, text_of
from chowda.cli.lookup import batch_named, collection_named, pipeline_named
from chowda.cli.options import AsJson, Descending, Form, Listing, Period, given
from chowda.cli.output import (
    Column,
    counted,
    fields,
    say,
    size,
    write_json,
    write_json_rows,
    write_list,
    write_one,
)
from chowda.cli.run_selection import refuse_both
from chowda.client import BatchSort
from chowda.errors import BadUserInput

if TYPE_CHECKING:
    from msgspec import UnsetType
    from rich.console import RenderableType

    from chowda.client import Batch, BatchFilter, Chowda, MediaFile

BatchArgument = Annotated[str, typer.Argument(metavar="BATCH", help="A batch's name, or its ID.")]
BatchArguments = Annotated[list[str], typer.Argument(metavar="BATCH", help="Names or IDs of batches.")]
Pipeline = Annotated[str | None, typer.Option(help="The pipeline on which it is started by default.")]
Description = Annotated[str | None, typer.Option(help="For people.")]

app = typer.Typer(no_args_is_help=True, help="Make batches of media files, and see how far they have come.")


@dataclass(frozen=True)
class BatchChoice(Period):
    """Which batches. What is given several times: any of these; different ones must all hold."""

    text: Annotated[str | None, typer.Option(help="In the name.")] = None
    of_pipeline: Annotated[
        list[str] | None, typer.Option("--pipeline", help="With this pipeline (name or ID) as its own.")
    ] = None
    guid: Annotated[list[str] | None, typer.Option(help="With this media file.")] = None
    of_collection: Annotated[
        list[str] | None,
        typer.Option("--collection", help="With a media file of this collection (name or ID)."),
    ] = None

    def filter(self, chowda: Chowda) -> BatchFilter:
        from chowda.client import BatchFilter

        return BatchFilter(
            text=self.text,
            pipelines=[pipeline_named(chowda, told).id for told in self.of_pipeline or ()] or None,
            guids=self.guid or None,
            collections=[collection_named(chowda, told).id for told in self.of_collection or ()] or None,
            created=self.input,
        )


@app.command("list")
@asks
def list_batches(
    chowda: Chowda,
    choice: BatchChoice,
    listing: Listing,
    sort: Annotated[BatchSort, typer.Option(case_sensitive=False)] = BatchSort.CREATED,
    descending: Descending = None,
) -> None:
    """List batches, newest first.

    Example: chowda batches list --text spring --sort size
    """
    found = chowda.batches(filter=choice.filter(chowda), sort=sort, descending=descending)
    empty = "There are no such batches. Create one: chowda batches create NAME --from guids.txt"
    write_list(found, _columns(), listing, empty)


@app.command("show")
@asks
def show(chowda: Chowda, name: BatchArgument, form: Form) -> None:
    """Show a batch; its runs: `chowda runs list --batch BATCH`.

    Example: chowda batches show spring
    """
    shown = batch_named(chowda, name)
    write_one(shown, _columns(), form, lambda: _details(shown))


@app.command("create")
@asks
def create(
    chowda: Chowda,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Need not be unique.")],
    guids: Guids = None,
    from_file: FromFile = None,
    collection: Annotated[
        list[str] | None, typer.Option(help="The media files of this collection (name or ID).")
    ] = None,
    mmif: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="The media file of this MMIF, which is its input.")
    ] = None,
    batch: Annotated[
        list[str] | None, typer.Option(help="The media files of this batch (name or ID), with their inputs.")
    ] = None,
    skip_unknown: Annotated[
        bool, typer.Option("--skip-unknown", help="Leave out GUIDs of the file that are not here.")
    ] = False,
    pipeline: Pipeline = None,
    description: Description = None,
    as_json: AsJson = False,
) -> None:
    """Make a batch of all that is named: GUIDs, a file of them, collections, MMIF and other batches.

    Example: chowda batches create spring --from guids.txt --collection news --pipeline slates
    """
    made = chowda.create_batch(
        name,
        guids=known_guids(chowda, guids, from_file, skip_unknown=skip_unknown),
        collection_ids=[collection_named(chowda, told).id for told in collection or ()],
        mmif_ids=mmif or [],
        batch_ids=[batch_named(chowda, told).id for told in batch or ()],
        pipeline_id=_pipeline_id(chowda, pipeline),
        description=given(description),
    )
    _tell(made, as_json)


@app.command("duplicate")
@asks
def duplicate(
    chowda: Chowda,
    batch: BatchArgument,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="By default as the first.")] = None,
    pipeline: Pipeline = None,
    as_json: AsJson = False,
) -> None:
    """Make another batch of a batch's media files, with their inputs.

    Example: chowda batches duplicate spring "spring, once more"
    """
    first = batch_named(chowda, batch)
    own = first.pipeline.id if first.pipeline else None
    pipeline_id = _pipeline_id(chowda, pipeline) if pipeline else given(own)
    made = chowda.create_batch(
        name or first.name,
        batch_ids=[first.id],
        pipeline_id=pipeline_id,
        description=given(first.description),
    )
    _tell(made, as_json)


@app.command("combine")
@asks
def combine(
    chowda: Chowda,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the new batch.")],
    batches: BatchArguments,
    pipeline: Pipeline = None,
    description: Description = None,
    as_json: AsJson = False,
) -> None:
    """Make one batch of several batches' media files, with their inputs.

    Example: chowda batches combine seasons spring summer
    """
    made = chowda.create_batch(
        name,
        batch_ids=[batch_named(chowda, told).id for told in batches],
        pipeline_id=_pipeline_id(chowda, pipeline),
        description=given(description),
    )
    _tell(made, as_json)


@app.command("per-collection")
@asks
def per_collection(
    chowda: Chowda,
    collections: Annotated[
        list[str], typer.Argument(metavar="COLLECTION", help="Names or IDs of collections.")
    ],
    pipeline: Pipeline = None,
    as_json: AsJson = False,
) -> None:
    """Make a batch of each collection, with its name.

    Example: chowda batches per-collection news drama --pipeline slates
    """
    ids = [collection_named(chowda, told).id for told in collections]
    made = chowda.create_batches_from_collections(ids, pipeline_id=_pipeline_id(chowda, pipeline))
    if as_json:
        write_json_rows(made)
    else:
        for batch in made:
            _tell(batch, as_json)


@app.command("import")
@asks
def import_definition(
    chowda: Chowda,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A CSV whose first column is asset_id; - is stdin.")
    ],
    name: Annotated[str | None, typer.Option(help="By default the file's name.")] = None,
    pipeline: Pipeline = None,
    description: Description = None,
    as_json: AsJson = False,
) -> None:
    """Make a batch of a batch definition of clams-kitchen.

    Example: chowda batches import spring.csv --pipeline slates
    """
    made = chowda.import_batch_definition(
        text_of(file),
        name or Path(file).stem,
        pipeline_id=_pipeline_id(chowda, pipeline),
        description=given(description),
    )
    if made.ignored:
        say(f"These columns say nothing to Chowda: {', '.join(made.ignored)}.")
    _tell(made.batch, as_json)


@app.command("edit")
@asks
def edit(
    chowda: Chowda,
    batch: BatchArgument,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    description: Annotated[str | None, typer.Option(help='Another description; "" takes it away.')] = None,
    pipeline: Pipeline = None,
    as_json: AsJson = False,
) -> None:
    """Change a batch's name, description or pipeline; its runs stay as they are.

    Example: chowda batches edit spring --pipeline slates
    """
    if name is None and description is None and pipeline is None:
        raise BadUserInput("Say what to change: --name, --description or --pipeline.")
    made = chowda.update_batch(
        batch_named(chowda, batch).id,
        name=given(name),
        description=given(description),
        pipeline_id=_pipeline_id(chowda, pipeline),
    )
    _tell(made, as_json)


@app.command("add-mmifs")
@asks
def add_mmifs(
    chowda: Chowda,
    batch: BatchArgument,
    mmif_ids: Annotated[list[str], typer.Argument(metavar="MMIF", help="IDs of MMIF.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Also where a file has another input already.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make MMIF the inputs of their media files in a batch; files that it lacks come into it.

    Example: chowda batches add-mmifs spring mmif-9x mmif-9y
    """
    made = chowda.add_mmifs_to_batch(batch_named(chowda, batch).id, mmif_ids, replace=replace)
    _tell(made, as_json)


@app.command("not-started")
@asks
def not_started(chowda: Chowda, batch: BatchArgument, listing: Listing) -> None:
    """List the media files of a batch that none of its runs has begun.

    Example: chowda batches not-started spring --all --csv
    """
    columns: list[Column[MediaFile]] = [
        Column("guid", lambda one: one.guid),
        Column("locations", lambda one: [document.location for document in one.documents], wide=True),
    ]
    found = chowda.not_started(batch_named(chowda, batch).id)
    write_list(found, columns, listing, "All of its files have been begun.")


@app.command("inputs")
@asks
def inputs(chowda: Chowda, batch: BatchArgument, listing: Listing) -> None:
    """List the MMIF that files of a batch start from, where they have an input.

    Example: chowda batches inputs spring
    """
    found = chowda.input_mmifs(batch_named(chowda, batch).id)
    write_list(found, mmifs.columns(), listing, "None of its files has an input.")


@app.command("outputs")
@asks
def outputs(chowda: Chowda, batch: BatchArgument, listing: Listing) -> None:
    """List the newest MMIF that apps made of each file in runs of a batch.

    Example: chowda batches outputs spring --all --json
    """
    found = chowda.output_mmifs(batch_named(chowda, batch).id)
    write_list(found, mmifs.columns(), listing, "None of its files has an output yet.")


@app.command("download")
@asks
def download(
    chowda: Chowda,
    batches: BatchArguments,
    out: Annotated[
        Path | None, typer.Option(help="The zip.  [default: BATCH.zip, or batches.zip]", show_default=False)
    ] = None,
) -> None:
    """Fetch the outputs of batches as one zip; each of several in a folder of its own.

    Example: chowda batches download spring summer --out results.zip
    """
    from chowda.cli.progress import TransferBar

    ids = [batch_named(chowda, told).id for told in batches]
    path = out or Path(f"{ids[0]}.zip" if len(ids) == 1 else "batches.zip")
    with TransferBar("zips") as bar:
        size_bytes = chowda.download_zip(path, batches=ids, on_bytes=bar.bytes_received)
    typer.echo(f"{path} has {size(size_bytes)}.")


@app.command("delete")
@asks
def delete(
    chowda: Chowda,
    choice: BatchChoice,
    doing: Destroying,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="BATCH", help="Names or IDs of batches.")
    ] = None,
) -> None:
    """Delete batches that were never started; their media files stay.

    Example: chowda batches delete spring --yes
    """
    refuse_both(names or (), choice != BatchChoice(), "batches", "chowda batches list")
    ids = [batch_named(chowda, told).id for told in names or ()]
    filter = None if ids else choice.filter(chowda)
    call = functools.partial(chowda.delete_batches, ids=ids or None, filter=filter)
    perform([lambda dry_run: call(dry_run=dry_run)], doing, named=bool(ids))


def _pipeline_id(chowda: Chowda, told: str | None) -> str | UnsetType:
    return given(pipeline_named(chowda, told).id if told else None)


def _tell(batch: Batch, as_json: bool) -> None:
    if as_json:
        write_json(batch)
    else:
        typer.echo(
            f"The batch {batch.name!r} ({batch.id}) has {counted(batch.media_file_count, 'media file')}."
        )


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
            "finished",
            right=True,
        ),
        Column(
            "percent successful",
            lambda batch: batch.percent_successful,
            lambda batch: percent_text(batch.percent_successful),
            "successful",
            right=True,
        ),
        Column("last run", lambda batch: batch.last_run.id if batch.last_run else None),
        Column("created", lambda batch: batch.created_at, least=120),
    ]


def _details(batch: Batch) -> RenderableType:
    return fields(
        [
            ("Name", batch.name),
            ("ID", batch.id),
            ("Description", batch.description),
            ("Media files", batch.media_file_count),
            ("Pipeline", f"{batch.pipeline.name} ({batch.pipeline.id})" if batch.pipeline else None),
            ("Finished", f"{int(batch.percent_finished)} %"),
            ("Successful", f"{int(batch.percent_successful)} %"),
            (
                "Last run",
                f"{batch.last_run.id}, {batch.last_run.status}" if batch.last_run else "never started",
            ),
            ("Created", batch.created_at),
        ]
    )
