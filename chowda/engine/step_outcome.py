"""The state machine of one step: claim, finish, fail.

A step runs under a lease. A claim is one conditional UPDATE that raises the step's fence; whatever a worker
writes later is guarded by that fence, so calls happen at least once and results commit exactly once. Locks
are taken in one order: batch run, pipeline run, step run, slot. All times are the database's.
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

AFTER_TIMEOUT_SECONDS = 60.0
"A web service works on after its client hung up: its slot stays taken this much longer."


# Every statement below that commits what a call brought begins so: lock the run, then the step under its fence.
MINE = """
    run AS MATERIALIZED (
        SELECT id, media_file_id FROM pipeline_runs WHERE id = :pipeline_run_id FOR NO KEY UPDATE
    ), mine AS MATERIALIZED (
        SELECT s.id, s.pipeline_run_id, run.media_file_id FROM step_runs s JOIN run ON run.id = s.pipeline_run_id
        WHERE s.id = :id AND s.fence = :fence AND s.status = 'RUNNING' FOR NO KEY UPDATE OF s
    )
"""
# Waits for a beat that is just prolonging the slot; whoever holds a slot's lock waits for nobody in turn.
RELEASE = """
    held AS MATERIALIZED (
        SELECT clams_app_id, n FROM app_slots
        WHERE clams_app_id = :clams_app_id AND step_run_id = :id AND fence = :fence
        FOR NO KEY UPDATE
    ), slot AS (
        UPDATE app_slots t SET step_run_id = NULL, fence = NULL, until = NULL
        FROM held WHERE t.clams_app_id = held.clams_app_id AND t.n = held.n
    )
"""

INITIAL = text(f"""
    WITH {MINE}, stored AS (
        INSERT INTO mmifs (media_file_id, sha256, size_bytes, origin)
        SELECT media_file_id, :sha256, :size_bytes, '{MmifOrigin.INITIAL}' FROM mine RETURNING id
    )
    UPDATE pipeline_runs p SET mmif_id = stored.id FROM stored WHERE p.id = :pipeline_run_id RETURNING p.id
""")

FINISH = text(f"""
    WITH {MINE}, stored AS (
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
    ), {RELEASE}, {CLOSE_CIRCUIT}
    SELECT id FROM stored
""")

RETRY_LATER = text(f"""
    WITH {MINE}, step AS (
        UPDATE step_runs s SET {STEP_WAITS_AGAIN}, failures = s.failures + 1, losses = 0,
            ready_at = now() + make_interval(secs => :delay_seconds),
            error_code = :code, error_message = :message, error_detail = :detail
        FROM mine WHERE s.id = mine.id RETURNING s.id
    ) SELECT id FROM step
""")

FAIL = text(f"""
    WITH {MINE}, steps AS (
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

FAILURES = text("""
    SELECT s.failures, frozen.retry FROM step_runs s JOIN batch_run_steps frozen USING (batch_run_id, position)
    WHERE s.id = :id AND s.fence = :fence AND s.status = 'RUNNING'
""")

END_ATTEMPT = text("""
    UPDATE step_attempts SET ended_at = now(), error_code = :code, error_message = :message, error_detail = :detail
    WHERE step_run_id = :id AND fence = :fence AND ended_at IS NULL
""")

KEEP_SLOT = text("""
    UPDATE app_slots SET until = now() + make_interval(secs => :seconds)
    WHERE clams_app_id = :clams_app_id AND step_run_id = :id AND fence = :fence
""")

RELEASE_SLOT = text(f"WITH {RELEASE} SELECT 1")

LIMIT_TO_ONE_CALL = text("""
    UPDATE clams_apps SET one_at_a_time = true, mixed_up_at = coalesce(mixed_up_at, now())
    WHERE id = :clams_app_id AND (NOT one_at_a_time OR mixed_up_at IS NULL)
""")


async def set_initial_mmif(executor: Executor, claim: Claim, sha256: str, size_bytes: int) -> bool:
    """Records the initial MMIF, whose bytes are in the store. False: the step is no longer ours."""
    parameters = _keys(claim) | {"sha256": sha256, "size_bytes": size_bytes}
    return (await executor.execute(INITIAL, parameters)).first() is not None


async def finish(executor: Executor, claim: Claim, sha256: str, size_bytes: int) -> bool:
    """Commits an answer whose bytes are in the store, and makes the next step ready. False: no longer ours."""
    parameters = _keys(claim) | {
        "clams_app_id": claim.clams_app_id,
        "app_identifier_id": claim.app_identifier_id,
        "sha256": sha256,
        "size_bytes": size_bytes,
        "is_last": claim.is_last,
    }
    return (await executor.execute(FINISH, parameters)).first() is not None


async def fail(session: AsyncSession, claim: Claim, failure: StepFailure) -> bool:
    """Records a failed call: the step waits for its next try, or ends and takes its pipeline run with it.

    False: the step was no longer ours, nothing changed but the slot.
    """
    ours = await _record_failure(session, claim, failure)
    if failure.code is StepErrorCode.APP_TIMEOUT:
        await session.execute(KEEP_SLOT, _slot(claim) | {"seconds": AFTER_TIMEOUT_SECONDS})
    else:
        await release_slot(session, claim)
    if ours:
        await circuit_breaker.record_failure(
            session, claim.clams_app_id, claim.step_run_id, claim.media_file_id, failure
        )
    await _note_mix_up(session, claim, failure)
    return ours


async def abandon(session: AsyncSession, claim: Claim, failure: StepFailure | None) -> None:
    """The app has answered a call whose step was canceled or went to another: its slot is free."""
    await release_slot(session, claim)
    if failure is not None:
        await _note_mix_up(session, claim, failure)


async def _note_mix_up(session: AsyncSession, claim: Claim, failure: StepFailure) -> None:
    """An app that mixes files up does so whatever became of the step."""
    if failure.code is StepErrorCode.WRONG_DOCUMENTS:
        await session.execute(LIMIT_TO_ONE_CALL, {"clams_app_id": claim.clams_app_id})


async def _record_failure(session: AsyncSession, claim: Claim, failure: StepFailure) -> bool:
    found = (await session.execute(FAILURES, {"id": claim.step_run_id, "fence": claim.fence})).one_or_none()
    if found is None:
        return False
    policy = retry_policy.Policy.read(found.retry)
    error = {"code": failure.code, "message": failure.message, "detail": failure.detail}
    delay = retry_policy.delay_seconds(failure.code, found.failures + 1, failure.retry_after_seconds, policy)
    if delay is None:
        last_id = (claim.pipeline_run_id + 1) * STEP_KEY_STRIDE - 1
        changed = await session.execute(FAIL, _keys(claim) | error | {"last_id": last_id})
    else:
        changed = await session.execute(RETRY_LATER, _keys(claim) | error | {"delay_seconds": delay})
    if changed.first() is None:
        return False
    await session.execute(END_ATTEMPT, {"id": claim.step_run_id, "fence": claim.fence} | error)
    return True


async def release_slot(executor: Executor, claim: Claim) -> None:
    """The app has answered: its slot is free. Nothing happens if the slot has been taken by another since."""
    await executor.execute(RELEASE_SLOT, _slot(claim))


def _keys(claim: Claim) -> dict[str, Any]:
    return {"id": claim.step_run_id, "fence": claim.fence, "pipeline_run_id": claim.pipeline_run_id}


def _slot(claim: Claim) -> dict[str, Any]:
    return {"id": claim.step_run_id, "fence": claim.fence, "clams_app_id": claim.clams_app_id}
