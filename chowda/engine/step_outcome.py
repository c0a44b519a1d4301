"""The outcome of a claimed step: it finishes, waits for its next attempt, or fails.

Each write is guarded by the fence of the claim. The lock order is batch run, pipeline run, step run, slot. All times
are the database's.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.apps import circuit_breaker
from chowda.apps.circuit_breaker import CLOSE_CIRCUIT
from chowda.db.autocommit import Executor
from chowda.engine.claim import Claim
from chowda.engine.transitions import STEP_ENDS, STEP_WAITS_AGAIN
from chowda.errors import StepErrorCode, StepFailure
from chowda.models import MmifOrigin
from chowda.models.step_key import STEP_KEY_STRIDE
from chowda.pipelines import retry_policy

SLOT_SECONDS_AFTER_TIMEOUT = 60.0
"A web service goes on working after its client has hung up, so the slot stays taken for this long."

# Locks the pipeline run, then the step under its fence. Every statement that commits an outcome begins with it.
LOCK_CLAIMED = """
    run AS MATERIALIZED (
        SELECT id, media_file_id FROM pipeline_runs WHERE id = :pipeline_run_id FOR NO KEY UPDATE
    ), mine AS MATERIALIZED (
        SELECT s.id, s.pipeline_run_id, run.media_file_id FROM step_runs s JOIN run ON run.id = s.pipeline_run_id
        WHERE s.id = :id AND s.fence = :fence AND s.status = 'RUNNING' FOR NO KEY UPDATE OF s
    )
"""

# Frees the slot of the call. It may wait for a heartbeat that extends the slot; a transaction that has locked a slot
# waits for no other lock, so there is no deadlock.
FREE_SLOT = """
    held AS MATERIALIZED (
        SELECT clams_app_id, n FROM app_slots
        WHERE clams_app_id = :clams_app_id AND step_run_id = :id AND fence = :fence
        FOR NO KEY UPDATE
    ), slot AS (
        UPDATE app_slots t SET step_run_id = NULL, fence = NULL, until = NULL
        FROM held WHERE t.clams_app_id = held.clams_app_id AND t.n = held.n
    )
"""
RELEASE_SLOT = text(f"WITH {FREE_SLOT} SELECT 1")

# Records the initial MMIF that the worker built for the first step.
SET_INITIAL_MMIF = text(f"""
    WITH {LOCK_CLAIMED}, stored AS (
        INSERT INTO mmifs (media_file_id, sha256, size_bytes, origin)
        SELECT media_file_id, :sha256, :size_bytes, '{MmifOrigin.INITIAL}' FROM mine RETURNING id
    )
    UPDATE pipeline_runs p SET mmif_id = stored.id FROM stored WHERE p.id = :pipeline_run_id RETURNING p.id
""")

# Records the result, ends the step, and makes the next step ready or ends the pipeline run; frees the slot.
FINISH = text(f"""
    WITH {LOCK_CLAIMED}, stored AS (
        INSERT INTO mmifs (media_file_id, sha256, size_bytes, origin, step_run_id, app_identifier_id)
        SELECT media_file_id, :sha256, :size_bytes, '{MmifOrigin.STEP}', id, CAST(:app_identifier_id AS bigint)
        FROM mine
        RETURNING id
    ), output AS (
        INSERT INTO media_file_outputs (app_identifier_id, media_file_id)
        SELECT CAST(:app_identifier_id AS bigint), media_file_id FROM mine ON CONFLICT DO NOTHING
    ), steps AS (
        UPDATE step_runs s SET
            status = CASE WHEN s.id = :id THEN 'FINISHED' ELSE s.status END,
            percent = CASE WHEN s.id = :id THEN 100 ELSE s.percent END,
            mmif_id = CASE WHEN s.id = :id THEN stored.id ELSE s.mmif_id END,
            ended_at = CASE WHEN s.id = :id THEN now() END,
            losses = 0, worker = NULL, lease_until = NULL,
            error_code = NULL, error_message = NULL, error_detail = NULL,
            ready_at = CASE WHEN s.id = :id THEN NULL ELSE now() END
        FROM stored WHERE s.id = :id OR (s.id = :id + 1 AND s.status = 'WAITING')
    ), ended AS (
        UPDATE pipeline_runs p SET mmif_id = stored.id,
            status = CASE WHEN :is_last THEN 'FINISHED' ELSE p.status END,
            ended_at = CASE WHEN :is_last THEN now() ELSE p.ended_at END
        FROM stored WHERE p.id = :pipeline_run_id
    ), attempt AS (
        UPDATE step_attempts SET ended_at = now()
        FROM mine WHERE step_run_id = :id AND fence = :fence
    ), {FREE_SLOT}, {CLOSE_CIRCUIT}
    SELECT id FROM stored
""")

# Returns a failed step to the queue for a later attempt.
RETRY_LATER = text(f"""
    WITH {LOCK_CLAIMED}, step AS (
        UPDATE step_runs s SET {STEP_WAITS_AGAIN}, failures = s.failures + 1, losses = 0,
            ready_at = now() + make_interval(secs => :delay_seconds),
            error_code = :code, error_message = :message, error_detail = :detail
        FROM mine WHERE s.id = mine.id RETURNING s.id
    ) SELECT id FROM step
