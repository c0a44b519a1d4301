"""`chowda batches not-started`, `inputs`, `outputs`, `add-mmifs` and `download`: the files of a batch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chowda.cli.batches import BatchArgument, BatchArguments, write_batch
from chowda.cli.command import DEFAULT_URL, Url, connect, option_groups
from chowda.cli.lookup import batch_ids, find_batch
from chowda.cli.mmif import mmif_columns
from chowda.cli.options import AsJson, ListOptions
from chowda.cli.output import Column, size, write_list

if TYPE_CHECKING:
    from chowda.client import MediaFile

app = typer.Typer()


@app.command("not-started")
@option_groups
def not_started(batch: BatchArgument, options: ListOptions, url: Url = DEFAULT_URL) -> None:
    """List the media files of a batch that no run has started.

    Example: chowda batches not-started spring --all --csv
    """
    columns: list[Column[MediaFile]] = [
        Column("guid", lambda file: file.guid),
        Column("locations", lambda file: [document.location for document in file.documents], wide=True),
    ]
    with connect(url) as chowda:
        files = chowda.not_started(find_batch(chowda, batch).id)
        write_list(files, columns, options, "All files of the batch have been started.")


@app.command("inputs")
@option_groups
def inputs(batch: BatchArgument, options: ListOptions, url: Url = DEFAULT_URL) -> None:
    """List the input MMIF of a batch's files.

    Example: chowda batches inputs spring
    """
    with connect(url) as chowda:
        mmifs = chowda.input_mmifs(find_batch(chowda, batch).id)
        write_list(mmifs, mmif_columns(), options, "No file of the batch has an input MMIF.")


@app.command("outputs")
@option_groups
def outputs(batch: BatchArgument, options: ListOptions, url: Url = DEFAULT_URL) -> None:
    """List the newest MMIF that the batch's runs have produced for each file.

    Example: chowda batches outputs spring --all --json
    """
    with connect(url) as chowda:
        mmifs = chowda.output_mmifs(find_batch(chowda, batch).id)
        write_list(mmifs, mmif_columns(), options, "No file of the batch has an output MMIF yet.")


@app.command("add-mmifs")
def add_mmifs(
    batch: BatchArgument,
    mmif_ids: Annotated[list[str], typer.Argument(metavar="MMIF", help="IDs of MMIF.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the input of a file that has another one.")
    ] = False,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Set MMIF as the inputs of their media files in a batch. Adds media files that the batch does not have.

    Example: chowda batches add-mmifs spring mmif-9x mmif-9y
    """
    with connect(url) as chowda:
        changed = chowda.add_mmifs_to_batch(find_batch(chowda, batch).id, mmif_ids, replace=replace)
        write_batch(changed, as_json)


@app.command("download")
def download(
    batches: BatchArguments,
    out: Annotated[
        Path | None,
        typer.Option(help="The zip file.  [default: BATCH.zip, or batches.zip]", show_default=False),
    ] = None,
    url: Url = DEFAULT_URL,
) -> None:
    """Download the outputs of batches as one zip. With several batches, each has its own folder.

    Example: chowda batches download spring summer --out results.zip
    """
    from chowda.cli.progress import TransferBar

    with connect(url) as chowda:
        ids = batch_ids(chowda, batches)
        path = out or Path(f"{ids[0]}.zip" if len(ids) == 1 else "batches.zip")
        with TransferBar("zips") as bar:
            size_bytes = chowda.download_zip(path, batches=ids, on_bytes=bar.bytes_received)
    typer.echo(f"Wrote {path} ({size(size_bytes)}).")
