"""Executes a program that ends when its parent process ends.

`chowda.standalone.spawn` runs this file as a script, so that the work between fork and exec happens in a fresh
interpreter with one thread: a Python function between the two can deadlock in a process with threads. The script runs
with -I -S and imports only the standard library.

    exec_with_parent.py SPEC COMMAND...    executes COMMAND
    exec_with_parent.py SPEC               prints the first path of SPEC["access"] that the account cannot use

SPEC is JSON: `parent` (pid), `signal` (to send when the parent dies), `uid` and `gid` (null: no change),
`lifeline` (a descriptor that reads end-of-file when the parent is gone; null: use PR_SET_PDEATHSIG instead),
`access` (list of [path, "x" or "r"]).
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1  # linux/prctl.h
EXIT_CANNOT_EXECUTE = 126
EXIT_NOT_FOUND = 127


def main(arguments: list[str]) -> int:
    spec: dict[str, Any] = json.loads(arguments[0])
    command = arguments[1:]
    set_death_signal = _load_prctl() if command and spec["lifeline"] is None else None
    _change_account(spec["uid"], spec["gid"])
    if not command:
        return _print_first_inaccessible(spec["access"])
    _reset_signals()
    # After the change of account, which clears the death signal.
    if set_death_signal is not None:
        set_death_signal(spec["signal"])
    else:
        _start_watcher(spec["lifeline"], spec["signal"])
    if os.getppid() != spec["parent"]:
        return 0  # the parent died before the death signal was set
    try:
        os.execvp(command[0], command)  # noqa: S606 - the point of this script
    except OSError as exc:
        print(f"cannot run {command[0]}: {exc.strerror}", file=sys.stderr)  # noqa: T201
        return EXIT_NOT_FOUND if isinstance(exc, FileNotFoundError) else EXIT_CANNOT_EXECUTE


def _change_account(uid: int | None, gid: int | None) -> None:
    if uid is None or gid is None:
        return
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def _reset_signals() -> None:
    """Resets what exec would pass on: ignored signals (Python ignores SIGPIPE and SIGXFSZ) and blocked ones."""
    for name in ("SIGINT", "SIGQUIT", "SIGTERM", "SIGCHLD", "SIGPIPE", "SIGXFSZ"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def _load_prctl() -> Callable[[int], None]:
    """A function that sets the death signal. Load it before the change of account, which may hide Python's library."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)

    def set_death_signal(number: int) -> None:
        if libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")

    return set_death_signal


def _start_watcher(lifeline: int, number: int) -> None:
    """Starts a process that sends the signal to this one when the lifeline ends.

    The watcher is not a child of this process, because the command does not expect a child that it did not start. It
    ends when the pipe `alive` does, whose writing end only the command and its children hold.
    """
    alive, held = os.pipe()
    os.set_inheritable(held, True)
    target = os.getpid()
    child = os.fork()
    if child == 0:
        if os.fork() == 0:
            _watch(lifeline, alive, target, number)
        os._exit(0)
    os.waitpid(child, 0)
    os.close(alive)
    os.close(lifeline)


def _watch(lifeline: int, alive: int, target: int, number: int) -> None:
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    low, high = sorted((lifeline, alive))
    os.closerange(3, low)
    os.closerange(low + 1, high)
    os.closerange(high + 1, os.sysconf("SC_OPEN_MAX"))
    readable, _, _ = select.select([lifeline, alive], [], [])
    if alive not in readable:
        os.kill(target, number)


def _print_first_inaccessible(wanted: list[list[str]]) -> int:
    for name, mode in wanted:
        path = Path(name)
        for directory in reversed(path.parents):
            if not os.access(directory, os.X_OK):
                print(directory)  # noqa: T201 - read by the caller
                return 0
        if not os.access(path, os.X_OK if mode == "x" else os.R_OK):
            print(path)  # noqa: T201
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
