"""`chowda up` with real processes: a real Postgres, and small programs instead of API and worker."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from postgres_fixture import copy_of, data_dir_with_cluster

from chowda.config import Settings, load_settings
from chowda.errors import ConfigurationError
from chowda.listen_socket import bind, port_of
from chowda.standalone.child_process import ChildSpec
from chowda.standalone.embedded_postgres import EmbeddedPostgres
from chowda.standalone.supervisor import run_up, settings_environment

PATIENCE_SECONDS = 40

UP = """
    import json, sys
    from chowda.standalone.child_process import ChildSpec
    from chowda.config import load_settings
    from chowda.errors import ConfigurationError
    from chowda.standalone.supervisor import run_up

    def child(name, code, listens=False):
        return ChildSpec(name, (sys.executable, "-c", code, sys.argv[2]), listens=listens)

    codes = json.loads(sys.argv[1])
    try:
        status = run_up(
            load_settings(),
            migrate=child("migrate", codes["migrate"]),
            children=[child("api", codes["api"], listens=True), child("worker", codes["worker"])],
        )
    except ConfigurationError as exc:
        print(exc.message)
        status = 2
    sys.exit(status)
"""

API = """
import http.server, os, pathlib, socket, sys
notes = pathlib.Path(sys.argv[1])
requests = 0
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global requests
        requests += 1
        ready = self.path != "/readyz" or requests > 2
        (notes / "requests").write_text(str(requests))
        self.send_response(200 if ready else 503)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())
listener = socket.socket(fileno=int(os.environ["CHOWDA_LISTEN_FD"]))
server = http.server.HTTPServer(listener.getsockname(), Answer, bind_and_activate=False)
server.socket.close()
server.socket = listener
(notes / "api").write_text(str(os.getpid()))
server.serve_forever()
"""

# On SIGTERM it writes to the database, which proves that Postgres is stopped after it.
WORKER = """
import os, pathlib, signal, subprocess, sys, psycopg
notes = pathlib.Path(sys.argv[1])
def stop(number, frame):
    with psycopg.connect(os.environ["CHOWDA_DATABASE_URL"]) as connection:
        connection.execute("INSERT INTO kept VALUES (%s)", [signal.Signals(number).name])
    sys.exit()
signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, stop)
helper = subprocess.Popen(["sleep", "1000"])
(notes / "helper").write_text(str(helper.pid))
with psycopg.connect(os.environ["CHOWDA_DATABASE_URL"]) as connection:
    connection.execute("INSERT INTO kept VALUES ('worker started')")
(notes / "worker").write_text(str(os.getpid()))
while True:
    signal.pause()
"""

STUBBORN = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
(pathlib.Path(sys.argv[1]) / "worker").write_text(str(os.getpid()))
while True:
    time.sleep(1)
"""

MIGRATE = """
import os, psycopg
with psycopg.connect(os.environ["CHOWDA_DATABASE_URL"]) as connection:
    connection.execute("INSERT INTO kept VALUES ('migrated')")
"""

PARTS = {"migrate": MIGRATE, "api": API, "worker": WORKER}


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


class Up:
    """A running `chowda up`, in a process group of its own, as a terminal starts it."""

    def __init__(self, data_dir: Path, notes: Path, parts: dict[str, str], env: dict[str, str]) -> None:
        self.data_dir = data_dir
        self.notes = notes
        self.lines: list[str] = []
        env = {"CHOWDA_DATA_DIR": str(data_dir), "CHOWDA_PORT": "0", **env}
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(UP), json.dumps(PARTS | parts), str(notes)],
            env={**os.environ, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def reported(self, pattern: str) -> bool:
        return any(re.search(pattern, line) for line in self.lines)

    def wait_ready(self) -> str:
        assert eventually(lambda: self.reported("Chowda is ready at") or self.process.poll() is not None), (
            self.lines
        )
        assert self.reported("Chowda is ready at"), self.lines
        return next(line.split()[-1] for line in self.lines if "is ready at" in line)

    def pid_of(self, name: str, other_than: int = 0) -> int:
        note = self.notes / name
        assert eventually(lambda: note.exists() and note.read_text() not in {"", str(other_than)}), self.lines
        return int(note.read_text())

    def wait_end(self) -> int:
        status = self.process.wait(PATIENCE_SECONDS)
        self._reader.join()
        return status

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def postmaster(self) -> psutil.Process:
        return next(
            one for one in self.family() if one.name() == "postgres" and one.ppid() == self.process.pid
        )

    def kept(self) -> list[str]:
        """The rows that the children wrote to the database. Call it after the end."""
        with EmbeddedPostgres(self.data_dir) as server, psycopg.connect(server.dsn) as connection:
            return [row[0] for row in connection.execute("SELECT what FROM kept")]


def all_gone(processes: list[psutil.Process]) -> bool:
    return not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes)


