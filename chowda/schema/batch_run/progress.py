"""The progress of batch runs: how many runs and steps are in each state."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry

from chowda.runs.counters import Counts
from chowda.schema.app.type import ClamsApp
from chowda.schema.step_run.waiting_for import WaitingFor


@strawberry.type(description="How many runs are in each state.")
class RunCounts:
    total: int
    waiting: int
    running: int
    finished: int
    failed: int
    canceled: int

    @classmethod
    def of(cls, counts: Counts) -> RunCounts:
        return cls(
            total=counts.total,
            waiting=counts.waiting,
            running=counts.running,
            finished=counts.finished,
            failed=counts.failed,
            canceled=counts.canceled,
        )


@strawberry.type(description="The progress of one step of the pipeline, over all media files.")
class StepProgress:
    position: int = strawberry.field(description="Counts from 1.")
    app: ClamsApp
    percent: float = strawberry.field(description="0 to 100. Step runs that have ended count as done.")
    counts: RunCounts = strawberry.field(description="How many of its step runs are in each state.")
    waiting_for: WaitingFor | None = strawberry.field(
        description="Why the next step run of this step waits. Null while one of them is running."
    )


def percent_of(parts: Sequence[tuple[Counts, float]]) -> float:
    """0 to 100, exactly 100.0 when all step runs have ended.

    Each part is the counts of a step and the sum of the percentages of its running step runs.
    """
    total = sum(counts.total for counts, _ in parts)
    ended = sum(counts.ended for counts, _ in parts)
    if ended == total:
        return 100.0
    return (100.0 * ended + sum(running for _, running in parts)) / total
