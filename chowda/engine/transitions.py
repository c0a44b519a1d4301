"""State changes of runs and steps as SQL: the columns that each change sets are written here and nowhere else.

`s` is a row of step_runs.
"""

from __future__ import annotations

CAN_BEGIN = "s.status = 'WAITING' AND NOT s.paused AND s.ready_at <= now()"
"The step can be claimed, as far as its own row shows. The index ix_step_runs_ready serves it."

NOT_SENT = "(s.sent_until IS NULL OR s.sent_until <= now())"
"No message for the step is in transit."

BATCH_RUN_CAN_BEGIN = "b.ended_at IS NULL AND b.status IN ('WAITING', 'RUNNING')"
"Steps of the batch run `b` may be claimed. The index ix_batch_runs_active serves it."

RUN_BEGINS = "status = 'RUNNING', started_at = coalesce(started_at, now())"
"Of a batch run or a pipeline run."

RUN_CANCELED = "status = 'CANCELED', ended_at = now()"
"Of a pipeline run."

STEP_BEGINS = """
    status = 'RUNNING', fence = s.fence + 1, attempts = s.attempts + 1, worker = :worker,
    lease_until = clock_timestamp() + make_interval(secs => :lease_seconds), sent_until = NULL,
    percent = 0, progress_source = 'NONE', started_at = now()
"""
"""The step is claimed. The lease counts from the moment of the claim, not from the start of the transaction: the
statement may have waited for a lock, and a slot that is taken for a time in the past would be taken twice."""

ADD_ATTEMPT = """
    INSERT INTO step_attempts (step_run_id, batch_run_id, fence, worker)
    SELECT id, batch_run_id, fence, :worker FROM step
"""
"Follows STEP_BEGINS in a statement whose part `step` returns the claimed row."

STEP_WAITS_AGAIN = (
    "status = 'WAITING', worker = NULL, lease_until = NULL, percent = 0, progress_source = 'NONE'"
)
"The call has ended without a result, and the step stays in the queue."

STEP_ENDS = "ended_at = now(), ready_at = NULL, sent_until = NULL, worker = NULL, lease_until = NULL"
STEP_CANCELED = f"status = 'CANCELED', {STEP_ENDS}"
