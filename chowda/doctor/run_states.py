"""Checks of states and counts, which must be consistent outside of transactions."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.db.advisory_locks import AdvisoryLock
from chowda.doctor.check import Check, Scan, Thresholds
from chowda.engine.transitions import RUN_CANCELED, STEP_CANCELED
from chowda.ids import Kind
from chowda.models.step_key import STEP_KEY_STRIDE, pipeline_run_id_of, steps_of
from chowda.runs import batch_runs
from chowda.runs.counters import COLUMNS, STATES, SUMS

RUNS = "p.id > CAST(:low AS bigint) AND p.id <= CAST(:high AS bigint)"
STEPS = f"""s.id >= (CAST(:low AS bigint) + 1) * {STEP_KEY_STRIDE}
    AND s.id < (CAST(:high AS bigint) + 1) * {STEP_KEY_STRIDE}"""
STEPS_OF = steps_of("p.id")
RETRY = "Run these steps again: retry the file from that step, or retry the batch run."

LOCK_RUNS = text("SELECT id FROM pipeline_runs WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")
LOCK_BATCH_RUNS = text("""
    SELECT id FROM batch_runs WHERE id IN (SELECT batch_run_id FROM pipeline_runs WHERE id = ANY(:ids))
    ORDER BY id FOR UPDATE
""")


# The states of the steps decide the state of their run.
FOLLOW_STEPS = text(f"""
    WITH truth AS (
        SELECT p.id, (array_agg(s.mmif_id ORDER BY s.id DESC) FILTER (WHERE s.status = 'FINISHED'))[1] AS mmif_id, CASE
            WHEN bool_or(s.status = 'RUNNING') THEN 'RUNNING'
            WHEN bool_or(s.status = 'FAILED') THEN 'FAILED'
            WHEN bool_and(s.status = 'FINISHED') THEN 'FINISHED'
            WHEN bool_or(s.status = 'WAITING') THEN CASE WHEN p.started_at IS NULL THEN 'WAITING' ELSE 'RUNNING' END
            ELSE 'CANCELED' END AS status
        FROM pipeline_runs p JOIN step_runs s ON {STEPS_OF} WHERE p.id = ANY(:ids) GROUP BY p.id
    )
    UPDATE pipeline_runs p SET status = truth.status, mmif_id = coalesce(truth.mmif_id, p.mmif_id),
        ended_at = CASE WHEN truth.status NOT IN ('WAITING', 'RUNNING') THEN coalesce(p.ended_at, now()) END
    FROM truth WHERE p.id = truth.id
""")
CANCEL_REST = text(f"""
    UPDATE step_runs s SET {STEP_CANCELED}
    FROM pipeline_runs p WHERE p.id = ANY(:ids) AND {STEPS_OF} AND s.status = 'WAITING'
      AND EXISTS (SELECT FROM step_runs f WHERE f.pipeline_run_id = p.id AND f.status = 'FAILED'
                  AND f.id > p.id * {STEP_KEY_STRIDE} AND f.id < s.id)
""")


async def follow_steps(session: AsyncSession, ids: Sequence[int], _thresholds: Thresholds) -> None:
    await session.execute(LOCK_RUNS, {"ids": ids})
    await session.execute(CANCEL_REST, {"ids": ids})
    await session.execute(FOLLOW_STEPS, {"ids": ids})


CONTRADICTED = Check(
    name="contradicted-run",
    description="pipeline runs whose state does not follow from their steps",
    kind=Kind.PIPELINE_RUN,
    scan=Scan.PIPELINE_RUNS,
    sql=f"""
        WITH parts AS (
            SELECT s.pipeline_run_id, bool_and(s.status = 'FINISHED') AS finished,
                bool_or(s.status = 'FAILED') AS failed, bool_or(s.status IN ('WAITING', 'RUNNING')) AS open,
                string_agg(s.status, ', ' ORDER BY s.id) AS states
            FROM step_runs s WHERE {STEPS} GROUP BY 1
        )
        SELECT p.id, p.status || CASE WHEN p.ended_at IS NULL THEN ', not ended' ELSE ', ended' END
            || '; its steps are ' || parts.states AS detail
        FROM pipeline_runs p JOIN parts ON parts.pipeline_run_id = p.id
        WHERE {RUNS} AND ((p.status = 'FINISHED') <> finished OR (p.status = 'FAILED') <> failed
            OR (p.ended_at IS NULL) <> open OR (p.ended_at IS NULL) <> (p.status IN ('WAITING', 'RUNNING')))
    """,
    fix=follow_steps,
    fixed="have the state that follows from their steps",
    advice="",
)

NEVER_READY_SQL = """
    s.status = 'WAITING' AND s.ready_at IS NULL
    AND (s.position = 1 OR EXISTS (SELECT FROM step_runs b WHERE b.id = s.id - 1 AND b.status = 'FINISHED'))
