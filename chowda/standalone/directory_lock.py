"""A lock on a directory, by flock."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

POLL_SECONDS = 0.05


class DirectoryInUse(Exception):
    """Another process holds the lock. `owner` is the description that it wrote into the lock file."""

    def __init__(self, owner: str) -> None:
        super().__init__(owner)
        self.owner = owner


class DirectoryLock:
    """A lock that is held as long as any process has `descriptor` open.

    Pass the descriptor on to child processes that use the directory too. The lock file's text is for messages only;
    no pid decides who holds the lock.
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
        """Waits for the lock. If it must wait, it calls `on_wait` with the owner, once. Raises DirectoryInUse."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._wait(descriptor, wait_seconds, on_wait)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        self.write_owner(f"pid {os.getpid()}")

    def write_owner(self, text: str) -> None:
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, text.encode(), 0)

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _wait(self, descriptor: int, wait_seconds: float, on_wait: Callable[[str], None]) -> None:
        deadline = time.monotonic() + wait_seconds
        reported = False
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                owner = os.pread(descriptor, 200, 0).decode(errors="replace") or "pid unknown"
            else:
                return
            if time.monotonic() >= deadline:
                raise DirectoryInUse(owner)
            if not reported:
                on_wait(owner)
                reported = True
            time.sleep(POLL_SECONDS)
