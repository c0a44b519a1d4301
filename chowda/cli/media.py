"""`chowda media`: list, add, change and delete media files."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from chowda.cli.bulk import DestructiveOptions, require_selection, run_bulk_actions
from chowda.cli.command import DEFAULT_URL, Url, connect, option_groups
from chowda.cli.lookup import batch_ids, collection_ids, find_app
from chowda.cli.options import AsJson, Descending, ListOptions, OutputFormat, Period, unset_if_none
from chowda.cli.output import (
    Column,
    cell,
    count_of,
    duration,
    field_table,
    size,
    table,
    write_json,
    write_list,
    write_one,
)
from chowda.client import DocumentType, MediaFileSort
from chowda.errors import BadUserInput

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chowda.client import Chowda, MediaDocument, MediaDocumentInput, MediaFile, MediaFileFilter

GuidArgument = Annotated[str, typer.Argument(metavar="GUID", help="The media file's GUID.")]
Locations = Annotated[
    list[str],
    typer.Argument(
        metavar="LOCATION", help="The location of each document, as the apps see it: file:///… or a URI."
    ),
]
Type = Annotated[
    DocumentType | None,
    typer.Option(
        "--type",
        case_sensitive=False,
        help="The type of the documents. Default: by file extension.",
        show_default=False,
    ),
]
Mime = Annotated[str | None, typer.Option(help="The MIME type, e.g. video/mp4.")]


def _parse_duration(text: str) -> float:
    from chowda.media.durations import parse_duration

    try:
        return parse_duration("The duration", text)
    except BadUserInput as exc:
        raise typer.BadParameter(exc.message) from None


DurationSeconds = Annotated[
    float | None,
    typer.Option(
        "--duration",
        parser=_parse_duration,
        metavar="SECONDS",
        help="The duration, used for estimates: seconds or HH:MM:SS.",
    ),
]

app = typer.Typer(
    no_args_is_help=True, help="Find media files, and add them one by one or by the hundred thousand."
)


@dataclass(frozen=True)
class MediaOptions(Period):
    """Media files that match all of the options. An option with several values matches any of them."""

    text: Annotated[str | None, typer.Option(help="Files with this in the GUID.")] = None
    guid: Annotated[list[str] | None, typer.Option(help="The file with this GUID.")] = None
    batch: Annotated[list[str] | None, typer.Option(help="Files of this batch (name or ID).")] = None
    collection: Annotated[list[str] | None, typer.Option(help="Files of this collection (name or ID).")] = (
        None
    )
    type: Annotated[
        list[DocumentType] | None,
        typer.Option(case_sensitive=False, help="Files with a document of this type."),
    ] = None
    mime: Annotated[
        list[str] | None,
        typer.Option(help="Files with a document of this MIME type; video/ stands for all video types."),
    ] = None
    no_output_of: Annotated[
        str | None, typer.Option(metavar="APP", help="Files not yet processed by this app (name or ID).")
    ] = None
    older_than: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION",
            help="With --no-output-of: also files processed only by versions older than this, e.g. v8.10.",
        ),
    ] = None
    has_input: Annotated[
        bool | None,
        typer.Option(
            "--has-input/--no-input",
            help="Files with or without an input MMIF in a batch.",
            show_default=False,
        ),
    ] = None

    def filter(self, chowda: Chowda) -> MediaFileFilter:
        from chowda.client import MediaFileFilter, NoOutputInput

        if self.older_than is not None and self.no_output_of is None:
            raise BadUserInput("--older-than needs --no-output-of APP.")
        no_output = self.no_output_of and NoOutputInput(
            app=find_app(chowda, self.no_output_of).id, older_than=self.older_than
        )
        return MediaFileFilter(
            text=self.text,
            guids=self.guid or None,
            batches=batch_ids(chowda, self.batch) or None,
            collections=collection_ids(chowda, self.collection) or None,
            types=self.type or None,
            mimes=self.mime or None,
            no_output_of=no_output or None,
            has_input_mmif=self.has_input,
            created=self.input,
        )


@app.command("list")
@option_groups
def list_media(
    filters: MediaOptions,
    options: ListOptions,
    sort: Annotated[MediaFileSort, typer.Option(case_sensitive=False)] = MediaFileSort.CREATED,
    descending: Descending = None,
    url: Url = DEFAULT_URL,
) -> None:
    """List media files, newest first.

    Example: chowda media list --collection news --no-output-of whisper --older-than v10 --csv --all
    """
    with connect(url) as chowda:
        files = chowda.media_files(filter=filters.filter(chowda), sort=sort, descending=descending)
        empty = "No media files found. Add some: chowda media import FILE, or chowda media scan DIR --add"
        write_list(files, _columns(), options, empty)


@app.command("show")
@option_groups
def show(guid: GuidArgument, format: OutputFormat, url: Url = DEFAULT_URL) -> None:
    """Show a media file. `chowda runs files --guid GUID` lists its runs, `chowda mmif list --guid GUID` its MMIF.

    Example: chowda media show cpb-aacip-507-0r9m32nr3f
    """
    with connect(url) as chowda:
        file = chowda.media_file(guid)
        write_one(file, _columns(), format, lambda: _details(file))


@app.command("add")
def add(
    guid: GuidArgument,
    locations: Locations,
    type: Type = None,
    mime: Mime = None,
    duration: DurationSeconds = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Add one media file. Adding the same file again changes nothing.

    Example: chowda media add cpb-aacip-507-0r9m32nr3f file:///data/cpb-aacip-507-0r9m32nr3f.mp4
    """
    from chowda.client import MediaFileInput

    documents = _documents(locations, type, mime, duration)
    with connect(url) as chowda:
        [added] = chowda.add_media_files([MediaFileInput(guid=guid, documents=documents)])
    _write_media_file(added, as_json)


