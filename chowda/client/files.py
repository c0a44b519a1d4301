"""Local files: written atomically, read as a stream."""

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
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Writes to a temporary file beside `path` and renames it when the block succeeds. Creates the directory.

    Raises BadUserInput if the directory can't be written.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        make_directory(path.parent)
        with _write_errors(path.parent), part.open("xb") as file:
            yield file
        with _write_errors(path.parent):
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def make_directory(directory: Path) -> None:
    """Creates the directory and its parents. Raises BadUserInput."""
    with _write_errors(directory):
        directory.mkdir(parents=True, exist_ok=True)


@contextlib.contextmanager
def _write_errors(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise BadUserInput(f"{directory} can't be written: {exc.strerror or exc}.") from exc


def open_for_reading(path: Path) -> tuple[BinaryIO, int]:
    """The open file and its size in bytes. Raises BadUserInput."""
    try:
        return path.open("rb"), path.stat().st_size
    except OSError as exc:
        raise BadUserInput(f"{path} can't be read: {exc.strerror or exc}.") from exc


async def read_chunks(
    file: BinaryIO, on_chunk: Callable[[bytes], object] | None = None
) -> AsyncIterator[bytes]:
    """The rest of the file. Calls `on_chunk` with each chunk once it is consumed."""
    while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
        yield chunk
        if on_chunk:
            on_chunk(chunk)
