"""The embedded Postgres: one server per data directory, which Chowda starts and stops.

docs/decisions/embedded-postgres.md gives the reasons.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from chowda.data_dir import make_data_dir
from chowda.errors import ConfigurationError
from chowda.standalone.directory_lock import DirectoryInUse, DirectoryLock
from chowda.standalone.postgres_binaries import Installation, accessible_installation, choose_installation
from chowda.standalone.postgres_cluster import USER, Cluster
from chowda.standalone.spawn import (
    Account,
    ProcessLog,
    first_inaccessible,
    kill_with_children,
    spawn,
    unprivileged_account,
)

DATABASE = "chowda"
PORT = 5432
"Only part of the socket's file name: the server does not listen on the network."
SOCKET_NAME = f".s.PGSQL.{PORT}"
SOCKET_PATH_LIMIT = 103
"In bytes: Linux allows 107, macOS 103."
POLL_SECONDS = 0.05
RECOVERY_SECONDS = 600.0
"How long to wait for a server that responds 'starting up', as during crash recovery."
RESPONSE_SECONDS = 60.0
"How long to wait for a server that does not respond at all."


def running_dsn(data_dir: Path) -> str:
    """The DSN, with password, of the `chowda up` that runs on this data directory.

    Raises ConfigurationError if none runs, or if it belongs to another user.
    """
    home = data_dir.resolve() / "postgres"
    cluster = Cluster(home)
    try:
        if not cluster.password_file.exists():
            raise ConfigurationError(
                f"{data_dir} is not the data directory of a Chowda: it has no database. Choose another one with "
                "--data-dir, or set CHOWDA_DATABASE_URL."
            )
        password = cluster.password()
    except PermissionError:
        raise ConfigurationError(
            f"The database in {data_dir} belongs to another user. Run this as the user who runs `chowda up`."
        ) from None
    dsn = socket_dsn(socket_dir(home), password, DATABASE)
    try:
        psycopg.connect(dsn, connect_timeout=10).close()
    except psycopg.OperationalError as exc:
        reason = str(exc).splitlines()[0].rpartition("failed: ")[2].strip()
        raise ConfigurationError(
            f"No Chowda runs on {data_dir}: its database does not respond ({reason}). Start it with "
            f"`chowda up --data-dir {data_dir}`, and try again while it runs."
        ) from None
    return dsn


def socket_dir(home: Path) -> Path:
    """The directory of the server's socket: in `home`, or in /tmp if the path gets too long."""
    directory = home / "socket"
    # A comma separates hosts in a connection string.
    if len(os.fsencode(directory / SOCKET_NAME)) > SOCKET_PATH_LIMIT or "," in str(directory):
        digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
        directory = Path("/tmp", f"chowda-{digest}")  # noqa: S108 - _make_socket_dir checks its owner
    return directory


def socket_dsn(directory: Path, password: str, database: str) -> str:
    host = quote(str(directory), safe="/")
    return f"postgresql://{USER}:{quote(password)}@/{quote(database)}?host={host}&port={PORT}"


def _no_report(_line: str) -> None:
    pass