"""
MAKE_READY = text(f"UPDATE step_runs s SET ready_at = now() WHERE s.id = ANY(:ids) AND {NEVER_READY_SQL}")


async def make_ready(session: AsyncSession, ids: Sequence[int], _thresholds: Thresholds) -> None:
    await session.execute(LOCK_RUNS, {"ids": [pipeline_run_id_of(id) for id in ids]})
    await session.execute(MAKE_READY, {"ids": ids})


NEVER_READY = Check(
    name="never-ready",
    description="waiting steps that would never become ready, although all steps before them have finished",
    kind=Kind.STEP_RUN,
    scan=Scan.PIPELINE_RUNS,
    sql=f"SELECT s.id, 'step ' || s.position AS detail FROM step_runs s WHERE {STEPS} AND {NEVER_READY_SQL}",
    fix=make_ready,
    fixed="are ready now",
    advice="",
)

POSTPONED_SQL = """
    s.status = 'WAITING' AND (s.ready_at > now() + make_interval(secs => :far_seconds)
                              OR s.sent_until > now() + make_interval(secs => :far_seconds))
"""
BRING_FORWARD = text(f"""
    UPDATE step_runs s SET sent_until = NULL, ready_at = least(s.ready_at, now())
    WHERE s.id = ANY(:ids) AND {POSTPONED_SQL}
""")


async def bring_forward(session: AsyncSession, ids: Sequence[int], thresholds: Thresholds) -> None:
    await session.execute(LOCK_RUNS, {"ids": [pipeline_run_id_of(id) for id in ids]})
    await session.execute(BRING_FORWARD, {"ids": ids, "far_seconds": thresholds.parameters["far_seconds"]})


POSTPONED = Check(
    name="postponed",
    description="steps that are postponed for hours, as after a jump of the database's clock",
    kind=Kind.STEP_RUN,
    scan=Scan.PIPELINE_RUNS,
    sql=f"""
        SELECT s.id, 'until ' || greatest(s.ready_at, s.sent_until) AS detail FROM step_runs s
        WHERE {STEPS} AND {POSTPONED_SQL}
    """,
    fix=bring_forward,
    fixed="may run now",
    advice="",
)

NO_RESULT = Check(
    name="no-result",
    description="finished steps without their result",
    kind=Kind.STEP_RUN,
    scan=Scan.PIPELINE_RUNS,
    sql=f"""
        SELECT s.id, CASE WHEN s.mmif_id IS NULL THEN 'it has no MMIF'
                          ELSE 'its MMIF is missing, or belongs to another step' END AS detail
        FROM step_runs s LEFT JOIN mmifs m ON m.id = s.mmif_id
        WHERE {STEPS} AND s.status = 'FINISHED' AND m.step_run_id IS DISTINCT FROM s.id
    """,
    advice=RETRY,
)

# Each claim increments the fence; failed attempts have no result, and a step that ran again has a result of each run.
# Old attempts may have been deleted. Then the check finds less, but reports nothing that is correct.
DOUBLED = Check(
    name="doubled-result",
    description="steps with more results than calls that can have produced one",
    kind=Kind.STEP_RUN,
    scan=Scan.PIPELINE_RUNS,
    sql=f"""
        SELECT s.id, count(*) || ' results of ' || s.fence || ' calls' AS detail
        FROM pipeline_runs p
        JOIN mmifs m ON m.media_file_id = p.media_file_id
            AND {steps_of("p.id", "m.step_run_id")}
        JOIN step_runs s ON s.id = m.step_run_id
        WHERE {RUNS} GROUP BY s.id
        HAVING count(*) > 1 AND count(*) > s.fence - (
            SELECT count(*) FROM step_attempts a WHERE a.step_run_id = s.id AND a.error_code IS NOT NULL)
    """,
    advice="The newest result counts and nothing is lost. This should be impossible: please report it.",
)

TOO_EARLY = Check(
    name="too-early",
    description="steps that began before an earlier step of the same file had finished",
    kind=Kind.STEP_RUN,
    scan=Scan.PIPELINE_RUNS,
    sql=f"""
        SELECT s.id, 'step ' || s.position || ' is ' || s.status || ', step ' || (s.position - 1) || ' is '
            || before.status AS detail
        FROM step_runs s JOIN step_runs before ON before.id = s.id - 1
        WHERE {STEPS} AND s.position > 1 AND s.status IN ('RUNNING', 'FINISHED', 'FAILED')
          AND before.status <> 'FINISHED'
    """,
    advice="Retry these files from the earlier step.",
)

CANCEL_RUNS = text(f"""
    UPDATE pipeline_runs p SET {RUN_CANCELED} FROM batch_runs b
    WHERE p.id = ANY(:ids) AND b.id = p.batch_run_id AND b.status = 'CANCELED' AND p.ended_at IS NULL
