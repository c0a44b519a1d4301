"""What commands write: tables for people, JSON and CSV for scripts. What others wrote is text, never markup."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import typer

from chowda.errors import BadUserInput

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

    from chowda.cli.options import Form, Listing
    from chowda.client import Pages

T = TypeVar("T")
PIPED_WIDTH = 10_000
"Columns of a table that no terminal shows: nothing of it is cut off."


@dataclass(frozen=True)
class Column(Generic[T]):
    """Of a table, and of a CSV under its name.

    `value` is what a script gets, and people too unless `shown` says otherwise; `title` is its name for them. A
    `wide` one takes the room that is left and is cut where there is too little; on a terminal that is narrower
    than `least` it is left out.
    """

    name: str
    value: Callable[[T], Any]
    shown: Callable[[T], RenderableType] | None = None
    title: str | None = None
    wide: bool = False
    right: bool = False
    least: int = 0


def write_list(pages: Pages[T], columns: Sequence[Column[T]], listing: Listing, empty: str) -> None:
    """`empty`: said to people instead of a table without rows."""
    _check(listing)
    rows = pages if listing.everything else pages.first(listing.limit)
    if listing.as_json:
        write_json_rows(rows)
    elif listing.as_csv:
        write_csv(rows, columns)
    else:
        shown = list(rows)
        if not shown:
            typer.echo(empty)
            return
        console().print(table(shown, columns))
    if not listing.everything:
        _say_more(pages, len(rows), listing.limit)  # type: ignore[arg-type]


def write_rows(rows: Sequence[T], columns: Sequence[Column[T]], form: Form, empty: str = "Nothing.") -> None:
    """As write_list, of a list that is had already."""
    _check(form)
    if form.as_json:
        write_json_rows(rows)
    elif form.as_csv:
        write_csv(rows, columns)
    elif rows:
        console().print(table(rows, columns))
    else:
        typer.echo(empty)


def write_one(
    item: T, columns: Sequence[Column[T]], form: Form, details: Callable[[], RenderableType]
) -> None:
    """`details`: for people. A CSV has one row."""
    _check(form)
    if form.as_json:
        write_json(item)
    elif form.as_csv:
        write_csv([item], columns)
    else:
        console().print(details())


def write_json(document: object) -> None:
    """On one line."""
    import msgspec

    typer.echo(msgspec.json.encode(document).decode())


def write_json_rows(rows: Iterable[object]) -> None:
    """An array, a row on each line, written as they come."""
    import msgspec

    before = "["
    for row in rows:
        sys.stdout.write(f"{before}{msgspec.json.encode(row).decode()}")
        before = ",\n "
    sys.stdout.write("[]\n" if before == "[" else "]\n")


def write_csv(rows: Iterable[T], columns: Sequence[Column[T]], *, header: bool = True) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if header:
        writer.writerow([column.name.replace(" ", "_") for column in columns])
    for row in rows:
        writer.writerow([_cell(column.value(row)) for column in columns])


def table(rows: Iterable[T], columns: Sequence[Column[T]]) -> Table:
    from rich.table import Table

    width = console().width
    made = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", expand=width < PIPED_WIDTH)
    columns = [column for column in columns if column.least <= width]
    for column in columns:
        made.add_column(
            (column.name if column.title is None else column.title).upper(),
            ratio=1 if column.wide else None,
            no_wrap=True,
            overflow="ellipsis",
            justify="right" if column.right else "left",
        )
    for row in rows:
        made.add_row(*(column.shown(row) if column.shown else text(column.value(row)) for column in columns))
    return made


def fields(pairs: Iterable[tuple[str, Any]]) -> Table:
    """Names and values below one another; those without a value are left out."""
    from rich.table import Table
    from rich.text import Text

    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in pairs:
        if value is not None and value != "":
            made.add_row(Text(name, "dim"), value if hasattr(value, "__rich_console__") else text(value))
    return made


def text(value: object) -> RenderableType:
    """For people."""
    from rich.text import Text

    match value:
        case None:
            return Text("")
        case bool():
            return Text("yes" if value else "no")
        case int():
            return Text(f"{value:,}")
        case float():
            return Text(f"{value:g}")
        case datetime():
            return Text(f"{value.astimezone():%Y-%m-%d %H:%M:%S}")
        case list() | tuple():
            return Text(visible(", ".join(map(str, value))))
        case _:
            return Text(visible(str(value)))


def visible(words: str) -> str:
    """Without what would steer the terminal: an app's message may hold anything."""
    return "".join(character if character.isprintable() else " " for character in words)


def size(size_bytes: int) -> str:
    """`812 B`, `4.1 kB`, `20.0 MB`, `1.3 GB`."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    shown = float(size_bytes)
    for unit in ("kB", "MB", "GB"):
        shown /= 1000
        if shown < 1000:
            return f"{shown:.1f} {unit}"
    return f"{shown / 1000:.1f} TB"


def duration(seconds: float | None) -> str:
    """`0:07`, `12:40`, `3:02:09`; nothing where it is not known."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def console() -> Console:
    """As wide as the terminal; what goes elsewhere is not cut."""
    from rich.console import Console

    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        return Console()
    return Console(width=PIPED_WIDTH)


def say(message: str) -> None:
    """To a person, beside what a script reads."""
    typer.echo(message, err=True)


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """`1 file`, `1,200 files`."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def _check(form: Form) -> None:
    if form.as_json and form.as_csv:
        raise BadUserInput("Either --json or --csv, not both.")


def _say_more(pages: Pages[Any], shown: int, limit: int) -> None:
    if shown < limit:
        return
    total = pages.page(1, counted=True).total_count
    if total is None:
        say(f"The first {shown:,}. --all shows all.")
    elif total.count > shown:
        say(f"The first {shown:,} of {'' if total.exact else 'about '}{total.count:,}. --all shows all.")


def _cell(value: Any) -> Any:
    """As scripts read it."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat()
        case list() | tuple():
            return " ".join(map(str, value))
        case _:
            return value
