"""The temporary file that receives an app's answer."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from threading import Lock

_BUFFER_BYTES = 1 << 20


class AnswerTooLarge(Exception):
    """The answer is larger than the limit."""


class AnswerFile:
    """Hashes what it writes. It writes 1 MiB at a time in a thread, and the rest when it is closed."""

    def __init__(self, path: Path, limit_bytes: int) -> None:
        self.path = path
        self.size_bytes = 0
        self._limit_bytes = limit_bytes
        self._buffer = bytearray()
        self._hash = hashlib.sha256()
        self._file = path.open("wb")
        self._writing = Lock()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def check_size(self, size_bytes: int) -> None:
        """Raise AnswerTooLarge for a size above the limit."""
        if size_bytes > self._limit_bytes:
            raise AnswerTooLarge

    async def write(self, chunk: bytes) -> None:
        """Raises AnswerTooLarge before it writes anything above the limit."""
        self.size_bytes += len(chunk)
        self.check_size(self.size_bytes)
        self._buffer += chunk
        if len(self._buffer) >= _BUFFER_BYTES:
            content, self._buffer = self._buffer, bytearray()
            await asyncio.to_thread(self._write, content)

    def close(self) -> None:
        """Write the rest. Waits for a write that still runs in its thread after a cancellation."""
        with self._writing:
            if not self._file.closed:
                with self._file:
                    self._hash.update(self._buffer)
                    self._file.write(self._buffer)

    def _write(self, content: bytearray) -> None:
        with self._writing:
            if not self._file.closed:
                self._hash.update(content)
                self._file.write(content)
