"""How long the steps of a worker that was killed stand still: until their apps are called again."""

from __future__ import annotations

import time

from bench.stack import FakeApp, Row, Stack

LEASE_SECONDS = 6.0
CALLS = 4
ROUNDS = 3
"Of each kind. A step that lost its worker ten times in a row is over."
CALL_SECONDS = 3600.0
"Longer than anybody waits: what ends a call is the death of its worker."


def measure() -> list[Row]:
    with Stack(lease_seconds=LEASE_SECONDS) as stack:
        app = stack.app("endless", seconds=CALL_SECONDS)
        pipeline_id = stack.pipeline("one", [stack.register(app, CALLS, timeout_seconds=86_400)])
        guids = [f"cpb-aacip-{number:06d}" for number in range(CALLS)]
        stack.add_files(guids)
        stack.start(stack.batch("endless", pipeline_id, guids))
        _wait_for_calls(app, CALLS)
        elsewhere = [_another_takes_over(stack, app) for _ in range(ROUNDS)]
        again = [_all_begin_again(stack, app) for _ in range(ROUNDS)]
    return [
        _row("From kill -9 of a worker to its steps running in another", elsewhere, 1.5),
        _row("From kill -9 of everything, Postgres too, to the steps running again", again, 2.5),
    ]


def _another_takes_over(stack: Stack, app: FakeApp) -> float:
    calls = len(app.calls())
    doomed = stack.workers[-1]
    stack.add_worker()
    time.sleep(2 * LEASE_SECONDS)  # it waits a lease before it takes anybody for dead
    killed = time.monotonic()
    doomed.kill()
    return _wait_for_calls(app, calls + CALLS) - killed


def _all_begin_again(stack: Stack, app: FakeApp) -> float:
    calls = len(app.calls())
    killed = time.monotonic()
    stack.restart_after_a_crash()
    return _wait_for_calls(app, calls + CALLS) - killed


def _row(what: str, seconds: list[float], leases: float) -> Row:
    """By the slowest round."""
    rounds = ", ".join(f"{each:.1f}" for each in seconds)
    return Row(what, f"{rounds} s", f"lease {LEASE_SECONDS:g} s", max(seconds) / LEASE_SECONDS, leases)


def _wait_for_calls(app: FakeApp, number: int) -> float:
    """When the app had been called so often, on the monotonic clock."""
    deadline = time.monotonic() + 20 * LEASE_SECONDS
    while len(app.calls()) < number:
        assert time.monotonic() < deadline, f"{len(app.calls())} of {number} calls"
        time.sleep(0.05)
    return time.monotonic()
