"""What must not last: leases and slots of the dead, runs that nobody ends, circuits without a trial, foreign stamps."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.apps.circuit_breaker import LONGEST_PAUSE_SECONDS
from chowda.doctor.check import Check, Terms, Walk
from chowda.doctor.run_states import LOCK_RUNS, POSTPONED, RUNS, STATE_CHECKS, UNENDED
from chowda.engine import leases
from chowda.ids import Kind
from chowda.models.step_key import pipeline_run_id_of

IN_FUTURE = ">= pg_snapshot_xmax(pg_current_snapshot())"

# Workers may have longer leases than whoever examines them knows of: each tells until when it counts as alive.
FAR = "greatest(now(), (SELECT max(until) FROM workers)) + make_interval(secs => :slot_seconds)"
ABANDONED_SQL = f"""
    s.status = 'RUNNING' AND s.lease_until > now() AND (
        s.lease_until > {FAR}
        OR s.started_at < now() - make_interval(secs => :overdue_seconds) AND NOT EXISTS (
            SELECT FROM workers w WHERE w.name = s.worker
            AND w.until > now() - make_interval(secs => :overdue_seconds)))
"""
END_LEASES = text(f"UPDATE step_runs s SET lease_until = now() WHERE s.id = ANY(:ids) AND {ABANDONED_SQL}")


async def end_leases(session: AsyncSession, ids: Sequence[int], terms: Terms) -> None:
    """A worker that lives after all prolongs its lease again, or learns that the step is no longer its own."""
    await session.execute(LOCK_RUNS, {"ids": [pipeline_run_id_of(id) for id in ids]})
    parameters = {name: terms.parameters[name] for name in ("slot_seconds", "overdue_seconds")}
    await session.execute(END_LEASES, {"ids": ids} | parameters)


ABANDONED = Check(
    name="no-such-worker",
    what="running steps that are held by a worker that is not alive, or for longer than any worker holds one",
    kind=Kind.STEP_RUN,
    sql=f"""
        SELECT s.id, 'held by ' || s.worker || ' until ' || s.lease_until AS says FROM step_runs s
        WHERE {ABANDONED_SQL}
    """,
    mend=end_leases,
    mended="have lost their lease; workers take them up again",
    advice="",
)


async def reap(session: AsyncSession, _ids: Sequence[int], _terms: Terms) -> None:
    await leases.requeue_expired(session)


EXPIRED = Check(
    name="expired-lease",
    what="running steps whose lease is long over, and which nobody has given back",
    kind=Kind.STEP_RUN,
    sql="""
        SELECT s.id, 'held by ' || s.worker || ' until ' || s.lease_until AS says FROM step_runs s
        WHERE s.status = 'RUNNING' AND s.lease_until < now() - make_interval(secs => :overdue_seconds)
    """,
    mend=reap,
    mended="are given back to the queue",
    advice="",
)

SLOTS_SQL = f"t.until > {FAR}"
SHORTEN_SLOTS = text(f"""
    UPDATE app_slots t SET until = now() + make_interval(secs => :lease_seconds)
    WHERE t.clams_app_id = ANY(:ids) AND {SLOTS_SQL}
""")


async def shorten_slots(session: AsyncSession, ids: Sequence[int], terms: Terms) -> None:
    """Of a call that goes on the worker prolongs it again."""
    parameters = {name: terms.parameters[name] for name in ("slot_seconds", "lease_seconds")}
    await session.execute(SHORTEN_SLOTS, {"ids": ids} | parameters)


STUCK_SLOTS = Check(
    name="stuck-slot",
    what="apps with slots that are taken for longer than any call takes one",
    kind=Kind.APP,
    sql=f"""
        SELECT a.id, a.name || ': ' || count(*) || ' slots, by step ' || coalesce(max(t.step_run_id)::text, '(none)')
            || ' until ' || max(t.until) AS says
        FROM app_slots t JOIN clams_apps a ON a.id = t.clams_app_id WHERE {SLOTS_SQL} GROUP BY a.id
    """,
    mend=shorten_slots,
    mended="are freed in one lease unless a worker holds them",
    advice="",
)

ADD_SLOTS = text("""
    INSERT INTO app_slots (clams_app_id, n)
    SELECT a.id, n FROM clams_apps a, generate_series(1, a.max_concurrency) AS n WHERE a.id = ANY(:ids)
    ON CONFLICT DO NOTHING
