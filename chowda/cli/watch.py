"""The displays of a run that is being watched: bars on a terminal, lines elsewhere, JSON for scripts."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, Self

import msgspec
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from chowda.cli.output import duration, visible
from chowda.cli.render import counts_text, ending, failure_text, label_of, lasted_seconds, step_bars, title
from chowda.cli.time_left import TimeLeft, roughly
from chowda.client import ENDED, AsyncChowda, BatchRunState, Failure, Follower

FAILURES_SHOWN = 100
"More are counted, not listed; `chowda runs files --run RUN --status FAILED` tells where to look."
LINE_SECONDS = 10.0


async def watch(chowda: AsyncChowda, run_id: str, console: Console, as_json: bool = False) -> BatchRunState:
    """Shows the batch run until it has ended; returns its end state.

    Raises NotFound for an unknown run, and ServerUnreachable if the server can't be reached at the start;
    later it is tried again until somebody stops it.
    """
    if as_json:
        return await Follower(chowda, run_id, JsonDisplay(console.file.write)).run()
    if console.is_terminal:
        with LiveDisplay(console) as display:
            return await Follower(chowda, run_id, display).run()
    return await Follower(chowda, run_id, LineDisplay(console)).run()


class LiveDisplay:
    """A bar for each step, redrawn in place; failures stay above it."""

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
            and (lasted := lasted_seconds(state)) is not None
            and state.status not in ENDED
        ):
            self._time_left.note(now_seconds - max(0.0, lasted), 0)
        self._time_left.note(now_seconds, state.percent)
        self._state = state

    def show_failure(self, failure: Failure) -> None:
        self._failures += 1
        if self._failures <= FAILURES_SHOWN:
            self._console.print(failure_text(failure))
        elif self._failures == FAILURES_SHOWN + 1:
            self._console.print("failed  more files; they are counted below", style="bold red")

    def show_lost(self, since: datetime, reason: str) -> None:
        self._stale = since, reason

    def show_restored(self) -> None:
        self._stale = None

    def render(self) -> RenderableType:
        state = self._state
        if state is None:
            return Text("Waiting for the server …", "dim")
        lines: list[RenderableType] = [title(state), step_bars(state, self._console.width)]
        lines.append(ending(state) if state.status in ENDED else self._summary(state))
        if self._stale:
            lines.append(_stale_text(*self._stale))
        return Group(*lines)

    def _summary(self, state: BatchRunState) -> Text:
        text = Text.assemble("files: ", counts_text(state.counts), f", running {state.counts.running}")
        if (lasted := lasted_seconds(state)) is not None:
            text.append(f"  {duration(lasted)} so far")
        seconds = self._time_left.seconds(time.monotonic())
        if seconds is not None and not self._stale:
            text.append(f", {roughly(seconds)} left")
        return text


class LineDisplay:
    """For a file or a pipe: a line when something is new, though not more than one in ten seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last: BatchRunState | None = None
        self._last_seconds = 0.0

    def show_state(self, state: BatchRunState) -> None:
        if self._last is None:
            self._print(title(state))
        elif state.status in ENDED:
            self._print(ending(state))
        elif state.status is self._last.status and time.monotonic() - self._last_seconds < LINE_SECONDS:
            return
        else:
            steps = "; ".join(
                f"{label_of(step)} {int(step.percent)} % {counts_text(step.counts).plain}"
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
    """One JSON object a line: `event` is state, failure, lost or restored."""

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
        f"Stale since {since:%H:%M:%S}: this is how it stood then. Trying again. ({visible(reason)})",
        "yellow",
    )
