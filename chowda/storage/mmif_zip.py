"""Streams a zip archive of MMIF files. Only its table of contents is kept in memory."""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from chowda.mmif_file_names import mmif_file_name

CHUNK_BYTES = 256 * 1024
ZIP64_FROM_BYTES = 1024**3
"Larger files use the zip64 format, which some old programs can't read."
DEFLATE_LEVEL = 1
"MMIF shrinks to about a tenth at this level. Higher levels make downloads slower."


class _Sink:
    """The output of ZipFile. It can't seek, so ZipFile writes sizes and checksums after each file."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def __len__(self) -> int:
        return len(self._pending)

    def write(self, data: bytes) -> int:
        self._pending += data
        return len(data)

    def flush(self) -> None:
        """Required by ZipFile."""

    def take(self) -> bytes:
        taken = bytes(self._pending)
        self._pending.clear()
        return taken


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """The MMIF of a file in chunks, and its folder in the archive (empty: the top level)."""

    guid: str
    chunks: AsyncIterator[bytes]
    size_bytes: int
    folder: str = ""


async def mmif_zip(entries: AsyncIterable[ZipEntry]) -> AsyncIterator[bytes]:
    """The bytes of the archive in chunks of about 256 KiB.

    An error of an entry is raised and leaves the archive without its table of contents, so that it can't be opened.
    """
    sink = _Sink()
    names: set[str] = set()
    # The standard library takes 0.03 ms per file; stream-zip takes 0.3 ms, because it switches threads.
    with zipfile.ZipFile(sink, "w") as archive:  # type: ignore[call-overload]  # only write is needed
        async for entry in entries:
            path = (
                f"{entry.folder}/{mmif_file_name(entry.guid)}" if entry.folder else mmif_file_name(entry.guid)
            )
            info = zipfile.ZipInfo(_unused(path, names), _now())
            info.compress_type = zipfile.ZIP_DEFLATED
            # The public attribute compress_level exists since Python 3.13.
            info._compresslevel = DEFLATE_LEVEL  # type: ignore[attr-defined]
            info.external_attr = 0o644 << 16
            with archive.open(info, "w", force_zip64=entry.size_bytes >= ZIP64_FROM_BYTES) as member:
                async for chunk in entry.chunks:
                    if len(chunk) < CHUNK_BYTES:
                        member.write(chunk)
                    else:
                        await asyncio.to_thread(member.write, chunk)
                    if len(sink) >= CHUNK_BYTES:
                        yield sink.take()
    yield sink.take()


def _unused(name: str, names: set[str]) -> str:
    """The name, with a number if an earlier name differs only in upper and lower case."""
    stem, number = name.removesuffix(".mmif"), 1
    while name.casefold() in names:
        number += 1
        name = f"{stem}-{number}.mmif"
    names.add(name.casefold())
    return name


def _now() -> tuple[int, int, int, int, int, int]:
    now = datetime.now(UTC)
    return now.year, now.month, now.day, now.hour, now.minute, now.second
