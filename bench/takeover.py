"""The time from the kill of a worker until the apps of its steps are called again."""

from __future__ import annotations

import time

from bench.stack import FakeApp, Row, Stack

LEASE_SECONDS = 6.0
CALLS = 4
ROUNDS = 3
"For each of the two cases. A step fails after it loses its worker ten times in a row."
CALL_SECONDS = 3600.0
"Longer than the benchmark: a call ends only with its worker."


def measure() -> list[Row]:
    with Stack(lease_seconds=LEASE_SECONDS) as stack:
        app = stack.app("endless", seconds=CALL_SECONDS)
        pipeline_id = stack.pipeline("one", [stack.register(app, CALLS, timeout_seconds=86_400)])
        guids = [f"cpb-aacip-{number:06d}" for number in range(CALLS)]
        stack.add_files(guids)
        stack.start(stack.batch("endless", pipeline_id, guids))
        _wait_for_calls(app, CALLS)
        takeovers = [_time_takeover(stack, app) for _ in range(ROUNDS)]
        restarts = [_time_restart(stack, app) for _ in range(ROUNDS)]
    return [
        _row("From kill -9 of a worker to its steps running in another", takeovers, 1.5),
        _row("From kill -9 of all processes, Postgres included, to the steps running again", restarts, 2.5),
    ]


def _time_takeover(stack: Stack, app: FakeApp) -> float:
    calls = len(app.calls())
    killed_worker = stack.workers[-1]
    stack.add_worker()
    time.sleep(2 * LEASE_SECONDS)  # a new worker waits one lease before it declares others dead
    killed = time.monotonic()
    killed_worker.kill()
    return _wait_for_calls(app, calls + CALLS) - killed


def _time_restart(stack: Stack, app: FakeApp) -> float:
    calls = len(app.calls())
    killed = time.monotonic()
    stack.restart_after_a_crash()
    return _wait_for_calls(app, calls + CALLS) - killed


def _row(name: str, seconds: list[float], leases: float) -> Row:
    """Compare the slowest round with the lease."""
    rounds = ", ".join(f"{each:.1f}" for each in seconds)
    return Row(name, f"{rounds} s", f"lease {LEASE_SECONDS:g} s", max(seconds) / LEASE_SECONDS, leases)


def _wait_for_calls(app: FakeApp, number: int) -> float:
    """Wait until the app has this many calls and return the time on the monotonic clock."""
    deadline = time.monotonic() + 20 * LEASE_SECONDS
    while len(app.calls()) < number:
        assert time.monotonic() < deadline, f"{len(app.calls())} of {number} calls"
        time.sleep(0.05)
    return time.monotonic()
