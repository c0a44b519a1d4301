"""Why a step waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.apps.call_limit import CALL_LIMIT


class WaitReason(StrEnum):
    """In the order in which they are checked: the first that applies is the reason."""

    EARLIER_STEP = "EARLIER_STEP"  # an earlier step of the same file has not finished
    PAUSED = "PAUSED"  # a person paused the file or its batch run
    NO_WORKER = "NO_WORKER"  # no worker is running
    APP_INACTIVE = "APP_INACTIVE"  # a person deactivated the app
    RETRY = "RETRY"  # the last call failed, and the next attempt is planned
    CIRCUIT_OPEN = "CIRCUIT_OPEN"  # the app failed on several files in a row and gets single trial calls
    APP_SLOTS = "APP_SLOTS"  # all slots of the app are taken
    TURN = "TURN"  # the step is queued: other steps go first, or its message is in transit


@dataclass(frozen=True, slots=True)
class Waiting:
    """`until`: when the step is tried again, if that is known."""

    reason: WaitReason
    message: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class StepPosition:
    """A step of a batch run, over all files."""

    batch_run_id: int
    position: int
    app_id: int


@dataclass(frozen=True, slots=True)
class _WaitingStep:
    """A row of READ. `calls_beyond`: calls of the app beyond its limit, which was lowered while they were running."""

    id: int
    reason: str
    ready_at: datetime | None
    app: str
    circuit_reason: str | None
    circuit_trial_at: datetime | None
    call_limit: int
    calls_beyond: int
    file_paused: bool
    batch_run_paused: bool


# Reads why steps wait, with what the messages name.
READ = text(f"""
    SELECT s.id, CASE
        WHEN s.ready_at IS NULL THEN 'EARLIER_STEP'
        WHEN s.paused OR b.status = 'PAUSED' THEN 'PAUSED'
        WHEN NOT EXISTS (SELECT FROM workers WHERE until > now()) THEN 'NO_WORKER'
        WHEN NOT a.active THEN 'APP_INACTIVE'
        WHEN s.ready_at > now() THEN 'RETRY'
        WHEN a.circuit_opened_at IS NOT NULL THEN 'CIRCUIT_OPEN'
        WHEN slots.taken >= slots.call_limit OR slots.calls_beyond > 0 THEN 'APP_SLOTS'
        ELSE 'TURN' END AS reason,
        s.ready_at, a.name AS app, a.circuit_reason,
        CASE WHEN a.circuit_trial_at > now() THEN a.circuit_trial_at END AS circuit_trial_at,
        slots.call_limit, slots.calls_beyond, s.paused AS file_paused, b.status = 'PAUSED' AS batch_run_paused
    FROM step_runs s JOIN batch_runs b ON b.id = s.batch_run_id JOIN clams_apps a ON a.id = s.clams_app_id
    CROSS JOIN LATERAL (
        SELECT count(t.n) AS taken, count(*) FILTER (WHERE t.n > at_once.call_limit) AS calls_beyond,
            max(at_once.call_limit) AS call_limit
        FROM (SELECT {CALL_LIMIT} AS call_limit) AS at_once
        LEFT JOIN app_slots t ON t.clams_app_id = a.id AND t.until > now()
    ) slots
    WHERE s.id = ANY(:ids) AND s.status = 'WAITING'
""")

# Finds the next step in dispatch order for each step position.
NEXT = text("""
    SELECT p.batch_run_id, p.position, next.id
    FROM unnest(CAST(:runs AS bigint[]), CAST(:positions AS int[]), CAST(:apps AS bigint[]))
        AS p(batch_run_id, position, app_id)
    CROSS JOIN LATERAL (
        SELECT id FROM step_runs s
        WHERE s.clams_app_id = p.app_id AND s.batch_run_id = p.batch_run_id AND s.position = p.position
            AND s.status = 'WAITING' AND s.ready_at IS NOT NULL AND NOT s.paused
        ORDER BY s.ready_at, s.id LIMIT 1
    ) next
""")


async def read(session: AsyncSession, step_run_ids: Sequence[int]) -> dict[int, Waiting]:
    """Returns the reasons by step. Steps that do not wait are omitted."""
    rows = await session.execute(READ, {"ids": list(step_run_ids)})
    return {step.id: _waiting(step) for step in (_WaitingStep(*row) for row in rows)}


async def read_next(session: AsyncSession, positions: Sequence[StepPosition]) -> dict[StepPosition, Waiting]:
    """Returns why the next step of each position waits. Positions without a ready step are omitted."""
    rows = await session.execute(
        NEXT,
        {
            "runs": [position.batch_run_id for position in positions],
            "positions": [position.position for position in positions],
            "apps": [position.app_id for position in positions],
        },
    )
    steps = {(row.batch_run_id, row.position): row.id for row in rows}
    waits = await read(session, list(steps.values()))
    return {
        position: waits[step]
        for position in positions
        if (step := steps.get((position.batch_run_id, position.position))) is not None and step in waits
    }


def _waiting(step: _WaitingStep) -> Waiting:
    reason = WaitReason(step.reason)
    match reason:
        case WaitReason.EARLIER_STEP:
            return Waiting(reason, "An earlier step of this file has not finished.")
        case WaitReason.PAUSED:
            if step.file_paused and step.batch_run_paused:
                return Waiting(reason, "This file and its batch run are paused. Resume both to continue.")
            paused = "This file" if step.file_paused else "The batch run"
            return Waiting(reason, f"{paused} is paused. Resume it to continue.")
        case WaitReason.NO_WORKER:
            return Waiting(
                reason,
                "No worker is running. Start one with `chowda worker`, or start Chowda with `chowda up`.",
            )
        case WaitReason.APP_INACTIVE:
            return Waiting(
                reason, f"The app {step.app!r} is deactivated. Activate it, or cancel the batch run."
            )
        case WaitReason.RETRY:
            return Waiting(reason, "The last call failed and will be retried.", step.ready_at)
        case WaitReason.CIRCUIT_OPEN:
            return Waiting(
                reason,
                f"The app {step.app!r} failed on several files in a row and gets one trial call at a time. "
                f"Last error: {step.circuit_reason}",
                step.circuit_trial_at,
            )
        case WaitReason.APP_SLOTS if step.calls_beyond:
            return Waiting(
                reason,
                f"The limit of the app {step.app!r} was lowered to {_calls(step.call_limit)} at a time. Earlier calls "
                "beyond the limit are still running.",
            )
        case WaitReason.APP_SLOTS:
            return Waiting(
                reason, f"The app {step.app!r} has reached its limit of {_calls(step.call_limit)} at a time."
            )
        case WaitReason.TURN:
            return Waiting(
                reason, "The step is queued: other files go first, or it is being sent to a worker."
            )
        case _:
            assert_never(reason)


def _calls(count: int) -> str:
    return "1 call" if count == 1 else f"{count:,} calls"
