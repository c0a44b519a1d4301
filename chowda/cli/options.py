"""Options and arguments that several commands have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from chowda.cli.command import Options

if TYPE_CHECKING:
    from msgspec import UnsetType

    from chowda.client import PeriodInput

T = TypeVar("T")


def moment(text: str) -> datetime:
    """A day or a time; without a time zone it is one of this machine's."""
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no time; it looks like 2026-01-31 or 2026-01-31T12:00."
        ) from None


def time_option(help: str) -> object:
    return typer.Option(parser=moment, metavar="TIME", help=help)


AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="CSV for scripts and spreadsheets.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask whether it is meant.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
Descending = Annotated[
    bool | None,
    typer.Option("--descending/--ascending", help="By default as suits the sort.", show_default=False),
]


@dataclass(frozen=True)
class Form(Options):
    """How what is shown is written."""

    as_json: AsJson = False
    as_csv: AsCsv = False


@dataclass(frozen=True)
class Listing(Form):
    """How much of a list is shown, and how."""

    limit: Annotated[int, typer.Option(min=1, help="Show at most so many.")] = 50
    everything: Annotated[bool, typer.Option("--all", help="Show all, however many.")] = False


@dataclass(frozen=True)
class Period(Options):
    """When something was made or started."""

    since: Annotated[datetime | None, time_option("From this day or time on.")] = None
    until: Annotated[datetime | None, time_option("Before this day or time.")] = None

    @property
    def input(self) -> PeriodInput | None:
        from chowda.client import PeriodInput

        return PeriodInput(from_=self.since, to=self.until) if self.since or self.until else None


def given(value: T | None) -> T | UnsetType:
    """What was not given is not sent."""
    from msgspec import UNSET

    return UNSET if value is None else value
