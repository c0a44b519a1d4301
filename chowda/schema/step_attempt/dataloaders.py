"""Reading the attempts of step runs."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chowda import models
from chowda.runs import attempts
from chowda.schema.loaders import Loaders
from chowda.schema.step_attempt.type import StepAttempt


async def read_attempts(
    session: AsyncSession, loaders: Loaders, step_run_keys: Sequence[int]
) -> dict[int, list[StepAttempt]]:
    """By step run."""
    found = await attempts.attempts_of(session, step_run_keys)
    nodes = iter(await build_attempts(session, loaders, [row for rows in found.values() for row in rows]))
    return {key: [next(nodes) for _ in rows] for key, rows in found.items()}


async def build_attempts(
    session: AsyncSession, loaders: Loaders, rows: Sequence[models.StepAttempt]
) -> list[StepAttempt]:
    ordinals = await attempts.ordinals_of(session, [row.id for row in rows])
    return [StepAttempt.of(row, ordinals[row.id], loaders) for row in rows]
