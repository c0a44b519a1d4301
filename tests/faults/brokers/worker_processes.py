"""Worker processes as an operator runs them. Tests kill, freeze and stop them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from engine import until
from sqlalchemy import text

from chowda.db.database import Database
from chowda.standalone.spawn import kill_with_children, spawn

LEASE_SECONDS = 2.0
THREADS = 4
STOP_SECONDS = 20.0


class WorkerProcess:
    """`chowda worker` and its log. Start it from the main thread: it dies with the thread that started it."""

    def __init__(self, log: Path, environment: Mapping[str, str]) -> None:
        self.log = log
        with log.open("ab") as output:
            self._process: subprocess.Popen[bytes] = spawn(
                [sys.executable, "-m", "chowda", "worker"],
                env={**os.environ, **environment},
                output=output.fileno(),
                cwd=Path.cwd(),
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_named(self, name: str | None) -> bool:
        """Whether `name`, from `workers.name` or `step_runs.worker`, names this process."""
        return name is not None and f":{self.pid}:" in name

    def kill(self) -> None:
        kill_with_children(self._process)

    def terminate(self) -> None:
        self._process.terminate()

    def exit_status(self, seconds: float = STOP_SECONDS) -> int:
        """Wait for the process to end. Raises subprocess.TimeoutExpired."""
        return self._process.wait(seconds)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def has_logged(self, pattern: str) -> bool:
        return re.search(pattern, self.output()) is not None


class WorkerProcesses:
    """The workers of one test: they share a database, a store and a broker."""

    def __init__(self, database: Database, database_url: str, data_dir: Path, broker_url: str | None) -> None:
        self._database = database
        self._data_dir = data_dir
        self._settings = {
            "DATABASE_URL": database_url,
            "DATA_DIR": str(data_dir),
            "LEASE_SECONDS": str(LEASE_SECONDS),
            "POLL_SECONDS": "0.5",
            "FLUSH_SECONDS": "0.05",
            "THREADS": str(THREADS),
        }
        if broker_url is not None:
            self._settings["BROKER_URL"] = broker_url
        self._all: list[WorkerProcess] = []

    def start(self, **settings: object) -> WorkerProcess:
        """Start another worker with these settings. Returns before it is ready."""
        all_settings = self._settings | {name.upper(): str(value) for name, value in settings.items()}
        environment = {f"CHOWDA_{name}": value for name, value in all_settings.items()}
        process = WorkerProcess(self._data_dir / f"worker-{len(self._all) + 1}.log", environment)
        self._all.append(process)
        return process

    async def start_ready(self, count: int = 1, **settings: object) -> list[WorkerProcess]:
        """Start this many workers and wait until they are ready."""
        started = [self.start(**settings) for _ in range(count)]
        for process in started:
            await self._wait_until_ready(process)
        return started

    async def _wait_until_ready(self, process: WorkerProcess) -> None:
        async def is_announced() -> bool:
            assert process.alive, process.output()
            return any(process.is_named(name) for name in await self.live_names())

        await until(is_announced, "a worker is ready")

    async def live_names(self) -> list[str]:
        """Return the names of the workers that the database counts as live."""
        async with self._database.session() as session:
            return list(await session.scalars(text("SELECT name FROM workers WHERE until > now()")))

    def kill_all(self) -> None:
        for process in self._all:
            process.kill()
