"""Options that several commands have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from chowda.cli.command import OptionGroup
from chowda.utc_time import TimeOutOfRange, parse_utc

if TYPE_CHECKING:
    from msgspec import UnsetType

    from chowda.client import PeriodInput

T = TypeVar("T")


def parse_time(text: str) -> datetime:
    """Reads a date or a time. Without a time zone it is local time."""
    try:
        return parse_utc(text, assume_local=True).astimezone()
    except TimeOutOfRange as exc:
        raise typer.BadParameter(f"The time is {text!r}. {exc}") from None
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not a time. Write it like 2026-01-31 or 2026-01-31T12:00."
        ) from None


def time_option(help: str) -> object:
    return typer.Option(parser=parse_time, metavar="TIME", help=help)


AsJson = Annotated[bool, typer.Option("--json", help="Write JSON, for scripts.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Write CSV, for scripts and spreadsheets.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")]
Descending = Annotated[
    bool | None,
    typer.Option(
        "--descending/--ascending", help="Order. The default depends on --sort.", show_default=False
    ),
]


@dataclass(frozen=True)
class OutputFormat(OptionGroup):
    """The format of the output: for people, JSON or CSV."""

    as_json: AsJson = False
    as_csv: AsCsv = False


@dataclass(frozen=True)
class ListOptions(OutputFormat):
    """The length and format of a list."""

    limit: Annotated[int, typer.Option(min=1, help="Show at most this many entries.")] = 50
    everything: Annotated[bool, typer.Option("--all", help="Show all entries.")] = False


@dataclass(frozen=True)
class Period(OptionGroup):
    """When an item was created or started."""

    since: Annotated[datetime | None, time_option("Since this date or time.")] = None
    until: Annotated[datetime | None, time_option("Before this date or time.")] = None

    @property
    def input(self) -> PeriodInput | None:
        from chowda.client import PeriodInput

        return PeriodInput(from_=self.since, to=self.until) if self.since or self.until else None


def unset_if_none(value: T | None) -> T | UnsetType:
    """The value of an input field: UNSET, which is not sent, for an option that is not given."""
    from msgspec import UNSET

    return UNSET if value is None else value
