"""Add the pause of single files, their input MMIF, retry policies of steps, and a mark of canceled runs."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | Sequence[str] | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

READY = "status = 'WAITING' AND ready_at IS NOT NULL"
SEEN = "status, percent, progress_source, attempts"

STEP_RUNS_CHANGED = """
    CREATE OR REPLACE FUNCTION step_runs_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE pipeline_runs p SET changed_xid = pg_current_xact_id()
        FROM new_rows n JOIN old_rows o USING (id)
        WHERE p.id = n.pipeline_run_id AND p.changed_xid <> pg_current_xact_id()
          AND ({new}) IS DISTINCT FROM ({old});
        INSERT INTO run_tally_deltas (batch_run_id, position, waiting, running, finished, failed, canceled)
        SELECT * FROM (
            SELECT batch_run_id, position,
                sum(sign * (status = 'WAITING')::int) AS waiting,
                sum(sign * (status = 'RUNNING')::int) AS running,
                sum(sign * (status = 'FINISHED')::int) AS finished,
                sum(sign * (status = 'FAILED')::int) AS failed,
                sum(sign * (status = 'CANCELED')::int) AS canceled
            FROM (SELECT *, 1 AS sign FROM new_rows UNION ALL SELECT *, -1 FROM old_rows) changes
            GROUP BY 1, 2
        ) AS delta WHERE (waiting, running, finished, failed, canceled) <> (0, 0, 0, 0, 0);
        RETURN NULL;
    END $$
"""


def _stamp_on_change_of(columns: str) -> None:
    """A visible change of a step stamps its pipeline run too. These columns are visible."""
    names = columns.split(", ")
    op.execute(
        STEP_RUNS_CHANGED.format(
            new=", ".join(f"n.{name}" for name in names), old=", ".join(f"o.{name}" for name in names)
        )
    )


def _index_ready(where: str) -> None:
    op.drop_index("ix_step_runs_ready", table_name="step_runs")
    op.create_index(
        "ix_step_runs_ready",
        "step_runs",
        ["clams_app_id", "batch_run_id", "ready_at", "id"],
        unique=False,
        postgresql_where=sa.text(where),
    )


def upgrade() -> None:
    op.add_column("pipeline_steps", sa.Column("retry", sa.JSON(none_as_null=True)))
    op.add_column("batch_run_steps", sa.Column("retry", sa.JSON(none_as_null=True)))
    op.add_column(
        "batch_runs", sa.Column("canceled", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.execute("UPDATE batch_runs SET canceled = true WHERE status = 'CANCELED'")
    op.add_column("clams_apps", sa.Column("mixed_up_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE clams_apps SET mixed_up_at = updated_at WHERE one_at_a_time")
    op.add_column("pipeline_runs", sa.Column("input_mmif_id", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_pipeline_runs_input_mmif_id_mmifs"), "pipeline_runs", "mmifs", ["input_mmif_id"], ["id"]
    )
    # The input of a file that has finished a step is unknown: its retry from the first step starts from scratch.
    op.execute("""
        UPDATE pipeline_runs p SET input_mmif_id = p.mmif_id FROM mmifs m
        WHERE m.id = p.mmif_id AND m.origin <> 'INITIAL'
          AND (m.step_run_id IS NULL OR m.step_run_id / 1000 <> p.id)
    """)
    op.add_column(
        "step_runs", sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    _index_ready(f"{READY} AND NOT paused")
    _stamp_on_change_of(f"{SEEN}, paused")


def downgrade() -> None:
    _stamp_on_change_of(SEEN)
    _index_ready(READY)
    op.drop_column("step_runs", "paused")
    op.drop_constraint(op.f("fk_pipeline_runs_input_mmif_id_mmifs"), "pipeline_runs", type_="foreignkey")
    op.drop_column("pipeline_runs", "input_mmif_id")
    op.drop_column("clams_apps", "mixed_up_at")
    op.drop_column("batch_runs", "canceled")
    op.drop_column("batch_run_steps", "retry")
    op.drop_column("pipeline_steps", "retry")
