"""The cost of a step in the database, with 1,000 and with 1,000,000 rows in step_runs."""

from __future__ import annotations

import signal
import statistics
from dataclasses import astuple, dataclass
from typing import Any

import psycopg

from bench.stack import Row, Stack

STEPS = 300
ROUNDS = 3
FEW, MANY = 1_000, 1_000_000
TARGET = 1.2

# Half of the rows have ended, half wait in a paused batch run. A step must not read either of them.
FILL = """
    WITH of AS (
        SELECT b.id AS batch_id, p.id AS pipeline_id, p.name, s.clams_app_id
        FROM batches b JOIN pipelines p ON p.id = b.pipeline_id JOIN pipeline_steps s ON s.pipeline_id = p.id
    ), run AS (
        INSERT INTO batch_runs (batch_id, pipeline_id, pipeline_name, status, media_file_count, started_at, ended_at)
        SELECT batch_id, pipeline_id, name, %(status)s, %(files)s, now(), CASE WHEN %(ended)s THEN now() END
        FROM of RETURNING id
    ), steps AS (
        INSERT INTO batch_run_steps (batch_run_id, position, clams_app_id, parameters)
        SELECT run.id, 1, of.clams_app_id, '{}' FROM run, of
    ), files AS (
        INSERT INTO media_files (guid)
        SELECT %(status)s || '-' || n FROM generate_series(1, %(files)s) n RETURNING id
    ), mmifs AS (
        INSERT INTO mmifs (media_file_id, sha256, size_bytes, origin)
        SELECT id, repeat('0', 64), 1000, 'STEP' FROM files WHERE %(ended)s RETURNING id, media_file_id
    ), runs AS (
        INSERT INTO pipeline_runs (batch_run_id, media_file_id, status, mmif_id, started_at, ended_at)
        SELECT run.id, files.id, CASE WHEN %(ended)s THEN 'FINISHED' ELSE 'WAITING' END, mmifs.id,
               CASE WHEN %(ended)s THEN now() END, CASE WHEN %(ended)s THEN now() END
        FROM run, files LEFT JOIN mmifs ON mmifs.media_file_id = files.id
        RETURNING id, batch_run_id, mmif_id
    ), step_runs AS (
        INSERT INTO step_runs (id, pipeline_run_id, batch_run_id, clams_app_id, position, status, mmif_id,
                               ready_at, started_at, ended_at)
        SELECT runs.id * 1000 + 1, runs.id, runs.batch_run_id, of.clams_app_id, 1,
               CASE WHEN %(ended)s THEN 'FINISHED' ELSE 'WAITING' END, runs.mmif_id,
               CASE WHEN NOT %(ended)s THEN now() END,
               CASE WHEN %(ended)s THEN now() END, CASE WHEN %(ended)s THEN now() END
        FROM runs, of
    )
    INSERT INTO run_counters (batch_run_id, position, waiting, finished)
    SELECT run.id, position, CASE WHEN %(ended)s THEN 0 ELSE %(files)s END,
           CASE WHEN %(ended)s THEN %(files)s ELSE 0 END
    FROM run, generate_series(0, 1) AS position
"""


@dataclass(frozen=True)
class Cost:
    """The cost of one step."""

    statements: float
    wal_records: float
    milliseconds: float


def measure() -> list[Row]:
    few, many = _cost(FEW), _cost(MANY)
    names = ("statements", "WAL records", "milliseconds")
    return [
        Row(
            f"A step with {MANY:,} rows in step_runs: {name}",
            f"{large:.1f}",
            f"with {FEW:,} rows {small:.1f}",
            large / small,
            TARGET,
        )
        for name, small, large in zip(names, astuple(few), astuple(many), strict=True)
    ]


def _cost(rows: int) -> Cost:
    """Return the median of ROUNDS runs in a database with this many other step runs."""
    loaded = {"shared_preload_libraries": "pg_stat_statements"}
    with (
        Stack(postgres_settings=loaded) as stack,
        psycopg.connect(stack.postgres.dsn, autocommit=True) as database,
    ):
        database.execute("CREATE EXTENSION pg_stat_statements")
        pipeline_id = stack.pipeline("one", [stack.register(stack.app("noop"), 4)])
        guids = [f"cpb-aacip-{number:06d}" for number in range(STEPS)]
        stack.add_files(guids)
        batch_id = stack.batch("measured", pipeline_id, guids)
        for status, ended in (("FINISHED", True), ("PAUSED", False)):
            database.execute(FILL, {"status": status, "ended": ended, "files": rows // 2})
        database.execute("VACUUM ANALYZE")
        assert stack.wait(stack.start(batch_id))["status"] == "FINISHED"  # fills the caches
        costs = [_of_one_run(stack, database, batch_id) for _ in range(ROUNDS)]
    return Cost(*(statistics.median(values) for values in zip(*map(astuple, costs), strict=True)))


def _of_one_run(stack: Stack, database: psycopg.Connection[Any], batch_id: str) -> Cost:
    """Measure from the first claim to the last commit. Excludes the start of the batch and status queries."""
    [worker] = stack.workers
    worker.send_signal(signal.SIGSTOP)
    run_id = stack.start(batch_id)
    database.execute("SELECT pg_stat_statements_reset()")
    before = _wal_records(database)
    worker.send_signal(signal.SIGCONT)
    status = stack.wait(run_id, every_seconds=1)
    after = _wal_records(database)
    assert status["status"] == "FINISHED", status
    row = database.execute(
        "SELECT sum(calls) FROM pg_stat_statements WHERE query NOT ILIKE ANY (%s)", [["begin%", "commit%"]]
    ).fetchone()
    seconds = database.execute(
        "SELECT extract(epoch FROM max(ended_at) - min(started_at))::float FROM step_runs WHERE batch_run_id = "
        "(SELECT max(id) FROM batch_runs)"
    ).fetchone()
    assert row is not None and seconds is not None
    return Cost(row[0] / STEPS, (after - before) / STEPS, 1000 * seconds[0] / STEPS)


def _wal_records(database: psycopg.Connection[Any]) -> int:
    row = database.execute("SELECT pg_stat_force_next_flush(), wal_records FROM pg_stat_wal").fetchone()
    assert row is not None
    return int(row[1])
