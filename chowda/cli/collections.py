"""`chowda collections`: create, show, change and delete collections of media files."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from chowda.cli.bulk import BulkOptions, DestructiveOptions, require_selection, run_bulk_actions
from chowda.cli.command import DEFAULT_URL, Url, connect, option_groups
from chowda.cli.guid_input import FromFile, Guids, read_guids
from chowda.cli.lookup import collection_ids, find_collection
from chowda.cli.options import AsJson, Descending, ListOptions, OutputFormat, Period, unset_if_none
from chowda.cli.output import Column, count_of, field_table, write_json, write_list, write_one
from chowda.client import CollectionSort
from chowda.errors import BadUserInput

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chowda.client import BulkResult, Chowda, Collection, CollectionFilter

CollectionArgument = Annotated[str, typer.Argument(metavar="COLLECTION", help="The collection's name or ID.")]

app = typer.Typer(no_args_is_help=True, help="Group media files into collections.")


@dataclass(frozen=True)
class CollectionOptions(Period):
    """Collections that match all of the options. An option with several values matches any of them."""

    text: Annotated[str | None, typer.Option(help="Collections with this in the name or description.")] = None
    guid: Annotated[list[str] | None, typer.Option(help="Collections with this media file.")] = None

    @property
    def filter(self) -> CollectionFilter:
        from chowda.client import CollectionFilter

        return CollectionFilter(text=self.text, guids=self.guid or None, created=self.input)


@app.command("list")
@option_groups
def list_collections(
    filters: CollectionOptions,
    options: ListOptions,
    sort: Annotated[CollectionSort, typer.Option(case_sensitive=False)] = CollectionSort.NAME,
    descending: Descending = None,
    url: Url = DEFAULT_URL,
) -> None:
    """List collections by name.

    Example: chowda collections list --text news
    """
    with connect(url) as chowda:
        collections = chowda.collections(filter=filters.filter, sort=sort, descending=descending)
        empty = "No collections found. Create one: chowda collections create NAME"
        write_list(collections, _columns(), options, empty)


@app.command("show")
@option_groups
def show(name: CollectionArgument, format: OutputFormat, url: Url = DEFAULT_URL) -> None:
    """Show a collection. `chowda media list --collection NAME` lists its media files.

    Example: chowda collections show "Evening news"
    """
    with connect(url) as chowda:
        collection = find_collection(chowda, name)
        write_one(collection, _columns(), format, lambda: _details(collection))


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name, which must be unique.")],
    guids: Guids = None,
    from_file: FromFile = None,
    description: Annotated[str | None, typer.Option(help="A description for people.")] = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Create a collection, empty or with media files.

    Example: chowda collections create "Evening news" --from guids.txt
    """
    with connect(url) as chowda:
        all_guids = read_guids(chowda, guids, from_file)
        created = chowda.create_collection(name, description=unset_if_none(description), guids=all_guids)
        _write_collection(created, as_json)


@app.command("edit")
def edit(
    collection: CollectionArgument,
    name: Annotated[str | None, typer.Option(help="The new name.")] = None,
    description: Annotated[str | None, typer.Option(help='The new description; "" removes it.')] = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Change a collection's name or description.

    Example: chowda collections edit "Evening news" --name "Late news"
    """
    if name is None and description is None:
        raise BadUserInput("Nothing to change. Use --name or --description.")
    with connect(url) as chowda:
        changed = chowda.update_collection(
            find_collection(chowda, collection).id,
            name=unset_if_none(name),
            description=unset_if_none(description),
        )
        _write_collection(changed, as_json)


@app.command("add")
@option_groups
def add(
    collection: CollectionArgument,
    options: BulkOptions,
    guids: Guids = None,
    from_file: FromFile = None,
    url: Url = DEFAULT_URL,
) -> None:
    """Add media files to a collection.

    Example: chowda collections add "Evening news" cpb-aacip-507-0r9m32nr3f --dry-run
    """
    with connect(url) as chowda:
        _change_files(chowda, chowda.add_many_to_collection, collection, guids, from_file, options)


@app.command("remove")
@option_groups
def remove(
    collection: CollectionArgument,
    options: BulkOptions,
    guids: Guids = None,
    from_file: FromFile = None,
    url: Url = DEFAULT_URL,
) -> None:
    """Remove media files from a collection. The media files stay in Chowda.

    Example: chowda collections remove "Evening news" --from guids.txt
    """
    with connect(url) as chowda:
        _change_files(chowda, chowda.remove_many_from_collection, collection, guids, from_file, options)


@app.command("delete")
@option_groups
def delete(
    filters: CollectionOptions,
    options: DestructiveOptions,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="COLLECTION", help="Names or IDs of collections.")
    ] = None,
    url: Url = DEFAULT_URL,
) -> None:
    """Delete collections. Their media files stay, and so do batches created from them.

    Example: chowda collections delete "Evening news" --yes
    """
    require_selection(names or (), filters.is_set, "collections", "chowda collections list")
    with connect(url) as chowda:
        ids = collection_ids(chowda, names)
        filter = None if ids else filters.filter
        action = functools.partial(chowda.delete_collections, ids=ids or None, filter=filter)
        run_bulk_actions([lambda dry_run: action(dry_run=dry_run)], options, named=bool(ids))


def _change_files(
    chowda: Chowda,
    change: Callable[..., BulkResult],
    collection: str,
    guids: Sequence[str] | None,
    from_file: str | None,
    options: BulkOptions,
) -> None:
    all_guids = read_guids(chowda, guids, from_file)
    if not all_guids:
        raise BadUserInput("No media files given. Name their GUIDs, or use --from with a file of GUIDs.")
    id = find_collection(chowda, collection).id
    run_bulk_actions([lambda dry_run: change(id, guids=all_guids, dry_run=dry_run)], options, named=True)


def _write_collection(collection: Collection, as_json: bool) -> None:
    if as_json:
        write_json(collection)
    else:
        count = count_of(collection.media_file_count, "media file")
        typer.echo(f"The collection {collection.name!r} ({collection.id}) has {count}.")


def _columns() -> list[Column[Collection]]:
    return [
        Column("collection", lambda collection: collection.id),
        Column("name", lambda collection: collection.name, wide=True),
        Column("media files", lambda collection: collection.media_file_count, title="files", right=True),
        Column("created", lambda collection: collection.created_at, min_width=100),
        Column("description", lambda collection: collection.description, wide=True),
    ]


def _details(collection: Collection) -> RenderableType:
    return field_table(
        [
            ("Name", collection.name),
            ("ID", collection.id),
            ("Description", collection.description),
            ("Media files", collection.media_file_count),
            ("Created", collection.created_at),
        ]
    )
