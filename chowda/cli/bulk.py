"""The same for many: what was done, and what was not and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from chowda.cli.command import Options
from chowda.cli.confirm import confirm
from chowda.cli.options import AsJson, DryRun, Yes
from chowda.cli.output import say, write_json_rows
from chowda.errors import ErrorCode

if TYPE_CHECKING:
    from chowda.client import BulkResult

Call = Callable[[bool], "BulkResult"]
"""Does it, or with True says what it would do."""
UNCHANGED_SHOWN = 20
LEFT_AS_IT_WAS = 2


@dataclass(frozen=True)
class Doing(Options):
    """How something is done to many."""

    dry_run: DryRun = False
    as_json: AsJson = False


@dataclass(frozen=True)
class Destroying(Doing):
    """How something is done that can't be taken back."""

    yes: Yes = False


def perform(
    calls: Sequence[Call], doing: Doing, *, named: bool, hints: Mapping[ErrorCode, str] | None = None
) -> None:
    """`named`: each was named, so that exit status 2 says that one was left as it was.

    `hints`: what to do about unchanged items, by their error code.
    """
    if isinstance(doing, Destroying) and not doing.dry_run and not doing.yes:
        confirm(lambda: " ".join(call(True).message for call in calls))
    results = [call(doing.dry_run) for call in calls]
    if doing.as_json:
        write_json_rows(results)
    else:
        for result in results:
            _tell(result)
        codes = {item.code for result in results for item in result.unchanged}
        for code, hint in (hints or {}).items():
            if code in codes:
                say(hint)
    if named and any(result.unchanged for result in results):
        raise typer.Exit(LEFT_AS_IT_WAS)


def _tell(result: BulkResult) -> None:
    typer.echo(result.message)
    for item in result.unchanged[:UNCHANGED_SHOWN]:
        say(f"{item.id}: {item.message}")
    if len(result.unchanged) > UNCHANGED_SHOWN:
        say(f"{len(result.unchanged) - UNCHANGED_SHOWN:,} more were left as they were (--json names all).")