""")

# Ends a failed step, cancels the later steps of its file and ends the pipeline run.
FAIL = text(f"""
    WITH {LOCK_CLAIMED}, steps AS (
        UPDATE step_runs s SET
            status = CASE WHEN s.id = :id THEN 'FAILED' ELSE 'CANCELED' END,
            {STEP_ENDS},
            failures = CASE WHEN s.id = :id THEN s.failures + 1 ELSE s.failures END,
            error_code = CASE WHEN s.id = :id THEN :code ELSE s.error_code END,
            error_message = CASE WHEN s.id = :id THEN :message ELSE s.error_message END,
            error_detail = CASE WHEN s.id = :id THEN :detail ELSE s.error_detail END
        FROM mine
        WHERE s.pipeline_run_id = mine.pipeline_run_id AND s.id BETWEEN :id AND :last_id
          AND s.status IN ('RUNNING', 'WAITING')
    ), ended AS (
        UPDATE pipeline_runs p SET status = 'FAILED', ended_at = now() FROM mine WHERE p.id = mine.pipeline_run_id
    ) SELECT id FROM mine
""")

# Reads what the retry policy needs: the failures so far, and the policy of the step.
READ_FAILURES = text("""
    SELECT s.failures, frozen.retry FROM step_runs s JOIN batch_run_steps frozen USING (batch_run_id, position)
    WHERE s.id = :id AND s.fence = :fence AND s.status = 'RUNNING'
""")

# Records the failure on the attempt.
END_ATTEMPT = text("""
    UPDATE step_attempts SET ended_at = now(), error_code = :code, error_message = :message, error_detail = :detail
    WHERE step_run_id = :id AND fence = :fence AND ended_at IS NULL
""")

# Keeps the slot taken after a time-out.
KEEP_SLOT = text("""
    UPDATE app_slots SET until = now() + make_interval(secs => :seconds)
    WHERE clams_app_id = :clams_app_id AND step_run_id = :id AND fence = :fence
""")

# Limits an app to one call at a time after it has answered with another file's MMIF.
LIMIT_TO_ONE_CALL = text("""
    UPDATE clams_apps SET one_at_a_time = true, mixed_up_at = coalesce(mixed_up_at, now())
    WHERE id = :clams_app_id AND (NOT one_at_a_time OR mixed_up_at IS NULL)
""")


async def set_initial_mmif(executor: Executor, claim: Claim, sha256: str, size_bytes: int) -> bool:
    """Records the initial MMIF, whose bytes are in the store. Returns False if the worker has lost the step."""
    parameters = _step(claim) | {"sha256": sha256, "size_bytes": size_bytes}
    return (await executor.execute(SET_INITIAL_MMIF, parameters)).first() is not None


async def finish(executor: Executor, claim: Claim, sha256: str, size_bytes: int) -> bool:
    """Commits a result, whose bytes are in the store, and makes the next step ready.

    Returns False, and changes nothing, if the worker has lost the step.
    """
    parameters = _step(claim) | {
        "clams_app_id": claim.clams_app_id,
        "app_identifier_id": claim.app_identifier_id,
        "sha256": sha256,
        "size_bytes": size_bytes,
        "is_last": claim.is_last,
    }
    return (await executor.execute(FINISH, parameters)).first() is not None


async def fail(session: AsyncSession, claim: Claim, failure: StepFailure) -> bool:
    """Records a failed call: the step waits for its next attempt, or fails and ends its pipeline run.

    Returns False, and changes only the slot, if the worker has lost the step.
    """
    owned = await _record_failure(session, claim, failure)
    if failure.code is StepErrorCode.APP_TIMEOUT:
        await session.execute(KEEP_SLOT, _slot(claim) | {"seconds": SLOT_SECONDS_AFTER_TIMEOUT})
    else:
        await release_slot(session, claim)
    if owned:
        await circuit_breaker.record_failure(
            session, claim.clams_app_id, claim.step_run_id, claim.media_file_id, failure
        )
    await _limit_unsafe_app(session, claim, failure)
    return owned


async def abandon(session: AsyncSession, claim: Claim, failure: StepFailure | None) -> None:
    """Releases the slot of a call whose step the worker has lost. `failure` is None if the call succeeded."""
    await release_slot(session, claim)
    if failure is not None:
        await _limit_unsafe_app(session, claim, failure)


async def release_slot(executor: Executor, claim: Claim) -> None:
    """Releases the slot after the app has answered. Does nothing if another call has taken the slot since."""
    await executor.execute(RELEASE_SLOT, _slot(claim))


async def _limit_unsafe_app(session: AsyncSession, claim: Claim, failure: StepFailure) -> None:
    """An app that mixes up files that it processes at the same time gets one call at a time from now on."""
    if failure.code is StepErrorCode.WRONG_DOCUMENTS:
        await session.execute(LIMIT_TO_ONE_CALL, {"clams_app_id": claim.clams_app_id})


async def _record_failure(session: AsyncSession, claim: Claim, failure: StepFailure) -> bool:
    row = (
        await session.execute(READ_FAILURES, {"id": claim.step_run_id, "fence": claim.fence})
    ).one_or_none()
    if row is None:
        return False
    policy = retry_policy.Policy.read(row.retry)
    error = {"code": failure.code, "message": failure.message, "detail": failure.detail}
    delay = retry_policy.delay_seconds(failure.code, row.failures + 1, failure.retry_after_seconds, policy)
    if delay is None:
        last_id = (claim.pipeline_run_id + 1) * STEP_KEY_STRIDE - 1
        changed = await session.execute(FAIL, _step(claim) | error | {"last_id": last_id})
    else:
        changed = await session.execute(RETRY_LATER, _step(claim) | error | {"delay_seconds": delay})
    if changed.first() is None:
        return False
    await session.execute(END_ATTEMPT, {"id": claim.step_run_id, "fence": claim.fence} | error)
    return True


def _step(claim: Claim) -> dict[str, Any]:
    return {"id": claim.step_run_id, "fence": claim.fence, "pipeline_run_id": claim.pipeline_run_id}


def _slot(claim: Claim) -> dict[str, Any]:
    return {"id": claim.step_run_id, "fence": claim.fence, "clams_app_id": claim.clams_app_id}