""")
CANCEL_STEPS = text(f"""
    UPDATE step_runs s SET {STEP_CANCELED}
    FROM pipeline_runs p WHERE p.id = ANY(:ids) AND p.status = 'CANCELED' AND {STEPS_OF}
      AND s.status IN ('WAITING', 'RUNNING')
""")
OPEN_AGAIN = text("""
    UPDATE batch_runs b SET ended_at = NULL, status = CASE WHEN started_at IS NULL THEN 'WAITING' ELSE 'RUNNING' END
    WHERE b.status <> 'CANCELED' AND b.ended_at IS NOT NULL AND EXISTS (
        SELECT FROM pipeline_runs p WHERE p.id = ANY(:ids) AND p.batch_run_id = b.id AND p.ended_at IS NULL)
""")


async def close_or_open(session: AsyncSession, ids: Sequence[int], _thresholds: Thresholds) -> None:
    await session.execute(LOCK_BATCH_RUNS, {"ids": ids})
    await session.execute(LOCK_RUNS, {"ids": ids})
    await session.execute(CANCEL_RUNS, {"ids": ids})
    await session.execute(CANCEL_STEPS, {"ids": ids})
    await session.execute(OPEN_AGAIN, {"ids": ids})


LEFT_OPEN = Check(
    name="left-open",
    description="pipeline runs that have not ended, in batch runs that have",
    kind=Kind.PIPELINE_RUN,
    scan=Scan.PIPELINE_RUNS,
    sql=f"""
        SELECT p.id, p.status || ' in a batch run that is ' || b.status AS detail
        FROM pipeline_runs p JOIN batch_runs b ON b.id = p.batch_run_id
        WHERE {RUNS} AND p.ended_at IS NULL AND b.ended_at IS NOT NULL
    """,
    fix=close_or_open,
    fixed="are canceled with their batch run, or the batch run is open again",
    advice="",
)

BROKEN = Check(
    name="broken-reference",
    description="pipeline runs without a batch run, or whose steps are not those of their pipeline",
    kind=Kind.PIPELINE_RUN,
    scan=Scan.PIPELINE_RUNS,
    sql=f"""
        SELECT p.id, 'its batch run ' || p.batch_run_id || ' does not exist' AS detail FROM pipeline_runs p
        WHERE {RUNS} AND NOT EXISTS (SELECT FROM batch_runs b WHERE b.id = p.batch_run_id)
        UNION ALL
        SELECT s.pipeline_run_id, 'it has ' || count(*) || ' steps, but does not exist itself' FROM step_runs s
        WHERE {STEPS} AND NOT EXISTS (SELECT FROM pipeline_runs p WHERE p.id = s.pipeline_run_id) GROUP BY 1
        UNION ALL
        SELECT p.id, 'it has ' || coalesce(there.steps, 0) || ' steps, of which ' || coalesce(there.right_ones, 0)
            || ' are the ' || frozen.steps || ' of its pipeline'
        FROM pipeline_runs p
        JOIN (SELECT batch_run_id, count(*) AS steps FROM batch_run_steps GROUP BY 1) AS frozen USING (batch_run_id)
        LEFT JOIN (
            SELECT s.pipeline_run_id, s.batch_run_id, count(*) AS steps, count(f.position) AS right_ones
            FROM step_runs s LEFT JOIN batch_run_steps f ON f.batch_run_id = s.batch_run_id
                AND f.position = s.position AND f.clams_app_id = s.clams_app_id
            WHERE {STEPS} GROUP BY 1, 2
        ) AS there ON there.pipeline_run_id = p.id AND there.batch_run_id = p.batch_run_id
        WHERE {RUNS} AND (there.steps IS DISTINCT FROM frozen.steps OR there.right_ones IS DISTINCT FROM frozen.steps)
    """,
    advice="The missing data can't be derived. Restore the database from a backup, or start these files again.",
)

COUNTED = ", ".join(f"count(*) FILTER (WHERE status = '{state.upper()}')::int AS {state}" for state in STATES)
NEGATIVE = ", ".join(f"-{state} AS {state}" for state in STATES)
DIFFERENCE = "CASE WHEN {0} <> 0 THEN '{0} ' || to_char({0}, 'FMSG999999990') END"
OF_BATCH_RUNS = "batch_run_id > CAST(:low AS bigint) AND batch_run_id <= CAST(:high AS bigint)"
# In one statement, so in one snapshot: the difference is exact while the counts change.
DIFFERENCES = f"""
    WITH runs AS MATERIALIZED (
        SELECT batch_run_id, id, status FROM pipeline_runs WHERE {OF_BATCH_RUNS}
    ), truth AS (
        SELECT batch_run_id, 0 AS position, {COUNTED} FROM runs GROUP BY 1
        UNION ALL
        SELECT batch_run_id, position, {COUNTED} FROM step_runs
        WHERE id >= (SELECT min(id) FROM runs) * {STEP_KEY_STRIDE}
          AND id < ((SELECT max(id) FROM runs) + 1) * {STEP_KEY_STRIDE} AND {OF_BATCH_RUNS} GROUP BY 1, 2
    ), recorded AS (
        SELECT batch_run_id, position, {NEGATIVE} FROM run_counters WHERE {OF_BATCH_RUNS}
        UNION ALL
        SELECT batch_run_id, position, {NEGATIVE} FROM run_counter_deltas WHERE {OF_BATCH_RUNS}
    ), differences AS (
        SELECT batch_run_id, position, {SUMS}
        FROM (SELECT * FROM truth UNION ALL SELECT * FROM recorded) AS both_sides GROUP BY 1, 2
    )
