"""The base class of servers for tests: on free ports, in temporary directories. They end with the test process."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from chowda.standalone.spawn import kill_with_children, spawn

START_SECONDS = 90.0


def free_port() -> int:
    """Return a port below the range of outgoing connections, so that it is still free at a restart."""
    while True:
        port = random.randrange(20_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


class ServerProcess(ABC):
    """Start it from the main thread: the server dies with the thread that started it."""

    def __init__(self) -> None:
        self.port = free_port()
        self.directory = Path(tempfile.mkdtemp(prefix="chowda-test-server-"))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """The value for the setting that names the server."""

    @abstractmethod
    def empty(self) -> None:
        """Delete all data of the server."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server answers now."""

    @abstractmethod
    def _start(self) -> subprocess.Popen[bytes]: ...

    def start(self) -> None:
        """Start on the same port as before and wait until the server answers. Does nothing while it runs."""
        if self.running:
            return
        self.kill()
        self._process = self._start()
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            assert self.running and time.monotonic() < deadline, f"no answer; output: {self.last_output()}"
            time.sleep(0.05)

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """Send SIGKILL. Does nothing if the server does not run."""
        if self._process is not None:
            kill_with_children(self._process)
            self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """The server accepts connections and does not answer."""
        self.freeze()
        try:
            yield
        finally:
            self.thaw()

    def freeze(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def last_output(self) -> str:
        output = self.directory / "output"
        return output.read_text(errors="replace")[-2000:] if output.exists() else ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _spawn(self, command: Sequence[str | Path], **env: str) -> subprocess.Popen[bytes]:
        with (self.directory / "output").open("ab") as output:
            return spawn(command, env={**os.environ, **env}, output=output.fileno(), cwd=self.directory)
