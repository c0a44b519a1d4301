"""Checks of states that must not last: expired leases, taken slots, open circuits, unended runs, foreign stamps."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.apps.circuit_breaker import LONGEST_PAUSE_SECONDS
from chowda.doctor.check import Check, Scan, Thresholds
from chowda.doctor.run_states import LOCK_RUNS, POSTPONED, RUNS, STATE_CHECKS, UNENDED
from chowda.engine import leases
from chowda.ids import Kind
from chowda.models.step_key import pipeline_run_id_of

IN_FUTURE = ">= pg_snapshot_xmax(pg_current_snapshot())"

# Workers may have longer leases than this process: each writes until when it counts as alive.
LATEST_UNTIL = "greatest(now(), (SELECT max(until) FROM workers)) + make_interval(secs => :slot_seconds)"
ABANDONED_SQL = f"""
    s.status = 'RUNNING' AND s.lease_until > now() AND (
        s.lease_until > {LATEST_UNTIL}
        OR s.started_at < now() - make_interval(secs => :overdue_seconds) AND NOT EXISTS (
            SELECT FROM workers w WHERE w.name = s.worker
            AND w.until > now() - make_interval(secs => :overdue_seconds)))
"""
END_LEASES = text(f"UPDATE step_runs s SET lease_until = now() WHERE s.id = ANY(:ids) AND {ABANDONED_SQL}")


async def end_leases(session: AsyncSession, ids: Sequence[int], thresholds: Thresholds) -> None:
    """A worker that is alive after all extends its lease again, or notices that it has lost the step."""
    await session.execute(LOCK_RUNS, {"ids": [pipeline_run_id_of(id) for id in ids]})
    parameters = {name: thresholds.parameters[name] for name in ("slot_seconds", "overdue_seconds")}
    await session.execute(END_LEASES, {"ids": ids} | parameters)


ABANDONED = Check(
    name="no-such-worker",
    description="running steps whose worker is not alive, or whose lease is longer than that of any worker",
    kind=Kind.STEP_RUN,
    sql=f"""
        SELECT s.id, 'leased by ' || s.worker || ' until ' || s.lease_until AS detail FROM step_runs s
        WHERE {ABANDONED_SQL}
    """,
    fix=end_leases,
    fixed="have lost their lease and are claimed again",
    advice="",
)


async def requeue(session: AsyncSession, _ids: Sequence[int], _thresholds: Thresholds) -> None:
    await leases.requeue_expired(session)


EXPIRED = Check(
    name="expired-lease",
    description="running steps whose lease expired long ago and that were not requeued",
    kind=Kind.STEP_RUN,
    sql="""
        SELECT s.id, 'leased by ' || s.worker || ' until ' || s.lease_until AS detail FROM step_runs s
        WHERE s.status = 'RUNNING' AND s.lease_until < now() - make_interval(secs => :overdue_seconds)
    """,
    fix=requeue,
    fixed="are requeued",
    advice="",
)

SLOTS_SQL = f"t.until > {LATEST_UNTIL}"
SHORTEN_SLOTS = text(f"""
    UPDATE app_slots t SET until = now() + make_interval(secs => :lease_seconds)
    WHERE t.clams_app_id = ANY(:ids) AND {SLOTS_SQL}
""")


async def shorten_slots(session: AsyncSession, ids: Sequence[int], thresholds: Thresholds) -> None:
    """The worker of a running call extends its slot again."""
    parameters = {name: thresholds.parameters[name] for name in ("slot_seconds", "lease_seconds")}
    await session.execute(SHORTEN_SLOTS, {"ids": ids} | parameters)


STUCK_SLOTS = Check(
    name="stuck-slot",
    description="apps with slots that are taken for longer than any call can last",
    kind=Kind.APP,
    sql=f"""
        SELECT a.id, a.name || ': ' || count(*) || ' slots, by step ' || coalesce(max(t.step_run_id)::text, '(none)')
            || ' until ' || max(t.until) AS detail
        FROM app_slots t JOIN clams_apps a ON a.id = t.clams_app_id WHERE {SLOTS_SQL} GROUP BY a.id
    """,
    fix=shorten_slots,
    fixed="become free after one lease, unless a worker still uses them",
    advice="",
)

ADD_SLOTS = text("""
    INSERT INTO app_slots (clams_app_id, n)
    SELECT a.id, n FROM clams_apps a, generate_series(1, a.max_concurrency) AS n WHERE a.id = ANY(:ids)
    ON CONFLICT DO NOTHING
