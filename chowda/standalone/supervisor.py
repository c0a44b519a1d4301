"""What `chowda up` does: Postgres, migrations, API and worker, as one thing that starts and stops."""

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
from chowda.standalone.child_process import Child, ChildProcess, describe_exit
from chowda.standalone.embedded_postgres import EmbeddedPostgres

CHILDREN_STOP_SECONDS = 4.0
KILLED_STOP_SECONDS = 1.0
POSTGRES_STOP_SECONDS = 4.0
READY_LOOK_SECONDS = 0.1
LOOK_EVERY_SECONDS = 5.0
"Without any signal; a child that ends wakes us at once."
DEATHS_BEFORE_READY = 3
POSTGRES_DEATHS = 5
"So many in five minutes, and it is given up."
EXIT_CONFIGURATION = 2
SECOND_CTRL_C_SECONDS = 0.5
"Sooner than that it is the same key press, which came twice (by the terminal and by a parent)."


def _part(name: str, listens: bool = False) -> Child:
    return Child(name, (sys.executable, "-m", "chowda", name), listens=listens)


MIGRATE = _part("migrate")
CHILDREN = (_part("api", listens=True), _part("worker"))


def run_up(
    settings: Settings,
    *,
    migrate: Child = MIGRATE,
    children: Sequence[Child] = CHILDREN,
    say: Callable[[str], None] = typer.echo,
) -> int:
    """Runs until SIGTERM, SIGHUP or Ctrl-C and returns the exit status. Call it from the main thread.

    Raises ConfigurationError if it cannot start as it is told.
    """
    return Supervisor(settings, migrate, children, say).run()


class StopAsked(BaseException):
    """A signal came while something was being waited for."""


class GivenUp(Exception):
    """A part does not start; the message says which and where its log is."""


