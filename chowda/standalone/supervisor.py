"""`chowda up`: starts, supervises and stops Postgres, the migrations, the API and a worker."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import select
import signal
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from types import FrameType

import typer

from chowda.config import Settings, mask_url
from chowda.data_dir import make_data_dir
from chowda.listen_socket import INHERITED, bind, http_address, port_of
from chowda.standalone.child_process import ChildProcess, ChildSpec, describe_exit
from chowda.standalone.embedded_postgres import EmbeddedPostgres

CHILDREN_STOP_SECONDS = 4.0
KILL_WAIT_SECONDS = 1.0
POSTGRES_STOP_SECONDS = 4.0
READY_POLL_SECONDS = 0.1
POLL_SECONDS = 5.0
"How often the processes are checked without a signal. A child that exits sends one."
START_ATTEMPTS = 3
"A child that exits this often before the API is ready is not started again."
POSTGRES_EXITS = 5
POSTGRES_EXITS_SECONDS = 300.0
"If Postgres exits more often than POSTGRES_EXITS within this time, it is not started again."
EXIT_CONFIGURATION = 2
SECOND_CTRL_C_SECONDS = 0.5
"A second SIGINT within this time is the same key press, sent by the terminal and by a parent process."


def _chowda_process(name: str, listens: bool = False) -> ChildSpec:
    return ChildSpec(name, (sys.executable, "-m", "chowda", name), listens=listens)


MIGRATE = _chowda_process("migrate")
CHILDREN = (_chowda_process("api", listens=True), _chowda_process("worker"))


def run_up(
    settings: Settings,
    *,
    migrate: ChildSpec = MIGRATE,
    children: Sequence[ChildSpec] = CHILDREN,
    report: Callable[[str], None] = typer.echo,
) -> int:
    """Runs until SIGTERM, SIGHUP or Ctrl-C. Returns the exit status. Call it from the main thread.

    `report` gets lines for the user. Raises ConfigurationError if it can't start with these settings.
    """
    return Supervisor(settings, migrate, children, report).run()


class StopRequested(BaseException):
    """A signal requested the stop during a blocking call."""


class ProcessFailed(Exception):
    """A process exits again and again. The message names it and its log."""


class Supervisor:
    def __init__(
        self,
        settings: Settings,
        migrate: ChildSpec,
        children: Sequence[ChildSpec],
        report: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._report_line = report
        self._data_dir = settings.data_dir.resolve()
        log_dir = self._data_dir / "logs"
        self._migrate = ChildProcess(migrate, log_dir)
        self._children = [ChildProcess(spec, log_dir) for spec in children]
        self._processes = [self._migrate, *self._children]
        self._postgres: EmbeddedPostgres | None = None
        self._listener: socket.socket | None = None
        self._env: dict[str, str] = {}
        self._ready = threading.Event()
        self._ready_reported = False
        self._ended = threading.Event()
        self._stopping = False
        self._raise_on_signal = False
        self._first_ctrl_c: float | None = None
        self._forced = False
        self._postgres_exits: deque[float] = deque(maxlen=POSTGRES_EXITS)
        self._wake_read = -1

    def run(self) -> int:
        with self._signals():
            try:
                with self._stops_on_signal():
                    self._start()
                self._supervise()
            except StopRequested:
                pass
            except ProcessFailed as exc:
                self._report(str(exc))
                return 1
            finally:
                self._stop()
            return 0

    def _report(self, line: str) -> None:
        with contextlib.suppress(OSError):  # the terminal may be closed while the processes go on
            self._report_line(line)

    # --- start ---

    def _start(self) -> None:
        settings = self._settings
        make_data_dir(self._data_dir)
        (self._data_dir / "logs").mkdir(exist_ok=True)
        self._report(f"Data directory: {self._data_dir}")
        # First, because it fails fastest. Clients that connect early wait for the API.
        self._listener = bind(settings.host, settings.port)
        if settings.database_url is None:
            self._postgres = EmbeddedPostgres(self._data_dir, report=self._report)
            self._postgres.start()
            self._report("Postgres is ready")
            database_url = self._postgres.dsn
        else:
            database_url = settings.database_url
            self._report(f"Database: {mask_url(database_url)}")
        port = port_of(self._listener)
        self._env = {
            **os.environ,
            **settings_environment(settings),
            "CHOWDA_DATA_DIR": str(self._data_dir),
            "CHOWDA_DATABASE_URL": database_url,
            "CHOWDA_PORT": str(port),
            "PYTHONUNBUFFERED": "1",
        }
        self._run_migrations()
        for child in self._children:
            self._start_child(child)
        threading.Thread(target=self._wait_for_ready, args=(settings.host, port), daemon=True).start()

    def _run_migrations(self) -> None:
        self._migrate.start(self._env, [])
        while (status := self._migrate.take_exit_status()) is None:
            self._wait(POLL_SECONDS)
        if status != 0:
            raise ProcessFailed(
                f"The migrations failed ({describe_exit(status)}). "
                f"Last lines of {self._migrate.log.path}:{self._migrate.log_tail()}"
            )
        self._report("Database is up to date")

    def _start_child(self, child: ChildProcess) -> None:
        if child.spec.listens and self._listener is not None:
            descriptor = self._listener.fileno()
            child.start({**self._env, INHERITED: str(descriptor)}, [descriptor])
        else:
            child.start(self._env, [])

    def _wait_for_ready(self, host: str, port: int) -> None:
        """Polls the API until it is ready. Runs in a thread of its own."""
        while not self._ended.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection(host, port, timeout=5)
                try:
                    connection.request("GET", "/readyz")
                    if connection.getresponse().status == 200:
                        self._ready.set()
                        return
                finally:
                    connection.close()
            self._ended.wait(0.2)

    # --- while it runs ---

    def _supervise(self) -> None:
        while not self._stopping:
            if self._ready.is_set() and not self._ready_reported:
                address = http_address(self._settings.host, int(self._env["CHOWDA_PORT"]))
                self._report(f"Chowda is ready at {address}")
                self._report(f"Ctrl-C stops it. Logs: {self._data_dir / 'logs'}")
                self._ready_reported = True
            self._supervise_postgres()
            for child in self._children:
                self._supervise_child(child)
            self._wait(self._seconds_until_next_check())

    def _supervise_postgres(self) -> None:
        if self._postgres is None:
            return
        status = self._postgres.poll()
        if status is None:
            return
        now = time.monotonic()
        if (
            len(self._postgres_exits) == POSTGRES_EXITS
            and now - self._postgres_exits[0] < POSTGRES_EXITS_SECONDS
        ):
            raise ProcessFailed(
                f"Postgres exits repeatedly ({describe_exit(status)}). Log: {self._postgres.log.path}"
            )
        self._postgres_exits.append(now)
        self._report(
            f"Postgres exited ({describe_exit(status)}). Restarting it. Log: {self._postgres.log.path}"
        )
        self._postgres.stop()
        with self._stops_on_signal():
            self._postgres.start()
        self._report("Postgres is ready")

    def _supervise_child(self, child: ChildProcess) -> None:
        child.log.trim()
        status = child.take_exit_status()
        if status is not None:
            hopeless = status == EXIT_CONFIGURATION or child.consecutive_exits >= START_ATTEMPTS
            if hopeless and not self._ready.is_set():
                raise ProcessFailed(
                    f"The {child.name} does not start ({describe_exit(status)}). "
                    f"Last lines of {child.log.path}:{child.log_tail()}"
                )
            self._report(
                f"The {child.name} exited ({describe_exit(status)}). Restarting it in "
                f"{child.backoff_seconds:g} s. Log: {child.log.path}"
            )
        if not child.running and time.monotonic() >= child.start_at:
            self._start_child(child)

    def _seconds_until_next_check(self) -> float:
        now = time.monotonic()
        waits = [child.start_at - now for child in self._children if not child.running]
        return max(0.0, min([POLL_SECONDS if self._ready_reported else READY_POLL_SECONDS, *waits]))

    # --- stop ---

    def _stop(self) -> None:
        """Stops the children, all together, and then the database. Takes at most 10 s."""
        self._raise_on_signal = False
        self._stopping = True
        self._ended.set()
        if self._env:
            self._report("Stopping")
        for child in self._processes:
            child.terminate()
        late = self._wait_for_exits(CHILDREN_STOP_SECONDS)
        if late and not self._forced:
            self._report(f"Killed after {CHILDREN_STOP_SECONDS:g} s: {', '.join(late)}")
        for child in self._processes:
            child.kill()
        self._wait_for_exits(KILL_WAIT_SECONDS)
        if self._listener is not None:
            self._listener.close()
        if self._postgres is not None:
            if self._forced:
                self._postgres.stop_immediately()
            self._postgres.stop(POSTGRES_STOP_SECONDS)
        if self._env:
            self._report("Stopped")

    def _wait_for_exits(self, seconds: float) -> list[str]:
        """The names of the processes that still run then, or at the second Ctrl-C."""
        forced = self._forced
        deadline = time.monotonic() + seconds
        while (late := [child.name for child in self._processes if child.alive]) and self._forced == forced:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                break
            self._wait(remaining)
        return late

    # --- signals ---

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        self._wake_read, wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(wake_write, False)
        handled = [signal.SIGINT, signal.SIGTERM, signal.SIGCHLD]
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup ignores it
            handled.append(signal.SIGHUP)
        before = {number: signal.signal(number, self._on_signal) for number in handled}
        wakeup_before = signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(wakeup_before)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._ended.set()
            os.close(self._wake_read)
            os.close(wake_write)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGCHLD:
            return  # it only wakes _wait
        now = time.monotonic()
        if number == signal.SIGINT:
            if self._first_ctrl_c is None:
                self._first_ctrl_c = now
            elif now - self._first_ctrl_c > SECOND_CTRL_C_SECONDS:
                self._force()
        self._stopping = True
        if self._raise_on_signal:
            self._raise_on_signal = False
            raise StopRequested

    def _force(self) -> None:
        self._forced = True
        for child in self._processes:
            child.kill()
        if self._postgres is not None:
            self._postgres.stop_immediately()

    @contextlib.contextmanager
    def _stops_on_signal(self) -> Iterator[None]:
        """A signal that requests the stop raises StopRequested in this block."""
        self._raise_on_signal = True
        try:
            if self._stopping:
                raise StopRequested
            yield
        finally:
            self._raise_on_signal = False

    def _wait(self, seconds: float) -> None:
        """Returns at the next signal, or after this time."""
        select.select([self._wake_read], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake_read, 4096)


def settings_environment(settings: Settings) -> dict[str, str]:
    """Environment variables with which a process gets the same settings."""
    env = {}
    for name, value in settings.model_dump(mode="json").items():
        if value is not None:
            env[f"CHOWDA_{name.upper()}"] = value if isinstance(value, str) else json.dumps(value)
    return env
