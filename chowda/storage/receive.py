"""Receives a stream of MMIF into a new file."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import tempfile
from collections.abc import AsyncIterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from chowda.errors import LimitExceeded, StepErrorCode, StepFailure

CHUNK_BYTES = 1024 * 1024
"The amount that is hashed and written at once: large enough that the hop to a thread is cheap in comparison."


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file with the content of a stream. The caller of `receive` removes it."""

    path: Path
    sha256: str
    size_bytes: int


async def receive(
    stream: AsyncIterable[bytes], directory: Path, limit_bytes: int | None = None
) -> ReceivedFile:
    """Writes a stream to a new file in `directory` and hashes it. A failure leaves no file.

    Raises LimitExceeded as soon as the stream has more than `limit_bytes`, StepFailure(STORE_UNAVAILABLE) if the
    file can't be written, and the errors of the stream.
    """
    with _disk_failures(directory):
        descriptor, name = tempfile.mkstemp(prefix="receive-", suffix=".mmif", dir=directory)
    file = os.fdopen(descriptor, "wb")
    try:
        sha256, size_bytes = await _copy(stream, file, directory, limit_bytes)
    except BaseException:
        _discard(file, Path(name))
        raise
    return ReceivedFile(Path(name), sha256, size_bytes)


async def _copy(
    stream: AsyncIterable[bytes], file: IO[bytes], directory: Path, limit_bytes: int | None
) -> tuple[str, int]:
    """Copies the stream, closes the file, and returns the sha256 and the size.

    The file is a buffered one. Its lock makes it safe to close the file of a cancelled copy while the last write still
    runs in its thread.
    """
    digest, size_bytes, pending = hashlib.sha256(), 0, bytearray()

    def flush() -> None:
        digest.update(pending)
        file.write(pending)
        pending.clear()

    async for chunk in stream:
        size_bytes += len(chunk)
        if limit_bytes is not None and size_bytes > limit_bytes:
            raise LimitExceeded(f"The MMIF is larger than the limit of {limit_bytes:,} bytes.")
        pending += chunk
        if len(pending) >= CHUNK_BYTES:
            with _disk_failures(directory):
                await asyncio.to_thread(flush)
    with _disk_failures(directory):
        flush()
        file.close()
    return digest.hexdigest(), size_bytes


def _discard(file: IO[bytes], path: Path) -> None:
    with contextlib.suppress(OSError):  # close flushes again, and the disk may be full
        file.close()
    path.unlink()


@contextlib.contextmanager
def _disk_failures(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise StepFailure(
            StepErrorCode.STORE_UNAVAILABLE,
            f"The MMIF can't be written to the directory {directory}: {exc.strerror or exc}.",
        ) from exc
