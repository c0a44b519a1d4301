"""GUIDs as people have them: typed, in a text or a CSV, or on standard input."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chowda.cli.output import counted, say
from chowda.errors import BadUserInput, NotFound

if TYPE_CHECKING:
    from chowda.client import Chowda

NAMED = 10
STDIN = "-"

Guids = Annotated[list[str] | None, typer.Argument(metavar="GUID", help="GUIDs of media files.")]
FromFile = Annotated[
    str | None,
    typer.Option("--from", metavar="FILE", help="GUIDs in a text or a CSV; - is standard input."),
]


def known_guids(
    chowda: Chowda, guids: Sequence[str] | None, from_file: str | None, *, skip_unknown: bool = False
) -> list[str]:
    """Each once, in their order. What a file holds twice is told; what is unknown too, and is an error.

    Raises NotFound, BadUserInput.
    """
    chosen = list(guids or ())
    if from_file is not None:
        reading = chowda.read_guids(text_of(from_file))
        if reading.repeated:
            say(f"Named more than once, and taken once: {_named(reading.repeated)}.")
        if reading.unknown:
            count = counted(len(reading.unknown), "GUID")
            message = f"There is no media file of {count} in {from_file}: {_named(reading.unknown)}."
            if not skip_unknown:
                raise NotFound(
                    f"{message} Add them (`chowda media import`), or leave them out: --skip-unknown."
                )
            say(f"{message} Left out.")
        unknown = set(reading.unknown)
        chosen += [guid for guid in reading.found if guid not in unknown]
    return list(dict.fromkeys(chosen))


def text_of(name: str) -> str:
    """Of a file, or of standard input. Raises BadUserInput."""
    if name == STDIN:
        data = sys.stdin.buffer.read()
    else:
        try:
            data = Path(name).read_bytes()
        except OSError as exc:
            raise BadUserInput(f"{name} can't be read: {exc.strerror or exc}.") from exc
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise BadUserInput(f"{name} is not UTF-8 (byte {exc.start}): save it as UTF-8 text.") from exc


def _named(guids: Sequence[str]) -> str:
    rest = len(guids) - NAMED
    return ", ".join(guids[:NAMED]) + (f" and {rest:,} more" if rest > 0 else "")
