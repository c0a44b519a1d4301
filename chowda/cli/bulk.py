"""Actions on many items: their options, confirmation and results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from chowda.cli.command import OptionGroup
from chowda.cli.confirm import confirm
from chowda.cli.options import AsJson, DryRun, Yes
from chowda.cli.output import print_note, write_json_rows
from chowda.errors import BadUserInput, ErrorCode

if TYPE_CHECKING:
    from chowda.client import BulkResult

BulkAction = Callable[[bool], "BulkResult"]
"""Takes whether it is a dry run."""
UNCHANGED_SHOWN = 20
SOME_UNCHANGED = 2


@dataclass(frozen=True)
class BulkOptions(OptionGroup):
    dry_run: DryRun = False
    as_json: AsJson = False


@dataclass(frozen=True)
class DestructiveOptions(BulkOptions):
    """For an action that can't be undone."""

    yes: Yes = False


def require_selection(names: Sequence[str], has_filters: bool, plural: str, list_command: str) -> None:
    """Raises BadUserInput unless the items are selected either by name or by filters."""
    if bool(names) == has_filters:
        raise BadUserInput(
            f"Select the {plural} by name or ID, or with options such as --text WORD, but not both. "
            f"`{list_command}` lists them."
        )


def run_bulk_actions(
    actions: Sequence[BulkAction],
    options: BulkOptions,
    *,
    named: bool,
    hints: Mapping[ErrorCode, str] | None = None,
) -> None:
    """Runs the actions and shows their results.

    If the items were `named`, exits with status 2 when one is unchanged. `hints` are shown after the unchanged items,
    by error code.
    """
    if isinstance(options, DestructiveOptions) and not options.dry_run and not options.yes:
        confirm(lambda: " ".join(action(True).message for action in actions))
    results = [action(options.dry_run) for action in actions]
    if options.as_json:
        write_json_rows(results)
    else:
        for result in results:
            _write_result(result)
        codes = {item.code for result in results for item in result.unchanged}
        for code, hint in (hints or {}).items():
            if code in codes:
                print_note(hint)
    if named and any(result.unchanged for result in results):
        raise typer.Exit(SOME_UNCHANGED)


def _write_result(result: BulkResult) -> None:
    typer.echo(result.message)
    for item in result.unchanged[:UNCHANGED_SHOWN]:
        print_note(f"{item.id}: {item.message}")
    if len(result.unchanged) > UNCHANGED_SHOWN:
        print_note(f"{len(result.unchanged) - UNCHANGED_SHOWN:,} more are unchanged (--json lists all).")