""")


async def add_slots(session: AsyncSession, ids: Sequence[int], _terms: Terms) -> None:
    await session.execute(ADD_SLOTS, {"ids": ids})


FEW_SLOTS = Check(
    name="few-slots",
    what="apps with fewer slots than they may have calls at once",
    kind=Kind.APP,
    sql="""
        SELECT a.id, a.name || ': ' || count(t.n) || ' of ' || a.max_concurrency AS says
        FROM clams_apps a LEFT JOIN app_slots t ON t.clams_app_id = a.id AND t.n <= a.max_concurrency
        GROUP BY a.id HAVING count(t.n) < a.max_concurrency
    """,
    mend=add_slots,
    mended="have them all",
    advice="",
)

CIRCUIT_SQL = f"""
    a.circuit_opened_at IS NOT NULL AND (a.circuit_trial_at IS NULL
        OR a.circuit_trial_at > now() + interval '{2 * LONGEST_PAUSE_SECONDS} seconds')
"""
TRY_AGAIN = text(f"UPDATE clams_apps a SET circuit_trial_at = now() WHERE a.id = ANY(:ids) AND {CIRCUIT_SQL}")


async def try_again(session: AsyncSession, ids: Sequence[int], _terms: Terms) -> None:
    await session.execute(TRY_AGAIN, {"ids": ids})


STUCK_CIRCUITS = Check(
    name="stuck-circuit",
    what="apps whose circuit is open and that are not tried again",
    kind=Kind.APP,
    sql=f"""
        SELECT a.id, a.name || ': next trial ' || coalesce(a.circuit_trial_at::text, 'never') AS says
        FROM clams_apps a WHERE {CIRCUIT_SQL}
    """,
    mend=try_again,
    mended="are tried again now",
    advice="",
)

# Whatever is updated is stamped by a trigger.
RESTAMP_RUNS = text(f"""
    UPDATE pipeline_runs SET changed_xid = changed_xid WHERE id = ANY(:ids) AND changed_xid {IN_FUTURE}
""")
RESTAMP_EVENTS = text(
    f"UPDATE events SET xid = pg_current_xact_id() WHERE id = ANY(:ids) AND xid {IN_FUTURE}"
)


async def restamp_runs(session: AsyncSession, ids: Sequence[int], _terms: Terms) -> None:
    await session.execute(LOCK_RUNS, {"ids": ids})
    await session.execute(RESTAMP_RUNS, {"ids": ids})


async def restamp_events(session: AsyncSession, ids: Sequence[int], _terms: Terms) -> None:
    await session.execute(RESTAMP_EVENTS, {"ids": ids})


RESTORED = "as after a restore: subscribers would be sent them again and again"
FOREIGN_RUNS = Check(
    name="foreign-stamp",
    what=f"pipeline runs stamped by a transaction that has not been yet, {RESTORED}",
    kind=Kind.PIPELINE_RUN,
    walk=Walk.PIPELINE_RUNS,
    sql=f"SELECT p.id, 'transaction ' || p.changed_xid AS says FROM pipeline_runs p "
    f"WHERE {RUNS} AND p.changed_xid {IN_FUTURE}",
    mend=restamp_runs,
    mended="are stamped anew",
    advice="",
)
FOREIGN_EVENTS = Check(
    name="foreign-event",
    what=f"events stamped by a transaction that has not been yet, {RESTORED}",
    kind=Kind.EVENT,
    sql=f"SELECT id, 'transaction ' || xid AS says FROM events WHERE xid {IN_FUTURE}",
    mend=restamp_events,
    mended="are stamped anew",
    advice="",
)

NO_STEP = Check(
    name="no-such-step",
    what="results of steps that are not there",
    kind=Kind.MMIF,
    walk=Walk.MMIFS,
    sql="""
        SELECT m.id, 'of step run ' || m.step_run_id AS says FROM mmifs m
        WHERE m.id > CAST(:low AS bigint) AND m.id <= CAST(:high AS bigint) AND m.step_run_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM step_runs s WHERE s.id = m.step_run_id)
    """,
    advice="They are kept and can be fetched; nothing has to be done.",
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
"In the order in which they are mended: what comes later rests on what comes before."
