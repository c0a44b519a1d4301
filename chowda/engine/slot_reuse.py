"""A slot goes from a step whose app has answered to the step whose turn it is next, in one statement.

An app that waits for a message between two calls stands idle, and a step that goes through the dispatcher costs the
database several statements. Here nobody counts free slots, so nobody has to wait for a count: the slot is held
already. What is locked is passed over, so this never waits for anybody and nobody's order of locks is crossed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from chowda.apps.call_limit import CALL_LIMIT_NOW, calls_beyond
from chowda.db.autocommit import Executor
from chowda.engine.claim import CALL, FOR_CALL, Claim
from chowda.engine.transitions import (
    ADD_ATTEMPT,
    BATCH_RUN_CAN_BEGIN,
    CAN_BEGIN,
    NOT_SENT,
    RUN_BEGINS,
    STEP_BEGINS,
)

LOOKED_AT = 32
"Steps of each batch run: more than hand-overs of one app that meet at one moment."

# A step that is sent already belongs to whoever gets the message. A batch run that has not begun is begun by the
# ordinary claim, which may wait for its row: its step is marked as sent, and the slot let go.
# Turns are tried one after the other until one is free, so that no more than that one is locked.
# `seen` is the run as it was read, `p` as it is once locked: a person may have sent the file back in between.
HAND_OVER = text(f"""
    WITH held AS MATERIALIZED (
        SELECT t.clams_app_id, t.n,
               :follow AND a.circuit_opened_at IS NULL AND t.n <= {CALL_LIMIT_NOW}
               AND NOT {calls_beyond(CALL_LIMIT_NOW)} AS goes_on
        FROM app_slots t JOIN clams_apps a ON a.id = t.clams_app_id
        WHERE t.clams_app_id = :clams_app_id AND t.step_run_id = :id AND t.fence = :fence
        FOR NO KEY UPDATE OF t
    ), batch_run AS MATERIALIZED (
        SELECT b.id, b.status, b.priority, (
            SELECT count(*) FROM step_runs busy WHERE busy.batch_run_id = b.id
                AND busy.status = 'RUNNING' AND busy.clams_app_id = held.clams_app_id AND busy.id <> :id) AS busy
        FROM held CROSS JOIN batch_runs b
        WHERE held.goes_on AND {BATCH_RUN_CAN_BEGIN}
    ), turns AS MATERIALIZED (
        SELECT ready.id, ready.pipeline_run_id, batch_run.status AS batch_run_status
        FROM batch_run CROSS JOIN LATERAL (
            SELECT s.id, s.pipeline_run_id, row_number() OVER (ORDER BY s.ready_at, s.id) AS number
            FROM step_runs s
            WHERE s.clams_app_id = :clams_app_id AND s.batch_run_id = batch_run.id
              AND {CAN_BEGIN} AND {NOT_SENT}
            ORDER BY s.ready_at, s.id LIMIT {LOOKED_AT}
        ) ready
        ORDER BY batch_run.priority DESC, batch_run.busy + ready.number, batch_run.id
    ), next AS MATERIALIZED (
        SELECT turns.id, turns.pipeline_run_id, turns.batch_run_status
        FROM turns CROSS JOIN LATERAL (
            SELECT FROM pipeline_runs seen
            JOIN pipeline_runs p ON p.id = seen.id AND p.mmif_id IS NOT DISTINCT FROM seen.mmif_id
            JOIN step_runs s ON s.pipeline_run_id = p.id
            WHERE seen.id = turns.pipeline_run_id AND p.status IN ('WAITING', 'RUNNING')
              AND s.id = turns.id AND {CAN_BEGIN} AND {NOT_SENT}
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
    FROM next LEFT JOIN (SELECT s.fence, {CALL} FROM step s {FOR_CALL}) AS call ON true
""")


@dataclass(frozen=True, slots=True)
class Sent:
    """A step whose turn it is, marked as sent: its batch run has not begun, so it has to be claimed."""

    step_run_id: int


async def reuse_slot(
    executor: Executor, claim: Claim, worker: str, lease_seconds: float, *, follow: bool
) -> Claim | Sent | None:
    """Frees the slot of a call that has been answered, or takes the next step of the app for it if `follow` says so.

    None: there is nothing to go on with, and the slot is free (or has been somebody else's before).
    """
    parameters: dict[str, Any] = {
        "id": claim.step_run_id,
        "fence": claim.fence,
        "clams_app_id": claim.clams_app_id,
        "worker": worker,
        "lease_seconds": lease_seconds,
        "follow": follow,
    }
    row = (await executor.execute(HAND_OVER, parameters)).mappings().first()
    if row is None:
        return None
    if row["fence"] is None:
        return Sent(row["step_run_id"])
    return Claim(**row)
