"""Becomes another program that ends when its parent does.

Run as a script by `chowda.standalone.spawn`, so that the work between fork and exec happens in a fresh,
single-threaded interpreter (a Python function run between the two, in a process with threads, can
deadlock). It runs with -I -S and imports the standard library alone.

    exec_with_parent.py SPEC COMMAND...    becomes COMMAND
    exec_with_parent.py SPEC               prints the first path of SPEC["reach"] that the account cannot use

SPEC is JSON: `parent` (pid), `signal` (what the parent's death sends), `uid` and `gid` (null: no change),
`lifeline` (a descriptor that reads end-of-file when the parent is gone; null: the kernel tells us),
`reach` (list of [path, "x" or "r"]).
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
    by_kernel = _kernel_call() if command and spec["lifeline"] is None else None
    _take_account(spec["uid"], spec["gid"])
    if not command:
        return _print_first_out_of_reach(spec["reach"])
    _reset_signals()
    # After the change of user, which would clear it.
    if by_kernel is not None:
        by_kernel(spec["signal"])
    else:
        _die_by_watcher(spec["lifeline"], spec["signal"])
    if os.getppid() != spec["parent"]:
        return 0  # the parent died before the kernel was told
    try:
        os.execvp(command[0], command)  # noqa: S606 - the point of this script
    except OSError as exc:
        print(f"cannot run {command[0]}: {exc.strerror}", file=sys.stderr)  # noqa: T201
        return EXIT_NOT_FOUND if isinstance(exc, FileNotFoundError) else EXIT_CANNOT_EXECUTE


def _take_account(uid: int | None, gid: int | None) -> None:
    if uid is None or gid is None:
        return
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def _reset_signals() -> None:
    """What is ignored or blocked here stays so across exec; Python itself ignores SIGPIPE and SIGXFSZ."""
    for name in ("SIGINT", "SIGQUIT", "SIGTERM", "SIGCHLD", "SIGPIPE", "SIGXFSZ"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def _kernel_call() -> Callable[[int], None]:
    """Made before the change of user: the account may not be able to read our Python's library."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)

    def send_at_death_of_parent(number: int) -> None:
        if libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")

    return send_at_death_of_parent


def _die_by_watcher(lifeline: int, number: int) -> None:
    """Leaves a watcher behind: not our child, so that the command never meets a child it did not make.

    `alive` is a pipe whose writing end only the command (and what it starts) holds.
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


def _print_first_out_of_reach(wanted: list[list[str]]) -> int:
    for name, mode in wanted:
        path = Path(name)
        for directory in reversed(path.parents):
            if not os.access(directory, os.X_OK):
                print(directory)  # noqa: T201 - the answer to the caller
                return 0
        if not os.access(path, os.X_OK if mode == "x" else os.R_OK):
            print(path)  # noqa: T201
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
