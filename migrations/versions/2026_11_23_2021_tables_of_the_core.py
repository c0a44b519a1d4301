"""Create the core tables, and the triggers that stamp and count changes."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from chowda.models.base import Xid8

revision: str = "0001"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


TALLY = """
    INSERT INTO run_tally_deltas (batch_run_id, position, waiting, running, finished, failed, canceled)
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

TRIGGERS = [
    # The id of the top-level transaction, so that savepoints are safe: see chowda/pubsub/snapshot_cursor.py.
    """
    CREATE FUNCTION pipeline_runs_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.changed_xid := pg_current_xact_id();
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER stamp BEFORE UPDATE ON pipeline_runs
    FOR EACH ROW EXECUTE FUNCTION pipeline_runs_stamp()
    """,
    # The counters follow every change of the rows. Each statement appends one row.
    f"""
    CREATE FUNCTION pipeline_runs_count() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        {TALLY.format(position="0")}
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER count AFTER UPDATE ON pipeline_runs
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION pipeline_runs_count()
    """,
    # A visible change of a step stamps its pipeline run too. The change has locked the run before.
    f"""
    CREATE FUNCTION step_runs_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE pipeline_runs p SET changed_xid = pg_current_xact_id()
        FROM new_rows n JOIN old_rows o USING (id)
        WHERE p.id = n.pipeline_run_id AND p.changed_xid <> pg_current_xact_id()
          AND (n.status, n.percent, n.progress_source, n.attempts)
              IS DISTINCT FROM (o.status, o.percent, o.progress_source, o.attempts);
        {TALLY.format(position="position")}
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER changed AFTER UPDATE ON step_runs
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION step_runs_changed()
    """,
]


