"""The circuit breaker of an app: stops calling an app that fails on file after file, and tries it from time to time.

Ten different files in a row that fail because the app is away, too slow or broken (not because of the file)
open its circuit. Then its steps wait, and one trial call at a time goes out, at growing intervals. The first
real answer closes the circuit. A trial is an ordinary call and counts as an attempt of its step.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.errors import StepErrorCode, StepFailure

FILES = 10
"The number of different files in a row that open the circuit."
FIRST_TRIAL_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 300.0

AWAY = frozenset({StepErrorCode.APP_UNREACHABLE, StepErrorCode.APP_TIMEOUT, StepErrorCode.APP_BUSY})
NOT_ASKED = frozenset({StepErrorCode.MEDIA_MISSING, StepErrorCode.STORE_UNAVAILABLE})
"Failures on Chowda's side. They say nothing about the app, which may not have been called."

# A call that began before the trial was due is not a trial: it was in flight when the circuit opened. A broken
# connection does not open the circuit, but a disconnect during a trial postpones the next trial.
FAILED = text("""
    UPDATE clams_apps a SET
        failing_files = CASE WHEN :media_file_id = ANY(a.failing_files) OR NOT :blames THEN a.failing_files
                             ELSE (a.failing_files || CAST(:media_file_id AS bigint))[1:CAST(:files AS int)] END,
        circuit_reason = :reason, failure = :reason, failed_at = now(),
        circuit_opened_at = coalesce(a.circuit_opened_at, CASE WHEN opens.now THEN now() END),
        circuit_trials = CASE WHEN opens.trial THEN a.circuit_trials + 1 ELSE a.circuit_trials END,
        circuit_trial_at = CASE
            WHEN opens.now THEN now() + make_interval(secs => :first_seconds)
            WHEN opens.trial THEN now() + make_interval(
                secs => least(CAST(:first_seconds AS float) * 2 ^ least(a.circuit_trials + 1, 20), :longest_seconds))
            ELSE a.circuit_trial_at END
    FROM (
        SELECT b.id,
            :blames AND b.circuit_opened_at IS NULL AND cardinality(b.failing_files)
                + (NOT :media_file_id = ANY(b.failing_files))::int >= :files AS now,
            b.circuit_opened_at IS NOT NULL AND s.started_at >= b.circuit_trial_at AS trial
        FROM clams_apps b, step_runs s WHERE b.id = :clams_app_id AND s.id = :step_run_id FOR NO KEY UPDATE OF b
    ) AS opens
    WHERE a.id = opens.id AND (:blames OR a.circuit_opened_at IS NOT NULL)
    RETURNING opens.now
""")

# Part of a larger statement, so that a finished step needs no extra statement.
CLOSE_CIRCUIT = """
    circuit AS (
        UPDATE clams_apps SET failing_files = '{}', circuit_opened_at = NULL, circuit_trial_at = NULL,
            circuit_trials = 0, circuit_reason = NULL
        WHERE id = :clams_app_id AND cardinality(failing_files) > 0
        RETURNING id
    )
"""
ANSWERED = text(f"WITH {CLOSE_CIRCUIT} SELECT id FROM circuit")


def blames_app(failure: StepFailure) -> bool:
    """Whether the failure is the app's own, whichever file it was called for."""
    return failure.code in AWAY or failure.without_mmif


async def record_failure(
    session: AsyncSession, clams_app_id: int, step_run_id: int, media_file_id: int, failure: StepFailure
) -> None:
    """Record what a failed call says about the app: that it is away, that it answered, or nothing."""
    if failure.code in NOT_ASKED:
        return
    blames = blames_app(failure)
    if not blames and failure.code is not StepErrorCode.APP_DISCONNECTED:
        await session.execute(ANSWERED, {"clams_app_id": clams_app_id})
        return
    await session.execute(
        FAILED,
        {
            "clams_app_id": clams_app_id,
            "step_run_id": step_run_id,
            "media_file_id": media_file_id,
            "blames": blames,
            "reason": f"{failure.code}: {failure.message}",
            "files": FILES,
            "first_seconds": FIRST_TRIAL_SECONDS,
            "longest_seconds": LONGEST_PAUSE_SECONDS,
        },
    )
