"""Confirmation of actions that can't be undone."""

from __future__ import annotations

import sys
from collections.abc import Callable

import typer

from chowda.cli.output import print_note

NOT_CONFIRMED = 2


def is_interactive() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def confirm(effect: Callable[[], str]) -> None:
    """Shows the effect and asks whether to continue. Exits if the answer is no. Does not ask without a terminal."""
    if is_interactive() and not typer.confirm(f"{effect()} Continue?", err=True):
        print_note("Nothing was changed.")
        raise typer.Exit(NOT_CONFIRMED)
