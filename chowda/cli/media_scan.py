"""`chowda media scan`: finds the media files in a directory, and lists or adds them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chowda.cli.command import DEFAULT_URL, Url, connect, option_groups
from chowda.cli.media_import import BAD_ROWS, Collections, report_import
from chowda.cli.options import OutputFormat
from chowda.cli.output import (
    Column,
    cell,
    console,
    count_of,
    duration,
    print_note,
    size,
    table,
    write_csv,
    write_json,
)
from chowda.errors import BadUserInput

if TYPE_CHECKING:
    from chowda.client import Chowda
    from chowda.media.directory_scan import FoundMedia, UnreadableMedia

app = typer.Typer()


@app.command("scan")
@option_groups
def scan(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A directory on this machine.")],
    format: OutputFormat,
    add: Annotated[bool, typer.Option("--add", help="Add the media files, instead of listing them.")] = False,
    location_prefix: Annotated[
        str | None,
        typer.Option(
            metavar="PREFIX", help="Replaces DIR in the locations, as the apps see it, e.g. file:///media."
        ),
    ] = None,
    checksum: Annotated[
        bool, typer.Option("--checksum", help="Read every file completely and compute its sha256.")
    ] = False,
    atomic: Annotated[
        bool, typer.Option("--atomic", help="With --add: add nothing if a file is bad.")
    ] = False,
    update: Annotated[
        bool, typer.Option("--update", help="With --add: update existing files: replace their documents.")
    ] = False,
    collections: Collections = None,
    url: Url = DEFAULT_URL,
) -> None:
    """Find the media files in a directory, with GUIDs from their names (CHOWDA_GUID_RULE), durations and types.

    --json without --add writes one object per line, which `chowda media import` accepts. Exit status 1 if a file can't
    be read or has no GUID in its name.

    Example: chowda media scan /mnt/archive --location-prefix file:///media --add --collection news
    """
    found = _scan_directory(directory, location_prefix, checksum)
    if add:
        with connect(url) as chowda:
            _add_files(chowda, found, atomic, update, collections or (), format.as_json)
        return
    bad_files = _write_files(found, format)
    raise typer.Exit(BAD_ROWS if bad_files else 0)


def _scan_directory(
    directory: Path, location_prefix: str | None, checksum: bool
) -> Iterator[FoundMedia | UnreadableMedia]:
    """Shows a progress bar on a terminal."""
    from chowda.cli.progress import CountBar
    from chowda.config import load_settings
    from chowda.guid_rule import GuidRule
    from chowda.media.directory_scan import scan

    rule = GuidRule.parse(load_settings().guid_rule)
    with CountBar("files") as bar:
        for found in scan(directory, rule, location_prefix=location_prefix, checksum=checksum):
            bar.advance()
            yield found


def _write_files(found: Iterator[FoundMedia | UnreadableMedia], format: OutputFormat) -> int:
    """Lists the files. Returns the number of files that can't be read or have no GUID."""
    from chowda.media.directory_scan import FoundMedia, UnreadableMedia

    bad_files = 0

    def readable_files() -> Iterator[FoundMedia]:
        nonlocal bad_files
        for file in found:
            if isinstance(file, UnreadableMedia):
                print_note(f"{file.path}: {file.reason}")
            elif file.guid is None:
                print_note(f"{file.path}: its name has no GUID (CHOWDA_GUID_RULE)")
            if isinstance(file, UnreadableMedia) or file.guid is None:
                bad_files += 1
            if isinstance(file, FoundMedia):
                yield file

    columns: list[Column[FoundMedia]] = [
        Column("guid", lambda file: file.guid),
        Column("type", lambda file: file.document.type.value),
        Column("mime", lambda file: file.document.mime),
        Column(
            "duration seconds",
            lambda file: file.document.duration_seconds,
            lambda file: cell(duration(file.document.duration_seconds)),
            "duration",
            right=True,
        ),
        Column(
            "size bytes",
            lambda file: file.document.size_bytes,
            lambda file: cell(size(file.document.size_bytes or 0)),
            "size",
            right=True,
        ),
        Column("checksum", lambda file: file.document.checksum, min_width=120),
        Column("location", lambda file: file.document.location, wide=True),
    ]
    if format.as_json:
        for file in readable_files():
            write_json(file.row())
    elif format.as_csv:
        write_csv(readable_files(), columns)
    elif rows := list(readable_files()):
        console().print(table(rows, columns))
    else:
        typer.echo("No media files found.")
    return bad_files


def _add_files(
    chowda: Chowda,
    found: Iterator[FoundMedia | UnreadableMedia],
    atomic: bool,
    update: bool,
    collections: Sequence[str],
    as_json: bool,
) -> None:
    """Sends no GUIDs: the server derives them from the names with its own rule."""
    from chowda.cli.progress import ImportBar
    from chowda.client.media_import import JSON_LINES
    from chowda.media.directory_scan import FoundMedia

    paths: list[Path] = []
    unreadable = 0
    with tempfile.TemporaryFile() as rows:
        for file in found:
            if isinstance(file, FoundMedia):
                row = {name: value for name, value in file.row().items() if name != "guid"}
                rows.write(f"{json.dumps(row)}\n".encode())
                paths.append(file.path)
            else:
                unreadable += 1
                print_note(f"{file.path}: {file.reason}")
        if atomic and unreadable:
            raise BadUserInput(f"{count_of(unreadable, 'file')} can't be read. Nothing was added (--atomic).")
        size_bytes = rows.tell()
        rows.seek(0)
        with ImportBar(size_bytes) as bar:
            imported = chowda.import_media(
                rows,
                content_type=JSON_LINES,
                atomic=atomic,
                update=update,
                collections=collections,
                progress=bar,
            )
    report_import(imported, as_json, paths)
    raise typer.Exit(BAD_ROWS if unreadable else 0)