""")


async def add_slots(session: AsyncSession, ids: Sequence[int], _thresholds: Thresholds) -> None:
    await session.execute(ADD_SLOTS, {"ids": ids})


FEW_SLOTS = Check(
    name="few-slots",
    description="apps with fewer slots than their maximum of concurrent calls",
    kind=Kind.APP,
    sql="""
        SELECT a.id, a.name || ': ' || count(t.n) || ' of ' || a.max_concurrency AS detail
        FROM clams_apps a LEFT JOIN app_slots t ON t.clams_app_id = a.id AND t.n <= a.max_concurrency
        GROUP BY a.id HAVING count(t.n) < a.max_concurrency
    """,
    fix=add_slots,
    fixed="have all slots again",
    advice="",
)

CIRCUIT_SQL = f"""
    a.circuit_opened_at IS NOT NULL AND (a.circuit_trial_at IS NULL
        OR a.circuit_trial_at > now() + interval '{2 * LONGEST_PAUSE_SECONDS} seconds')
"""
TRY_NOW = text(f"UPDATE clams_apps a SET circuit_trial_at = now() WHERE a.id = ANY(:ids) AND {CIRCUIT_SQL}")


async def try_now(session: AsyncSession, ids: Sequence[int], _thresholds: Thresholds) -> None:
    await session.execute(TRY_NOW, {"ids": ids})


STUCK_CIRCUITS = Check(
    name="stuck-circuit",
    description="apps whose circuit is open and that have no trial scheduled",
    kind=Kind.APP,
    sql=f"""
        SELECT a.id, a.name || ': next trial ' || coalesce(a.circuit_trial_at::text, 'never') AS detail
        FROM clams_apps a WHERE {CIRCUIT_SQL}
    """,
    fix=try_now,
    fixed="are tried now",
    advice="",
)

# A trigger stamps each row that is updated.
RESTAMP_RUNS = text(f"""
    UPDATE pipeline_runs SET changed_xid = changed_xid WHERE id = ANY(:ids) AND changed_xid {IN_FUTURE}
""")
RESTAMP_EVENTS = text(
    f"UPDATE events SET xid = pg_current_xact_id() WHERE id = ANY(:ids) AND xid {IN_FUTURE}"
)


async def restamp_runs(session: AsyncSession, ids: Sequence[int], _thresholds: Thresholds) -> None:
    await session.execute(LOCK_RUNS, {"ids": ids})
    await session.execute(RESTAMP_RUNS, {"ids": ids})


async def restamp_events(session: AsyncSession, ids: Sequence[int], _thresholds: Thresholds) -> None:
    await session.execute(RESTAMP_EVENTS, {"ids": ids})


RESTORED = "as after a restore: subscribers would get them again and again"
FOREIGN_RUNS = Check(
    name="foreign-stamp",
    description=f"pipeline runs stamped by a future transaction, {RESTORED}",
    kind=Kind.PIPELINE_RUN,
    scan=Scan.PIPELINE_RUNS,
    sql=f"SELECT p.id, 'transaction ' || p.changed_xid AS detail FROM pipeline_runs p "
    f"WHERE {RUNS} AND p.changed_xid {IN_FUTURE}",
    fix=restamp_runs,
    fixed="are stamped with a current transaction",
    advice="",
)
FOREIGN_EVENTS = Check(
    name="foreign-event",
    description=f"events stamped by a future transaction, {RESTORED}",
    kind=Kind.EVENT,
    sql=f"SELECT id, 'transaction ' || xid AS detail FROM events WHERE xid {IN_FUTURE}",
    fix=restamp_events,
    fixed="are stamped with a current transaction",
    advice="",
)

NO_STEP = Check(
    name="no-such-step",
    description="results of steps that do not exist",
    kind=Kind.MMIF,
    scan=Scan.MMIFS,
    sql="""
        SELECT m.id, 'step run ' || m.step_run_id AS detail FROM mmifs m
        WHERE m.id > CAST(:low AS bigint) AND m.id <= CAST(:high AS bigint) AND m.step_run_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM step_runs s WHERE s.id = m.step_run_id)
    """,
    advice="They can still be downloaded. Nothing needs to be done.",
)

ALL_CHECKS = (
    FEW_SLOTS,
    STUCK_SLOTS,
    STUCK_CIRCUITS,
    NO_STEP,
    *STATE_CHECKS,
    POSTPONED,
    ABANDONED,
    EXPIRED,
    UNENDED,
    FOREIGN_RUNS,
    FOREIGN_EVENTS,
)
"In the order in which they are fixed: later fixes depend on earlier ones."
