"""The embedded Postgres: one server per data directory, ours from start to end.

Why it is done this way: docs/decisions/embedded-postgres.md.
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
from chowda.standalone.postgres_binaries import Installation, choose_installation, reachable_installation
from chowda.standalone.postgres_cluster import USER, Cluster
from chowda.standalone.spawn import (
    Account,
    ProcessLog,
    first_out_of_reach,
    kill_with_children,
    spawn,
    unprivileged_account,
)

DATABASE = "chowda"
PORT = 5432
"Part of the socket's file name and no more: nothing listens on the network."
SOCKET_NAME = f".s.PGSQL.{PORT}"
SOCKET_PATH_LIMIT = 103
"Bytes of a socket's path: 107 on Linux, 103 on macOS."
POLL_SECONDS = 0.05
REPAIR_SECONDS = 600.0
"How long a server that answers 'starting up' is waited for: it repairs itself after a crash."
SILENCE_SECONDS = 60.0
"How long a server that does not answer at all is waited for."


def running_dsn(data_dir: Path) -> str:
    """The database of the `chowda up` that runs on this data directory now; holds the password.

    Raises ConfigurationError where none runs, or where this user may not reach it.
    """
    home = data_dir.resolve() / "postgres"
    cluster = Cluster(home)
    try:
        if not cluster.password_file.exists():
            raise ConfigurationError(
                f"There is no Chowda in {data_dir}: it has no database of its own. Say where it is with --data-dir, "
                "or set CHOWDA_DATABASE_URL."
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
            f"No Chowda runs on {data_dir}: its database does not answer ({reason}). Start it with "
            f"`chowda up --data-dir {data_dir}`, and try again while it runs."
        ) from None
    return dsn


def socket_dir(home: Path) -> Path:
    """Where the server whose files are below `home` puts its socket; below /tmp where the path gets too long."""
    directory = home / "socket"
    # A comma separates hosts in a connection string.
    if len(os.fsencode(directory / SOCKET_NAME)) > SOCKET_PATH_LIMIT or "," in str(directory):
        digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
        directory = Path("/tmp", f"chowda-{digest}")  # noqa: S108 - its owner is checked where it is made
    return directory


def socket_dsn(directory: Path, password: str, database: str) -> str:
    host = quote(str(directory), safe="/")
    return f"postgresql://{USER}:{quote(password)}@/{quote(database)}?host={host}&port={PORT}"


def _say_nothing(_line: str) -> None:
    pass


class EmbeddedPostgres:
    """A Postgres server below `data_dir`, reachable through a Unix socket alone.

    `settings` are server settings that win over postgresql.conf. `report` gets a short line for a person
    when something takes a while. `wait_seconds` is the patience with a predecessor that is still ending.
    The server ends when this process ends, however it ends.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        settings: Mapping[str, str] | None = None,
        report: Callable[[str], None] = _say_nothing,
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
        """For asyncpg, psycopg and, with its driver named, SQLAlchemy. Holds the password."""
        return self.dsn_of(DATABASE)

    def dsn_of(self, database: str) -> str:
        if self._socket_dir is None:
            raise RuntimeError("the server has not been started")
        return socket_dsn(self._socket_dir, self._password, database)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Returns when the server takes queries. Call it from the main thread.

        Raises ConfigurationError, which says what is in the way; nothing is left running then.
        """
        try:
            self._prepare_directories()
            self._take_lock()
            account = self._account()
            installation = self._installation(account)
            self._password = self.cluster.password()
            if not self.cluster.exists():
                self._make_cluster(installation, account)
            self._socket_dir = self._make_socket_dir(account)
            self._clear_stale_files(self._socket_dir)
            self._launch(installation, account)
        except OSError as exc:
            self.stop()
            raise ConfigurationError(
                f"The embedded Postgres cannot use the data directory {self.data_dir}: {exc}. Another one "
                "can be set with CHOWDA_DATA_DIR."
            ) from exc
        except BaseException:
            self.stop()
            raise

    def poll(self) -> int | None:
        """The exit status if the server has ended, else None. Also keeps its log small: call it regularly."""
        if self._process is None:
            return None
        self.log.trim()
        return self._process.poll()

    def stop(self, timeout_seconds: float = 8.0) -> None:
        """Ends the server: fast, then at once (it repairs itself at the next start), then by force."""
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

    def hasten(self) -> None:
        """Makes a stop immediate. Safe in a signal handler; `stop` must still be called."""
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
                    f"{directory} belongs to {Account.of_owner(directory).name}. Start Chowda as the user "
                    "that made it, or set CHOWDA_DATA_DIR to a directory of your own."
                )

    def _take_lock(self) -> None:
        """The server inherits the lock: nobody gets it while this process or any of the server's lives."""

        def tell(owner: str) -> None:
            self._report(f"Waiting for another Chowda ({owner}) to let go of {self.data_dir}")

        try:
            self._lock.acquire(self._wait_seconds, tell)
        except DirectoryInUse as exc:
            raise ConfigurationError(
                f"The data directory {self.data_dir} is in use by another Chowda ({exc.owner}). Stop that "
                "one, or give this one a directory of its own with CHOWDA_DATA_DIR."
            ) from None

    def _account(self) -> Account | None:
        """None: run as who we are. As root: as the owner of the cluster, if there is one."""
        if os.geteuid() != 0:
            return None
        account = unprivileged_account()
        if self.cluster.exists():
            owner = Account.of_owner(self.cluster.directory)
            if owner.uid != 0:
                account = owner
            else:  # restored by root from a backup
                self.cluster.give_to(account)
        blocked = first_out_of_reach(account, [(self.cluster.home, "x")])
        if blocked is not None:
            raise ConfigurationError(
                f"Postgres does not run as root, so it runs as {account.name}, and that account cannot pass "
                f"the directory {blocked} on the way to {self.data_dir}. Set CHOWDA_DATA_DIR to a directory "
                f"that everyone can reach, such as /var/lib/chowda, or let others pass: chmod o+x {blocked}"
            )
        return account

    def _installation(self, account: Account | None) -> Installation:
        installation = choose_installation(self.cluster.major(), self.cluster.directory)
        if account is None:
            return installation
        return reachable_installation(installation, account, self.cluster.home / "programs")

    def _make_cluster(self, installation: Installation, account: Account | None) -> None:
        self._report(f"Making the database in {self.cluster.home} (once)")

        def run(command: list[str | Path]) -> None:
            process, start_of_log = self._spawn(command, account, signal.SIGKILL)
            try:
                status = process.wait()
            except BaseException:
                process.kill()
                process.wait()
                raise
            if status != 0:
                raise self._trouble("Postgres could not make its database", start_of_log)

        self.cluster.make(installation, account, run, durable=self._settings.get("fsync") != "off")

    def _make_socket_dir(self, account: Account | None) -> Path:
        """A directory of mode 0700 whose path leaves room for the socket's name; below /tmp if need be."""
        directory = socket_dir(self.cluster.home)
        owner = account.uid if account else os.geteuid()
        directory.mkdir(0o700, exist_ok=True)
        found = directory.lstat()
        if directory.is_symlink() or found.st_uid not in {owner, os.geteuid()}:
            raise ConfigurationError(
                f"{directory}, where Postgres puts its socket, belongs to somebody else. Remove it, or set "
                "CHOWDA_DATA_DIR to a shorter path."
            )
        if account is not None:
            os.chown(directory, account.uid, account.gid, follow_symlinks=False)
        directory.chmod(0o700)
        return directory

    def _clear_stale_files(self, socket_dir: Path) -> None:
        """Kill -9 leaves pid files, and Postgres refuses to start if that pid is another process by now.

        We hold the lock, so no server of ours is left; one that somebody started by hand is refused.
        """
        pid_file = self.cluster.directory / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().splitlines()[0])
        except (FileNotFoundError, ValueError, IndexError):
            pid = 0
        if pid > 0 and _is_server_of(pid, self.cluster.directory):
            raise ConfigurationError(
                f"A Postgres server that this Chowda did not start (pid {pid}) runs on "
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
        # At our death it ends at once, whatever it is doing; a fast shutdown would first write everything
        # out, for longer than a successor waits. The next start repairs from the WAL.
        command: list[str | Path] = [installation.postgres, "-D", self.cluster.directory, *arguments]
        process, start_of_log = self._spawn(command, account, signal.SIGQUIT)
        self._process = process
        self._lock.sign(f"pid {os.getpid()}, its Postgres pid {process.pid}")
        with self._connect_when_ready(process, start_of_log) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if found.fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _connect_when_ready(self, process: subprocess.Popen[bytes], start_of_log: int) -> psycopg.Connection:
        started = time.monotonic()
        patience = SILENCE_SECONDS
        told = False
        while True:
            try:
                return psycopg.connect(self.dsn_of("postgres"), autocommit=True, connect_timeout=10)
            except psycopg.OperationalError as exc:
                message = str(exc)
            if process.poll() is not None:
                raise self._trouble("Postgres ended while it was starting", start_of_log)
            if "password authentication failed" in message:
                raise ConfigurationError(
                    f"The password in {self.cluster.password_file} is not the one of the database in "
                    f"{self.cluster.directory}. Restore both from the same backup."
                )
            if "FATAL" in message:  # the server's own word: it lives, and is not ready yet
                patience = REPAIR_SECONDS
            waited = time.monotonic() - started
            if waited > patience:
                raise self._trouble(f"Postgres does not answer after {waited:.0f} s", start_of_log)
            if waited > 3 and not told:
                self._report("Postgres is repairing its files after it was ended by force")
                told = True
            time.sleep(POLL_SECONDS)

    def _spawn(
        self, command: list[str | Path], account: Account | None, death_signal: signal.Signals
    ) -> tuple[subprocess.Popen[bytes], int]:
        """The process, and where in the log its output starts."""
        output = self.log.open()
        try:
            start_of_log = self.log.size()
            # A bare environment: the account need not see ours, and PG* and LC_* would change the server.
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

    def _trouble(self, what: str, start_of_log: int) -> ConfigurationError:
        lines = "".join(f"\n  {line}" for line in self.log.tail(5, start_of_log))
        return ConfigurationError(f"{what}. The end of its log, {self.log.path}:{lines or ' (nothing)'}")


def _is_server_of(pid: int, cluster: Path) -> bool:
    """Postgres works in its cluster directory; where we can't see that, a process called postgres counts."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == cluster
        except OSError:
            return False  # no such process, or another user's, who can't run a server on our files
    command = ["/bin/ps", "-o", "comm=", "-p", str(pid)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return "postgres" in answer.stdout
