"""Asking a person whether what can't be taken back is meant."""

from __future__ import annotations

import sys
from collections.abc import Callable

import typer

from chowda.cli.output import say

NOT_DONE = 2


def at_terminal() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def confirm(effect: Callable[[], str]) -> None:
    """`effect`: it in words and numbers. Where nobody sits at a terminal, nobody is asked."""
    if at_terminal() and not typer.confirm(f"{effect()} Go on?", err=True):
        say("Nothing was changed.")
        raise typer.Exit(NOT_DONE)
