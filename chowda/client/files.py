"""Files of this machine: written whole or not at all, and read as a stream."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from chowda.client.errors import BadUserInput

CHUNK_BYTES = 256 * 1024


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """Under a name of its own first; `path` appears when the block has gone well. Its directory is made.

    Raises BadUserInput.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        make_directory(path.parent)
        with _write_failures(path.parent), part.open("xb") as file:
            yield file
        with _write_failures(path.parent):
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def make_directory(directory: Path) -> None:
    """With those above it. Raises BadUserInput."""
    with _write_failures(directory):
        directory.mkdir(parents=True, exist_ok=True)


@contextlib.contextmanager
def _write_failures(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise BadUserInput(f"{directory} can't be written: {exc.strerror or exc}.") from exc


def opened(path: Path) -> tuple[BinaryIO, int]:
    """The file and its size. Raises BadUserInput."""
    try:
        return path.open("rb"), path.stat().st_size
    except OSError as exc:
        raise BadUserInput(f"{path} can't be read: {exc.strerror or exc}.") from exc


async def chunks(file: BinaryIO, on_chunk: Callable[[bytes], object] | None) -> AsyncIterator[bytes]:
    """All that is left of it; `on_chunk` is told of each part that has gone out."""
    while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
        yield chunk
        if on_chunk:
            on_chunk(chunk)
