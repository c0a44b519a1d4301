"""`chowda mmif`: list, download and upload MMIF files."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chowda.cli.command import DEFAULT_URL, Url, connect, option_groups
from chowda.cli.lookup import app_ids, collection_ids
from chowda.cli.options import AsJson, Descending, ListOptions, OutputFormat, Period
from chowda.cli.output import (
    Column,
    cell,
    field_table,
    print_note,
    size,
    write_json,
    write_list,
    write_one,
)
from chowda.client import MmifOrigin, MmifSort
from chowda.errors import NotFound
from chowda.mmif_file_names import mmif_file_name

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chowda.client import Chowda, DownloadedMmifs, Mmif, MmifFilter

SOME_FAILED = 1

app = typer.Typer(no_args_is_help=True, help="Find, download and upload MMIF files.")


@dataclass(frozen=True)
class MmifOptions(Period):
    """MMIF that match all of the options. An option with several values matches any of them."""

    text: Annotated[str | None, typer.Option(help="MMIF with this in the GUID.")] = None
    guid: Annotated[list[str] | None, typer.Option(help="MMIF of this media file.")] = None
    app: Annotated[list[str] | None, typer.Option(help="MMIF produced by this app (name or ID).")] = None
    collection: Annotated[
        list[str] | None, typer.Option(help="MMIF of a media file of this collection (name or ID).")
    ] = None
    origin: Annotated[
        list[MmifOrigin] | None, typer.Option(case_sensitive=False, help="MMIF of this origin.")
    ] = None

    def filter(self, chowda: Chowda) -> MmifFilter:
        from chowda.client import MmifFilter

        return MmifFilter(
            text=self.text,
            guids=self.guid or None,
            apps=app_ids(chowda, self.app) or None,
            collections=collection_ids(chowda, self.collection) or None,
            origins=self.origin or None,
            created=self.input,
        )


@app.command("list")
@option_groups
def list_mmifs(
    filters: MmifOptions,
    options: ListOptions,
    sort: Annotated[MmifSort, typer.Option(case_sensitive=False)] = MmifSort.CREATED,
    descending: Descending = None,
    url: Url = DEFAULT_URL,
) -> None:
    """List MMIF, newest first.

    Example: chowda mmif list --guid cpb-aacip-507-0r9m32nr3f --app whisper
    """
    with connect(url) as chowda:
        mmifs = chowda.mmifs(filter=filters.filter(chowda), sort=sort, descending=descending)
        write_list(mmifs, mmif_columns(), options, "No MMIF found.")


@app.command("show")
@option_groups
def show(
    mmif_id: Annotated[str, typer.Argument(metavar="MMIF", help="The MMIF's ID.")],
    format: OutputFormat,
    url: Url = DEFAULT_URL,
) -> None:
    """Show the origin of a MMIF. `chowda mmif get` downloads it.

    Example: chowda mmif show mmif-9x
    """
    with connect(url) as chowda:
        mmif = chowda.mmif(mmif_id)
        write_one(mmif, mmif_columns(), format, lambda: _details(mmif))


@app.command("get")
def get(
    id: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="The ID of a MMIF, of a batch run, or of a pipeline run for a single file."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The directory for the files, named GUID.mmif.")],
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Download one MMIF, or the newest MMIF of every file of a run. Skips files that exist with the same bytes.

    Exit status 1 if a file can't be downloaded.

    Example: chowda mmif get brun-2s --out results
    """
    from chowda.cli.progress import TransferBar

    with connect(url) as chowda, TransferBar("files", shown=not as_json) as bar:
        with contextlib.suppress(NotFound):
            mmif = chowda.mmif(id)
            bar.file_found()
            path = out / mmif_file_name(mmif.media_file.guid)
            chowda.download_mmif(mmif.id, path, bar)
            bar.file_done()
            typer.echo(f"Downloaded {mmif.id} of {mmif.media_file.guid} to {path}.")
            return
        downloaded = chowda.download_mmifs(id, out, bar)
    if as_json:
        write_json(downloaded)
    else:
        _write_downloaded(downloaded, out)
    raise typer.Exit(SOME_FAILED if downloaded.failed else 0)


@app.command("put")
def put(
    guid: Annotated[str, typer.Argument(metavar="GUID", help="The media file's GUID.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The MMIF file.")],
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Upload a MMIF file as the newest MMIF of its media file.

    Example: chowda mmif put cpb-aacip-507-0r9m32nr3f corrected.mmif
    """
    from chowda.cli.progress import TransferBar

    with connect(url) as chowda, TransferBar("files", shown=not as_json) as bar:
        bar.file_found()
        uploaded = chowda.upload_mmif(guid, file, bar.bytes_received)
        bar.file_done()
    if as_json:
        write_json(uploaded)
    else:
        typer.echo(f"The newest MMIF of {guid} is now {uploaded.id}, {uploaded.url} ({size(uploaded.size)}).")


def mmif_columns() -> list[Column[Mmif]]:
    return [
        Column("mmif", lambda mmif: mmif.id),
        Column("guid", lambda mmif: mmif.media_file.guid, wide=True),
        Column("origin", lambda mmif: mmif.origin),
        Column("app", lambda mmif: mmif.app_identifier, wide=True),
        Column("size bytes", lambda mmif: mmif.size, lambda mmif: cell(size(mmif.size)), "size", right=True),
        Column("created", lambda mmif: mmif.created_at),
    ]


def _details(mmif: Mmif) -> RenderableType:
    return field_table(
        [
            ("ID", mmif.id),
            ("Media file", mmif.media_file.guid),
            ("Size", size(mmif.size)),
            ("Created", mmif.created_at),
            ("Origin", mmif.origin),
            ("App", mmif.app_identifier),
            ("Step", f"{mmif.step.position} {mmif.step.app.name}" if mmif.step else None),
            ("Parameters", mmif.step.parameters if mmif.step else None),
            ("sha256", mmif.sha256),
            ("URL", mmif.url),
        ]
    )


def _write_downloaded(downloaded: DownloadedMmifs, out: Path) -> None:
    new = sum(file.state == "fetched" for file in downloaded.files)
    typer.echo(f"{new} downloaded to {out}, {len(downloaded.files) - new} unchanged.")
    if downloaded.without:
        typer.echo(f"{len(downloaded.without)} without MMIF yet.")
    for failed in downloaded.failed:
        print_note(f"{failed.guid}: {failed.message}")
