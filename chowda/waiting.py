"""Why a step waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, assert_never

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


class WaitReason(StrEnum):
    """In the order in which they are looked for: the first that holds is told."""

    EARLIER_STEP = "EARLIER_STEP"  # an earlier step of the same file has not finished
    PAUSED = "PAUSED"  # a person paused the batch run
    NO_WORKER = "NO_WORKER"  # no worker process is alive
    RETRY = "RETRY"  # its last call failed; it is tried again at a time
    CIRCUIT_OPEN = "CIRCUIT_OPEN"  # its app failed on file after file and is tried now and then
    APP_SLOTS = "APP_SLOTS"  # its app has all the calls in hand that it may have
    TURN = "TURN"  # nothing in particular: it is on its way, or others are before it


@dataclass(frozen=True, slots=True)
class Waiting:
    """`until` is when it is looked at again, where that is known."""

    reason: WaitReason
    message: str
    until: datetime | None = None


READ = text("""
    SELECT s.id, s.ready_at, a.name AS app, a.circuit_trial_at, a.circuit_reason, slots.most, CASE
        WHEN s.ready_at IS NULL THEN 'EARLIER_STEP'
        WHEN b.status = 'PAUSED' THEN 'PAUSED'
        WHEN NOT EXISTS (SELECT FROM workers WHERE until > now()) THEN 'NO_WORKER'
        WHEN s.ready_at > now() THEN 'RETRY'
        WHEN a.circuit_opened_at IS NOT NULL THEN 'CIRCUIT_OPEN'
        WHEN slots.taken >= slots.most THEN 'APP_SLOTS'
        ELSE 'TURN' END AS reason
    FROM step_runs s JOIN batch_runs b ON b.id = s.batch_run_id JOIN clams_apps a ON a.id = s.clams_app_id
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE until > now()) AS taken,
               CASE WHEN a.one_at_a_time THEN 1 ELSE a.max_concurrency END AS most
        FROM app_slots t WHERE t.clams_app_id = a.id
    ) slots
    WHERE s.id = ANY(:ids) AND s.status = 'WAITING'
""")


async def read(session: AsyncSession, step_run_ids: Sequence[int]) -> dict[int, Waiting]:
    """By step, for those of these steps that wait."""
    rows = await session.execute(READ, {"ids": list(step_run_ids)})
    return {row.id: _told(WaitReason(row.reason), row) for row in rows}


def _told(reason: WaitReason, row: Any) -> Waiting:
    match reason:
        case WaitReason.EARLIER_STEP:
            return Waiting(reason, "An earlier step of this file has not finished.")
        case WaitReason.PAUSED:
            return Waiting(reason, "The batch run is paused: resume it to go on.")
        case WaitReason.NO_WORKER:
            return Waiting(
                reason, "No worker is alive: start one with `chowda worker`, or Chowda with `chowda up`."
            )
        case WaitReason.RETRY:
            return Waiting(reason, "Its last call failed; it is tried again.", row.ready_at)
        case WaitReason.CIRCUIT_OPEN:
            return Waiting(
                reason,
                f"The app {row.app!r} failed on file after file and is tried with one call now and then. "
                f"Last: {row.circuit_reason}",
                row.circuit_trial_at,
            )
        case WaitReason.APP_SLOTS:
            return Waiting(
                reason, f"The app {row.app!r} has all {row.most} calls in hand that it may have at once."
            )
        case WaitReason.TURN:
            return Waiting(reason, "It is on its way to a worker, or other files are before it.")
        case _:
            assert_never(reason)
