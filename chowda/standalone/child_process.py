"""One of the processes that `chowda up` looks after."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chowda.standalone.spawn import ProcessLog, spawn

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
STEADY_AFTER_SECONDS = 60.0
"Who has lived that long starts again at the first pause."


@dataclass(frozen=True)
class Child:
    """What to run. The environment is added to that of all children."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    listens: bool = False
    "Gets the listening socket, as the descriptor named by CHOWDA_LISTEN_FD."


class ChildProcess:
    """A child and its life so far."""

    def __init__(self, child: Child, log_dir: Path) -> None:
        self.child = child
        self.log = ProcessLog(log_dir / f"{child.name}.log")
        self.deaths_in_a_row = 0
        self.due_at = 0.0
        "On the monotonic clock: when it may be started (again)."
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._start_of_log = 0

    @property
    def name(self) -> str:
        return self.child.name

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def running(self) -> bool:
        """Started, and its end not yet noticed by `take_exit_status`."""
        return self._process is not None

    def start(self, env: Mapping[str, str], keep_descriptors: list[int]) -> None:
        output = self.log.open()
        try:
            self._start_of_log = self.log.size()
            self._started_at = time.monotonic()
            self._process = spawn(
                self.child.argv,
                env={**env, **self.child.env},
                output=output,
                death_signal=signal.SIGKILL,
                keep_descriptors=keep_descriptors,
                cwd=Path.cwd(),
            )
        finally:
            os.close(output)

    def take_exit_status(self) -> int | None:
        """The exit status if it has ended since it was last asked; also says when it may start again."""
        if self._process is None:
            return None
        status = self._process.poll()
        if status is None:
            return None
        self._kill_group()  # what it may have left behind
        self._process = None
        now = time.monotonic()
        steady = now - self._started_at > STEADY_AFTER_SECONDS
        self.deaths_in_a_row = 1 if steady else self.deaths_in_a_row + 1
        self.due_at = now + self.pause_seconds
        return status

    @property
    def pause_seconds(self) -> float:
        return float(min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(self.deaths_in_a_row - 1, 10)))

    def last_words(self) -> str:
        """The end of what it wrote in this life, indented, for a person."""
        return "".join(f"\n  {line}" for line in self.log.tail(5, self._start_of_log))

    def terminate(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def kill(self) -> None:
        """With all that it started. Safe in a signal handler."""
        if self._process is not None:
            self._process.kill()
            self._kill_group()

    def _kill_group(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


def describe_exit(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"ended by signal {-status}"
