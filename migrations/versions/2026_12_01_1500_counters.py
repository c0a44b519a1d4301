"""Rename the tables that count the parts of batch runs to counters, and the time of an app's last probe."""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op

revision: str = "0012"
down_revision: str | Sequence[str] | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Primary key, foreign key and, from Postgres 18 on, the NOT NULL constraints: each is named after its table.
RENAME_CONSTRAINTS = """
    DO $$
    DECLARE name text;
    BEGIN
        FOR name IN SELECT conname FROM pg_constraint WHERE conrelid = '{new}'::regclass LOOP
            EXECUTE format('ALTER TABLE {new} RENAME CONSTRAINT %I TO %I', name, replace(name, '{old}', '{new}'));
        END LOOP;
    END $$
"""

COUNT = """
    INSERT INTO {deltas} (batch_run_id, position, waiting, running, finished, failed, canceled)
    SELECT * FROM (
        SELECT batch_run_id, {position} AS position,
            sum(sign * (status = 'WAITING')::int) AS waiting,
            sum(sign * (status = 'RUNNING')::int) AS running,
            sum(sign * (status = 'FINISHED')::int) AS finished,
            sum(sign * (status = 'FAILED')::int) AS failed,
            sum(sign * (status = 'CANCELED')::int) AS canceled
        FROM (SELECT *, 1 AS sign FROM new_rows UNION ALL SELECT *, -1 FROM old_rows) changes
        GROUP BY 1, 2
    ) AS delta WHERE (waiting, running, finished, failed, canceled) <> (0, 0, 0, 0, 0);
"""

FUNCTIONS = [
    """
    CREATE OR REPLACE FUNCTION pipeline_runs_count() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        {count_runs}
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION step_runs_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE pipeline_runs p SET changed_xid = pg_current_xact_id()
        FROM new_rows n JOIN old_rows o USING (id)
        WHERE p.id = n.pipeline_run_id AND p.changed_xid <> pg_current_xact_id()
          AND (n.status, n.percent, n.progress_source, n.attempts, n.paused)
              IS DISTINCT FROM (o.status, o.percent, o.progress_source, o.attempts, o.paused);
        {count_steps}
        RETURN NULL;
    END $$
    """,
]


def _rename(tables: Sequence[tuple[str, str]]) -> None:
    """The tables, each as its old and its new name; the last one holds the deltas."""
    for old, new in tables:
        op.rename_table(old, new)
        op.execute(RENAME_CONSTRAINTS.format(old=old, new=new))
    old, new = tables[-1]
    op.execute(f"ALTER SEQUENCE {old}_id_seq RENAME TO {new}_id_seq")
    op.execute(f"ALTER INDEX ix_{old}_batch_run_id RENAME TO ix_{new}_batch_run_id")
    for function in FUNCTIONS:
        op.execute(
            function.format(
                count_runs=COUNT.format(deltas=new, position="0"),
                count_steps=COUNT.format(deltas=new, position="position"),
            )
        )


def upgrade() -> None:
    _rename([("run_tallies", "run_counters"), ("run_tally_deltas", "run_counter_deltas")])
    op.alter_column("app_health", "looked_at", new_column_name="probed_at")


def downgrade() -> None:
    op.alter_column("app_health", "probed_at", new_column_name="looked_at")
    _rename([("run_counters", "run_tallies"), ("run_counter_deltas", "run_tally_deltas")])
