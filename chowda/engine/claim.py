"""Claims: a worker takes a step and a slot of its app.

A claim raises the step's fence and starts its lease in one conditional UPDATE. Every later write of the worker is
guarded by that fence, so calls happen at least once and results commit exactly once. All times are the database's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.apps.call_limit import CALL_LIMIT_NOW, calls_beyond
from chowda.apps.timings import EXPECTED_SECONDS
from chowda.engine.leases import LeaseKey
from chowda.engine.transitions import ADD_ATTEMPT, BATCH_RUN_CAN_BEGIN, CAN_BEGIN, RUN_BEGINS, STEP_BEGINS


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed step, with everything that its call needs."""

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
    "The newest valid MMIF of the file. None before the first step: the worker builds the initial MMIF."
    documents: list[tuple[str, str, str | None]] | None
    "Type, location and MIME type of each document for the initial MMIF. None unless it has to be built."
    mmif_versions: list[str] | None
    "The MMIF versions of the pipeline's apps. None unless the initial MMIF has to be built."
    media_seconds: float | None
    "The duration of the media file. None if it is unknown."
    expected_seconds: float | None
    "The expected duration of the call, estimated from earlier calls of the app."

    @property
    def lease_key(self) -> LeaseKey:
        return LeaseKey(self.step_run_id, self.fence)


# The columns of a Claim, except step_run_id and fence. They need the joins of CALL_TABLES.
CALL_COLUMNS = f"""
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

# The tables that CALL_COLUMNS reads, joined to a row `s` of step_runs.
CALL_TABLES = """
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

# Reads a step that can be claimed, with everything that its call needs. Locks nothing.
CANDIDATE = text(f"""
    SELECT b.status AS batch_run_status, p.mmif_id, {CALL_COLUMNS}
    FROM step_runs s {CALL_TABLES}
    WHERE s.id = :id AND {CAN_BEGIN} AND {BATCH_RUN_CAN_BEGIN}
""")

# Moves a batch run from WAITING to RUNNING.
START_BATCH_RUN = text(f"""
    UPDATE batch_runs SET {RUN_BEGINS}
    WHERE id = :batch_run_id AND status = 'WAITING'
""")

# Takes the step that CANDIDATE has read, then a free slot of its app.
# - The MMIF must still be the one that was read: a retry from an earlier step may have replaced it meanwhile.
# - SKIP LOCKED: concurrent claims neither wait for each other nor share a slot.
# - The slot comes last, so that a claim that fails on its step does not hide a slot from other claims.
# - After the limit was lowered, no call begins before the calls beyond the new limit have ended.
CLAIM = text(f"""
    WITH run AS (
        UPDATE pipeline_runs SET {RUN_BEGINS}
        WHERE id = :pipeline_run_id AND status IN ('WAITING', 'RUNNING')
          AND mmif_id IS NOT DISTINCT FROM CAST(:mmif_id AS bigint)
          AND EXISTS (SELECT FROM batch_runs b WHERE b.id = :batch_run_id AND b.status = 'RUNNING')
        RETURNING id
    ), step AS (
        UPDATE step_runs s SET {STEP_BEGINS}
        FROM run
        WHERE s.id = :id AND s.pipeline_run_id = run.id AND {CAN_BEGIN}
        RETURNING s.id, s.fence, s.batch_run_id
    ), attempt AS ({ADD_ATTEMPT}), free AS MATERIALIZED (
        SELECT t.clams_app_id, t.n, step.id, step.fence
        FROM step, app_slots t JOIN clams_apps a ON a.id = t.clams_app_id
        CROSS JOIN LATERAL (SELECT {CALL_LIMIT_NOW} AS calls) AS most
        WHERE t.clams_app_id = :clams_app_id AND t.n <= most.calls AND (t.until IS NULL OR t.until <= now())
          AND NOT {calls_beyond("most.calls")}
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

# Removes the mark that a message for the step is in transit.
UNSEND = text("""
    UPDATE step_runs SET sent_until = NULL WHERE id = :id AND status = 'WAITING' AND sent_until IS NOT NULL
""")


async def try_claim(
    session: AsyncSession, step_run_id: int, worker: str, lease_seconds: float
) -> Claim | None:
    """Claims the step and a slot of its app.

    Returns None if the step is not ready, claimed already, paused or ended, or if its app has no free slot.
    """
    row = (await session.execute(CANDIDATE, {"id": step_run_id})).mappings().one_or_none()
    if row is None:
        await unsend(session, step_run_id)
        return None
    candidate = dict(row)
    savepoint = await session.begin_nested()
    if candidate.pop("batch_run_status") == "WAITING":
        await session.execute(START_BATCH_RUN, {"batch_run_id": candidate["batch_run_id"]})
    claimed = (
        await session.execute(
            CLAIM,
            {
                "id": step_run_id,
                "pipeline_run_id": candidate["pipeline_run_id"],
                "batch_run_id": candidate["batch_run_id"],
                "clams_app_id": candidate["clams_app_id"],
                "mmif_id": candidate.pop("mmif_id"),
                "worker": worker,
                "lease_seconds": lease_seconds,
            },
        )
    ).one_or_none()
    if claimed is not None and claimed.n is not None:
        await savepoint.commit()
        return Claim(step_run_id=step_run_id, fence=claimed.fence, **candidate)
    await savepoint.rollback()
    await unsend(session, step_run_id)
    return None


async def unsend(session: AsyncSession, step_run_id: int) -> None:
    """Marks the step as not sent, after a message that led to no claim: the dispatcher may send it again."""
    await session.execute(UNSEND, {"id": step_run_id})
