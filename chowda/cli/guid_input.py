"""GUIDs as arguments, in a text or CSV file, or on standard input."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chowda.cli.output import count_of, print_note
from chowda.errors import BadUserInput, NotFound
from chowda.media.text_encoding import decode_text

if TYPE_CHECKING:
    from chowda.client import Chowda

GUIDS_SHOWN = 10
STDIN = "-"

Guids = Annotated[list[str] | None, typer.Argument(metavar="GUID", help="GUIDs of media files.")]
FromFile = Annotated[
    str | None,
    typer.Option("--from", metavar="FILE", help="A text or CSV file with GUIDs; - is standard input."),
]


def read_guids(
    chowda: Chowda, guids: Sequence[str] | None, from_file: str | None, *, skip_unknown: bool = False
) -> list[str]:
    """The GUIDs of the arguments and of the file, in order, without duplicates.

    Prints a note about duplicates in the file. Raises NotFound for unknown GUIDs in the file, unless they are to be
    skipped, and BadUserInput if the file can't be read.
    """
    all_guids = list(guids or ())
    if from_file is not None:
        parsed = chowda.read_guids(read_text(from_file))
        if parsed.repeated:
            print_note(f"Duplicate GUIDs, used once: {_shorten(parsed.repeated)}.")
        if parsed.unknown:
            count = count_of(len(parsed.unknown), "GUID")
            message = f"{from_file} has {count} without a media file: {_shorten(parsed.unknown)}."
            if not skip_unknown:
                raise NotFound(
                    f"{message} Add the media files (`chowda media import`), or omit the GUIDs (--skip-unknown)."
                )
            print_note(f"{message} Skipped.")
        unknown = set(parsed.unknown)
        all_guids += [guid for guid in parsed.found if guid not in unknown]
    return list(dict.fromkeys(all_guids))


def read_text(name: str) -> str:
    """The text of a file or of standard input. Raises BadUserInput."""
    if name == STDIN:
        data = sys.stdin.buffer.read()
    else:
        try:
            data = Path(name).read_bytes()
        except OSError as exc:
            raise BadUserInput(f"{name} can't be read: {exc.strerror or exc}.") from exc
    return decode_text(data, name)


def _shorten(guids: Sequence[str]) -> str:
    rest = len(guids) - GUIDS_SHOWN
    return ", ".join(guids[:GUIDS_SHOWN]) + (f" and {rest:,} more" if rest > 0 else "")
