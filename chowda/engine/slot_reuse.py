"""Slot reuse: when an app has answered, its slot goes to the app's next step in one statement.

An app that waits for a message between two calls is idle, and a step that passes through the dispatcher costs the
database several statements. Slot reuse counts no free slots, because the slot is taken already, so it needs no lock of
the dispatcher. It skips locked rows: it never waits, and the lock order is respected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from chowda.apps.call_limit import CALL_LIMIT_NOW, calls_beyond
from chowda.db.autocommit import Executor
from chowda.engine.claim import CALL_COLUMNS, CALL_TABLES, Claim
from chowda.engine.transitions import (
    ADD_ATTEMPT,
    BATCH_RUN_CAN_BEGIN,
    CAN_BEGIN,
    NOT_SENT,
    RUN_BEGINS,
    STEP_BEGINS,
)

CANDIDATES = 32
"Steps of each batch run that are tried: more than calls of one app that end at the same moment."

# Gives the slot of an answered call to the next step of the app in dispatch order, or frees it.
# - A step that is sent is left to the worker that receives the message.
# - A batch run that is still WAITING is started by a claim, which may wait for the row of the batch run: its step is
#   marked as sent and the slot is freed.
# - Candidates are tried one by one (LIMIT 1), so that no other is locked.
# - `seen` is the pipeline run as it was read, `p` as it is once locked: a retry may have changed its MMIF in between.
REUSE_SLOT = text(f"""
    WITH held AS MATERIALIZED (
        SELECT t.clams_app_id, t.n,
               :follow AND a.circuit_opened_at IS NULL AND t.n <= {CALL_LIMIT_NOW}
               AND NOT {calls_beyond(CALL_LIMIT_NOW)} AS can_be_reused
        FROM app_slots t JOIN clams_apps a ON a.id = t.clams_app_id
        WHERE t.clams_app_id = :clams_app_id AND t.step_run_id = :id AND t.fence = :fence
        FOR NO KEY UPDATE OF t
    ), batch_run AS MATERIALIZED (
        SELECT b.id, b.status, b.priority, (
            SELECT count(*) FROM step_runs busy WHERE busy.batch_run_id = b.id
                AND busy.status = 'RUNNING' AND busy.clams_app_id = held.clams_app_id AND busy.id <> :id) AS busy
        FROM held CROSS JOIN batch_runs b
        WHERE held.can_be_reused AND {BATCH_RUN_CAN_BEGIN}
    ), candidates AS MATERIALIZED (
        SELECT ready.id, ready.pipeline_run_id, batch_run.status AS batch_run_status
        FROM batch_run CROSS JOIN LATERAL (
            SELECT s.id, s.pipeline_run_id, row_number() OVER (ORDER BY s.ready_at, s.id) AS number
            FROM step_runs s
            WHERE s.clams_app_id = :clams_app_id AND s.batch_run_id = batch_run.id
              AND {CAN_BEGIN} AND {NOT_SENT}
            ORDER BY s.ready_at, s.id LIMIT {CANDIDATES}
        ) ready
        ORDER BY batch_run.priority DESC, batch_run.busy + ready.number, batch_run.id
    ), next AS MATERIALIZED (
        SELECT candidates.id, candidates.pipeline_run_id, candidates.batch_run_status
        FROM candidates CROSS JOIN LATERAL (
            SELECT FROM pipeline_runs seen
            JOIN pipeline_runs p ON p.id = seen.id AND p.mmif_id IS NOT DISTINCT FROM seen.mmif_id
            JOIN step_runs s ON s.pipeline_run_id = p.id
            WHERE seen.id = candidates.pipeline_run_id AND p.status IN ('WAITING', 'RUNNING')
              AND s.id = candidates.id AND {CAN_BEGIN} AND {NOT_SENT}
            FOR NO KEY UPDATE OF p, s SKIP LOCKED
        ) free
        LIMIT 1
    ), sent AS (
        UPDATE step_runs s SET sent_until = clock_timestamp() + make_interval(secs => :lease_seconds)
        FROM next WHERE s.id = next.id AND next.batch_run_status = 'WAITING'
    ), run AS (
        UPDATE pipeline_runs p SET {RUN_BEGINS}
        FROM next WHERE p.id = next.pipeline_run_id AND next.batch_run_status = 'RUNNING'
    ), step AS (
        UPDATE step_runs s SET {STEP_BEGINS}
        FROM next WHERE s.id = next.id AND next.batch_run_status = 'RUNNING'
        RETURNING s.id, s.fence, s.pipeline_run_id, s.batch_run_id, s.clams_app_id, s.position
    ), attempt AS ({ADD_ATTEMPT}), slot AS (
        UPDATE app_slots t SET step_run_id = step.id, fence = step.fence,
            until = CASE WHEN step.id IS NOT NULL THEN clock_timestamp() + make_interval(secs => :lease_seconds) END
        FROM held LEFT JOIN step ON true WHERE t.clams_app_id = held.clams_app_id AND t.n = held.n
    )
    SELECT next.id AS step_run_id, call.*
    FROM next LEFT JOIN (SELECT s.fence, {CALL_COLUMNS} FROM step s {CALL_TABLES}) AS call ON true
""")


@dataclass(frozen=True, slots=True)
class Sent:
    """The next step in dispatch order, marked as sent. Its batch run has not started, so the caller has to claim it."""

    step_run_id: int


async def reuse_slot(
    executor: Executor, claim: Claim, worker: str, lease_seconds: float, *, follow: bool
) -> Claim | Sent | None:
    """Gives the slot of an answered call to the app's next step, or only frees it if `follow` is false.

    Returns None if no step follows: the slot is free, or another call had taken it before.
    """
    parameters: dict[str, Any] = {
        "id": claim.step_run_id,
        "fence": claim.fence,
        "clams_app_id": claim.clams_app_id,
        "worker": worker,
        "lease_seconds": lease_seconds,
        "follow": follow,
    }
    row = (await executor.execute(REUSE_SLOT, parameters)).mappings().first()
    if row is None:
        return None
    if row["fence"] is None:
        return Sent(row["step_run_id"])
    return Claim(**row)
