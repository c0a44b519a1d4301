"""Fair dispatch: which waiting steps are sent next.

An app gets as many steps as it has free slots, and all apps together as many as the workers have free threads. Batch
runs of the same priority share that capacity evenly: a batch of 10 started after one of 100,000 does not wait for it.
A step is marked as sent for a time; if no worker has claimed it by then, it is sent again.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.apps.call_limit import CALL_LIMIT_NOW, calls_beyond
from chowda.db.advisory_locks import AdvisoryLock
from chowda.engine.transitions import BATCH_RUN_CAN_BEGIN, CAN_BEGIN, NOT_SENT

# Waits for the dispatcher of another process. The commit does not wait for the disk: if the mark that a step was sent
# is lost in a crash, the step is sent once more.
BEGIN = text("SELECT pg_advisory_xact_lock(:lock), set_config('synchronous_commit', 'off', true)")

# Marks the next steps as sent and returns them in dispatch order: by priority, then by rank. The rank of a step is its
# position in the queue of its app and batch run, plus the number of steps of that queue that are running.
NEXT = text(f"""
    WITH workers_free AS (
        SELECT greatest(0, (SELECT coalesce(sum(threads), 0) FROM workers WHERE until > now())
            - (SELECT count(*) FROM step_runs WHERE status = 'RUNNING')
            - (SELECT count(*) FROM step_runs WHERE sent_until > now())) AS threads
    ), uses AS MATERIALIZED (
        SELECT DISTINCT b.id AS batch_run_id, b.priority, steps.clams_app_id
        FROM batch_runs b JOIN batch_run_steps steps ON steps.batch_run_id = b.id
        WHERE {BATCH_RUN_CAN_BEGIN}
    ), apps AS MATERIALIZED (
        SELECT a.id, CASE WHEN {calls_beyond(CALL_LIMIT_NOW)} THEN 0 ELSE {CALL_LIMIT_NOW} END
            - (SELECT count(*) FROM app_slots t WHERE t.clams_app_id = a.id AND t.until > now())
            - (SELECT count(*) FROM step_runs s WHERE s.clams_app_id = a.id AND s.sent_until > now()) AS slots
        FROM clams_apps a WHERE a.id IN (SELECT clams_app_id FROM uses)
    ), candidates AS (
        SELECT ready.id, uses.priority, uses.batch_run_id, apps.id AS clams_app_id, apps.slots,
            ready.number + (
                SELECT count(*) FROM step_runs busy WHERE busy.batch_run_id = uses.batch_run_id
                    AND busy.status = 'RUNNING' AND busy.clams_app_id = apps.id) AS rank
        FROM apps JOIN uses ON uses.clams_app_id = apps.id
        CROSS JOIN LATERAL (
            SELECT s.id, row_number() OVER (ORDER BY s.ready_at, s.id) AS number FROM step_runs s
            WHERE s.clams_app_id = apps.id AND s.batch_run_id = uses.batch_run_id
              AND {CAN_BEGIN} AND {NOT_SENT}
            ORDER BY s.ready_at, s.id LIMIT least(apps.slots, (SELECT threads FROM workers_free))
        ) ready
        WHERE apps.slots > 0
    ), per_app AS (
        SELECT *, row_number() OVER (
            PARTITION BY clams_app_id ORDER BY priority DESC, rank, batch_run_id
        ) AS app_order FROM candidates
    ), chosen AS (
        SELECT id, row_number() OVER (ORDER BY priority DESC, rank, batch_run_id, id) AS dispatch_order FROM per_app
        WHERE app_order <= slots
        ORDER BY dispatch_order LIMIT (SELECT threads FROM workers_free)
    ), free AS MATERIALIZED (
        SELECT s.id, chosen.dispatch_order FROM chosen JOIN step_runs s USING (id)
        WHERE s.status = 'WAITING' AND NOT s.paused FOR NO KEY UPDATE OF s SKIP LOCKED
    ), sent AS (
        UPDATE step_runs s SET sent_until = now() + make_interval(secs => :resend_seconds)
        FROM free WHERE s.id = free.id RETURNING s.id, free.dispatch_order
    )
    SELECT id FROM sent ORDER BY dispatch_order
""")

# Seconds until a step becomes ready, or until an app with an open circuit gets its next trial call.
SECONDS_UNTIL_NEXT = text(f"""
    SELECT extract(epoch FROM min(greatest(s.ready_at, a.circuit_trial_at)) - now())::float
    FROM batch_runs b JOIN batch_run_steps steps ON steps.batch_run_id = b.id
    JOIN clams_apps a ON a.id = steps.clams_app_id
    CROSS JOIN LATERAL (
        (SELECT ready_at FROM step_runs
         WHERE clams_app_id = a.id AND batch_run_id = b.id AND status = 'WAITING' AND NOT paused
           AND ready_at > now()
         ORDER BY ready_at LIMIT 1)
        UNION ALL
        (SELECT ready_at FROM step_runs
         WHERE clams_app_id = a.id AND batch_run_id = b.id AND status = 'WAITING' AND NOT paused
           AND ready_at <= now() AND a.circuit_trial_at > now()
         ORDER BY ready_at LIMIT 1)
    ) s
    WHERE {BATCH_RUN_CAN_BEGIN}
""")


async def take(session: AsyncSession, resend_seconds: float) -> list[int]:
    """Marks the next steps as sent for `resend_seconds`. Returns their ids in dispatch order.

    One dispatcher runs at a time over all processes: two would count the same free slot.
    """
    await session.execute(BEGIN, {"lock": AdvisoryLock.DISPATCH})
    return list((await session.scalars(NEXT, {"resend_seconds": resend_seconds})).all())


async def seconds_until_next(session: AsyncSession) -> float | None:
    """Returns the seconds until the next retry, or the next trial call of an app, is due. None if none is planned."""
    seconds: float | None = await session.scalar(SECONDS_UNTIL_NEXT)
    return seconds
