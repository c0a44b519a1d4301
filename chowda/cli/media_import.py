"""`chowda media import`: adds the media files of a CSV or JSON Lines file."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from chowda.cli.command import DEFAULT_URL, Url, connect
from chowda.cli.guid_input import STDIN
from chowda.cli.media import Type
from chowda.cli.options import AsJson
from chowda.cli.output import count_of, print_note, write_json
from chowda.errors import BadUserInput

if TYPE_CHECKING:
    from chowda.client import ImportedMedia

BAD_ROWS = 1
BAD_ROWS_SHOWN = 100
Collections = Annotated[
    list[str] | None,
    typer.Option("--collection", help="Add all files to this collection; it is created if it is missing."),
]

app = typer.Typer()


@app.command("import")
def import_media(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A CSV or JSON Lines file; - is standard input.")
    ],
    atomic: Annotated[bool, typer.Option("--atomic", help="Import nothing if a row is bad.")] = False,
    update: Annotated[
        bool, typer.Option("--update", help="Update existing files: replace their documents.")
    ] = False,
    location: Annotated[
        str | None,
        typer.Option(
            help="The location of rows that have none. {guid} stands for the row's GUID, {column} for another cell."
        ),
    ] = None,
    type: Type = None,
    collections: Collections = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Add the media files of a CSV or JSON Lines file. Importing the same file again changes nothing.

    Columns, in any order: guid (or asset_id), location, type, mime, size_bytes, duration_seconds, checksum,
    collection. Bad rows are listed with their lines; exit status 1 if there are any.

    Example: chowda media import holdings.csv --collection news --atomic
    """
    from chowda.cli.progress import ImportBar

    with (
        connect(url) as chowda,
        _open_rows(file) as (rows, content_type, size_bytes),
        ImportBar(size_bytes) as bar,
    ):
        imported = chowda.import_media(
            rows,
            content_type=content_type,
            atomic=atomic,
            update=update,
            location=location,
            type=type,
            collections=collections or (),
            progress=bar,
        )
    report_import(imported, as_json)


def report_import(imported: ImportedMedia, as_json: bool, paths: Sequence[Path] = ()) -> None:
    """Exits with status 1 if there are bad rows. `paths` are shown instead of line numbers."""
    if as_json:
        write_json(imported)
    else:
        typer.echo(_summary(imported))
        if imported.ignored_columns:
            print_note(f"Ignored columns: {'; '.join(imported.ignored_columns)}")
        for bad_row in imported.bad_rows[:BAD_ROWS_SHOWN]:
            where = str(paths[bad_row.line - 1]) if paths else f"line {bad_row.line}"
            print_note(f"{where}: {bad_row.reason}")
        if len(imported.bad_rows) > BAD_ROWS_SHOWN:
            more = len(imported.bad_rows) - BAD_ROWS_SHOWN
            print_note(f"{more:,} more rows are bad (--json lists all).")
    if imported.bad_rows:
        raise typer.Exit(BAD_ROWS)


def _summary(imported: ImportedMedia) -> str:
    bad_rows = len(imported.bad_rows)
    if not imported.kept:
        verb = "is" if bad_rows == 1 else "are"
        return f"Nothing was imported: {count_of(bad_rows, 'row')} of {imported.rows:,} {verb} bad."
    parts = [f"{count_of(imported.added, 'media file')} added"]
    if imported.updated:
        parts.append(f"{imported.updated:,} updated")
    if imported.unchanged:
        parts.append(f"{imported.unchanged:,} unchanged")
    if bad_rows:
        parts.append(count_of(bad_rows, "bad row"))
    return f"{', '.join(parts)}."


@contextlib.contextmanager
def _open_rows(name: str) -> Iterator[tuple[BinaryIO, str, int | None]]:
    """The rows, their content type, and their size in bytes if it is known. Raises BadUserInput."""
    from chowda.client.media_import import ANY, CSV, JSON_LINES

    content_types = {".csv": CSV, ".jsonl": JSON_LINES, ".ndjson": JSON_LINES}
    if name == STDIN:
        yield sys.stdin.buffer, ANY, None
        return
    path = Path(name)
    try:
        with path.open("rb") as file:
            yield file, content_types.get(path.suffix.lower(), ANY), path.stat().st_size
    except OSError as exc:
        raise BadUserInput(f"{name} can't be read: {exc.strerror or exc}.") from exc
