"""Claims: a worker takes a step and a slot of its app.

A claim is one conditional UPDATE that raises the step's fence and starts its lease. Every later write of the worker
is guarded by that fence, so calls happen at least once and results commit exactly once. The lock order is batch run,
pipeline run, step run, slot. All times are the database's.
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
    def lease_key(self) -> LeaseKey:
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
    WHERE s.id = :id AND {CAN_BEGIN} AND {BATCH_RUN_CAN_BEGIN}
""")

START_BATCH_RUN = text(f"""
    UPDATE batch_runs SET {RUN_BEGINS}
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

UNSEND = text("""
    UPDATE step_runs SET sent_until = NULL WHERE id = :id AND status = 'WAITING' AND sent_until IS NOT NULL
""")


async def try_claim(
    session: AsyncSession, step_run_id: int, worker: str, lease_seconds: float
) -> Claim | None:
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
