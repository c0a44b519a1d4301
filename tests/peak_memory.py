"""Measures the peak memory of this process."""

from __future__ import annotations

import threading
from pathlib import Path

SMAPS = Path("/proc/self/smaps_rollup")


class Peak:
    """A context manager. `growth` is the peak of the anonymous memory minus its size at the start, in bytes."""

    def __enter__(self) -> Peak:
        self.before = self.peak = self.anonymous()
        self.stopped = threading.Event()
        self.watcher = threading.Thread(target=self.watch)
        self.watcher.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stopped.set()
        self.watcher.join()

    def watch(self) -> None:
        while not self.stopped.wait(0.01):
            self.peak = max(self.peak, self.anonymous())

    @property
    def growth(self) -> int:
        return self.peak - self.before

    @staticmethod
    def anonymous() -> int:
        line = next(line for line in SMAPS.read_text().splitlines() if line.startswith("Anonymous:"))
        return int(line.split()[1]) * 1024
