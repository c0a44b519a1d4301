"""Batch runs on a terminal. Names and messages that others wrote are shown as text, never as markup."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.console import Group
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from chowda.cli.output import duration, printable
from chowda.client import ENDED, BatchRun, Failure, RunCounts, RunStatus, StepProgress

LABEL_WIDTH = 26
PERCENT_WIDTH = 5
MIN_BAR_WIDTH = 4
STYLES = {
    RunStatus.WAITING: "dim",
    RunStatus.RUNNING: "cyan",
    RunStatus.PAUSED: "yellow",
    RunStatus.FINISHED: "green",
    RunStatus.FAILED: "bold red",
    RunStatus.CANCELED: "yellow",
}


def status_text(status: RunStatus) -> Text:
    return Text(status, STYLES[status])


def title(state: BatchRun) -> Text:
    return Text.assemble(
        f"{state.id}  ",
        (printable(state.batch.name), "bold"),
        " through ",
        (printable(state.pipeline.name), "bold"),
        "  ",
        status_text(state.status),
    )


def step_bars(state: BatchRun, width: int) -> Table:
    """A line for each step: `1 scenes-with-text ━━━━━ 41 % done 12/30, failed 1`.

    If `width` (columns) is too small, the labels are cut first, then the bars are left out.
    """
    labels = [Text(step_label(step)) for step in state.steps]
    counts = [counts_text(step.counts) for step in state.steps]
    room = width - PERCENT_WIDTH - 3 - max((text.cell_len for text in counts), default=0)
    label_width = min(max((label.cell_len for label in labels), default=0), LABEL_WIDTH, max(6, room - 8))
    bar_width = room - label_width
    table = Table.grid(padding=(0, 1))
    table.add_column(width=label_width, no_wrap=True, overflow="ellipsis")
    table.add_column(width=max(1, bar_width))
    table.add_column(width=PERCENT_WIDTH, justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    for step, label, count in zip(state.steps, labels, counts, strict=True):
        bar = ProgressBar(total=100, completed=step.percent) if bar_width >= MIN_BAR_WIDTH else ""
        table.add_row(label, bar, percent_text(step.percent), count)
    return table


def step_label(step: StepProgress) -> str:
    return printable(f"{step.position} {step.app.name}")


def percent_text(percent: float) -> Text:
    """Truncated, not rounded: 100 % means that everything has ended."""
    return Text(f"{int(percent)} %")


def counts_text(counts: RunCounts) -> Text:
    text = Text(f"done {counts.finished}/{counts.total}")
    if counts.failed:
        text.append(f", failed {counts.failed}", "bold red")
    if counts.canceled:
        text.append(f", canceled {counts.canceled}", "yellow")
    return text


def failure_text(failure: Failure) -> Text:
    """`failed  GUID  1 app  CODE  message  RUN`, which the console wraps."""
    return Text.assemble(
        ("failed  ", "bold red"),
        (printable(failure.guid), "bold"),
        f"  {failure.position} {printable(failure.app)}  ",
        (failure.code, "red"),
        f"  {printable(failure.message)}",
        (f"  {printable(failure.pipeline_run_id)}", "dim"),
    )


def summary(state: BatchRun) -> Text:
    """The last line: status, files and time."""
    text = Text.assemble(status_text(state.status), f"  files: {counts_text(state.counts).plain}")
    seconds = elapsed_seconds(state)
    if seconds is None:
        return text
    return text.append(
        f", took {duration(seconds)}" if state.status in ENDED else f", {duration(seconds)} so far"
    )


def elapsed_seconds(state: BatchRun) -> float | None:
    """From the start to the end, or until now. None if the run has not started."""
    if state.started_at is None:
        return None
    return ((state.ended_at or datetime.now(UTC)) - state.started_at).total_seconds()


def run_details(state: BatchRun, failures: list[Failure], width: int) -> Group:
    return Group(title(state), step_bars(state, width), summary(state), *map(failure_text, failures))
