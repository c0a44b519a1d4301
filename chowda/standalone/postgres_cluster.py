"""The files of the embedded Postgres: its cluster directory and its password."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from chowda.errors import ConfigurationError
from chowda.standalone.postgres_binaries import Installation
from chowda.standalone.spawn import Account

USER = "chowda"
FIRST_WITH_BUILTIN_LOCALE = 17
HBA = "local all all scram-sha-256\nlocal replication all scram-sha-256\n"
TUNING = {
    "shared_buffers": "128MB",
    "max_connections": "200",
    "work_mem": "8MB",
    "random_page_cost": "1.1",
    "jit": "off",
    # Parallel workers use /dev/shm, which has 64 MB in a container.
    "max_parallel_workers_per_gather": "0",
    "synchronous_commit": "on",
    "max_wal_size": "1GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
}
"Written to postgresql.conf when the cluster is created. Operators may change them there."


@dataclass(frozen=True)
class Cluster:
    """The cluster and its password in the directory `home`. Under root the cluster belongs to the server's account."""

    home: Path

    @property
    def directory(self) -> Path:
        return self.home / "cluster"

    @property
    def password_file(self) -> Path:
        return self.home / "password"

    def exists(self) -> bool:
        return self.directory.exists()

    def major(self) -> int | None:
        """The major version of the Postgres that created the cluster; None if there is no cluster yet."""
        if not self.exists():
            return None
        try:
            return int((self.directory / "PG_VERSION").read_text())
        except (FileNotFoundError, NotADirectoryError, ValueError):
            raise ConfigurationError(
                f"{self.directory} is not a Postgres cluster: it has no readable PG_VERSION. Move it away, "
                "or set CHOWDA_DATA_DIR to another directory."
            ) from None

    def password(self) -> str:
        """The stored password; a new one if there is no cluster yet. Raises ConfigurationError if it is missing."""
        if self.password_file.exists():
            return self.password_file.read_text().strip()
        if self.exists():
            raise ConfigurationError(
                f"{self.password_file} is missing. It contains the password of the embedded Postgres. Restore it "
                "from the same backup as the data directory."
            )
        password = secrets.token_urlsafe(32)
        _write_durably(self.password_file, password + "\n")
        return password

    def chown(self, account: Account) -> None:
        for directory, _, names in os.walk(self.directory):
            for name in ("", *names):
                os.chown(Path(directory, name), account.uid, account.gid, follow_symlinks=False)

    def create(
        self,
        installation: Installation,
        account: Account | None,
        run: Callable[[list[str | Path]], None],
        durable: bool,
    ) -> None:
        """Creates the cluster in a temporary directory and renames it, so that a kill leaves no partial cluster.

        `run` runs initdb under the account and raises if it fails.
        """
        for left_over in self.home.glob("making-*"):
            shutil.rmtree(left_over)
        temporary = Path(tempfile.mkdtemp(prefix="making-", dir=self.home))
        cluster = temporary / "cluster"
        cluster.mkdir(0o700)
        password_file = temporary / "password"  # initdb reads it under the account
        _write_durably(password_file, self.password() + "\n")
        if account is not None:
            temporary.chmod(0o711)
            os.chown(password_file, account.uid, account.gid)
            os.chown(cluster, account.uid, account.gid)
        command: list[str | Path] = [
            *(installation.initdb, "--pgdata", cluster, "--username", USER, "--pwfile", password_file),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--data-checksums"),
            "--no-instructions",
        ]
        if installation.major >= FIRST_WITH_BUILTIN_LOCALE:
            command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if not durable:
            command += ["--no-sync"]
        run(command)
        (cluster / "pg_hba.conf").write_text(HBA)
        with (cluster / "postgresql.conf").open("a") as conf:
            conf.write("\n# Set by Chowda, for a server that shares the machine with other programs\n")
            conf.writelines(f"{name} = '{value}'\n" for name, value in TUNING.items())
        if durable:
            for written in (cluster / "pg_hba.conf", cluster / "postgresql.conf"):
                _sync(written)
        cluster.rename(self.directory)
        if durable:
            _sync(self.home)
        shutil.rmtree(temporary)


def _write_durably(path: Path, text: str) -> None:
    """Writes the file atomically and durably; only its owner can read it."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(name).rename(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
