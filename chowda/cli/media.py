"""`chowda media`: media files, by GUID, with the documents that they consist of."""

from __future__ import annotations

import contextlib
import functools
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from chowda.cli.bulk import Destroying, perform
from chowda.cli.command import asks
from chowda.cli.guid_input import STDIN
from chowda.cli.lookup import app_named, batch_named, collection_named
from chowda.cli.options import AsJson, Descending, Form, Listing, Period, given
from chowda.cli.output import (
    Column,
    console,
    counted,
    duration,
    fields,
    say,
    size,
    table,
    text,
    write_csv,
    write_json,
    write_list,
    write_one,
)
from chowda.cli.run_selection import refuse_both
from chowda.client import DocumentType, MediaFileSort
from chowda.errors import BadUserInput

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chowda.client import (
        Chowda,
        ImportedMedia,
        MediaDocument,
        MediaDocumentInput,
        MediaFile,
        MediaFileFilter,
    )
    from chowda.media.directory_scan import FoundMedia, UnreadableMedia

BAD_ROWS = 1
BAD_ROWS_SHOWN = 100
GuidArgument = Annotated[str, typer.Argument(metavar="GUID", help="The media file's GUID.")]
Locations = Annotated[
    list[str],
    typer.Argument(metavar="LOCATION", help="Where the app sees each document: file:///… or a URI."),
]
Type = Annotated[
    DocumentType | None,
    typer.Option("--type", case_sensitive=False, help="By default by the name's end.", show_default=False),
]
Mime = Annotated[str | None, typer.Option(help="The MIME type, e.g. video/mp4.")]
Seconds = Annotated[
    float | None, typer.Option("--duration", metavar="SECONDS", help="Its length: estimates rest on it.")
]
Collections = Annotated[
    list[str] | None, typer.Option("--collection", help="All go into it; it is made where it is missing.")
]

app = typer.Typer(
    no_args_is_help=True, help="Add media files one by one or by the hundred thousand, and find them."
)


@dataclass(frozen=True)
class MediaChoice(Period):
    """Which media files. What is given several times: any of these; different ones must all hold."""

    text: Annotated[str | None, typer.Option(help="In the GUID.")] = None
    guid: Annotated[list[str] | None, typer.Option(help="With this GUID.")] = None
    batch: Annotated[list[str] | None, typer.Option(help="In this batch (name or ID).")] = None
    collection: Annotated[list[str] | None, typer.Option(help="In this collection (name or ID).")] = None
    type: Annotated[
        list[DocumentType] | None, typer.Option(case_sensitive=False, help="With a document of this type.")
    ] = None
    mime: Annotated[
        list[str] | None,
        typer.Option(help="With a document of this MIME type; video/ stands for all videos."),
    ] = None
    no_output_of: Annotated[
        str | None, typer.Option(metavar="APP", help="For which this app has given nothing.")
    ] = None
    older_than: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="With --no-output-of: or nothing as new as this, e.g. v8.10."),
    ] = None
    has_input: Annotated[
        bool | None,
        typer.Option("--has-input/--no-input", help="With an input MMIF in a batch.", show_default=False),
    ] = None

    def filter(self, chowda: Chowda) -> MediaFileFilter:
        from chowda.client import MediaFileFilter, NoOutputInput

        if self.older_than is not None and self.no_output_of is None:
            raise BadUserInput("--older-than needs an app: --no-output-of APP.")
        no_output = self.no_output_of and NoOutputInput(
            app=app_named(chowda, self.no_output_of).id, older_than=self.older_than
        )
        return MediaFileFilter(
            text=self.text,
            guids=self.guid or None,
            batches=[batch_named(chowda, told).id for told in self.batch or ()] or None,
            collections=[collection_named(chowda, told).id for told in self.collection or ()] or None,
            types=self.type or None,
            mimes=self.mime or None,
            no_output_of=no_output or None,
            has_input_mmif=self.has_input,
            created=self.input,
        )


@app.command("list")
@asks
def list_media(
    chowda: Chowda,
    choice: MediaChoice,
    listing: Listing,
    sort: Annotated[MediaFileSort, typer.Option(case_sensitive=False)] = MediaFileSort.CREATED,
    descending: Descending = None,
) -> None:
    """List media files, newest first.

    Example: chowda media list --collection news --no-output-of whisper --older-than v10 --csv --all
    """
    found = chowda.media_files(filter=choice.filter(chowda), sort=sort, descending=descending)
    empty = "There are no such media files. Add some: chowda media import FILE, or chowda media scan DIR"
    write_list(found, _columns(), listing, empty)


