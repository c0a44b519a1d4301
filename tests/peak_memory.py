"""How much memory this process takes at most."""

from __future__ import annotations

import threading
from pathlib import Path

SMAPS = Path("/proc/self/smaps_rollup")


class Peak:
    """The most anonymous memory of this process while it is entered, in bytes more than before."""

    def __enter__(self) -> Peak:
        self.before = self.most = self.anonymous()
        self.over = threading.Event()
        self.watcher = threading.Thread(target=self.watch)
        self.watcher.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.over.set()
        self.watcher.join()

    def watch(self) -> None:
        while not self.over.wait(0.01):
            self.most = max(self.most, self.anonymous())

    @property
    def growth(self) -> int:
        return self.most - self.before

    @staticmethod
    def anonymous() -> int:
        line = next(line for line in SMAPS.read_text().splitlines() if line.startswith("Anonymous:"))
        return int(line.split()[1]) * 1024
