"""Shows a batch run live: bars on a terminal, lines in a file or pipe, JSON for scripts."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, Self

import msgspec
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from chowda.cli.output import duration, printable
from chowda.cli.render import (
    counts_text,
    elapsed_seconds,
    failure_text,
    step_bars,
    step_label,
    summary,
    title,
)
from chowda.cli.time_left import TimeLeft, rough_duration
from chowda.client import ENDED, AsyncChowda, BatchRunState, Failure, Follower

FAILURES_SHOWN = 100
"The rest is only counted; `chowda runs files --run RUN --status FAILED` lists all."
LINE_SECONDS = 10.0


async def watch(chowda: AsyncChowda, run_id: str, console: Console, as_json: bool = False) -> BatchRunState:
    """Shows the batch run until it ends. Returns its final state.

    Raises NotFound for an unknown run, and ServerUnreachable if the server can't be reached at the start. After that it
    reconnects until it is stopped.
    """
    if as_json:
        return await Follower(chowda, run_id, JsonDisplay(console.file.write)).run()
    if console.is_terminal:
        with LiveDisplay(console) as display:
            return await Follower(chowda, run_id, display).run()
    return await Follower(chowda, run_id, LineDisplay(console)).run()


class LiveDisplay:
    """A bar for each step, updated in place. Failures are listed above the bars."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._state: BatchRunState | None = None
        self._stale: tuple[datetime, str] | None = None
        self._time_left = TimeLeft()
        self._failures = 0
        self._live = Live(console=console, get_renderable=self.render, refresh_per_second=4)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show_state(self, state: BatchRunState) -> None:
        now_seconds = time.monotonic()
        if (
            self._state is None
            and (elapsed := elapsed_seconds(state)) is not None
            and state.status not in ENDED
        ):
            self._time_left.add_sample(now_seconds - max(0.0, elapsed), 0)
        self._time_left.add_sample(now_seconds, state.percent)
        self._state = state

    def show_failure(self, failure: Failure) -> None:
        self._failures += 1
        if self._failures <= FAILURES_SHOWN:
            self._console.print(failure_text(failure))
        elif self._failures == FAILURES_SHOWN + 1:
            self._console.print("failed  more files, counted below", style="bold red")

    def show_lost(self, since: datetime, reason: str) -> None:
        self._stale = since, reason

    def show_restored(self) -> None:
        self._stale = None

    def render(self) -> RenderableType:
        state = self._state
        if state is None:
            return Text("Waiting for the server …", "dim")
        lines: list[RenderableType] = [title(state), step_bars(state, self._console.width)]
        lines.append(summary(state) if state.status in ENDED else self._live_summary(state))
        if self._stale:
            lines.append(_stale_text(*self._stale))
        return Group(*lines)

    def _live_summary(self, state: BatchRunState) -> Text:
        text = Text.assemble("files: ", counts_text(state.counts), f", running {state.counts.running}")
        if (elapsed := elapsed_seconds(state)) is not None:
            text.append(f"  {duration(elapsed)} so far")
        seconds = self._time_left.seconds(time.monotonic())
        if seconds is not None and not self._stale:
            text.append(f", {rough_duration(seconds)} left")
        return text


class LineDisplay:
    """A line when the state changes, at most one in ten seconds unless the status changes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last: BatchRunState | None = None
        self._last_seconds = 0.0

    def show_state(self, state: BatchRunState) -> None:
        if self._last is None:
            self._print(title(state))
        elif state.status in ENDED:
            self._print(summary(state))
        elif state.status is self._last.status and time.monotonic() - self._last_seconds < LINE_SECONDS:
            return
        else:
            steps = "; ".join(
                f"{step_label(step)} {int(step.percent)} % {counts_text(step.counts).plain}"
                for step in state.steps
            )
            self._print(Text(f"{state.status}  {steps}"))
        self._last, self._last_seconds = state, time.monotonic()

    def show_failure(self, failure: Failure) -> None:
        self._print(failure_text(failure))

    def show_lost(self, since: datetime, reason: str) -> None:
        self._print(_stale_text(since, reason))

    def show_restored(self) -> None:
        self._print(Text("Up to date again."))

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)


class JsonDisplay:
    """One JSON object per line. `event` is state, failure, lost or restored."""

    def __init__(self, write: Callable[[str], Any]) -> None:
        self._write = write

    def show_state(self, state: BatchRunState) -> None:
        self._event("state", batchRun=state)

    def show_failure(self, failure: Failure) -> None:
        self._event("failure", failure=failure)

    def show_lost(self, since: datetime, reason: str) -> None:
        self._event("lost", since=since, reason=reason)

    def show_restored(self) -> None:
        self._event("restored")

    def _event(self, event: str, **fields: Any) -> None:
        self._write(msgspec.json.encode({"event": event, **fields}).decode() + "\n")


def _stale_text(since: datetime, reason: str) -> Text:
    return Text(
        f"Stale since {since:%H:%M:%S}. Reconnecting. ({printable(reason)})",
        "yellow",
    )
