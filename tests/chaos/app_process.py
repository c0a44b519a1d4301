"""A fake CLAMS app in a process of its own. It keeps its address when it is killed and started again."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]


class AppProcess:
    """Start it from the main thread."""

    def __init__(self, name: str, seconds: float) -> None:
        self.name = name
        self._arguments = ["--name", name, "--seconds", str(seconds)]
        self._port = 0
        self._process: subprocess.Popen[str] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def identifier(self) -> str:
        return f"http://apps.clams.ai/{self.name}/v1.0"

    def start(self) -> None:
        """Does nothing while it runs."""
        if self._process is not None and self._process.poll() is None:
            return
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fake_clams", "--port", str(self._port), *self._arguments],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert self._process.stdout is not None
        self._port = int(self._process.stdout.readline().strip().rpartition(":")[2])

    def kill(self) -> None:
        """Kill it with its running calls."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def misbehave(self, kind: str, times: int) -> None:
        """Answer this many calls with this kind of answer. A kill resets it."""
        self._control({"behave": [{"kind": kind, "times": times}]})

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        if self._process.poll() is None:
            os.kill(self._process.pid, number)

    def _control(self, command: dict[str, Any]) -> None:
        with contextlib.suppress(httpx.HTTPError):  # the app is killed or frozen
            httpx.post(f"{self.url}/control", json=command, timeout=2)
