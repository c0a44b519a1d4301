"""Turns: which waiting steps may run next.

As many as their app has free slots and the live workers free threads, shared evenly between the batch runs
of one priority: a batch of 10 started after one of 100,000 does not wait for it. A step is marked as sent for
a while; if nobody has claimed it by then, it comes up again.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.apps.call_limit import CALL_LIMIT_NOW, calls_beyond
from chowda.db.advisory_locks import AdvisoryLock
from chowda.engine.transitions import BATCH_RUN_CAN_BEGIN, CAN_BEGIN, NOT_SENT

# That a step was sent is no news worth waiting for the disk: forgotten, it is sent once more.
BEGIN = text("SELECT pg_advisory_xact_lock(:lock), set_config('synchronous_commit', 'off', true)")

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
    ), turns AS (
        SELECT ready.id, uses.priority, uses.batch_run_id, apps.id AS clams_app_id, apps.slots,
            ready.number + (
                SELECT count(*) FROM step_runs busy WHERE busy.batch_run_id = uses.batch_run_id
                    AND busy.status = 'RUNNING' AND busy.clams_app_id = apps.id) AS turn
        FROM apps JOIN uses ON uses.clams_app_id = apps.id
        CROSS JOIN LATERAL (
            SELECT s.id, row_number() OVER (ORDER BY s.ready_at, s.id) AS number FROM step_runs s
            WHERE s.clams_app_id = apps.id AND s.batch_run_id = uses.batch_run_id
              AND {CAN_BEGIN} AND {NOT_SENT}
            ORDER BY s.ready_at, s.id LIMIT least(apps.slots, (SELECT threads FROM workers_free))
        ) ready
        WHERE apps.slots > 0
    ), of_app AS (
        SELECT *, row_number() OVER (
            PARTITION BY clams_app_id ORDER BY priority DESC, turn, batch_run_id
        ) AS place FROM turns
    ), chosen AS (
        SELECT id, row_number() OVER (ORDER BY priority DESC, turn, batch_run_id, id) AS place FROM of_app
        WHERE place <= slots
        ORDER BY place LIMIT (SELECT threads FROM workers_free)
    ), free AS MATERIALIZED (
        SELECT s.id, chosen.place FROM chosen JOIN step_runs s USING (id)
        WHERE s.status = 'WAITING' AND NOT s.paused FOR NO KEY UPDATE OF s SKIP LOCKED
    ), sent AS (
        UPDATE step_runs s SET sent_until = now() + make_interval(secs => :resend_seconds)
        FROM free WHERE s.id = free.id RETURNING s.id, free.place
    )
    SELECT id FROM sent ORDER BY place
""")

SOONEST = text(f"""
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
    """The ids of the steps to send now, in order; marked as sent for so many seconds.

    One dispatcher at a time over all processes: two would count the same free slot.
    """
    await session.execute(BEGIN, {"lock": AdvisoryLock.DISPATCH})
    return list((await session.scalars(NEXT, {"resend_seconds": resend_seconds})).all())


async def seconds_until_next(session: AsyncSession) -> float | None:
    """When the next retry or the next trial of an app falls due, in seconds from now; None if none does."""
    seconds: float | None = await session.scalar(SOONEST)
    return seconds