@app.command("show")
@asks
def show(chowda: Chowda, guid: GuidArgument, form: Form) -> None:
    """Show a media file; its runs and MMIF: `chowda runs files --guid GUID`, `chowda mmif list --guid GUID`.

    Example: chowda media show cpb-aacip-507-0r9m32nr3f
    """
    shown = chowda.media_file(guid)
    write_one(shown, _columns(), form, lambda: _details(shown))


@app.command("add")
@asks
def add(
    chowda: Chowda,
    guid: GuidArgument,
    locations: Locations,
    type: Type = None,
    mime: Mime = None,
    duration: Seconds = None,
    as_json: AsJson = False,
) -> None:
    """Add one media file. The same again changes nothing.

    Example: chowda media add cpb-aacip-507-0r9m32nr3f file:///data/cpb-aacip-507-0r9m32nr3f.mp4
    """
    from chowda.client import MediaFileInput

    documents = _documents(locations, type, mime, duration)
    [added] = chowda.add_media_files([MediaFileInput(guid=guid, documents=documents)])
    _tell(added, as_json)


@app.command("update")
@asks
def update(
    chowda: Chowda,
    guid: GuidArgument,
    locations: Locations,
    type: Type = None,
    mime: Mime = None,
    duration: Seconds = None,
    as_json: AsJson = False,
) -> None:
    """Give a media file other documents in place of those that it has. Its MMIF stays.

    Example: chowda media update cpb-aacip-507-0r9m32nr3f file:///new/cpb-aacip-507-0r9m32nr3f.mp4
    """
    documents = _documents(locations, type, mime, duration)
    seen = chowda.media_file(guid)
    _tell(chowda.update_media_file(guid, documents, revision=seen.revision), as_json)


@app.command("delete")
@asks
def delete(
    chowda: Chowda,
    choice: MediaChoice,
    doing: Destroying,
    guids: Annotated[list[str] | None, typer.Argument(metavar="GUID", help="GUIDs of media files.")] = None,
) -> None:
    """Delete media files that are in no batch and no collection and have no MMIF.

    Example: chowda media delete cpb-aacip-507-0r9m32nr3f --yes
    """
    refuse_both(guids or (), choice != MediaChoice(), "media files", "chowda media list")
    filter = None if guids else choice.filter(chowda)
    call = functools.partial(chowda.delete_media_files, guids=guids or None, filter=filter)
    perform([lambda dry_run: call(dry_run=dry_run)], doing, named=bool(guids))


@app.command("import")
@asks
def import_media(
    chowda: Chowda,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A CSV or JSON Lines; - is standard input.")],
    atomic: Annotated[bool, typer.Option("--atomic", help="One bad row, and nothing is kept.")] = False,
    update: Annotated[
        bool, typer.Option("--update", help="Media files that are there get these documents.")
    ] = False,
    location: Annotated[
        str | None, typer.Option(help="Of rows that have none; {guid} stands for the row's GUID.")
    ] = None,
    type: Type = None,
    collections: Collections = None,
    as_json: AsJson = False,
) -> None:
    """Add the media files of a CSV or JSON Lines. The same again changes nothing.

    Columns, in any order: guid (or asset_id), location, type, mime, size_bytes, duration_seconds, checksum,
    collection. Each bad row is told with its line, and exit status 1 says that there are some.

    Example: chowda media import holdings.csv --collection news --atomic
    """
    from chowda.cli.progress import ImportBar

    with _opened(file) as (rows, content_type, size_bytes), ImportBar(size_bytes) as bar:
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
    _report(imported, as_json)


@app.command("scan")
@asks
def scan(
    chowda: Chowda,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A directory of this machine.")],
    form: Form,
    add: Annotated[bool, typer.Option("--add", help="Add what was found, instead of listing it.")] = False,
    location_prefix: Annotated[
        str | None,
        typer.Option(metavar="PREFIX", help="What stands for DIR where the apps see it, e.g. file:///media."),
    ] = None,
    checksum: Annotated[bool, typer.Option("--checksum", help="Read every byte, for its sha256.")] = False,
    atomic: Annotated[
        bool, typer.Option("--atomic", help="With --add: one bad file, and nothing is kept.")
    ] = False,
    update: Annotated[
        bool, typer.Option("--update", help="With --add: media files that are there get these documents.")
    ] = False,
    collections: Collections = None,
) -> None:
    """Find the media in a directory: GUIDs by their names (CHOWDA_GUID_RULE), durations, types.

    --json without --add is an object a line, as `chowda media import` takes them. Exit status 1 if a file
    could not be read or has no GUID in its name.

    Example: chowda media scan /mnt/archive --location-prefix file:///media --add --collection news
    """
    found = _scanned(directory, location_prefix, checksum)
    if add:
        _add_found(chowda, found, atomic, update, collections or (), form.as_json)
        return
    bad = _write_found(found, form)
    raise typer.Exit(BAD_ROWS if bad else 0)


