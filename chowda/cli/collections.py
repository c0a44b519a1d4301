"""`chowda collections`: media files that belong together."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from chowda.cli.bulk import Destroying, Doing, perform
from chowda.cli.command import asks
from chowda.cli.guid_input import FromFile, Guids, known_guids
from chowda.cli.lookup import collection_named
from chowda.cli.options import AsJson, Descending, Form, Listing, Period, given
from chowda.cli.output import Column, counted, fields, write_json, write_list, write_one
from chowda.cli.run_selection import refuse_both
from chowda.client import CollectionSort
from chowda.errors import BadUserInput

if TYPE_CHECKING:
    from chowda.client import BulkResult, Chowda, Collection, CollectionFilter

CollectionArgument = Annotated[
    str, typer.Argument(metavar="COLLECTION", help="A collection's name, or its ID.")
]

app = typer.Typer(no_args_is_help=True, help="Keep media files together that belong together.")


@dataclass(frozen=True)
class CollectionChoice(Period):
    """Which collections."""

    text: Annotated[str | None, typer.Option(help="In the name or description.")] = None
    guid: Annotated[list[str] | None, typer.Option(help="With this media file.")] = None

    @property
    def filter(self) -> CollectionFilter:
        from chowda.client import CollectionFilter

        return CollectionFilter(text=self.text, guids=self.guid or None, created=self.input)


@app.command("list")
@asks
def list_collections(
    chowda: Chowda,
    choice: CollectionChoice,
    listing: Listing,
    sort: Annotated[CollectionSort, typer.Option(case_sensitive=False)] = CollectionSort.NAME,
    descending: Descending = None,
) -> None:
    """List collections by name.

    Example: chowda collections list --text news
    """
    found = chowda.collections(filter=choice.filter, sort=sort, descending=descending)
    empty = "There are no such collections. Create one: chowda collections create NAME"
    write_list(found, _columns(), listing, empty)


@app.command("show")
@asks
def show(chowda: Chowda, name: CollectionArgument, form: Form) -> None:
    """Show a collection; `chowda media list --collection NAME` lists what is in it.

    Example: chowda collections show "Evening news"
    """
    shown = collection_named(chowda, name)
    write_one(
        shown,
        _columns(),
        form,
        lambda: fields(
            [
                ("Name", shown.name),
                ("ID", shown.id),
                ("Description", shown.description),
                ("Media files", shown.media_file_count),
                ("Created", shown.created_at),
            ]
        ),
    )


@app.command("create")
@asks
def create(
    chowda: Chowda,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Unique.")],
    guids: Guids = None,
    from_file: FromFile = None,
    description: Annotated[str | None, typer.Option()] = None,
    as_json: AsJson = False,
) -> None:
    """Create a collection, empty or of media files.

    Example: chowda collections create "Evening news" --from guids.txt
    """
    chosen = known_guids(chowda, guids, from_file)
    _tell(chowda.create_collection(name, description=given(description), guids=chosen), as_json)


@app.command("edit")
@asks
def edit(
    chowda: Chowda,
    collection: CollectionArgument,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    description: Annotated[str | None, typer.Option(help='Another description; "" takes it away.')] = None,
    as_json: AsJson = False,
) -> None:
    """Change a collection's name or description.

    Example: chowda collections edit "Evening news" --name "Late news"
    """
    if name is None and description is None:
        raise BadUserInput("Say what to change: --name or --description.")
    found = collection_named(chowda, collection)
    _tell(chowda.update_collection(found.id, name=given(name), description=given(description)), as_json)


@app.command("add")
@asks
def add(
    chowda: Chowda,
    collection: CollectionArgument,
    doing: Doing,
    guids: Guids = None,
    from_file: FromFile = None,
) -> None:
    """Put media files into a collection.

    Example: chowda collections add "Evening news" cpb-aacip-507-0r9m32nr3f --dry-run
    """
    _change(chowda, chowda.add_many_to_collection, collection, guids, from_file, doing)


@app.command("remove")
@asks
def remove(
    chowda: Chowda,
    collection: CollectionArgument,
    doing: Doing,
    guids: Guids = None,
    from_file: FromFile = None,
) -> None:
    """Take media files out of a collection; the files themselves stay.

    Example: chowda collections remove "Evening news" --from guids.txt
    """
    _change(chowda, chowda.remove_many_from_collection, collection, guids, from_file, doing)


@app.command("delete")
@asks
def delete(
    chowda: Chowda,
    choice: CollectionChoice,
    doing: Destroying,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="COLLECTION", help="Names or IDs of collections.")
    ] = None,
) -> None:
    """Delete collections; their media files stay, and so do batches made from them.

    Example: chowda collections delete "Evening news" --yes
    """
    refuse_both(names or (), choice != CollectionChoice(), "collections", "chowda collections list")
    ids = [collection_named(chowda, name).id for name in names or ()]
    call = functools.partial(
        chowda.delete_collections, ids=ids or None, filter=None if ids else choice.filter
    )
    perform([lambda dry_run: call(dry_run=dry_run)], doing, named=bool(ids))


def _change(
    chowda: Chowda,
    change: Callable[..., BulkResult],
    collection: str,
    guids: Sequence[str] | None,
    from_file: str | None,
    doing: Doing,
) -> None:
    chosen = known_guids(chowda, guids, from_file)
    if not chosen:
        raise BadUserInput("Say which media files: by their GUIDs, or --from a file with them.")
    id = collection_named(chowda, collection).id
    perform([lambda dry_run: change(id, guids=chosen, dry_run=dry_run)], doing, named=True)


def _tell(collection: Collection, as_json: bool) -> None:
    if as_json:
        write_json(collection)
    else:
        count = counted(collection.media_file_count, "media file")
        typer.echo(f"The collection {collection.name!r} ({collection.id}) has {count}.")


def _columns() -> list[Column[Collection]]:
    return [
        Column("collection", lambda one: one.id),
        Column("name", lambda one: one.name, wide=True),
        Column("media files", lambda one: one.media_file_count, title="files", right=True),
        Column("created", lambda one: one.created_at, least=100),
        Column("description", lambda one: one.description, wide=True),
    ]
