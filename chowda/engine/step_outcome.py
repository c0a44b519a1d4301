"""The state machine of one step: claim, finish, fail.

A step runs under a lease. A claim is one conditional UPDATE that raises the step's fence; whatever a worker
writes later is guarded by that fence, so calls happen at least once and results commit exactly once. Locks
are taken in one order: batch run, pipeline run, step run, slot. All times are the database's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.apps import circuit_breaker
from chowda.apps.circuit_breaker import CALLS_NOW, CLOSE_CIRCUIT
from chowda.apps.timings import EXPECTED_SECONDS
from chowda.db.autocommit import Executor
from chowda.engine.leases import LeaseKey
from chowda.errors import StepErrorCode, StepFailure
from chowda.models import MmifOrigin
from chowda.models.run import STEPS_LIMIT
from chowda.pipelines import retry_policy

AFTER_TIMEOUT_SECONDS = 60.0
"A web service works on after its client hung up: its slot stays taken this much longer."


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed step, with all that the call needs."""

    step_run_id: int
    fence: int
    pipeline_run_id: int
    batch_run_id: int
    position: int
    is_last: bool
    media_file_id: int
    guid: str
    clams_app_id: int
    app_name: str
    app_identifier_id: int
    endpoint: str
    app_metadata: Any
    parameters: dict[str, Any]
    timeout_seconds: int
    mmif_sha256: str | None
    "Of the newest good MMIF of the file; None: there is none yet."
    documents: list[tuple[str, str, str | None]] | None
    "Type, location and MIME type of what the first MMIF is made of, where there is none yet."
    mmif_versions: list[str] | None
    "Of the apps of the pipeline, likewise."
    media_seconds: float | None
    "How long the media file plays, where that is known."
    expected_seconds: float | None
    "How long the call should take, by what the app took before."

    @property
    def hold(self) -> LeaseKey:
        return LeaseKey(self.step_run_id, self.fence)


# What a call needs, of a step `s` and the run `p` of its file.
CALL = f"""
    b.id AS batch_run_id, s.pipeline_run_id, s.position,
    NOT EXISTS (SELECT FROM batch_run_steps later
                WHERE later.batch_run_id = b.id AND later.position > s.position) AS is_last,
    p.media_file_id, f.guid, a.id AS clams_app_id, a.name AS app_name, a.endpoint,
    (SELECT i.id FROM app_identifiers i WHERE i.identifier = a.identifier) AS app_identifier_id,
    a.metadata AS app_metadata, a.timeout_seconds, frozen.parameters,
    m.sha256 AS mmif_sha256, media.seconds AS media_seconds,
    CASE WHEN m.id IS NULL THEN (
        SELECT json_agg(json_build_array(d.type, d.location, d.mime) ORDER BY d.position)
        FROM media_documents d WHERE d.media_file_id = f.id) END AS documents,
    CASE WHEN m.id IS NULL THEN (
        SELECT array_agg(of.metadata ->> 'mmif_version') FROM batch_run_steps any_step
        JOIN clams_apps of ON of.id = any_step.clams_app_id WHERE any_step.batch_run_id = b.id
    ) END AS mmif_versions,
    {EXPECTED_SECONDS} AS expected_seconds
"""
FOR_CALL = """
    JOIN batch_runs b ON b.id = s.batch_run_id
    JOIN batch_run_steps frozen ON frozen.batch_run_id = s.batch_run_id AND frozen.position = s.position
    JOIN clams_apps a ON a.id = s.clams_app_id
    JOIN pipeline_runs p ON p.id = s.pipeline_run_id
    JOIN media_files f ON f.id = p.media_file_id
    LEFT JOIN mmifs m ON m.id = p.mmif_id
    LEFT JOIN app_timings t ON t.clams_app_id = a.id
    CROSS JOIN LATERAL (
        SELECT max(duration_seconds) AS seconds FROM media_documents WHERE media_file_id = f.id
    ) media
"""

CANDIDATE = text(f"""
    SELECT b.status AS batch_run_status, p.mmif_id, {CALL}
    FROM step_runs s {FOR_CALL}
    WHERE s.id = :id AND s.status = 'WAITING' AND s.ready_at <= now() AND NOT s.paused
      AND b.status IN ('WAITING', 'RUNNING')
""")

BEGUN = """
    status = 'RUNNING', fence = s.fence + 1, attempts = s.attempts + 1, worker = :worker,
    lease_until = clock_timestamp() + make_interval(secs => :lease_seconds), sent_until = NULL,
    percent = 0, progress_source = 'NONE', started_at = now()
"""
"How a step `s` begins to run."

START_BATCH_RUN = text("""
    UPDATE batch_runs SET status = 'RUNNING', started_at = coalesce(started_at, now())
    WHERE id = :batch_run_id AND status = 'WAITING'
""")