def _scanned(
    directory: Path, location_prefix: str | None, checksum: bool
) -> Iterator[FoundMedia | UnreadableMedia]:
    """With a bar of what was looked at, on a terminal."""
    from chowda.cli.progress import CountBar
    from chowda.config import load_settings
    from chowda.guid_rule import GuidRule
    from chowda.media.directory_scan import scan

    rule = GuidRule.parse(load_settings().guid_rule)
    with CountBar("files") as bar:
        for found in scan(directory, rule, location_prefix=location_prefix, checksum=checksum):
            bar.counted()
            yield found


def _write_found(found: Iterator[FoundMedia | UnreadableMedia], form: Form) -> int:
    """How many are no good."""
    from chowda.media.directory_scan import FoundMedia, UnreadableMedia

    bad = 0

    def good() -> Iterator[FoundMedia]:
        nonlocal bad
        for one in found:
            if isinstance(one, UnreadableMedia):
                say(f"{one.path}: {one.reason}")
            elif one.guid is None:
                say(f"{one.path}: its name has no GUID (CHOWDA_GUID_RULE)")
            if isinstance(one, UnreadableMedia) or one.guid is None:
                bad += 1
            if isinstance(one, FoundMedia):
                yield one

    columns: list[Column[FoundMedia]] = [
        Column("guid", lambda one: one.guid),
        Column("type", lambda one: one.document.type.value),
        Column("mime", lambda one: one.document.mime),
        Column(
            "duration seconds",
            lambda one: one.document.duration_seconds,
            lambda one: text(duration(one.document.duration_seconds)),
            "duration",
            right=True,
        ),
        Column(
            "size bytes",
            lambda one: one.document.size_bytes,
            lambda one: text(size(one.document.size_bytes or 0)),
            "size",
            right=True,
        ),
        Column("checksum", lambda one: one.document.checksum, least=120),
        Column("location", lambda one: one.document.location, wide=True),
    ]
    if form.as_json:
        for one in good():
            write_json(one.row())
    elif form.as_csv:
        write_csv(good(), columns)
    elif rows := list(good()):
        console().print(table(rows, columns))
    else:
        typer.echo("There are no media.")
    return bad


def _add_found(
    chowda: Chowda,
    found: Iterator[FoundMedia | UnreadableMedia],
    atomic: bool,
    update: bool,
    collections: Sequence[str],
    as_json: bool,
) -> None:
    """The server's own rule finds the GUIDs."""
    from chowda.cli.progress import ImportBar
    from chowda.client.media_import import JSON_LINES
    from chowda.media.directory_scan import FoundMedia

    paths: list[Path] = []
    unreadable = 0
    with tempfile.TemporaryFile() as rows:
        for one in found:
            if isinstance(one, FoundMedia):
                row = {name: value for name, value in one.row().items() if name != "guid"}
                rows.write(f"{json.dumps(row)}\n".encode())
                paths.append(one.path)
            else:
                unreadable += 1
                say(f"{one.path}: {one.reason}")
        if atomic and unreadable:
            raise BadUserInput(f"{counted(unreadable, 'file')} can't be read: nothing was added (--atomic).")
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
    _report(imported, as_json, paths)
    raise typer.Exit(BAD_ROWS if unreadable else 0)


def _report(imported: ImportedMedia, as_json: bool, paths: Sequence[Path] = ()) -> None:
    """`paths`: of the rows, where they are not lines of a file that a person has. Exit status 1 for bad rows."""
    if as_json:
        write_json(imported)
    else:
        typer.echo(_in_words(imported))
        for bad in imported.bad_rows[:BAD_ROWS_SHOWN]:
            where = str(paths[bad.line - 1]) if paths else f"line {bad.line}"
            say(f"{where}: {bad.reason}")
        if len(imported.bad_rows) > BAD_ROWS_SHOWN:
            say(f"{len(imported.bad_rows) - BAD_ROWS_SHOWN:,} more are bad (--json names all).")
    if imported.bad_rows:
        raise typer.Exit(BAD_ROWS)


