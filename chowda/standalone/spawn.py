"""Processes of ours: each ends when the one that started it does, even by kill -9."""

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

KERNEL_TELLS = sys.platform == "linux" and importlib.util.find_spec("_ctypes") is not None
"Elsewhere PR_SET_PDEATHSIG is out of reach, and a watcher at the end of a pipe does its work."

_lifeline: tuple[int, int] | None = None


@dataclass(frozen=True)
class Account:
    """Whom a process runs as."""

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
    """The account that a server runs under when Chowda is root: chowda, else postgres, else nobody.

    Raises ConfigurationError where there is none of them.
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
        "Make one (`useradd --system chowda`), or start Chowda as another user than root."
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
    by_kernel: bool = KERNEL_TELLS,
) -> subprocess.Popen[bytes]:
    """Starts a program in a session of its own; our death sends it `death_signal`.

    `output` is a descriptor for its stdout and stderr; `keep_descriptors` stay open in it. Only from the
    main thread: the kernel takes the end of the thread that forked for the parent's end.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("a process that must live as long as this one is started by the main thread")
    lifeline = None if by_kernel else _read_end()
    spec = {
        "parent": os.getpid(),
        "signal": int(death_signal),
        "uid": account.uid if account else None,
        "gid": account.gid if account else None,
        "lifeline": lifeline,
    }
    return subprocess.Popen(  # noqa: S603 - the command is ours
        [*_exec_with_parent(spec), *(str(part) for part in command)],
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        pass_fds=[*keep_descriptors, *([] if lifeline is None else [lifeline])],
        start_new_session=True,  # a terminal's Ctrl-C reaches us alone; we stop the others in order
    )


def kill_with_children(process: subprocess.Popen[bytes]) -> None:
    """Kill -9, also for the children that don't notice (where /proc names them), and takes the exit status."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    pids = children.read_text().split() if children.exists() else []
    process.kill()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    process.wait()


def first_out_of_reach(account: Account, paths: Sequence[tuple[Path, str]]) -> Path | None:
    """The first file or directory in the way when this account executes ("x") or reads ("r") these paths.

    The kernel answers, from a process under that account, so access lists and mounts count too.
    """
    spec = {"uid": account.uid, "gid": account.gid, "reach": [[str(path), mode] for path, mode in paths]}
    answer = subprocess.run(  # noqa: S603
        _exec_with_parent(spec), env={}, cwd="/", capture_output=True, text=True, check=True, timeout=30
    )
    return Path(answer.stdout.removesuffix("\n")) if answer.stdout else None


def _exec_with_parent(spec: Mapping[str, object]) -> list[str]:
    return [sys.executable, "-I", "-S", exec_with_parent.__file__, json.dumps(spec)]


def _read_end() -> int:
    """One pipe for the life of this process; nobody else holds its writing end."""
    global _lifeline
    if _lifeline is None:
        _lifeline = os.pipe()
    return _lifeline[0]


@dataclass(frozen=True)
class ProcessLog:
    """The file that a process writes its output to; it and one older part stay below `limit_bytes` each."""

    path: Path
    limit_bytes: int = 10 * 1024**2

    def open(self) -> int:
        """A descriptor that appends; the file is readable by its owner alone. The caller closes it."""
        self.trim()
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def trim(self) -> None:
        """Moves what is there to `….1` once it is too large. Writers append, so they go on at the start."""
        if not self.path.exists() or self.path.stat().st_size <= self.limit_bytes:
            return
        older = self.path.with_name(self.path.name + ".1")
        shutil.copy2(self.path, older)
        os.truncate(self.path, 0)

    def tail(self, lines: int, since: int = 0) -> list[str]:
        """The last lines written after the byte `since`."""
        with self.path.open("rb") as file:
            file.seek(max(since, self.path.stat().st_size - 64 * 1024))
            return file.read().decode(errors="replace").splitlines()[-lines:]

    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0