"""
DIFFERS = f"({COLUMNS}) <> (0, 0, 0, 0, 0)"

ADD_COUNTERS = text("""
    INSERT INTO run_counters (batch_run_id, position)
    SELECT id, 0 FROM batch_runs WHERE id = :high UNION ALL
    SELECT batch_run_id, position FROM batch_run_steps WHERE batch_run_id = :high
    ON CONFLICT DO NOTHING
""")
ADD_DIFFERENCE = text(f"""
    {DIFFERENCES} INSERT INTO run_counter_deltas (batch_run_id, position, {COLUMNS})
    SELECT batch_run_id, position, {COLUMNS} FROM differences WHERE {DIFFERS}
""")


async def correct_counters(session: AsyncSession, ids: Sequence[int], _thresholds: Thresholds) -> None:
    # If two processes added the same difference, the counts would be wrong again.
    await session.execute(
        text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": AdvisoryLock.CORRECT_COUNTERS}
    )
    for id in ids:
        await session.execute(ADD_COUNTERS, {"high": id})
        await session.execute(ADD_DIFFERENCE, {"low": id - 1, "high": id})


COUNTERS = Check(
    name="wrong-counts",
    description="batch runs whose counts differ from the sums of their files and steps",
    kind=Kind.BATCH_RUN,
    scan=Scan.BATCH_RUNS,
    sql=f"""
        {DIFFERENCES} SELECT batch_run_id AS id, string_agg(
            CASE WHEN position = 0 THEN 'files' ELSE 'step ' || position END || ': '
            || concat_ws(', ', {", ".join(map(DIFFERENCE.format, STATES))}),
            '; ' ORDER BY position) AS detail
        FROM differences WHERE {DIFFERS} GROUP BY 1
    """,
    fix=correct_counters,
    fixed="have correct counts now",
    advice="",
)


async def end(session: AsyncSession, ids: Sequence[int], _thresholds: Thresholds) -> None:
    await batch_runs.end_batch_runs(session, ids)


UNENDED = Check(
    name="cannot-end",
    description="batch runs that have not ended although all their files have",
    kind=Kind.BATCH_RUN,
    sql="""
        SELECT b.id, b.status AS detail FROM batch_runs b WHERE b.ended_at IS NULL AND NOT EXISTS (
            SELECT FROM pipeline_runs p WHERE p.batch_run_id = b.id AND p.ended_at IS NULL)
    """,
    fix=end,
    fixed="have ended now",
    advice="",
)

STATE_CHECKS = (
    BROKEN,
    NO_RESULT,
    DOUBLED,
    TOO_EARLY,
    CONTRADICTED,
    LEFT_OPEN,
    NEVER_READY,
    COUNTERS,
)
"In the order in which they are fixed: later fixes depend on earlier ones."