@app.command("update")
def update(
    guid: GuidArgument,
    locations: Locations,
    type: Type = None,
    mime: Mime = None,
    duration: DurationSeconds = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Replace the documents of a media file. Its MMIF stay.

    Example: chowda media update cpb-aacip-507-0r9m32nr3f file:///new/cpb-aacip-507-0r9m32nr3f.mp4
    """
    documents = _documents(locations, type, mime, duration)
    with connect(url) as chowda:
        current = chowda.media_file(guid)
        updated = chowda.update_media_file(guid, documents, revision=current.revision)
    _write_media_file(updated, as_json)


@app.command("delete")
@option_groups
def delete(
    filters: MediaOptions,
    options: DestructiveOptions,
    guids: Annotated[list[str] | None, typer.Argument(metavar="GUID", help="GUIDs of media files.")] = None,
    url: Url = DEFAULT_URL,
) -> None:
    """Delete media files that are in no batch and no collection and have no MMIF.

    Example: chowda media delete cpb-aacip-507-0r9m32nr3f --yes
    """
    require_selection(guids or (), filters.is_set, "media files", "chowda media list")
    with connect(url) as chowda:
        filter = None if guids else filters.filter(chowda)
        action = functools.partial(chowda.delete_media_files, guids=guids or None, filter=filter)
        run_bulk_actions([lambda dry_run: action(dry_run=dry_run)], options, named=bool(guids))


def _documents(
    locations: Sequence[str], type: DocumentType | None, mime: str | None, duration: float | None
) -> list[MediaDocumentInput]:
    from chowda.client import MediaDocumentInput

    return [
        MediaDocumentInput(
            type=type or _type_of(location),
            location=location,
            mime=unset_if_none(mime),
            duration_seconds=unset_if_none(duration),
        )
        for location in locations
    ]


def _type_of(location: str) -> DocumentType:
    """By the file extension. Raises BadUserInput."""
    from chowda.media.document_types import document_type_of

    document_type = document_type_of(location.rsplit("/", 1)[-1])
    if document_type is None:
        raise BadUserInput(f"The type of {location!r} is not clear from its name. Set it with --type.")
    return DocumentType(document_type.value)


def _write_media_file(file: MediaFile, as_json: bool) -> None:
    if as_json:
        write_json(file)
    else:
        typer.echo(f"{file.guid} has {count_of(len(file.documents), 'document')}.")


def _columns() -> list[Column[MediaFile]]:
    return [
        Column("guid", lambda file: file.guid),
        Column("types", lambda file: list(dict.fromkeys(document.type.value for document in file.documents))),
        Column(
            "duration seconds",
            _duration_seconds,
            lambda file: cell(duration(_duration_seconds(file))),
            "duration",
            right=True,
        ),
        Column("size bytes", _size_bytes, lambda file: cell(_size_text(file)), "size", right=True),
        Column("collections", lambda file: [collection.name for collection in file.collections], wide=True),
        Column("created", lambda file: file.created_at, min_width=120),
        Column(
            "locations",
            lambda file: [document.location for document in file.documents],
            wide=True,
            min_width=120,
        ),
    ]


def _duration_seconds(file: MediaFile) -> float | None:
    """Of the longest document."""
    durations = [d.duration_seconds for d in file.documents if d.duration_seconds is not None]
    return max(durations, default=None)


def _size_bytes(file: MediaFile) -> int | None:
    """Of all documents together."""
    sizes = [document.size_bytes for document in file.documents if document.size_bytes is not None]
    return sum(sizes) if sizes else None


def _size_text(file: MediaFile) -> str:
    size_bytes = _size_bytes(file)
    return "" if size_bytes is None else size(size_bytes)


def _details(file: MediaFile) -> RenderableType:
    from rich.console import Group

    documents: list[Column[MediaDocument]] = [
        Column("type", lambda document: document.type),
        Column("mime", lambda document: document.mime),
        Column("duration", lambda document: duration(document.duration_seconds), right=True),
        Column(
            "size",
            lambda document: None if document.size_bytes is None else size(document.size_bytes),
            right=True,
        ),
        Column("location", lambda document: document.location, wide=True),
        Column("checksum", lambda document: document.checksum),
    ]
    head = field_table(
        [
            ("GUID", file.guid),
            ("Collections", [collection.name for collection in file.collections] or None),
            ("Revision", file.revision),
            ("Created", file.created_at),
        ]
    )
    return Group(head, "", table(file.documents, documents))
