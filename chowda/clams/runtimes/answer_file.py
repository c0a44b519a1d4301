"""The temporary file that an app's answer is written to as it comes in."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from threading import Lock

_GATHERED_BYTES = 1 << 20


class AnswerTooLarge(Exception):
    """The answer passed the size limit."""


class AnswerFile:
    """Hashes while it writes, in threads, 1 MiB at a time; a small answer costs one hop."""

    def __init__(self, path: Path, limit_bytes: int) -> None:
        self.path = path
        self.size_bytes = 0
        self._limit_bytes = limit_bytes
        self._gathered = bytearray()
        self._hash = hashlib.sha256()
        self._file = path.open("wb")
        self._writing = Lock()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def expect(self, size_bytes: int) -> None:
        """Raises AnswerTooLarge if the answer says beforehand that it will be."""
        if size_bytes > self._limit_bytes:
            raise AnswerTooLarge

    async def take(self, chunk: bytes) -> None:
        """Raises AnswerTooLarge; nothing over the limit is kept."""
        self.size_bytes += len(chunk)
        self.expect(self.size_bytes)
        self._gathered += chunk
        if len(self._gathered) >= _GATHERED_BYTES:
            gathered, self._gathered = self._gathered, bytearray()
            await asyncio.to_thread(self._write, gathered)

    def close(self) -> None:
        """Writes what is left. Waits for a write that a canceled call left behind in its thread."""
        with self._writing:
            if not self._file.closed:
                with self._file:
                    self._hash.update(self._gathered)
                    self._file.write(self._gathered)

    def _write(self, gathered: bytearray) -> None:
        with self._writing:
            if not self._file.closed:
                self._hash.update(gathered)
                self._file.write(gathered)
