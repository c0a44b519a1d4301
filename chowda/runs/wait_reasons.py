"""Why a step waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, assert_never

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.apps.call_limit import CALL_LIMIT


class WaitReason(StrEnum):
    """In the order in which they are looked for: the first that holds is told."""

    EARLIER_STEP = "EARLIER_STEP"  # an earlier step of the same file has not finished
    PAUSED = "PAUSED"  # a person paused the file or the whole batch run
    NO_WORKER = "NO_WORKER"  # no worker process is alive
    APP_INACTIVE = "APP_INACTIVE"  # a person deactivated its app
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


READ = text(f"""
    SELECT s.id, s.ready_at, a.name AS app, a.circuit_reason, slots.most, slots.beyond,
        b.status = 'PAUSED' AS batch_run_paused, s.paused AS file_paused,
        CASE WHEN a.circuit_trial_at > now() THEN a.circuit_trial_at END AS circuit_trial_at, CASE
        WHEN s.ready_at IS NULL THEN 'EARLIER_STEP'
        WHEN s.paused OR b.status = 'PAUSED' THEN 'PAUSED'
        WHEN NOT EXISTS (SELECT FROM workers WHERE until > now()) THEN 'NO_WORKER'
        WHEN NOT a.active THEN 'APP_INACTIVE'
        WHEN s.ready_at > now() THEN 'RETRY'
        WHEN a.circuit_opened_at IS NOT NULL THEN 'CIRCUIT_OPEN'
        WHEN slots.taken >= slots.most OR slots.beyond > 0 THEN 'APP_SLOTS'
        ELSE 'TURN' END AS reason
    FROM step_runs s JOIN batch_runs b ON b.id = s.batch_run_id JOIN clams_apps a ON a.id = s.clams_app_id
    CROSS JOIN LATERAL (
        SELECT count(t.n) AS taken, count(*) FILTER (WHERE t.n > at_once.most) AS beyond, max(at_once.most) AS most
        FROM (SELECT {CALL_LIMIT} AS most) AS at_once
        LEFT JOIN app_slots t ON t.clams_app_id = a.id AND t.until > now()
    ) slots
    WHERE s.id = ANY(:ids) AND s.status = 'WAITING'
""")


async def read(session: AsyncSession, step_run_ids: Sequence[int]) -> dict[int, Waiting]:
    """By step, for those of these steps that wait."""
    rows = await session.execute(READ, {"ids": list(step_run_ids)})
    return {row.id: _told(WaitReason(row.reason), row) for row in rows}


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


@dataclass(frozen=True, slots=True)
class StepPosition:
    """A step of a batch run, over all its files."""

    batch_run_id: int
    position: int
    app_id: int


async def read_next(session: AsyncSession, places: Sequence[StepPosition]) -> dict[StepPosition, Waiting]:
    """Why nothing begins at these places: of each the step that is next. Left out: where none is ready."""
    found = await session.execute(
        NEXT,
        {
            "runs": [place.batch_run_id for place in places],
            "positions": [place.position for place in places],
            "apps": [place.app_id for place in places],
        },
    )
    steps = {(row.batch_run_id, row.position): row.id for row in found}
    waits = await read(session, list(steps.values()))
    return {
        place: waits[step]
        for place in places
        if (step := steps.get((place.batch_run_id, place.position))) is not None and step in waits
    }


def _told(reason: WaitReason, row: Any) -> Waiting:
    match reason:
        case WaitReason.EARLIER_STEP:
            return Waiting(reason, "An earlier step of this file has not finished.")
        case WaitReason.PAUSED:
            if row.file_paused and row.batch_run_paused:
                return Waiting(reason, "This file is paused, and so is its batch run: resume both to go on.")
            paused = "This file" if row.file_paused else "The batch run"
            return Waiting(reason, f"{paused} is paused: resume it to go on.")
        case WaitReason.NO_WORKER:
            return Waiting(
                reason, "No worker is alive: start one with `chowda worker`, or Chowda with `chowda up`."
            )
        case WaitReason.APP_INACTIVE:
            return Waiting(
                reason, f"The app {row.app!r} is deactivated: activate it to go on, or cancel the batch run."
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
        case WaitReason.APP_SLOTS if row.beyond:
            return Waiting(
                reason,
                f"The app {row.app!r} may have no more than {row.most} in hand at once now, and still has calls from "
                "before that limit was lowered.",
            )
        case WaitReason.APP_SLOTS:
            return Waiting(
                reason, f"The app {row.app!r} has all {row.most} calls in hand that it may have at once."
            )
        case WaitReason.TURN:
            return Waiting(reason, "It is on its way to a worker, or other files are before it.")
        case _:
            assert_never(reason)