def _in_words(imported: ImportedMedia) -> str:
    if not imported.kept:
        bad = counted(len(imported.bad_rows), "row")
        return f"Nothing was kept: {bad} of {imported.rows:,} {'is' if len(imported.bad_rows) == 1 else 'are'} bad."
    told = f"{counted(imported.added, 'media file')} added"
    told += f", {imported.updated:,} updated" if imported.updated else ""
    told += f", {imported.unchanged:,} there already" if imported.unchanged else ""
    told += f", {counted(len(imported.bad_rows), 'bad row')}" if imported.bad_rows else ""
    return f"{told}."


@contextlib.contextmanager
def _opened(name: str) -> Iterator[tuple[BinaryIO, str, int | None]]:
    """The rows, what they are by the name, and how many bytes if that is known. Raises BadUserInput."""
    from chowda.client.media_import import ANY, CSV, JSON_LINES

    kinds = {".csv": CSV, ".jsonl": JSON_LINES, ".ndjson": JSON_LINES}
    if name == STDIN:
        yield sys.stdin.buffer, ANY, None
        return
    path = Path(name)
    try:
        with path.open("rb") as file:
            yield file, kinds.get(path.suffix.lower(), ANY), path.stat().st_size
    except OSError as exc:
        raise BadUserInput(f"{name} can't be read: {exc.strerror or exc}.") from exc


def _documents(
    locations: Sequence[str], type: DocumentType | None, mime: str | None, duration: float | None
) -> list[MediaDocumentInput]:
    from chowda.client import MediaDocumentInput

    return [
        MediaDocumentInput(
            type=type or _type_of(location),
            location=location,
            mime=given(mime),
            duration_seconds=given(duration),
        )
        for location in locations
    ]


def _type_of(location: str) -> DocumentType:
    """By the name's end. Raises BadUserInput."""
    from chowda.media.document_types import document_type_of

    found = document_type_of(location.rsplit("/", 1)[-1])
    if found is None:
        raise BadUserInput(f"What {location!r} is can't be told by its name: say it with --type.")
    return DocumentType(found.value)


def _tell(media_file: MediaFile, as_json: bool) -> None:
    if as_json:
        write_json(media_file)
    else:
        typer.echo(f"{media_file.guid} has {counted(len(media_file.documents), 'document')}.")


def _columns() -> list[Column[MediaFile]]:
    return [
        Column("guid", lambda one: one.guid),
        Column("types", lambda one: list(dict.fromkeys(document.type.value for document in one.documents))),
        Column(
            "duration seconds", _seconds, lambda one: text(duration(_seconds(one))), "duration", right=True
        ),
        Column("size bytes", _size_bytes, lambda one: text(_size(one)), "size", right=True),
        Column("collections", lambda one: [collection.name for collection in one.collections], wide=True),
        Column("created", lambda one: one.created_at, least=120),
        Column(
            "locations", lambda one: [document.location for document in one.documents], wide=True, least=120
        ),
    ]


def _seconds(media_file: MediaFile) -> float | None:
    known = [d.duration_seconds for d in media_file.documents if d.duration_seconds is not None]
    return max(known, default=None)


def _size_bytes(media_file: MediaFile) -> int | None:
    known = [document.size_bytes for document in media_file.documents if document.size_bytes is not None]
    return sum(known) if known else None


def _size(media_file: MediaFile) -> str:
    size_bytes = _size_bytes(media_file)
    return "" if size_bytes is None else size(size_bytes)


def _details(media_file: MediaFile) -> RenderableType:
    from rich.console import Group

    documents: list[Column[MediaDocument]] = [
        Column("type", lambda one: one.type),
        Column("mime", lambda one: one.mime),
        Column("duration", lambda one: duration(one.duration_seconds), right=True),
        Column("size", lambda one: None if one.size_bytes is None else size(one.size_bytes), right=True),
        Column("location", lambda one: one.location, wide=True),
        Column("checksum", lambda one: one.checksum),
    ]
    head = fields(
        [
            ("GUID", media_file.guid),
            ("Collections", [collection.name for collection in media_file.collections] or None),
            ("Revision", media_file.revision),
            ("Created", media_file.created_at),
        ]
    )
    return Group(head, "", table(media_file.documents, documents))
