"""One owner per directory, by flock."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

POLL_SECONDS = 0.05


class DirectoryInUse(Exception):
    """Somebody else holds the lock; `owner` is what they wrote about themselves."""

    def __init__(self, owner: str) -> None:
        super().__init__(owner)
        self.owner = owner


class DirectoryLock:
    """Held as long as any process has `descriptor` open: hand it on to those who use the directory too.

    No pid decides anything. What the file says is for people.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    @property
    def descriptor(self) -> int:
        if self._descriptor is None:
            raise RuntimeError(f"the lock {self.path} is not held")
        return self._descriptor

    def acquire(self, wait_seconds: float, on_wait: Callable[[str], None]) -> None:
        """Waits for the owner to end; `on_wait` gets the owner, once. Raises DirectoryInUse."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._wait(descriptor, wait_seconds, on_wait)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        self.sign(f"pid {os.getpid()}")

    def sign(self, text: str) -> None:
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, text.encode(), 0)

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _wait(self, descriptor: int, wait_seconds: float, on_wait: Callable[[str], None]) -> None:
        deadline = time.monotonic() + wait_seconds
        told = False
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                owner = os.pread(descriptor, 200, 0).decode(errors="replace") or "pid unknown"
            else:
                return
            if time.monotonic() >= deadline:
                raise DirectoryInUse(owner)
            if not told:
                on_wait(owner)
                told = True
            time.sleep(POLL_SECONDS)
