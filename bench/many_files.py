"""A batch of 100,000 files: the time of each operation, and the memory of all processes."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bench.stack import Row, Stack

FILES = 100_000
PAGE = 10_000


def measure() -> list[Row]:
    rows = []

    def timed(what: str, target: float, act: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        result = act()
        took = time.perf_counter() - began
        rows.append(Row(f"{FILES:,} files: {what}", f"{took:.2f} s", f"{target:g} s", took / target, 1.0))
        return result

    with Stack() as stack:
        apps = [stack.app(f"app{number}", seconds=0.05) for number in (1, 2)]
        pipeline_id = stack.pipeline("two", [stack.register(app, 4) for app in apps])
        guids = [f"cpb-aacip-{number:06d}" for number in range(FILES)]

        def add() -> None:
            for first in range(0, FILES, PAGE):
                stack.add_files(guids[first : first + PAGE])

        timed("addMediaFiles in pages of 10,000", 60, add)
        batch_id = timed("createBatch", 10, lambda: stack.batch("many", pipeline_id, guids))
        other_id = stack.start(stack.batch("few", pipeline_id, guids[:3]))
        with _status_times(stack, other_id) as taken:
            run_id = timed("startBatch", 3, lambda: stack.start(batch_id))
            time.sleep(5)
        with _status_times(stack, run_id) as more:
            time.sleep(5)
        median = statistics.median(taken + more)
        rows.append(
            Row(
                f"{FILES:,} files: status query during start and run, median",
                f"{median * 1000:.0f} ms",
                "100 ms",
                median / 0.1,
                1.0,
            )
        )
        peak = _peak_while(
            stack,
            lambda: timed(
                "cancelBatchRun",
                5,
                lambda: stack.ask("mutation($id: ID!) { cancelBatchRun(id: $id) { status } }", id=run_id),
            ),
        )
        rows.append(
            Row(
                f"{FILES:,} files: all processes together (PSS)",
                f"{peak / 1e6:.0f} MB",
                "600 MB",
                peak / 600e6,
                1.0,
            )
        )
    return rows


@contextmanager
def _status_times(stack: Stack, run_id: str) -> Iterator[list[float]]:
    """Collect the seconds of consecutive status queries while the block runs."""
    taken: list[float] = []
    stopped = threading.Event()

    def poll() -> None:
        while not stopped.wait(0.05):
            began = time.perf_counter()
            stack.status(run_id)
            taken.append(time.perf_counter() - began)

    poller = threading.Thread(target=poll)
    poller.start()
    yield taken
    stopped.set()
    poller.join()


def _peak_while(stack: Stack, act: Callable[[], Any]) -> int:
    peak = stack.pss_bytes()
    stopped = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not stopped.wait(0.2):
            peak = max(peak, stack.pss_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    act()
    stopped.set()
    watcher.join()
    return peak