@pytest.fixture(scope="module")
def made_once() -> Iterator[Path]:
    with data_dir_with_cluster() as path:
        yield path


@pytest.fixture
def start(made_once: Path, tmp_path: Path) -> Iterator[Callable[..., Up]]:
    """A function that starts `chowda up` with some child programs replaced and with CHOWDA_… variables."""
    with copy_of(made_once) as data_dir:
        started: list[Up] = []

        def start_up(env: dict[str, str] | None = None, **parts: str) -> Up:
            started.append(Up(data_dir, tmp_path, parts, env or {}))
            return started[-1]

        yield start_up
        for up in started:
            if up.process.poll() is None:
                up.process.terminate()
            try:
                up.wait_end()
            except subprocess.TimeoutExpired:
                up.process.kill()
                up.wait_end()
                raise


def test_up_starts_in_order_and_reports_the_address_when_the_api_is_ready(start: Callable[..., Up]) -> None:
    up = start()
    address = up.wait_ready()
    assert int((up.notes / "requests").read_text()) >= 3  # the first two responses were 503
    assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d+", address)
    with urllib.request.urlopen(f"{address}/", timeout=PATIENCE_SECONDS) as answer:
        assert int(answer.read()) == up.pid_of("api")
    up.pid_of("worker")
    password = (up.data_dir / "postgres/password").read_text().strip()
    for process in [psutil.Process(up.process.pid), *up.family()]:
        assert password not in " ".join(process.cmdline())
    up.process.terminate()
    assert up.wait_end() == 0
    assert up.lines == [
        f"Data directory: {up.data_dir}",
        "Postgres is ready",
        "Database is up to date",
        f"Chowda is ready at {address}",
        f"Ctrl-C stops it. Logs: {up.data_dir}/logs",
        "Stopping",
        "Stopped",
    ]
    assert up.kept() == ["before", "migrated", "worker started", "SIGTERM"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signal_stops_the_children_before_the_database(
    start: Callable[..., Up], number: signal.Signals
) -> None:
    up = start()
    up.wait_ready()
    up.pid_of("worker")
    family = up.family()
    assert len(family) > 5
    # To the whole process group, as a terminal does. The children must only get their SIGTERM.
    os.killpg(up.process.pid, number)
    assert up.wait_end() == 0
    assert all_gone(family)
    assert up.kept()[-2:] == ["worker started", "SIGTERM"]


def test_child_that_does_not_stop_is_killed_within_ten_seconds(start: Callable[..., Up]) -> None:
    up = start(worker=STUBBORN)
    up.wait_ready()
    up.pid_of("worker")
    family = up.family()
    begun = time.monotonic()
    up.process.terminate()
    assert up.wait_end() == 0
    assert time.monotonic() - begun < 10
    assert all_gone(family)
    assert up.reported("Killed after 4 s: worker")


def test_second_ctrl_c_kills_everything_at_once(start: Callable[..., Up]) -> None:
    up = start(worker=STUBBORN)
    up.wait_ready()
    up.pid_of("worker")
    family = up.family()
    up.process.send_signal(signal.SIGINT)
    assert eventually(lambda: up.reported("^Stopping$"))
    time.sleep(0.7)
    up.process.send_signal(signal.SIGINT)
    assert up.wait_end() == 0
    assert all_gone(family)
    assert not up.reported("Killed after")


def test_killed_supervisor_leaves_no_process(start: Callable[..., Up]) -> None:
    up = start(worker=STUBBORN)
    up.wait_ready()
    up.pid_of("worker")
    family = up.family()
    assert {"postgres"} < {one.name() for one in family}
    up.process.kill()
    up.wait_end()
    assert eventually(lambda: all_gone(family)), [one for one in family if one.is_running()]
    again = start()
    again.wait_ready()


def test_dead_child_is_restarted_and_its_own_children_are_killed(start: Callable[..., Up]) -> None:
    up = start()
    address = up.wait_ready()
    worker, helper, api = up.pid_of("worker"), psutil.Process(up.pid_of("helper")), up.pid_of("api")
    os.kill(worker, signal.SIGKILL)
    assert up.pid_of("worker", other_than=worker) != worker
    assert up.reported(r"The worker exited \(killed by SIGKILL\). Restarting it in 0.5 s. Log: .*/worker.log")
    assert eventually(lambda: all_gone([helper]))
    os.kill(api, signal.SIGKILL)
    # The socket stays open, so the client waits for the next API process.
    with urllib.request.urlopen(f"{address}/", timeout=PATIENCE_SECONDS) as answer:
        assert int(answer.read()) == up.pid_of("api", other_than=api)
    assert len([line for line in up.lines if "is ready at" in line]) == 1


def test_dead_database_server_is_restarted(start: Callable[..., Up]) -> None:
    up = start()
    up.wait_ready()
    up.pid_of("worker")
    first = up.postmaster()
    first.kill()
    assert eventually(lambda: up.lines.count("Postgres is ready") == 2), up.lines
    assert up.reported(r"Postgres exited \(killed by SIGKILL\). Restarting it. Log: .*/postgres.log")
    assert up.postmaster().pid != first.pid
    up.process.terminate()
    assert up.wait_end() == 0
    assert up.kept()[-1] == "SIGTERM"  # the worker reached the new server at the same address


def test_failed_migrations_end_the_start_with_the_reason(start: Callable[..., Up]) -> None:
    up = start(migrate="raise SystemExit('no such revision')", api="raise SystemExit('never started')")
    assert up.wait_end() == 1
    assert up.reported(r"The migrations failed \(exit status 1\). Last lines of .*/logs/migrate.log:")
    assert up.reported("no such revision")
    assert up.lines[-1] == "Stopped"
    assert not (up.data_dir / "logs/api.log").exists()


@pytest.mark.parametrize(
    ("code", "times"),
    [
        pytest.param("print('CHOWDA_THREADS: too many'); raise SystemExit(2)", 1, id="wrong setting"),
        pytest.param("print('broken'); raise SystemExit(1)", 3, id="three exits"),
    ],
)
def test_child_that_never_starts_ends_the_start_with_the_reason(
    start: Callable[..., Up], code: str, times: int
) -> None:
    never_ready = API.replace("requests > 2", "False")
    up = start(worker=code, api=never_ready)
    assert up.wait_end() == 1
    assert up.reported("The worker does not start")
    assert up.reported("too many|broken")
    assert len((up.data_dir / "logs/worker.log").read_text().splitlines()) == times
    assert not up.reported("is ready at")


def test_signal_during_the_start_stops_it(start: Callable[..., Up]) -> None:
    up = start(migrate=STUBBORN)
    pid = up.pid_of("worker")  # the note in which STUBBORN writes its pid
    family = up.family()
    assert pid in {one.pid for one in family}
    up.process.terminate()
    assert up.wait_end() == 0
    assert all_gone(family)
    assert not up.reported("Database is up to date")


def test_port_in_use_is_reported_before_anything_starts(tmp_path: Path) -> None:
    with bind("127.0.0.1", 0) as taken:
        port = port_of(taken)
        lines: list[str] = []
        with pytest.raises(ConfigurationError, match=f"Port {port} on 127.0.0.1 is in use .*CHOWDA_PORT"):
            run_up(Settings(data_dir=tmp_path / "data", port=port), report=lines.append)
    assert lines == [f"Data directory: {tmp_path / 'data'}"]
    assert not (tmp_path / "data/postgres").exists()


def test_failed_start_frees_the_port_and_restores_signal_handlers(
    start: Callable[..., Up], tmp_path: Path
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    failing = ChildSpec("migrate", (sys.executable, "-c", "raise SystemExit(1)"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = Settings(data_dir=tmp_path / "data", port=port, database_url="postgresql://user@/none")
    assert run_up(settings, migrate=failing, children=[], report=lambda _line: None) == 1
    bind("127.0.0.1", port).close()
    assert signal.getsignal(signal.SIGTERM) == before


def test_existing_database_is_used_and_its_password_is_not_shown(
    start: Callable[..., Up], postgres_server: EmbeddedPostgres
) -> None:
    with psycopg.connect(postgres_server.dsn) as connection:
        connection.execute("CREATE TABLE kept (what text)")
    try:
        up = start({"CHOWDA_DATABASE_URL": postgres_server.dsn})
        up.wait_ready()
        up.pid_of("worker")
        assert not [one for one in up.family() if one.name() == "postgres"]
        up.process.terminate()
        assert up.wait_end() == 0
        with psycopg.connect(postgres_server.dsn) as connection:
            rows = connection.execute("SELECT what FROM kept").fetchall()
        assert rows == [("migrated",), ("worker started",), ("SIGTERM",)]
        assert up.lines[1].startswith("Database: postgresql://chowda:***@/chowda?host=/")
    finally:
        with psycopg.connect(postgres_server.dsn) as connection:
            connection.execute("DROP TABLE kept")


def test_children_get_the_settings_of_the_parent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path,
        database_url="postgresql://a:b@/c?host=/d",
        host="localhost",
        port=0,
        allowed_origins=("http://one.example", "http://two.example"),
        lease_seconds=2.5,
        log_level="DEBUG",
    )
    for name, value in settings_environment(settings).items():
        monkeypatch.setenv(name, value)
    assert load_settings() == settings
