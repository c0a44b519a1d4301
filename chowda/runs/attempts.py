"""The attempts of steps, which are calls of apps, and their parameters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.models import StepAttempt

# Reads the parameters of steps, which are frozen with the pipeline when a batch run starts.
PARAMETERS = text("""
    SELECT s.id, f.parameters FROM step_runs s
    JOIN batch_run_steps f ON f.batch_run_id = s.batch_run_id AND f.position = s.position
    WHERE s.id = ANY(:ids)
""")

# Counts the attempts of the same step up to each attempt.
ORDINALS = text("""
    SELECT a.id, s.status = 'RUNNING' AND s.fence = a.fence AS is_running,
        (SELECT count(*) FROM step_attempts e WHERE e.step_run_id = a.step_run_id AND e.fence <= a.fence) AS number
    FROM step_attempts a JOIN step_runs s ON s.id = a.step_run_id
    WHERE a.id = ANY(:ids)
""")


@dataclass(frozen=True, slots=True)
class AttemptOrdinal:
    """The number of an attempt among those of its step, counted from 1, and whether it is running."""

    number: int
    is_running: bool


async def ordinals_of(session: AsyncSession, attempt_ids: Sequence[int]) -> dict[int, AttemptOrdinal]:
    """Returns the ordinals by attempt."""
    rows = await session.execute(ORDINALS, {"ids": list(attempt_ids)})
    return {row.id: AttemptOrdinal(row.number, row.is_running) for row in rows}


async def attempts_of(session: AsyncSession, step_run_ids: Sequence[int]) -> dict[int, list[StepAttempt]]:
    """Returns the attempts by step, in the order in which they began. Steps without an attempt are omitted."""
    by_step: dict[int, list[StepAttempt]] = defaultdict(list)
    for attempt in await session.scalars(
        select(StepAttempt)
        .where(text("step_attempts.step_run_id = ANY(:ids)"))
        .order_by(StepAttempt.step_run_id, StepAttempt.fence),
        {"ids": list(step_run_ids)},
    ):
        by_step[attempt.step_run_id].append(attempt)
    return dict(by_step)


async def parameters_of(session: AsyncSession, step_run_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Returns the parameters by step."""
    rows = await session.execute(PARAMETERS.columns(parameters=JSON), {"ids": list(step_run_ids)})
    return {row.id: row.parameters for row in rows}
