"""`make bench`: run the benchmarks and print their results as ratios."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from bench.stack import Row

BENCHES = {
    "makespan": "bench.makespan",
    "lists": "bench.lists",
    "large-mmif": "bench.large_mmif",
    "many-files": "bench.many_files",
    "media-import": "bench.media_import",
    "subscribers": "bench.subscribers",
    "throughput": "bench.throughput",
    "step-cost": "bench.step_cost",
    "takeover": "bench.takeover",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHES)}; default: all")
    names = parser.parse_args().names or list(BENCHES)
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        parser.error(f"unknown benchmark {unknown[0]!r}: choose from {', '.join(BENCHES)}")
    console = Console()
    table = Table("Benchmark", "Measured", "Reference", "Ratio", "Target", "", title="Chowda benchmarks")
    rows: list[Row] = []
    for name in names:
        measure: Callable[[], list[Row]] = importlib.import_module(BENCHES[name]).measure
        with console.status(f"measuring {name} …"):
            rows += measure()
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        target = "" if row.target is None else f"≤ {row.target:.2f}"
        table.add_row(
            row.name, row.measured, row.reference, ratio, target, "met" if row.met else "[red]missed"
        )
    console.print(table)
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