def upgrade() -> None:
    op.create_table(
        "clams_apps",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("runtime", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=True),
        sa.Column("image", sa.Text(), nullable=True),
        sa.Column("command", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("max_concurrency", sa.Integer(), nullable=False),
        sa.Column("timeout_seconds", sa.Integer(), nullable=False),
        sa.Column("one_at_a_time", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("metadata", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "runtime IN ('WEB_SERVICE', 'KUBERNETES_JOB', 'COMMAND')", name=op.f("ck_clams_apps_runtime")
        ),
        sa.CheckConstraint("max_concurrency BETWEEN 1 AND 1000", name=op.f("ck_clams_apps_max_concurrency")),
        sa.CheckConstraint("timeout_seconds > 0", name=op.f("ck_clams_apps_timeout_seconds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clams_apps")),
        sa.UniqueConstraint("endpoint", name=op.f("uq_clams_apps_endpoint")),
        sa.UniqueConstraint("name", name=op.f("uq_clams_apps_name")),
    )
    op.create_table(
        "media_files",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("guid", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_files")),
        sa.UniqueConstraint("guid", name=op.f("uq_media_files_guid")),
    )
    op.create_table(
        "pipelines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pipelines")),
        sa.UniqueConstraint("name", name=op.f("uq_pipelines_name")),
    )
    op.create_table(
        "run_tally_deltas",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("batch_run_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("running", sa.Integer(), nullable=False),
        sa.Column("finished", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("canceled", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_tally_deltas")),
    )
    op.create_index(
        op.f("ix_run_tally_deltas_batch_run_id"), "run_tally_deltas", ["batch_run_id"], unique=False
    )
    op.create_table(
        "workers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("threads", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_workers")),
    )
    op.create_table(
        "app_slots",
        sa.Column("clams_app_id", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step_run_id", sa.BigInteger(), nullable=True),
        sa.Column("fence", sa.BigInteger(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clams_app_id"],
            ["clams_apps.id"],
            name=op.f("fk_app_slots_clams_app_id_clams_apps"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("clams_app_id", "n", name=op.f("pk_app_slots")),
    )
    op.create_table(
        "app_timings",
        sa.Column("clams_app_id", sa.BigInteger(), nullable=False),
        sa.Column("calls", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("call_seconds", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column("media_call_seconds", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column("media_seconds", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["clams_app_id"],
            ["clams_apps.id"],
            name=op.f("fk_app_timings_clams_app_id_clams_apps"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("clams_app_id", name=op.f("pk_app_timings")),
    )
    op.create_table(
        "batches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("pipeline_id", sa.BigInteger(), nullable=True),
        sa.Column("media_file_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["pipeline_id"], ["pipelines.id"], name=op.f("fk_batches_pipeline_id_pipelines")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
    )
    op.create_index(op.f("ix_batches_name"), "batches", ["name"], unique=False)
    op.create_table(
        "media_documents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("media_file_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("mime", sa.Text(), nullable=True),
        sa.Column("duration_seconds", sa.Double(), nullable=True),
        sa.CheckConstraint(
            "type IN ('VIDEO', 'AUDIO', 'TEXT', 'IMAGE')", name=op.f("ck_media_documents_type")
        ),
        sa.ForeignKeyConstraint(
            ["media_file_id"],
            ["media_files.id"],
            name=op.f("fk_media_documents_media_file_id_media_files"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_documents")),
        sa.UniqueConstraint(
            "media_file_id", "position", name=op.f("uq_media_documents_media_file_id_position")
        ),
    )
    op.create_table(
        "mmifs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("media_file_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("step_run_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("origin IN ('INITIAL', 'STEP', 'UPLOAD')", name=op.f("ck_mmifs_origin")),
        sa.ForeignKeyConstraint(
            ["media_file_id"], ["media_files.id"], name=op.f("fk_mmifs_media_file_id_media_files")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mmifs")),
    )
    op.create_index(op.f("ix_mmifs_media_file_id_id"), "mmifs", ["media_file_id", "id"], unique=False)
    op.create_table(
        "pipeline_steps",
        sa.Column("pipeline_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("clams_app_id", sa.BigInteger(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clams_app_id"], ["clams_apps.id"], name=op.f("fk_pipeline_steps_clams_app_id_clams_apps")
        ),
        sa.ForeignKeyConstraint(
            ["pipeline_id"],
            ["pipelines.id"],
            name=op.f("fk_pipeline_steps_pipeline_id_pipelines"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pipeline_id", "position", name=op.f("pk_pipeline_steps")),
    )
    op.create_table(
        "batch_media_files",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("media_file_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("input_mmif_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["batches.id"],
            name=op.f("fk_batch_media_files_batch_id_batches"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["input_mmif_id"], ["mmifs.id"], name=op.f("fk_batch_media_files_input_mmif_id_mmifs")
        ),
        sa.ForeignKeyConstraint(
            ["media_file_id"], ["media_files.id"], name=op.f("fk_batch_media_files_media_file_id_media_files")
        ),
        sa.PrimaryKeyConstraint("batch_id", "media_file_id", name=op.f("pk_batch_media_files")),
    )
    op.create_table(
        "batch_runs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("pipeline_id", sa.BigInteger(), nullable=False),
        sa.Column("pipeline_name", sa.Text(), nullable=False),
        sa.Column("pipeline_description", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default=sa.text("'WAITING'"), nullable=False),
        sa.Column("priority", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("media_file_count", sa.Integer(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('WAITING', 'RUNNING', 'PAUSED', 'FINISHED', 'FAILED', 'CANCELED')",
            name=op.f("ck_batch_runs_status"),
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_batch_runs_batch_id_batches")),
        sa.ForeignKeyConstraint(
            ["pipeline_id"], ["pipelines.id"], name=op.f("fk_batch_runs_pipeline_id_pipelines")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_runs")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_batch_runs_idempotency_key")),
    )
    op.create_index(
        "ix_batch_runs_active",
        "batch_runs",
        ["id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(op.f("ix_batch_runs_batch_id"), "batch_runs", ["batch_id"], unique=False)
    op.create_table(
        "pipeline_runs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("batch_run_id", sa.BigInteger(), nullable=False),
        sa.Column("media_file_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'WAITING'"), nullable=False),
        sa.Column("mmif_id", sa.BigInteger(), nullable=True),
        sa.Column("changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('WAITING', 'RUNNING', 'FINISHED', 'FAILED', 'CANCELED')",
            name=op.f("ck_pipeline_runs_status"),
        ),
        sa.ForeignKeyConstraint(
            ["media_file_id"], ["media_files.id"], name=op.f("fk_pipeline_runs_media_file_id_media_files")
        ),
        sa.ForeignKeyConstraint(["mmif_id"], ["mmifs.id"], name=op.f("fk_pipeline_runs_mmif_id_mmifs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pipeline_runs")),
        sa.UniqueConstraint(
            "batch_run_id", "media_file_id", name=op.f("uq_pipeline_runs_batch_run_id_media_file_id")
        ),
    )
    op.create_index(
        op.f("ix_pipeline_runs_batch_run_id_changed_xid"),
        "pipeline_runs",
        ["batch_run_id", "changed_xid"],
        unique=False,
    )
    op.create_index(
        "ix_pipeline_runs_unsuccessful",
        "pipeline_runs",
        ["batch_run_id", "status", "media_file_id"],
        unique=False,
        postgresql_where=sa.text("status IN ('RUNNING', 'FAILED', 'CANCELED')"),
    )
    op.create_table(
        "step_runs",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pipeline_run_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_run_id", sa.BigInteger(), nullable=False),
        sa.Column("clams_app_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'WAITING'"), nullable=False),
        sa.Column("percent", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column("progress_source", sa.Text(), server_default=sa.text("'NONE'"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failures", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("losses", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("fence", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("error_detail", sa.Text(), nullable=True),
        sa.Column("mmif_id", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'RUNNING') = (lease_until IS NOT NULL)", name=op.f("ck_step_runs_lease")
        ),
        sa.CheckConstraint(
            "(status IN ('CANCELED', 'FAILED', 'FINISHED')) = (ended_at IS NOT NULL)",
            name=op.f("ck_step_runs_ended"),
        ),
        sa.CheckConstraint(
            "progress_source IN ('REPORTED', 'ESTIMATED', 'NONE')", name=op.f("ck_step_runs_progress_source")
        ),
        sa.CheckConstraint("status <> 'FINISHED' OR mmif_id IS NOT NULL", name=op.f("ck_step_runs_result")),
        sa.CheckConstraint(
            "status IN ('WAITING', 'RUNNING', 'FINISHED', 'FAILED', 'CANCELED')",
            name=op.f("ck_step_runs_status"),
        ),
        sa.CheckConstraint("id = pipeline_run_id * 1000 + position", name=op.f("ck_step_runs_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_runs")),
    )
    op.create_index(
        "ix_step_runs_lease",
        "step_runs",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("status = 'RUNNING'"),
    )
    op.create_index(
        "ix_step_runs_ready",
        "step_runs",
        ["clams_app_id", "batch_run_id", "ready_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'WAITING' AND ready_at IS NOT NULL"),
    )
    op.create_index(
        "ix_step_runs_running",
        "step_runs",
        ["batch_run_id", "position"],
        unique=False,
        postgresql_where=sa.text("status = 'RUNNING'"),
    )
    op.create_index(
        "ix_step_runs_sent",
        "step_runs",
        ["clams_app_id", "sent_until"],
        unique=False,
        postgresql_where=sa.text("sent_until IS NOT NULL"),
    )
    op.create_table(
        "batch_run_steps",
        sa.Column("batch_run_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("clams_app_id", sa.BigInteger(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_run_id"],
            ["batch_runs.id"],
            name=op.f("fk_batch_run_steps_batch_run_id_batch_runs"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["clams_app_id"], ["clams_apps.id"], name=op.f("fk_batch_run_steps_clams_app_id_clams_apps")
        ),
        sa.PrimaryKeyConstraint("batch_run_id", "position", name=op.f("pk_batch_run_steps")),
    )
    op.create_index(
        op.f("ix_batch_run_steps_clams_app_id_batch_run_id"),
        "batch_run_steps",
        ["clams_app_id", "batch_run_id"],
        unique=False,
    )
    op.create_table(
        "run_tallies",
        sa.Column("batch_run_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("waiting", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("running", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("finished", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("canceled", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_run_id"],
            ["batch_runs.id"],
            name=op.f("fk_run_tallies_batch_run_id_batch_runs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("batch_run_id", "position", name=op.f("pk_run_tallies")),
    )
    op.create_table(
        "step_attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("step_run_id", sa.BigInteger(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("error_detail", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["step_run_id"],
            ["step_runs.id"],
            name=op.f("fk_step_attempts_step_run_id_step_runs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_attempts")),
        sa.UniqueConstraint("step_run_id", "fence", name=op.f("uq_step_attempts_step_run_id_fence")),
    )
    for statement in TRIGGERS:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("step_attempts")
    op.drop_table("run_tallies")
    op.drop_index(op.f("ix_batch_run_steps_clams_app_id_batch_run_id"), table_name="batch_run_steps")
    op.drop_table("batch_run_steps")
    op.drop_index(
        "ix_step_runs_sent", table_name="step_runs", postgresql_where=sa.text("sent_until IS NOT NULL")
    )
    op.drop_index(
        "ix_step_runs_running", table_name="step_runs", postgresql_where=sa.text("status = 'RUNNING'")
    )
    op.drop_index(
        "ix_step_runs_ready",
        table_name="step_runs",
        postgresql_where=sa.text("status = 'WAITING' AND ready_at IS NOT NULL"),
    )
    op.drop_index(
        "ix_step_runs_lease", table_name="step_runs", postgresql_where=sa.text("status = 'RUNNING'")
    )
    op.drop_table("step_runs")
    op.drop_index(
        "ix_pipeline_runs_unsuccessful",
        table_name="pipeline_runs",
        postgresql_where=sa.text("status IN ('RUNNING', 'FAILED', 'CANCELED')"),
    )
    op.drop_index(op.f("ix_pipeline_runs_batch_run_id_changed_xid"), table_name="pipeline_runs")
    op.drop_table("pipeline_runs")
    op.drop_index(op.f("ix_batch_runs_batch_id"), table_name="batch_runs")
    op.drop_index(
        "ix_batch_runs_active", table_name="batch_runs", postgresql_where=sa.text("ended_at IS NULL")
    )
    op.drop_table("batch_runs")
    op.drop_table("batch_media_files")
    op.drop_table("pipeline_steps")
    op.drop_index(op.f("ix_mmifs_media_file_id_id"), table_name="mmifs")
    op.drop_table("mmifs")
    op.drop_table("media_documents")
    op.drop_index(op.f("ix_batches_name"), table_name="batches")
    op.drop_table("batches")
    op.drop_table("app_timings")
    op.drop_table("app_slots")
    op.drop_table("workers")
    op.drop_index(op.f("ix_run_tally_deltas_batch_run_id"), table_name="run_tally_deltas")
    op.drop_table("run_tally_deltas")
    op.drop_table("pipelines")
    op.drop_table("media_files")
    op.drop_table("clams_apps")
    for function in ("step_runs_changed", "pipeline_runs_count", "pipeline_runs_stamp"):
        op.execute(f"DROP FUNCTION {function}()")