# The slot is whichever is free: SKIP LOCKED, so that claimers never wait for one another and never share one.
# It is looked for only once the step is taken: a claim that comes to nothing must not hide a slot from others.
# Where the limit was lowered, the calls beyond it end before a new one begins. The run's MMIF is still the one
# that was read: meanwhile a person may have sent the file back, and an earlier step made another.
# The lease counts from when the claim is made, not from when it began to wait for somebody's lock: a slot that
# was taken for a time that has passed would be taken once more.
CLAIM = text(f"""
    WITH run AS (
        UPDATE pipeline_runs SET status = 'RUNNING', started_at = coalesce(started_at, now())
        WHERE id = :pipeline_run_id AND status IN ('WAITING', 'RUNNING')
          AND mmif_id IS NOT DISTINCT FROM CAST(:mmif_id AS bigint)
          AND EXISTS (SELECT FROM batch_runs b WHERE b.id = :batch_run_id AND b.status = 'RUNNING')
        RETURNING id
    ), step AS (
        UPDATE step_runs s SET {BEGUN}
        FROM run
        WHERE s.id = :id AND s.pipeline_run_id = run.id AND s.status = 'WAITING' AND s.ready_at <= now()
          AND NOT s.paused
        RETURNING s.id, s.fence, s.batch_run_id
    ), attempt AS (
        INSERT INTO step_attempts (step_run_id, batch_run_id, fence, worker)
        SELECT id, batch_run_id, fence, :worker FROM step
    ), free AS MATERIALIZED (
        SELECT t.clams_app_id, t.n, step.id, step.fence
        FROM step, app_slots t JOIN clams_apps a ON a.id = t.clams_app_id
        CROSS JOIN LATERAL (SELECT {CALLS_NOW} AS calls) AS most
        WHERE t.clams_app_id = :clams_app_id AND t.n <= most.calls AND (t.until IS NULL OR t.until <= now())
          AND NOT EXISTS (SELECT FROM app_slots beyond WHERE beyond.clams_app_id = a.id
                          AND beyond.n > most.calls AND beyond.until > now())
        ORDER BY t.n LIMIT 1 FOR NO KEY UPDATE OF t SKIP LOCKED
    ), slot AS (
        UPDATE app_slots taken
        SET step_run_id = free.id, fence = free.fence,
            until = clock_timestamp() + make_interval(secs => :lease_seconds)
        FROM free WHERE taken.clams_app_id = free.clams_app_id AND taken.n = free.n
        RETURNING taken.n
    )
    SELECT step.fence, slot.n FROM step LEFT JOIN slot ON true
""")

UNSEND = text("""
    UPDATE step_runs SET sent_until = NULL WHERE id = :id AND status = 'WAITING' AND sent_until IS NOT NULL
""")


async def claim(session: AsyncSession, step_run_id: int, worker: str, lease_seconds: float) -> Claim | None:
    """Takes a step and a slot of its app, or None: not ready, already taken, paused, ended, or no slot free."""
    row = (await session.execute(CANDIDATE, {"id": step_run_id})).mappings().one_or_none()
    if row is None:
        await unsend(session, step_run_id)
        return None
    found = dict(row)
    savepoint = await session.begin_nested()
    if found.pop("batch_run_status") == "WAITING":
        await session.execute(START_BATCH_RUN, {"batch_run_id": found["batch_run_id"]})
    taken = (
        await session.execute(
            CLAIM,
            {
                "id": step_run_id,
                "pipeline_run_id": found["pipeline_run_id"],
                "batch_run_id": found["batch_run_id"],
                "clams_app_id": found["clams_app_id"],
                "mmif_id": found.pop("mmif_id"),
                "worker": worker,
                "lease_seconds": lease_seconds,
            },
        )
    ).one_or_none()
    if taken is not None and taken.n is not None:
        await savepoint.commit()
        return Claim(step_run_id=step_run_id, fence=taken.fence, **found)
    await savepoint.rollback()
    await unsend(session, step_run_id)
    return None


async def unsend(session: AsyncSession, step_run_id: int) -> None:
    """The message came to nothing: the step keeps no place from others, and is sent again when it is its turn."""
    await session.execute(UNSEND, {"id": step_run_id})


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
        UPDATE step_runs s SET status = 'WAITING', worker = NULL, lease_until = NULL, percent = 0,
            progress_source = 'NONE', failures = s.failures + 1, losses = 0,
            ready_at = now() + make_interval(secs => :delay_seconds),
            error_code = :code, error_message = :message, error_detail = :detail
        FROM mine WHERE s.id = mine.id RETURNING s.id
    ) SELECT id FROM step
""")

FAIL = text(f"""
    WITH {MINE}, steps AS (
        UPDATE step_runs s SET
            status = CASE WHEN s.id = :id THEN 'FAILED' ELSE 'CANCELED' END,
            ended_at = now(), ready_at = NULL, sent_until = NULL, worker = NULL, lease_until = NULL,
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

ONE_AT_A_TIME = text("""
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
        await circuit_breaker.failed(
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
        await session.execute(ONE_AT_A_TIME, {"clams_app_id": claim.clams_app_id})


async def _record_failure(session: AsyncSession, claim: Claim, failure: StepFailure) -> bool:
    found = (await session.execute(FAILURES, {"id": claim.step_run_id, "fence": claim.fence})).one_or_none()
    if found is None:
        return False
    policy = retry_policy.Policy.read(found.retry)
    error = {"code": failure.code, "message": failure.message, "detail": failure.detail}
    delay = retry_policy.delay_seconds(failure.code, found.failures + 1, failure.retry_after_seconds, policy)
    if delay is None:
        last_id = claim.pipeline_run_id * STEPS_LIMIT + STEPS_LIMIT - 1
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
