"""Starts child processes that end when this process ends, even by kill -9."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chowda.errors import ConfigurationError
from chowda.standalone import exec_with_parent

HAS_PDEATHSIG = sys.platform == "linux" and importlib.util.find_spec("_ctypes") is not None
"Whether PR_SET_PDEATHSIG is available. Otherwise a watcher process reads a pipe that ends with this process."

_lifeline: tuple[int, int] | None = None


@dataclass(frozen=True)
class Account:
    """The user account of a process."""

    name: str
    uid: int
    gid: int

    @classmethod
    def of_owner(cls, path: Path) -> Account:
        status = path.stat()
        try:
            name = pwd.getpwuid(status.st_uid).pw_name
        except KeyError:
            name = f"uid {status.st_uid}"
        return cls(name, status.st_uid, status.st_gid)


def unprivileged_account() -> Account:
    """The account for Postgres when Chowda runs as root: chowda, otherwise postgres, otherwise nobody.

    Raises ConfigurationError if none of them exists.
    """
    for name in ("chowda", "postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise ConfigurationError(
        "Postgres does not run as root, and this machine has no account chowda, postgres or nobody. "
        "Create one (`useradd --system chowda`), or start Chowda as another user than root."
    )


def spawn(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    output: int,
    death_signal: signal.Signals = signal.SIGKILL,
    account: Account | None = None,
    keep_descriptors: Sequence[int] = (),
    cwd: str | Path = "/",
    use_pdeathsig: bool = HAS_PDEATHSIG,
) -> subprocess.Popen[bytes]:
    """Starts a program in a session of its own; it gets `death_signal` when this process dies.

    `output` is a descriptor for its stdout and stderr; `keep_descriptors` stay open in it. Raises RuntimeError outside
    the main thread, because PR_SET_PDEATHSIG fires when the forking thread exits.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("spawn must be called from the main thread")
    lifeline = None if use_pdeathsig else _lifeline_read_end()
    spec = {
        "parent": os.getpid(),
        "signal": int(death_signal),
        "uid": account.uid if account else None,
        "gid": account.gid if account else None,
        "lifeline": lifeline,
    }
    return subprocess.Popen(  # noqa: S603 - the caller chose the command
        [*_launcher(spec), *(str(part) for part in command)],
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        pass_fds=[*keep_descriptors, *([] if lifeline is None else [lifeline])],
        start_new_session=True,  # Ctrl-C reaches only this process, which stops the others in order
    )


def kill_with_children(process: subprocess.Popen[bytes]) -> None:
    """Kills the process and waits for it. On Linux, also kills its children, which may not notice its death."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    pids = children.read_text().split() if children.exists() else []
    process.kill()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    process.wait()


def first_inaccessible(account: Account, paths: Sequence[tuple[Path, str]]) -> Path | None:
    """The first file or directory that keeps the account from executing ("x") or reading ("r") these paths.

    A process under that account tries it, so that access control lists and mount options count too.
    """
    spec = {"uid": account.uid, "gid": account.gid, "access": [[str(path), mode] for path, mode in paths]}
    answer = subprocess.run(  # noqa: S603
        _launcher(spec), env={}, cwd="/", capture_output=True, text=True, check=True, timeout=30
    )
    return Path(answer.stdout.removesuffix("\n")) if answer.stdout else None


def _launcher(spec: Mapping[str, object]) -> list[str]:
    return [sys.executable, "-I", "-S", exec_with_parent.__file__, json.dumps(spec)]


def _lifeline_read_end() -> int:
    """The reading end of a pipe that stays open as long as this process lives, which alone holds the writing end."""
    global _lifeline
    if _lifeline is None:
        _lifeline = os.pipe()
    return _lifeline[0]


@dataclass(frozen=True)
class ProcessLog:
    """The log file of a process. It and one older file are kept below `limit_bytes` each."""

    path: Path
    limit_bytes: int = 10 * 1024**2

    def open(self) -> int:
        """A descriptor to append to the file, which only its owner can read. The caller closes it."""
        self.trim()
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def trim(self) -> None:
        """Moves the content to `….1` if the file is too large. Writers append, so they continue at the start."""
        if not self.path.exists() or self.path.stat().st_size <= self.limit_bytes:
            return
        older = self.path.with_name(self.path.name + ".1")
        shutil.copy2(self.path, older)
        os.truncate(self.path, 0)

    def tail(self, lines: int, since: int = 0) -> list[str]:
        """The last lines after the byte offset `since`."""
        with self.path.open("rb") as file:
            file.seek(max(since, self.path.stat().st_size - 64 * 1024))
            return file.read().decode(errors="replace").splitlines()[-lines:]

    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0