class Supervisor:
    def __init__(
        self,
        settings: Settings,
        migrate: Child,
        children: Sequence[Child],
        say: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._say_line = say
        self._data_dir = settings.data_dir.resolve()
        log_dir = self._data_dir / "logs"
        self._migrate = ChildProcess(migrate, log_dir)
        self._children = [ChildProcess(child, log_dir) for child in children]
        self._everyone = [self._migrate, *self._children]
        self._postgres: EmbeddedPostgres | None = None
        self._listener: socket.socket | None = None
        self._env: dict[str, str] = {}
        self._ready = threading.Event()
        self._told_ready = False
        self._ended = threading.Event()
        self._stopping = False
        self._interruptible = False
        self._first_ctrl_c: float | None = None
        self._forced = False
        self._postgres_deaths: deque[float] = deque(maxlen=POSTGRES_DEATHS)
        self._wake_read = -1

    def run(self) -> int:
        with self._signals():
            try:
                with self._may_be_interrupted():
                    self._start()
                self._look_after()
            except StopAsked:
                pass
            except GivenUp as exc:
                self._say(str(exc))
                return 1
            finally:
                self._stop()
            return 0

    def _say(self, line: str) -> None:
        with contextlib.suppress(OSError):  # the terminal may be gone; what we look after is not
            self._say_line(line)

    # --- start ---

    def _start(self) -> None:
        settings = self._settings
        make_data_dir(self._data_dir)
        (self._data_dir / "logs").mkdir(exist_ok=True)
        self._say(f"Data directory: {self._data_dir}")
        # First, since it is the quickest to fail; who connects early waits for the API.
        self._listener = bind(settings.host, settings.port)
        if settings.database_url is None:
            self._postgres = EmbeddedPostgres(self._data_dir, report=self._say)
            self._postgres.start()
            self._say("Postgres is ready")
            database_url = self._postgres.dsn
        else:
            database_url = settings.database_url
            self._say(f"Database: {mask_url(database_url)}")
        port = port_of(self._listener)
        self._env = {
            **os.environ,
            **settings_environment(settings),
            "CHOWDA_DATA_DIR": str(self._data_dir),
            "CHOWDA_DATABASE_URL": database_url,
            "CHOWDA_PORT": str(port),
            "PYTHONUNBUFFERED": "1",
        }
        self._bring_up_to_date()
        for child in self._children:
            self._start_child(child)
        threading.Thread(target=self._wait_for_ready, args=(settings.host, port), daemon=True).start()

    def _bring_up_to_date(self) -> None:
        self._migrate.start(self._env, [])
        while (status := self._migrate.take_exit_status()) is None:
            self._wait(LOOK_EVERY_SECONDS)
        if status != 0:
            raise GivenUp(
                f"The database could not be brought up to date ({describe_exit(status)}). "
                f"The end of {self._migrate.log.path}:{self._migrate.last_words()}"
            )
        self._say("Database is up to date")

    def _start_child(self, child: ChildProcess) -> None:
        if child.child.listens and self._listener is not None:
            descriptor = self._listener.fileno()
            child.start({**self._env, INHERITED: str(descriptor)}, [descriptor])
        else:
            child.start(self._env, [])

    def _wait_for_ready(self, host: str, port: int) -> None:
        """In a thread of its own: asks until the API says that it is ready."""
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

    def _look_after(self) -> None:
        while not self._stopping:
            if self._ready.is_set() and not self._told_ready:
                address = http_address(self._settings.host, int(self._env["CHOWDA_PORT"]))
                self._say(f"Chowda is ready at {address}")
                self._say(f"Ctrl-C stops it. Logs: {self._data_dir / 'logs'}")
                self._told_ready = True
            self._look_after_postgres()
            for child in self._children:
                self._look_after_child(child)
            self._wait(self._seconds_until_due())

    def _look_after_postgres(self) -> None:
        if self._postgres is None:
            return
        status = self._postgres.poll()
        if status is None:
            return
        now = time.monotonic()
        if len(self._postgres_deaths) == POSTGRES_DEATHS and now - self._postgres_deaths[0] < 300:
            raise GivenUp(
                f"Postgres keeps ending ({describe_exit(status)}). Its log: {self._postgres.log.path}"
            )
        self._postgres_deaths.append(now)
        self._say(
            f"Postgres is gone ({describe_exit(status)}); starting it again. Its log: {self._postgres.log.path}"
        )
        self._postgres.stop()
        with self._may_be_interrupted():
            self._postgres.start()
        self._say("Postgres is ready")

    def _look_after_child(self, child: ChildProcess) -> None:
        child.log.trim()
        status = child.take_exit_status()
        if status is not None:
            hopeless = status == EXIT_CONFIGURATION or child.deaths_in_a_row >= DEATHS_BEFORE_READY
            if hopeless and not self._ready.is_set():
                raise GivenUp(
                    f"The {child.name} does not start ({describe_exit(status)}). "
                    f"The end of {child.log.path}:{child.last_words()}"
                )
            self._say(
                f"The {child.name} is gone ({describe_exit(status)}); starting it again in "
                f"{child.pause_seconds:g} s. Its log: {child.log.path}"
            )
        if not child.running and time.monotonic() >= child.due_at:
            self._start_child(child)

    def _seconds_until_due(self) -> float:
        now = time.monotonic()
        waits = [child.due_at - now for child in self._children if not child.running]
        return max(0.0, min([LOOK_EVERY_SECONDS if self._told_ready else READY_LOOK_SECONDS, *waits]))

    # --- stop ---

    def _stop(self) -> None:
        """The children first, together; the database when nobody needs it any more. Within 10 s."""
        self._interruptible = False
        self._stopping = True
        self._ended.set()
        if self._env:
            self._say("Stopping")
        for child in self._everyone:
            child.terminate()
        late = self._wait_for_ends(CHILDREN_STOP_SECONDS)
        if late and not self._forced:
            self._say(f"Ended by force after {CHILDREN_STOP_SECONDS:g} s: {', '.join(late)}")
        for child in self._everyone:
            child.kill()
        self._wait_for_ends(KILLED_STOP_SECONDS)
        if self._listener is not None:
            self._listener.close()
        if self._postgres is not None:
            if self._forced:
                self._postgres.hasten()
            self._postgres.stop(POSTGRES_STOP_SECONDS)
        if self._env:
            self._say("Stopped")

    def _wait_for_ends(self, seconds: float) -> list[str]:
        """The names of those who have not ended by then, or by the second Ctrl-C."""
        forced = self._forced
        deadline = time.monotonic() + seconds
        while (late := [child.name for child in self._everyone if child.alive]) and self._forced == forced:
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
        wanted = [signal.SIGINT, signal.SIGTERM, signal.SIGCHLD]
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
            wanted.append(signal.SIGHUP)
        before = {number: signal.signal(number, self._on_signal) for number in wanted}
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
            return  # it has woken us
        now = time.monotonic()
        if number == signal.SIGINT:
            if self._first_ctrl_c is None:
                self._first_ctrl_c = now
            elif now - self._first_ctrl_c > SECOND_CTRL_C_SECONDS:
                self._force()
        self._stopping = True
        if self._interruptible:
            self._interruptible = False
            raise StopAsked

    def _force(self) -> None:
        self._forced = True
        for child in self._everyone:
            child.kill()
        if self._postgres is not None:
            self._postgres.hasten()

    @contextlib.contextmanager
    def _may_be_interrupted(self) -> Iterator[None]:
        """What blocks in here ends by StopAsked when a signal asks for the end."""
        self._interruptible = True
        try:
            if self._stopping:
                raise StopAsked
            yield
        finally:
            self._interruptible = False

    def _wait(self, seconds: float) -> None:
        """Until a signal comes or the time is over."""
        select.select([self._wake_read], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake_read, 4096)


def settings_environment(settings: Settings) -> dict[str, str]:
    """The settings that are in force, for a process that reads them from its environment."""
    env = {}
    for name, value in settings.model_dump(mode="json").items():
        if value is not None:
            env[f"CHOWDA_{name.upper()}"] = value if isinstance(value, str) else json.dumps(value)
    return env
