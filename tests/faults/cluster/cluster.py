"""A Chowda of real processes: APIs, workers and Postgres. Tests kill, freeze and cut off each of them.

with Cluster(data_dir, tmp_path, apis=2, workers=3) as cluster:
    cluster.workers[0].kill()
    cluster.postgres.freeze()
    cluster.heal()
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import httpx
import psutil
import psycopg
from fork_server import ForkServer
from graphql_client import GraphQLClient
from postgres_fixture import UNSAFE_BUT_FAST

from chowda.listen_socket import INHERITED, bind, port_of
from chowda.standalone.embedded_postgres import EmbeddedPostgres
from chowda.standalone.spawn import spawn

TIMEOUT_SECONDS = 150.0
LEASE_SECONDS = 5.0
"Long enough for a busy machine: a worker without a heartbeat for this long counts as dead."
POSTGRES_SETTINGS = UNSAFE_BUT_FAST | {"synchronous_commit": "on"}
"Commits survive a SIGKILL of the server, though not a power loss."
SETTINGS = {
    "CHOWDA_LEASE_SECONDS": str(LEASE_SECONDS),
    "CHOWDA_POLL_SECONDS": "1",
    "CHOWDA_FLUSH_SECONDS": "0.05",
    "CHOWDA_THREADS": "8",
}


def eventually(condition: Callable[[], Any], what: str, timeout_seconds: float = TIMEOUT_SECONDS) -> Any:
    """Poll the condition and return its first true value. Raises AssertionError after the timeout."""
    deadline = time.monotonic() + timeout_seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {timeout_seconds:g} s")
        time.sleep(0.05)
    return found


class Postgres:
    """The database server of the cluster."""

    def __init__(self, data_dir: Path) -> None:
        self._server = EmbeddedPostgres(data_dir, settings=POSTGRES_SETTINGS)
        self._frozen: list[psutil.Process] = []

    @property
    def dsn(self) -> str:
        return self._server.dsn

    @property
    def alive(self) -> bool:
        return self._server.pid is not None and self._server.poll() is None

    @property
    def frozen(self) -> bool:
        return bool(self._frozen)

    def start(self) -> None:
        self._server.start()

    def ensure_running(self) -> None:
        """Thaw it, or start it again."""
        self.thaw()
        if not self.alive:
            self._server.stop()
            self._server.start()

    def stop(self) -> None:
        """Fast shutdown: it rolls open transactions back and closes connections."""
        self.thaw()
        self._server.stop()

    def kill(self) -> None:
        """SIGKILL the postmaster. Its backends end when they notice it."""
        processes = self._processes()
        processes[0].kill()
        self._server.stop()
        psutil.wait_procs(processes, timeout=TIMEOUT_SECONDS)

    def freeze(self) -> None:
        """Stop its processes at once. Connections stay open without an answer."""
        for process in self._processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()
                self._frozen.append(process)

    def thaw(self) -> None:
        while self._frozen:
            with contextlib.suppress(psutil.NoSuchProcess):
                self._frozen.pop().resume()

    def terminate_connections(self, application_name: str = "%") -> int:
        """Terminate the connections of matching applications, as an administrator does; returns how many."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            found = connection.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE application_name LIKE %s AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
                [application_name],
            ).fetchone()
        return int(found[0]) if found else 0

    def scalar(self, statement: str) -> Any:
        """Return the first value of a query."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            row = connection.execute(statement.encode()).fetchone()
        return row[0] if row else None

    def _processes(self) -> list[psutil.Process]:
        assert self._server.pid is not None
        postmaster = psutil.Process(self._server.pid)
        return [postmaster, *postmaster.children(recursive=True)]


class ChowdaProcess:
    """`chowda api` or `chowda worker`."""

    listener: socket.socket | None = None

    def __init__(self, name: str, log: Path, environment: Mapping[str, str], forks: ForkServer) -> None:
        self.name = name
        self.log = log
        self.environment = dict(environment)
        "Takes effect at the next start."
        self._forks = forks
        self._process: psutil.Process | None = None
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        if self._process is None or (self._child is not None and self._child.poll() is not None):
            return False
        return self._process.is_running()

    def start(self) -> None:
        """Call it from the main thread: the new process ends with this one."""
        listener = self.listener.fileno() if self.listener is not None else None
        with self.log.open("ab") as output:
            if "LD_PRELOAD" in self.environment:  # needs a new program, not a fork
                inherited = {} if listener is None else {INHERITED: str(listener)}
                self._child = spawn(
                    [sys.executable, "-m", "chowda", self.name],
                    env={**os.environ, **self.environment, **inherited},
                    output=output.fileno(),
                    keep_descriptors=[] if listener is None else [listener],
                )
                pid = self._child.pid
            else:
                self._child = None
                pid = self._forks.start(self.name, self.environment, output.fileno(), listener)
        self._process = psutil.Process(pid)

    def ready(self) -> bool:
        raise NotImplementedError

    def kill(self) -> None:
        if self.alive and self._process is not None:
            self._process.kill()
            if self._child is not None:
                self._child.wait()
            else:
                self._process.wait(TIMEOUT_SECONDS)

    def terminate(self) -> None:
        """Ask it to stop, without waiting for that."""
        if self.alive:
            os.kill(self.pid, signal.SIGTERM)

    def ensure_running(self) -> None:
        """Thaw it, or start it again. Call it from the main thread."""
        self.thaw()
        if not self.alive:
            self.start()

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        if self.alive:
            os.kill(self.pid, signal.SIGCONT)

    def count_log_lines(self, text: str) -> int:
        """Return how many lines of its log contain the text."""
        return sum(text in line for line in self.log.read_text().splitlines())


class Api(ChowdaProcess):
    """The test process owns the listening socket, so the address stays the same after a restart."""

    def __init__(self, log: Path, environment: Mapping[str, str], forks: ForkServer) -> None:
        super().__init__("api", log, environment, forks)
        self.listener = bind("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{port_of(self.listener)}"
        self.client = GraphQLClient(self.url)

    def close(self) -> None:
        """Kill it and close its socket."""
        self.kill()
        self.listener.close()

    def ready(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        return False


class Worker(ChowdaProcess):
    def __init__(
        self, log: Path, environment: Mapping[str, str], forks: ForkServer, postgres: Postgres
    ) -> None:
        super().__init__("worker", log, environment, forks)
        self._postgres = postgres

    def ready(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            return bool(
                self._postgres.scalar(
                    f"SELECT count(*) FROM workers WHERE name LIKE '%:{self.pid}:%' AND until > now()"
                )
            )
        return False


class Cluster:
    """`data_dir` is a Postgres data directory with Chowda's tables; `directory` receives the store and the logs."""

    def __init__(
        self, data_dir: Path, directory: Path, *, apis: int = 1, workers: int = 1, **settings: str
    ) -> None:
        self.postgres = Postgres(data_dir)
        self.directory = directory
        self.store = directory / "mmif"
        self._counts = (apis, workers)
        self._settings = {**SETTINGS, **{f"CHOWDA_{name.upper()}": value for name, value in settings.items()}}
        self.apis: list[Api] = []
        self.workers: list[Worker] = []

    @property
    def processes(self) -> list[ChowdaProcess]:
        return [*self.apis, *self.workers]

    def __enter__(self) -> Self:
        self.postgres.start()
        apis, workers = self._counts
        self._forks = ForkServer()
        self.apis = [self.api(f"api-{n}") for n in range(apis)]
        self.workers = [self.worker(f"worker-{n}") for n in range(workers)]
        try:
            self.heal()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers:
            worker.kill()
        for api in self.apis:
            api.close()
        self._forks.stop()
        self.postgres.stop()

    def api(self, name: str, **environment: str) -> Api:
        """Create another API without starting it. The caller closes it."""
        log = self.directory / f"{name}.log"
        return Api(log, {**self.environment(name), **environment}, self._forks)

    def worker(self, name: str, **environment: str) -> Worker:
        """Create another worker without starting it. The caller kills it."""
        log = self.directory / f"{name}.log"
        return Worker(log, {**self.environment(name), **environment}, self._forks, self.postgres)

    def environment(self, name: str) -> dict[str, str]:
        """Each process has its own data directory, as on a separate machine. They share the store."""
        return {
            **self._settings,
            "CHOWDA_DATABASE_URL": self.postgres.dsn,
            "CHOWDA_DATA_DIR": str(self.directory / name),
            "CHOWDA_MMIF_STORE_URL": self.store.as_uri(),
        }

    def heal(self) -> None:
        """Undo all faults: start or thaw every process and wait until it is ready."""
        self.postgres.ensure_running()
        for process in self.processes:
            process.ensure_running()
        for process in self.processes:
            eventually(process.ready, f"{process.log.stem} is ready")


@contextlib.contextmanager
def frozen(postgres: Postgres) -> Iterator[None]:
    postgres.freeze()
    try:
        yield
    finally:
        postgres.thaw()
