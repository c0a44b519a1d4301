"""A child process of `chowda up`, which the supervisor starts and restarts."""

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

INITIAL_BACKOFF_SECONDS = 0.5
MAX_BACKOFF_SECONDS = 30.0
STABLE_AFTER_SECONDS = 60.0
"A process that ran this long restarts with the initial back-off."


@dataclass(frozen=True)
class ChildSpec:
    """The command of a child process. `env` is added to the environment of all children."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    listens: bool = False
    "Whether the process inherits the listening socket, as the descriptor in CHOWDA_LISTEN_FD."


class ChildProcess:
    """A child process, its log and its back-off."""

    def __init__(self, spec: ChildSpec, log_dir: Path) -> None:
        self.spec = spec
        self.log = ProcessLog(log_dir / f"{spec.name}.log")
        self.consecutive_exits = 0
        self.start_at = 0.0
        "The time of the next start, on the monotonic clock."
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._log_start = 0

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def running(self) -> bool:
        """Whether it was started and `take_exit_status` has not returned its exit status yet."""
        return self._process is not None

    def start(self, env: Mapping[str, str], keep_descriptors: list[int]) -> None:
        output = self.log.open()
        try:
            self._log_start = self.log.size()
            self._started_at = time.monotonic()
            self._process = spawn(
                self.spec.argv,
                env={**env, **self.spec.env},
                output=output,
                death_signal=signal.SIGKILL,
                keep_descriptors=keep_descriptors,
                cwd=Path.cwd(),
            )
        finally:
            os.close(output)

    def take_exit_status(self) -> int | None:
        """The exit status, once after each exit, otherwise None. Sets the time of the next start."""
        if self._process is None:
            return None
        status = self._process.poll()
        if status is None:
            return None
        self._kill_group()  # processes that it left behind
        self._process = None
        now = time.monotonic()
        stable = now - self._started_at > STABLE_AFTER_SECONDS
        self.consecutive_exits = 1 if stable else self.consecutive_exits + 1
        self.start_at = now + self.backoff_seconds
        return status

    @property
    def backoff_seconds(self) -> float:
        return float(
            min(MAX_BACKOFF_SECONDS, INITIAL_BACKOFF_SECONDS * 2 ** min(self.consecutive_exits - 1, 10))
        )

    def log_tail(self) -> str:
        """The last lines of its log since the start, indented, for a message."""
        return "".join(f"\n  {line}" for line in self.log.tail(5, self._log_start))

    def terminate(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def kill(self) -> None:
        """Kills it and all processes that it started. Safe in a signal handler."""
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
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"
