"""The output of commands: tables for people, JSON and CSV for scripts.

Names and messages that others wrote are shown as text, never as markup.
"""

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

    from chowda.cli.options import ListOptions, OutputFormat
    from chowda.client import Pages

T = TypeVar("T")
PIPED_WIDTH = 10_000
"Columns of a table outside of a terminal: nothing is cut off."


@dataclass(frozen=True)
class Column(Generic[T]):
    """A column of a table, and of a CSV, where the header is `name`.

    Scripts get `value`. People see `shown` if it is set, under `title` if it is set. A `wide` column takes the room
    that is left and is cut if necessary. A terminal narrower than `min_width` omits the column.
    """

    name: str
    value: Callable[[T], Any]
    shown: Callable[[T], RenderableType] | None = None
    title: str | None = None
    wide: bool = False
    right: bool = False
    min_width: int = 0


def write_list(pages: Pages[T], columns: Sequence[Column[T]], options: ListOptions, empty: str) -> None:
    """`empty` is shown to people if the list has no entries."""
    _check_format(options)
    rows = pages if options.everything else pages.first(options.limit)
    if options.as_json:
        write_json_rows(rows)
    elif options.as_csv:
        write_csv(rows, columns)
    else:
        shown = list(rows)
        if not shown:
            typer.echo(empty)
            return
        console().print(table(shown, columns))
    if not options.everything:
        _note_more(pages, len(rows), options.limit)  # type: ignore[arg-type]


def write_rows(
    rows: Sequence[T], columns: Sequence[Column[T]], format: OutputFormat, empty: str = "No entries."
) -> None:
    """Like write_list, for a list that is complete."""
    _check_format(format)
    if format.as_json:
        write_json_rows(rows)
    elif format.as_csv:
        write_csv(rows, columns)
    elif rows:
        console().print(table(rows, columns))
    else:
        typer.echo(empty)


def write_one(
    item: T, columns: Sequence[Column[T]], format: OutputFormat, details: Callable[[], RenderableType]
) -> None:
    """People see `details`; a CSV has one row."""
    _check_format(format)
    if format.as_json:
        write_json(item)
    elif format.as_csv:
        write_csv([item], columns)
    else:
        console().print(details())


def write_json(document: object) -> None:
    """On one line."""
    import msgspec

    typer.echo(msgspec.json.encode(document).decode())


def write_json_rows(rows: Iterable[object]) -> None:
    """An array with one row on each line, written as the rows arrive."""
    import msgspec

    separator = "["
    for row in rows:
        sys.stdout.write(f"{separator}{msgspec.json.encode(row).decode()}")
        separator = ",\n "
    sys.stdout.write("[]\n" if separator == "[" else "]\n")


def write_csv(rows: Iterable[T], columns: Sequence[Column[T]], *, header: bool = True) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if header:
        writer.writerow([column.name.replace(" ", "_") for column in columns])
    for row in rows:
        writer.writerow([_csv_value(column.value(row)) for column in columns])


def table(rows: Iterable[T], columns: Sequence[Column[T]]) -> Table:
    from rich.table import Table

    width = console().width
    result = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", expand=width < PIPED_WIDTH)
    columns = [column for column in columns if column.min_width <= width]
    for column in columns:
        result.add_column(
            (column.name if column.title is None else column.title).upper(),
            ratio=1 if column.wide else None,
            no_wrap=True,
            overflow="ellipsis",
            justify="right" if column.right else "left",
        )
    for row in rows:
        result.add_row(
            *(column.shown(row) if column.shown else cell(column.value(row)) for column in columns)
        )
    return result


def field_table(pairs: Iterable[tuple[str, Any]]) -> Table:
    """One name and value on each line, without those that have no value."""
    from rich.table import Table
    from rich.text import Text

    result = Table.grid(padding=(0, 2, 0, 0))
    result.add_column(no_wrap=True)
    result.add_column(overflow="fold")
    for name, value in pairs:
        if value is not None and value != "":
            result.add_row(Text(name, "dim"), value if hasattr(value, "__rich_console__") else cell(value))
    return result


def cell(value: object) -> RenderableType:
    """A value for people."""
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
            return Text(printable(", ".join(map(str, value))))
        case _:
            return Text(printable(str(value)))


def printable(text: str) -> str:
    """Replaces control characters, which could steer the terminal, by spaces."""
    return "".join(character if character.isprintable() else " " for character in text)


def size(size_bytes: int) -> str:
    """`812 B`, `4.1 kB`, `20.0 MB`, `1.3 GB`."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    amount = float(size_bytes)
    for unit in ("kB", "MB", "GB"):
        amount /= 1000
        if amount < 1000:
            return f"{amount:.1f} {unit}"
    return f"{amount / 1000:.1f} TB"


def duration(seconds: float | None) -> str:
    """`0:07`, `12:40`, `3:02:09`; empty if it is unknown."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def count_of(number: int, noun: str, plural: str | None = None) -> str:
    """`1 file`, `1,200 files`."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def console() -> Console:
    """As wide as the terminal. Output to a file or pipe is not cut."""
    from rich.console import Console

    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        return Console()
    return Console(width=PIPED_WIDTH)


def print_note(message: str) -> None:
    """Writes a message for people to stderr, separate from the output for scripts."""
    typer.echo(message, err=True)


def _check_format(format: OutputFormat) -> None:
    if format.as_json and format.as_csv:
        raise BadUserInput("Use either --json or --csv, not both.")


def _note_more(pages: Pages[Any], shown: int, limit: int) -> None:
    if shown < limit:
        return
    total = pages.page(1, counted=True).total_count
    if total is None:
        print_note(f"Showing the first {shown:,}. Use --all to show all.")
    elif total.count > shown:
        count = f"{'' if total.exact else 'about '}{total.count:,}"
        print_note(f"Showing the first {shown:,} of {count}. Use --all to show all.")


def _csv_value(value: Any) -> Any:
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
