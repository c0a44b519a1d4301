"""Data of years of use, inserted in bulk: media files, batches, and up to a million pipeline runs with their steps."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

APPS = ("swt-detection", "slate-ocr", "whisper", "spacy")
VERSIONS = ("v8.9", "v8.10")


@dataclass(frozen=True, slots=True)
class Amount:
    """Numbers of rows. The last batch run is running: half of its `active_files` have not ended.

    Of the ended files one in `one_failed_in` has failed. Of the others one in `one_runs_in` is running.
    """

    media_files: int
    batches: int
    pipeline_runs: int
    active_files: int
    one_failed_in: int
    one_runs_in: int


# Rows are inserted in the order of their IDs, as in production. The ID of a step run is 1000 * pipeline run + position.
STATEMENTS = """
    INSERT INTO clams_apps (name, identifier, version, runtime, endpoint, max_concurrency, timeout_seconds, metadata)
    SELECT name || '-' || version, 'http://apps.clams.ai/' || name || '/' || version, version, 'WEB_SERVICE',
           'http://127.0.0.1:9/' || name || version, 4, 600, '{{"name": "bench", "mmif_version": "1.1.0"}}'
    FROM unnest(ARRAY['{apps}']) WITH ORDINALITY a(name, i), unnest(ARRAY['{versions}']) WITH ORDINALITY v(version, j)
    ORDER BY i, j;
    INSERT INTO pipelines (name) SELECT 'pipeline ' || p FROM generate_series(1, 4) p ORDER BY p;
    INSERT INTO pipeline_versions (pipeline_id, version) SELECT id, 1 FROM pipelines;
    INSERT INTO pipeline_steps (pipeline_id, version, position, clams_app_id, parameters)
    SELECT p, 1, n, p * 2 - 2 + n, '{{}}' FROM generate_series(1, 4) p, generate_series(1, 2) n;

    INSERT INTO media_files (guid, created_at)
    SELECT 'cpb-aacip-' || lpad(((i::bigint * 7919) % 1000)::text, 3, '0') || '-' || substr(md5(i::text), 1, 10),
           now() - make_interval(mins => {media_files} - i)
    FROM generate_series(1, {media_files}) i ORDER BY i;
    INSERT INTO media_documents (media_file_id, position, type, location, mime, duration_seconds)
    SELECT id, 1, CASE WHEN id % 10 = 0 THEN 'AUDIO' ELSE 'VIDEO' END, 'file:///data/' || guid,
           CASE WHEN id % 10 = 0 THEN 'audio/mpeg' ELSE 'video/mp4' END, 60 + id % 3600
    FROM media_files ORDER BY id;

    INSERT INTO collections (name, media_file_count)
    SELECT 'collection ' || c, 200 FROM generate_series(1, {media_files} / 200) c ORDER BY c;
    INSERT INTO collection_media_files (collection_id, media_file_id)
    SELECT 1 + id % ({media_files} / 200), id FROM media_files ORDER BY 1, 2;

    INSERT INTO batches (name, pipeline_id, media_file_count, created_at)
    SELECT 'batch ' || md5(b::text), 1 + b % 4,
           CASE WHEN b = {batches} THEN {active_files} ELSE {per_batch} END,
           now() - make_interval(hours => {batches} - b)
    FROM generate_series(1, {batches}) b ORDER BY b;
    INSERT INTO batch_media_files (batch_id, media_file_id)
    SELECT b.id, 1 + (b.id * {per_batch} + n) % {media_files} FROM batches b, generate_series(1, b.media_file_count) n
    ORDER BY 1, 2;
    INSERT INTO batch_runs (batch_id, pipeline_id, pipeline_name, status, media_file_count, created_at, started_at,
                            ended_at)
    SELECT b.id, b.pipeline_id, p.name, CASE WHEN b.id = {batches} THEN 'RUNNING' ELSE 'FAILED' END,
           b.media_file_count, b.created_at, b.created_at,
           CASE WHEN b.id < {batches} THEN b.created_at + make_interval(mins => 10 + (b.id % 50)::int) END
    FROM batches b JOIN pipelines p ON p.id = b.pipeline_id ORDER BY b.id;
    INSERT INTO batch_run_steps (batch_run_id, position, clams_app_id, parameters)
    SELECT r.id, s.position, s.clams_app_id, s.parameters
    FROM batch_runs r JOIN pipeline_steps s USING (pipeline_id);

    -- Half as many are canceled as have failed.
    INSERT INTO pipeline_runs (batch_run_id, media_file_id, status, created_at, started_at, ended_at)
    SELECT r.id, f.media_file_id, state.of, r.created_at,
           CASE WHEN state.of <> 'WAITING' THEN r.created_at END,
           CASE WHEN state.of NOT IN ('WAITING', 'RUNNING') THEN r.created_at + make_interval(secs => f.n) END
    FROM batch_runs r JOIN (
        SELECT batch_id, media_file_id, row_number() OVER (PARTITION BY batch_id ORDER BY media_file_id) AS n
        FROM batch_media_files
    ) f USING (batch_id), LATERAL (SELECT CASE
        WHEN r.ended_at IS NULL AND f.n > {active_files} / 2
        THEN CASE WHEN f.n % {one_runs_in} = 0 THEN 'RUNNING' ELSE 'WAITING' END
        WHEN (f.n + r.id) % {one_failed_in} = 0 THEN 'FAILED' WHEN (f.n + r.id) % (2 * {one_failed_in}) = 1
        THEN 'CANCELED' ELSE 'FINISHED' END AS of
    ) state ORDER BY r.id, f.media_file_id;
    INSERT INTO step_runs (id, pipeline_run_id, batch_run_id, clams_app_id, position, status, percent, attempts, fence,
                           ready_at, lease_until, started_at, ended_at, error_code, error_message, mmif_id)
    SELECT p.id * 1000 + s.position, p.id, p.batch_run_id, s.clams_app_id, s.position, state.of,
           CASE WHEN state.of = 'FINISHED' THEN 100 ELSE 0 END,
           (state.of <> 'WAITING')::int, (state.of <> 'WAITING')::int,
           CASE WHEN state.of = 'WAITING' AND s.position = 1 THEN now() END,
           CASE WHEN state.of = 'RUNNING' THEN now() + interval '1 day' END, p.started_at, p.ended_at,
           CASE WHEN state.of = 'FAILED'
                THEN (ARRAY['APP_ERROR', 'APP_TIMEOUT', 'NO_NEW_VIEW', 'LOST_VIEWS'])[1 + p.id % 4] END,
           CASE WHEN state.of = 'FAILED' THEN 'the app said that it failed' END,
           CASE WHEN state.of = 'FINISHED' THEN p.id * 3 + s.position END
    FROM pipeline_runs p JOIN batch_run_steps s USING (batch_run_id), LATERAL (SELECT CASE
        WHEN p.status = 'RUNNING' THEN CASE WHEN s.position = 1 THEN 'RUNNING' ELSE 'WAITING' END
        WHEN p.status = 'FAILED' THEN CASE WHEN s.position = 1 THEN 'FINISHED' ELSE 'FAILED' END
        ELSE p.status END AS of) state ORDER BY p.id, s.position;
    INSERT INTO step_attempts (step_run_id, batch_run_id, fence, worker, started_at, ended_at, error_code,
                               error_message)
    SELECT id, batch_run_id, 1, 'worker-' || id % 4, started_at, ended_at, error_code, error_message
    FROM step_runs WHERE attempts > 0 ORDER BY id;
    INSERT INTO mmifs (id, media_file_id, sha256, size_bytes, origin, step_run_id, app_identifier_id, created_at)
    SELECT s.mmif_id, p.media_file_id, md5(s.id::text) || md5((-s.id)::text),
           10000 + (s.id * 7919) % 1000000, 'STEP', s.id,
           s.clams_app_id, s.ended_at
    FROM step_runs s JOIN pipeline_runs p ON p.id = s.pipeline_run_id WHERE s.mmif_id IS NOT NULL ORDER BY s.id;
    UPDATE pipeline_runs SET mmif_id = id * 3 + CASE WHEN status = 'FINISHED' THEN 2 ELSE 1 END
    WHERE status IN ('FINISHED', 'FAILED');
    INSERT INTO media_file_outputs SELECT DISTINCT app_identifier_id, media_file_id FROM mmifs;
    INSERT INTO run_counters (batch_run_id, position, waiting, running, finished, failed, canceled)
    SELECT batch_run_id, position, count(*) FILTER (WHERE status = 'WAITING'),
           count(*) FILTER (WHERE status = 'RUNNING'),
           count(*) FILTER (WHERE status = 'FINISHED'), count(*) FILTER (WHERE status = 'FAILED'),
           count(*) FILTER (WHERE status = 'CANCELED')
    FROM (SELECT batch_run_id, 0 AS position, status FROM pipeline_runs
          UNION ALL SELECT batch_run_id, position, status FROM step_runs) parts GROUP BY 1, 2;
    TRUNCATE run_counter_deltas;
    SELECT setval(pg_get_serial_sequence('mmifs', 'id'), (SELECT max(id) FROM mmifs))
"""


def fill(dsn: str, amount: Amount) -> None:
    """Fills an empty, migrated database. The indexes exist during the inserts, as in production."""
    earlier = amount.pipeline_runs - amount.active_files
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "SET session_replication_role = replica"
        )  # disables all triggers except ENABLE ALWAYS ones
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET work_mem = '256MB'")
        statements = STATEMENTS.format(
            apps="','".join(APPS),
            versions="','".join(VERSIONS),
            media_files=amount.media_files,
            batches=amount.batches,
            per_batch=earlier // (amount.batches - 1),
            active_files=amount.active_files,
            one_failed_in=amount.one_failed_in,
            one_runs_in=amount.one_runs_in,
        )
        for statement in statements.split(";\n"):
            connection.execute(statement.encode())
        connection.execute(
            "INSERT INTO app_identifiers (identifier) SELECT identifier FROM clams_apps ORDER BY id"
        )
        connection.execute("VACUUM ANALYZE")
