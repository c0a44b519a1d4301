"""Lists the skipped tests with their reasons at the end of each run."""

from __future__ import annotations

from collections import defaultdict

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for report in terminalreporter.getreports("skipped"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
        by_reason[reason.removeprefix("Skipped: ")].append(report.nodeid)
    if not by_reason:
        return
    terminalreporter.section("skipped", yellow=True)
    for reason, names in sorted(by_reason.items()):
        terminalreporter.write_line(f"{len(names)} skipped: {reason}", yellow=True)
        for name in sorted(names):
            terminalreporter.write_line(f"  {name}")
