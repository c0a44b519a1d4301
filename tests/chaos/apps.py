"""The fake CLAMS apps of a chaos run: processes of their own that keep their address when they are killed."""

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
    """One app; start it from the main thread."""

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
        """With whatever calls it has in hand."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def misbehave(self, kind: str, times: int) -> None:
        """Answers its next calls so; what it forgets when it is killed is as well."""
        self._order({"behave": [{"kind": kind, "times": times}]})

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        if self._process.poll() is None:
            os.kill(self._process.pid, number)

    def _order(self, order: dict[str, Any]) -> None:
        with contextlib.suppress(httpx.HTTPError):  # killed or frozen just now
            httpx.post(f"{self.url}/control", json=order, timeout=2)