class EmbeddedPostgres:
    """A Postgres server in `data_dir` that listens only on a Unix socket. It ends when this process ends.

    `settings` are server settings that take precedence over postgresql.conf. `report` gets a line for the user when
    something takes a while. `wait_seconds` is how long to wait for another Chowda that is still stopping.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        settings: Mapping[str, str] | None = None,
        report: Callable[[str], None] = _no_report,
        wait_seconds: float = 10.0,
    ) -> None:
        self.data_dir = data_dir.resolve()
        self.cluster = Cluster(self.data_dir / "postgres")
        self.log = ProcessLog(self.data_dir / "logs/postgres.log")
        self._settings = dict(settings or {})
        self._report = report
        self._wait_seconds = wait_seconds
        self._lock = DirectoryLock(self.cluster.home / "lock")
        self._process: subprocess.Popen[bytes] | None = None
        self._socket_dir: Path | None = None
        self._password = ""

    @property
    def dsn(self) -> str:
        """The DSN, with password, for asyncpg and psycopg, and for SQLAlchemy after adding a driver."""
        return self.dsn_of(DATABASE)

    def dsn_of(self, database: str) -> str:
        if self._socket_dir is None:
            raise RuntimeError("the server has not been started")
        return socket_dsn(self._socket_dir, self._password, database)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Returns when the server accepts queries. Call it from the main thread.

        Raises ConfigurationError if the server can't start; no process is left running then.
        """
        try:
            self._prepare_directories()
            self._take_lock()
            account = self._account()
            installation = self._installation(account)
            self._password = self.cluster.password()
            if not self.cluster.exists():
                self._create_cluster(installation, account)
            self._socket_dir = self._make_socket_dir(account)
            self._clear_stale_files(self._socket_dir)
            self._launch(installation, account)
        except OSError as exc:
            self.stop()
            raise ConfigurationError(
                f"The embedded Postgres cannot use the data directory {self.data_dir}: {exc}. Choose another one "
                "with CHOWDA_DATA_DIR."
            ) from exc
        except BaseException:
            self.stop()
            raise

    def poll(self) -> int | None:
        """The exit status if the server has exited, otherwise None. Call it regularly: it also trims the log."""
        if self._process is None:
            return None
        self.log.trim()
        return self._process.poll()

    def stop(self, timeout_seconds: float = 8.0) -> None:
        """Stops the server: fast shutdown, then immediate shutdown (with recovery at the next start), then kill."""
        process = self._process
        if process is not None:
            for number, share in ((signal.SIGINT, 0.6), (signal.SIGQUIT, 0.4)):
                process.send_signal(number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout_seconds * share)
                    break
            else:
                kill_with_children(process)
            self._process = None
        if self._socket_dir is not None and self._socket_dir.parent != self.cluster.home:
            with contextlib.suppress(OSError):
                self._socket_dir.rmdir()
        self._socket_dir = None
        self._lock.release()

    def stop_immediately(self) -> None:
        """Requests an immediate shutdown. Safe in a signal handler; call `stop` afterwards."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _prepare_directories(self) -> None:
        make_data_dir(self.data_dir)
        home = self.cluster.home
        for directory in (home, self.log.path.parent):
            directory.mkdir(exist_ok=True)
        if os.geteuid() == 0:
            home.chmod(0o711)
            return
        for directory in (home, self.cluster.directory):
            if directory.exists() and directory.stat().st_uid != os.geteuid():
                raise ConfigurationError(
                    f"{directory} belongs to {Account.of_owner(directory).name}. Start Chowda as that user, "
                    "or set CHOWDA_DATA_DIR to a directory of your own."
                )

    def _take_lock(self) -> None:
        """Takes the lock, which the server inherits: it is held while this process or the server lives."""

        def report_owner(owner: str) -> None:
            self._report(f"Waiting for another Chowda ({owner}) to release {self.data_dir}")

        try:
            self._lock.acquire(self._wait_seconds, report_owner)
        except DirectoryInUse as exc:
            raise ConfigurationError(
                f"The data directory {self.data_dir} is in use by another Chowda ({exc.owner}). Stop that "
                "one, or set CHOWDA_DATA_DIR to another directory."
            ) from None

    def _account(self) -> Account | None:
        """The account for the server when this process is root: the owner of the cluster, if there is one."""
        if os.geteuid() != 0:
            return None
        account = unprivileged_account()
        if self.cluster.exists():
            owner = Account.of_owner(self.cluster.directory)
            if owner.uid != 0:
                account = owner
            else:  # root restored it from a backup
                self.cluster.chown(account)
        blocked = first_inaccessible(account, [(self.cluster.home, "x")])
        if blocked is not None:
            raise ConfigurationError(
                f"Postgres does not run as root, so it runs as {account.name}, which cannot access "
                f"{blocked} and so not {self.data_dir}. Set CHOWDA_DATA_DIR to a directory that every user can "
                f"access, such as /var/lib/chowda, or make this one accessible: chmod o+x {blocked}"
            )
        return account

    def _installation(self, account: Account | None) -> Installation:
        installation = choose_installation(self.cluster.major(), self.cluster.directory)
        if account is None:
            return installation
        return accessible_installation(installation, account, self.cluster.home / "programs")

    def _create_cluster(self, installation: Installation, account: Account | None) -> None:
        self._report(f"Creating the database in {self.cluster.home} (only at the first start)")

        def run(command: list[str | Path]) -> None:
            process, start_of_log = self._spawn(command, account, signal.SIGKILL)
            try:
                status = process.wait()
            except BaseException:
                process.kill()
                process.wait()
                raise
            if status != 0:
                raise self._failure("Postgres could not create its database", start_of_log)

        self.cluster.create(installation, account, run, durable=self._settings.get("fsync") != "off")

    def _make_socket_dir(self, account: Account | None) -> Path:
        """Creates the socket's directory with mode 0700, for the server's account."""
        directory = socket_dir(self.cluster.home)
        owner = account.uid if account else os.geteuid()
        directory.mkdir(0o700, exist_ok=True)
        found = directory.lstat()
        if directory.is_symlink() or found.st_uid not in {owner, os.geteuid()}:
            raise ConfigurationError(
                f"The directory of Postgres' socket, {directory}, belongs to another user. Remove it, or set "
                "CHOWDA_DATA_DIR to a shorter path."
            )
        if account is not None:
            os.chown(directory, account.uid, account.gid, follow_symlinks=False)
        directory.chmod(0o700)
        return directory

    def _clear_stale_files(self, socket_dir: Path) -> None:
        """Removes the pid files that kill -9 leaves. Postgres does not start if their pid is another process now.

        As this process holds the lock, no server that Chowda started is left. Raises ConfigurationError for one that
        was started by hand.
        """
        pid_file = self.cluster.directory / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().splitlines()[0])
        except (FileNotFoundError, ValueError, IndexError):
            pid = 0
        if pid > 0 and _is_server_of(pid, self.cluster.directory):
            raise ConfigurationError(
                f"A Postgres server that Chowda did not start (pid {pid}) runs on "
                f"{self.cluster.directory}. Stop it first."
            )
        for stale in (pid_file, socket_dir / SOCKET_NAME, socket_dir / f"{SOCKET_NAME}.lock"):
            stale.unlink(missing_ok=True)

    def _launch(self, installation: Installation, account: Account | None) -> None:
        quoted_dir = str(self._socket_dir).replace('"', '""')
        forced = {
            **self._settings,
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": f'"{quoted_dir}"',
            "unix_socket_permissions": "0700",
            "logging_collector": "off",
            "log_destination": "stderr",
        }
        arguments = [part for name, value in forced.items() for part in ("-c", f"{name}={value}")]
        # An immediate shutdown when this process dies: a fast one would first write everything out, which can take
        # longer than the next Chowda waits for the lock. The next start recovers from the WAL.
        command: list[str | Path] = [installation.postgres, "-D", self.cluster.directory, *arguments]
        process, start_of_log = self._spawn(command, account, signal.SIGQUIT)
        self._process = process
        self._lock.write_owner(f"pid {os.getpid()}, its Postgres pid {process.pid}")
        with self._connect_when_ready(process, start_of_log) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if found.fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _connect_when_ready(self, process: subprocess.Popen[bytes], start_of_log: int) -> psycopg.Connection:
        started = time.monotonic()
        timeout = RESPONSE_SECONDS
        reported = False
        while True:
            try:
                return psycopg.connect(self.dsn_of("postgres"), autocommit=True, connect_timeout=10)
            except psycopg.OperationalError as exc:
                message = str(exc)
            if process.poll() is not None:
                raise self._failure("Postgres exited during its start", start_of_log)
            if "password authentication failed" in message:
                raise ConfigurationError(
                    f"The password in {self.cluster.password_file} is not the password of the database in "
                    f"{self.cluster.directory}. Restore both from the same backup."
                )
            if "FATAL" in message:  # from the server itself: it runs, and is not ready yet
                timeout = RECOVERY_SECONDS
            waited = time.monotonic() - started
            if waited > timeout:
                raise self._failure(f"Postgres does not respond after {waited:.0f} s", start_of_log)
            if waited > 3 and not reported:
                self._report("Postgres is recovering from a crash")
                reported = True
            time.sleep(POLL_SECONDS)

    def _spawn(
        self, command: list[str | Path], account: Account | None, death_signal: signal.Signals
    ) -> tuple[subprocess.Popen[bytes], int]:
        """The process, and the byte offset of its output in the log."""
        output = self.log.open()
        try:
            start_of_log = self.log.size()
            # A minimal environment: the account must not see this one, and PG* and LC_* would change the server.
            env = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}
            process = spawn(
                command,
                env=env,
                output=output,
                death_signal=death_signal,
                account=account,
                keep_descriptors=[self._lock.descriptor],
            )
        finally:
            os.close(output)
        return process, start_of_log

    def _failure(self, problem: str, start_of_log: int) -> ConfigurationError:
        lines = "".join(f"\n  {line}" for line in self.log.tail(5, start_of_log))
        return ConfigurationError(f"{problem}. Last lines of its log, {self.log.path}:{lines or ' (empty)'}")


def _is_server_of(pid: int, cluster: Path) -> bool:
    """Whether the process is a server on this cluster. Outside Linux: whether it is called postgres."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == cluster
        except OSError:
            return False  # no such process, or one of another user, which can't run on these files
    command = ["/bin/ps", "-o", "comm=", "-p", str(pid)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return "postgres" in answer.stdout
