"""What was done for a step: its calls one by one, and the parameters that they had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.models import StepAttempt

PARAMETERS = text("""
    SELECT s.id, f.parameters FROM step_runs s
    JOIN batch_run_steps f ON f.batch_run_id = s.batch_run_id AND f.position = s.position
    WHERE s.id = ANY(:ids)
""")


PLACES = text("""
    SELECT a.id, s.status = 'RUNNING' AND s.fence = a.fence AS under_way,
        (SELECT count(*) FROM step_attempts e WHERE e.step_run_id = a.step_run_id AND e.fence <= a.fence) AS number
    FROM step_attempts a JOIN step_runs s ON s.id = a.step_run_id
    WHERE a.id = ANY(:ids)
""")


@dataclass(frozen=True, slots=True)
class AttemptOrdinal:
    """Which one of its step's calls it is, counted from 1, and whether it is the one that is under way."""

    number: int
    under_way: bool


async def ordinals_of(session: AsyncSession, attempt_ids: Sequence[int]) -> dict[int, AttemptOrdinal]:
    """By attempt."""
    rows = await session.execute(PLACES, {"ids": list(attempt_ids)})
    return {row.id: AttemptOrdinal(row.number, row.under_way) for row in rows}


async def attempts_of(session: AsyncSession, step_run_ids: Sequence[int]) -> dict[int, list[StepAttempt]]:
    """By step, in the order in which they began; steps that were never called are left out."""
    found: dict[int, list[StepAttempt]] = defaultdict(list)
    for attempt in await session.scalars(
        select(StepAttempt)
        .where(text("step_attempts.step_run_id = ANY(:ids)"))
        .order_by(StepAttempt.step_run_id, StepAttempt.fence),
        {"ids": list(step_run_ids)},
    ):
        found[attempt.step_run_id].append(attempt)
    return dict(found)


async def parameters_of(session: AsyncSession, step_run_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """By step, as they were when its batch run started."""
    rows = await session.execute(PARAMETERS.columns(parameters=JSON), {"ids": list(step_run_ids)})
    return {row.id: row.parameters for row in rows}
