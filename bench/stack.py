"""The system under test: an embedded Postgres with default settings, an API, workers and fake apps."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx
import psutil

from chowda.config import Settings
from chowda.db.migrate import migrate
from chowda.standalone.embedded_postgres import EmbeddedPostgres

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Row:
    """One line of the table of results. The target is an upper bound for the ratio."""

    name: str
    measured: str
    reference: str
    ratio: float | None
    target: float | None

    @property
    def met(self) -> bool:
        return self.target is None or (self.ratio is not None and self.ratio <= self.target)


class FakeApp:
    """A fake CLAMS app in its own process."""

    def __init__(self, name: str, **options: object) -> None:
        arguments = [
            part for key, value in options.items() for part in (f"--{key.replace('_', '-')}", str(value))
        ]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fake_clams", "--port", "0", "--name", name, *arguments],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()

    def calls(self) -> list[dict[str, Any]]:
        state = httpx.get(f"{self.url}/control").raise_for_status().json()
        return list(state["calls"])

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


class Stack:
    """A Chowda with its own directory and processes. Use as a context manager."""

    def __init__(
        self, *, workers: int = 1, postgres_settings: Mapping[str, str] | None = None, **settings: object
    ) -> None:
        self.data_dir = Path(tempfile.mkdtemp(prefix="chowda-bench-", dir="/tmp"))
        self.data_dir.chmod(0o711)
        self._settings = settings
        self._postgres_settings = postgres_settings
        self._workers = workers
        self._stack = contextlib.ExitStack()
        self.workers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        try:
            return self._start()
        except BaseException:
            self._stack.close()
            raise

    def _start(self) -> Self:
        self._stack.callback(shutil.rmtree, self.data_dir, ignore_errors=True)
        self.postgres = self._stack.enter_context(
            EmbeddedPostgres(self.data_dir, settings=self._postgres_settings)
        )
        self.settings = Settings(
            database_url=self.postgres.dsn, data_dir=self.data_dir, port=_free_port(), **self._settings
        )
        migrate(self.settings)
        self.url = f"http://127.0.0.1:{self.settings.port}"
        self.http = self._stack.enter_context(httpx.Client(base_url=self.url, timeout=600))
        self._start_processes()
        return self

    def _start_processes(self) -> None:
        self.api = self._spawn("api")
        self.workers = [self._spawn("worker") for _ in range(self._workers)]
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                if self.http.get("/readyz").status_code == 200:
                    return
            time.sleep(0.1)
        log = "\n".join((self.data_dir / "api.log").read_text().splitlines()[-20:])
        raise RuntimeError(f"the API is not ready:\n{log}")

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def add_worker(self) -> subprocess.Popen[bytes]:
        """Start another worker. The others keep running."""
        self.workers.append(self._spawn("worker"))
        return self.workers[-1]

    def restart_after_a_crash(self) -> None:
        """Kill all processes with SIGKILL, Postgres included, and start them again."""
        assert self.postgres.pid is not None
        for pid in (*(worker.pid for worker in self.workers), self.api.pid, self.postgres.pid):
            os.kill(pid, signal.SIGKILL)
        self.postgres.stop()
        self.postgres.start()
        self._start_processes()

    def app(self, name: str, **options: object) -> FakeApp:
        app = FakeApp(name, **options)
        self._stack.callback(app.stop)
        return app

    def ask(self, query: str, **variables: object) -> Any:
        answer = self.http.post("/graphql", json={"query": query, "variables": variables}).json()
        if "errors" in answer:
            raise RuntimeError(json.dumps(answer["errors"])[:2000])
        return answer["data"]

    def register(self, app: FakeApp, max_concurrency: int, timeout_seconds: int = 600) -> str:
        return str(
            self.ask(
                "mutation($i: RegisterAppInput!) { registerApp(input: $i) { id } }",
                i={"endpoint": app.url, "maxConcurrency": max_concurrency, "timeoutSeconds": timeout_seconds},
            )["registerApp"]["id"]
        )

    def pipeline(self, name: str, app_ids: Sequence[str]) -> str:
        return str(
            self.ask(
                "mutation($i: CreatePipelineInput!) { createPipeline(input: $i) { id } }",
                i={"name": name, "steps": [{"appId": app_id} for app_id in app_ids]},
            )["createPipeline"]["id"]
        )

    def add_files(self, guids: Sequence[str]) -> None:
        self.ask(
            "mutation($i: [MediaFileInput!]!) { addMediaFiles(input: $i) { guid } }",
            i=[
                {"guid": guid, "documents": [{"type": "VIDEO", "location": f"file:///data/{guid}.mp4"}]}
                for guid in guids
            ],
        )

    def batch(self, name: str, pipeline_id: str, guids: Sequence[str]) -> str:
        return str(
            self.ask(
                "mutation($i: CreateBatchInput!) { createBatch(input: $i) { id } }",
                i={"name": name, "pipelineId": pipeline_id, "guids": list(guids)},
            )["createBatch"]["id"]
        )

    def start(self, batch_id: str, **more: object) -> str:
        return str(
            self.ask(
                "mutation($i: StartBatchInput!) { startBatch(input: $i) { id } }",
                i={"batchId": batch_id, **more},
            )["startBatch"]["id"]
        )

    def status(self, run_id: str) -> dict[str, Any]:
        return dict(
            self.ask(
                "query($id: ID!) { batchRun(id: $id) { status percent endedAt counts { total finished failed } "
                "steps { position percent counts { total waiting running finished } } } }",
                id=run_id,
            )["batchRun"]
        )

    def wait(self, run_id: str, seconds: float = 600, every_seconds: float = 0.1) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            status = self.status(run_id)
            if status["endedAt"] is not None:
                return status
            time.sleep(every_seconds)
        raise RuntimeError(f"the run did not end: {status}")

    def pss_bytes(self) -> int:
        """Return the proportional set size of all processes of this stack, in which shared pages count once."""
        total = 0
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error, OSError):
                if "fake_clams" not in " ".join(process.cmdline()):
                    total += _smaps(process.pid, "Pss")
        return total

    def _spawn(self, command: str) -> subprocess.Popen[bytes]:
        environment = {
            f"CHOWDA_{name.upper()}": str(value)
            for name, value in self.settings.model_dump(mode="json", exclude_none=True).items()
            if not isinstance(value, list)
        }
        log = (self.data_dir / f"{command}.log").open("ab")
        process = subprocess.Popen(
            [sys.executable, "-m", "chowda", command],
            env=os.environ | environment | {"CHOWDA_LOG_LEVEL": "WARNING"},
            stdout=log,
            stderr=log,
            cwd=ROOT,
        )
        self._stack.callback(_end, process)
        return process


def anonymous_bytes(pid: int) -> int:
    return _smaps(pid, "Anonymous")


def _smaps(pid: int, field: str) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    return 0


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
