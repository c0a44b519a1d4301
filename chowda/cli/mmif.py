"""`chowda mmif`: what apps found in media files so far."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chowda.cli.command import asks
from chowda.cli.lookup import app_named, collection_named
from chowda.cli.options import AsJson, Descending, Form, Listing, Period
from chowda.cli.output import Column, fields, say, size, text, write_json, write_list, write_one
from chowda.client import MmifOrigin, MmifSort
from chowda.errors import NotFound
from chowda.mmif_file_names import mmif_file_name

if TYPE_CHECKING:
    from chowda.client import Chowda, Mmif, MmifFilter

NOT_FETCHED = 1

app = typer.Typer(no_args_is_help=True, help="Find, fetch and send MMIF files.")


@dataclass(frozen=True)
class MmifChoice(Period):
    """Which MMIF. What is given several times: any of these; different ones must all hold."""

    text: Annotated[str | None, typer.Option(help="In the GUID of its media file.")] = None
    guid: Annotated[list[str] | None, typer.Option(help="Of this media file.")] = None
    app: Annotated[list[str] | None, typer.Option(help="Made by this app (name or ID).")] = None
    collection: Annotated[
        list[str] | None, typer.Option(help="Of a media file of this collection (name or ID).")
    ] = None
    origin: Annotated[
        list[MmifOrigin] | None, typer.Option(case_sensitive=False, help="Where it comes from.")
    ] = None

    def filter(self, chowda: Chowda) -> MmifFilter:
        from chowda.client import MmifFilter

        return MmifFilter(
            text=self.text,
            guids=self.guid or None,
            apps=[app_named(chowda, told).id for told in self.app or ()] or None,
            collections=[collection_named(chowda, told).id for told in self.collection or ()] or None,
            origins=self.origin or None,
            created=self.input,
        )


@app.command("list")
@asks
def list_mmifs(
    chowda: Chowda,
    choice: MmifChoice,
    listing: Listing,
    sort: Annotated[MmifSort, typer.Option(case_sensitive=False)] = MmifSort.CREATED,
    descending: Descending = None,
) -> None:
    """List MMIF, newest first.

    Example: chowda mmif list --guid cpb-aacip-507-0r9m32nr3f --app whisper
    """
    found = chowda.mmifs(filter=choice.filter(chowda), sort=sort, descending=descending)
    write_list(found, columns(), listing, "There are no such MMIF.")


@app.command("show")
@asks
def show(
    chowda: Chowda, mmif_id: Annotated[str, typer.Argument(metavar="MMIF", help="A MMIF's ID.")], form: Form
) -> None:
    """Show where a MMIF comes from; `chowda mmif get` fetches it.

    Example: chowda mmif show mmif-9x
    """
    shown = chowda.mmif(mmif_id)
    write_one(
        shown,
        columns(),
        form,
        lambda: fields(
            [
                ("ID", shown.id),
                ("Media file", shown.media_file.guid),
                ("Size", size(shown.size)),
                ("Created", shown.created_at),
                ("Origin", shown.origin),
                ("App", shown.app_identifier),
                ("Step", f"{shown.step.position} {shown.step.app.name}" if shown.step else None),
                ("Parameters", shown.step.parameters if shown.step else None),
                ("sha256", shown.sha256),
                ("URL", shown.url),
            ]
        ),
    )


@app.command("get")
@asks
def get(
    chowda: Chowda,
    id: Annotated[
        str,
        typer.Argument(metavar="ID", help="Of a MMIF, a batch run, or a pipeline run for one file of it."),
    ],
    out: Annotated[Path, typer.Option(help="The directory for GUID.mmif files.")],
    as_json: AsJson = False,
) -> None:
    """Fetch one MMIF, or the newest MMIF of every file of a run. What is there already is not fetched again.

    Exit status 1 if a file could not be fetched.

    Example: chowda mmif get brun-2s --out results
    """
    from chowda.cli.progress import TransferBar

    with TransferBar("files", shown=not as_json) as bar:
        with contextlib.suppress(NotFound):
            mmif = chowda.mmif(id)
            bar.file_found()
            path = out / mmif_file_name(mmif.media_file.guid)
            chowda.download_mmif(mmif.id, path, bar)
            bar.file_done()
            typer.echo(f"{mmif.id} of {mmif.media_file.guid} is now {path}.")
            return
        fetched = chowda.download_mmifs(id, out, bar)
    if as_json:
        write_json(fetched)
    else:
        new = sum(file.state == "fetched" for file in fetched.files)
        typer.echo(f"{new} fetched to {out}, {len(fetched.files) - new} there already.")
        if fetched.without:
            typer.echo(f"{len(fetched.without)} have no MMIF yet.")
        for missed in fetched.failed:
            say(f"{missed.guid}: {missed.message}")
    raise typer.Exit(NOT_FETCHED if fetched.failed else 0)


@app.command("put")
@asks
def put(
    chowda: Chowda,
    guid: Annotated[str, typer.Argument(metavar="GUID", help="The media file's GUID.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The MMIF.")],
    as_json: AsJson = False,
) -> None:
    """Send a MMIF made elsewhere; it becomes the newest of its media file.

    Example: chowda mmif put cpb-aacip-507-0r9m32nr3f corrected.mmif
    """
    from chowda.cli.progress import TransferBar

    with TransferBar("files", shown=not as_json) as bar:
        bar.file_found()
        sent = chowda.upload_mmif(guid, file, bar.bytes_received)
        bar.file_done()
    if as_json:
        write_json(sent)
    else:
        typer.echo(f"The newest MMIF of {guid} is now {sent.id}, {sent.url} ({size(sent.size)}).")


def columns() -> list[Column[Mmif]]:
    return [
        Column("mmif", lambda mmif: mmif.id),
        Column("guid", lambda mmif: mmif.media_file.guid, wide=True),
        Column("origin", lambda mmif: mmif.origin),
        Column("app", lambda mmif: mmif.app_identifier, wide=True),
        Column("size bytes", lambda mmif: mmif.size, lambda mmif: text(size(mmif.size)), "size", right=True),
        Column("created", lambda mmif: mmif.created_at),
    ]
