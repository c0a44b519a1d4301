"""Child processes end when the process that started them does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from chowda.standalone import exec_with_parent
from chowda.standalone.spawn import HAS_PDEATHSIG, ProcessLog, spawn

PATIENCE_SECONDS = 20

PARENT = """
    import os, signal, sys, time
    from pathlib import Path
    from chowda.standalone.spawn import spawn
    child = spawn([sys.executable, "-c", sys.argv[1]], env=dict(os.environ), output=1,
                  death_signal=signal.Signals[sys.argv[2]], use_pdeathsig=sys.argv[3] == "pdeathsig")
    print(child.pid, flush=True)
    time.sleep(100)
"""
SLEEP = "import time; time.sleep(100)"
WAYS = [
    pytest.param("pdeathsig", marks=pytest.mark.skipif(not HAS_PDEATHSIG, reason="needs PR_SET_PDEATHSIG")),
    "watcher",
]


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def start_parent(child: str, death_signal: str, way: str) -> tuple[subprocess.Popen[str], int]:
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PARENT), child, death_signal, way],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    return parent, int(parent.stdout.readline())


@pytest.mark.parametrize("way", WAYS)
def test_child_ends_when_its_parent_is_killed(way: str, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    parent, child = start_parent(f"open({str(runs)!r}, 'w'); {SLEEP}", "SIGKILL", way)
    assert eventually(runs.exists)
    parent.kill()
    parent.wait()
    assert eventually(lambda: gone(child))


def test_command_does_not_run_if_the_parent_is_already_dead() -> None:
    spec = {"parent": os.getpid() + 1, "signal": 9, "uid": None, "gid": None, "lifeline": None}
    command = [sys.executable, "-I", "-S", exec_with_parent.__file__, json.dumps(spec), "echo", "runs"]
    assert subprocess.run(command, capture_output=True, check=True).stdout == b""


@pytest.mark.parametrize("way", WAYS)
def test_death_of_the_parent_sends_the_chosen_signal(way: str, tmp_path: Path) -> None:
    received, set_up = tmp_path / "received", tmp_path / "set_up"
    child_code = (
        "import signal, time, pathlib, sys\n"
        f"signal.signal(signal.SIGUSR1, lambda n, f: (pathlib.Path({str(received)!r}).write_text('x'), sys.exit()))\n"
        f"pathlib.Path({str(set_up)!r}).write_text('x')\n"
        "time.sleep(100)"
    )
    parent, child = start_parent(child_code, "SIGUSR1", way)
    assert eventually(set_up.exists)
    parent.kill()
    parent.wait()
    assert eventually(lambda: gone(child))
    assert received.exists()


def test_watcher_ends_with_the_process_that_it_watches() -> None:
    def watchers() -> set[int]:
        found = set()
        for process in psutil.process_iter(["cmdline"]):
            line = process.info["cmdline"] or []
            if any("exec_with_parent.py" in part for part in line) and any(
                f'"parent": {os.getpid()},' in p for p in line
            ):
                found.add(process.pid)
        return found

    child = spawn([sys.executable, "-c", SLEEP], env=dict(os.environ), output=1, use_pdeathsig=False)
    assert eventually(lambda: len(watchers()) == 1 and child.pid not in watchers())
    child.kill()
    child.wait()
    assert eventually(lambda: not watchers())


def test_child_has_a_session_of_its_own_so_that_ctrl_c_does_not_reach_it() -> None:
    child = spawn([sys.executable, "-c", SLEEP], env=dict(os.environ), output=1)
    try:
        assert os.getsid(child.pid) == child.pid
    finally:
        child.kill()
        child.wait()


def test_child_starts_with_default_signal_handling() -> None:
    read, write = os.pipe()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    try:
        # A shell, because Python changes the signals that it inherits.
        child = spawn(["/bin/sh", "-c", "kill -TERM $$; echo masked"], env={}, output=write)
        assert child.wait() == -signal.SIGTERM
        child = spawn(["/bin/sh", "-c", "kill -INT $$; echo ignored"], env={}, output=write)
        assert child.wait() == -signal.SIGINT
        child = spawn(["/bin/sh", "-c", "kill -PIPE $$; echo ignored"], env={}, output=write)
        assert child.wait() == -signal.SIGPIPE
    finally:
        signal.signal(signal.SIGINT, before)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        os.close(read)
        os.close(write)


def test_program_that_cannot_be_executed_logs_the_reason(tmp_path: Path) -> None:
    log = ProcessLog(tmp_path / "log")
    output = log.open()
    assert spawn(["/no/such/program"], env={}, output=output).wait() == 127
    assert spawn([tmp_path], env={}, output=output).wait() == 126
    os.close(output)
    assert log.tail(2) == [
        "cannot run /no/such/program: No such file or directory",
        f"cannot run {tmp_path}: Permission denied",
    ]


def test_spawn_outside_the_main_thread_is_refused() -> None:
    caught: list[BaseException] = []

    def start() -> None:
        try:
            spawn(["/bin/true"], env={}, output=1)
        except RuntimeError as exc:
            caught.append(exc)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert len(caught) == 1


def test_log_is_trimmed_while_a_process_writes_to_it(tmp_path: Path) -> None:
    log = ProcessLog(tmp_path / "log", limit_bytes=100)
    output = log.open()
    os.write(output, b"first\n" * 30)
    log.trim()
    os.write(output, b"second\n")
    os.close(output)
    assert log.path.read_bytes() == b"second\n"
    assert (tmp_path / "log.1").read_bytes() == b"first\n" * 30
    assert log.path.stat().st_mode & 0o777 == 0o600
    assert log.tail(1) == ["second"]
