"""The step throughput of one worker process, compared with a bare actor on the same broker."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from bench.bare_actor import bare_broker, message
from bench.stack import ROOT, FakeApp, Row, Stack
from chowda.clams.mmif import initial_mmif
from chowda.enums import DocumentType

FILES = 400
CONCURRENT_CALLS = 8
ROUNDS = 3


def measure() -> list[Row]:
    """Measure from first call to last response, as the app sees them. Alternates between both on one broker."""
    with Stack() as stack:
        app = stack.app("noop")
        pipeline_id = stack.pipeline("one", [stack.register(app, CONCURRENT_CALLS)])
        guids = [f"cpb-aacip-{number:06d}" for number in range(FILES)]
        stack.add_files(guids)
        batch_id = stack.batch("noop", pipeline_id, guids)
        ours, bare = [], []
        for number in range(ROUNDS):
            bare.append(_bare_rate(stack, app, number))
            before = len(app.calls())
            status = stack.wait(stack.start(batch_id))
            assert status["counts"]["finished"] == FILES, status
            ours.append(_rate(app.calls()[before:]))
    ratio = statistics.median(theirs / mine for theirs, mine in zip(bare, ours, strict=True))
    return [
        Row(
            f"Steps of no duration, 1 worker process, {CONCURRENT_CALLS} concurrent calls",
            f"{statistics.median(ours):.0f} per second",
            f"bare actor {statistics.median(bare):.0f} per second",
            ratio,
            2.5,
        )
    ]


def _bare_rate(stack: Stack, app: FakeApp, number: int) -> float:
    output_dir = stack.data_dir / f"bare-{number}"
    output_dir.mkdir()
    source = stack.data_dir / "initial.mmif"
    document = (DocumentType.VIDEO, "file:///data/cpb-aacip-000001.mp4", None)
    source.write_bytes(initial_mmif("cpb-aacip-000001", [document], "1.0.5"))
    arguments = [stack.postgres.dsn, app.url, str(source), str(output_dir), str(CONCURRENT_CALLS)]
    before = len(app.calls())
    broker = bare_broker(stack.postgres.dsn)
    for file in range(FILES):
        broker.enqueue(message(file))
    actor = subprocess.Popen(
        [sys.executable, "-m", "bench.bare_actor", *arguments], stdin=subprocess.PIPE, cwd=ROOT
    )
    try:
        deadline = time.monotonic() + 300
        while len(list(output_dir.glob("*.mmif"))) < FILES:
            assert time.monotonic() < deadline, "the bare actor did not finish"
            time.sleep(0.2)
    finally:
        actor.communicate()
        broker.close()
    return _rate(app.calls()[before:])


def _rate(calls: Sequence[dict[str, Any]]) -> float:
    return len(calls) / (max(call["ended"] for call in calls) - min(call["started"] for call in calls))
