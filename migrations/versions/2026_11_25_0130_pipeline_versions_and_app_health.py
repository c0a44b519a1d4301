"""Add versions of pipelines, overrides of a start, and the metadata history and health of apps."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | Sequence[str] | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _version_pipelines()
    op.add_column(
        "batch_runs", sa.Column("pipeline_version", sa.Integer(), server_default=sa.text("1"), nullable=False)
    )
    op.add_column("batch_run_steps", sa.Column("overrides", sa.JSON(none_as_null=True)))
    op.add_column(
        "clams_apps", sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False)
    )
    op.add_column("clams_apps", sa.Column("failed_at", TIME))
    op.add_column("clams_apps", sa.Column("failure", sa.Text()))
    op.add_column("app_timings", sa.Column("answered_at", TIME))
    op.create_table(
        "app_metadata",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("clams_app_id", sa.BigInteger(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("version", sa.Text()),
        sa.Column("metadata", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["clams_app_id"],
            ["clams_apps.id"],
            name=op.f("fk_app_metadata_clams_app_id_clams_apps"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_metadata")),
    )
    op.create_index(op.f("ix_app_metadata_clams_app_id_id"), "app_metadata", ["clams_app_id", "id"])
    op.create_table(
        "app_health",
        sa.Column("clams_app_id", sa.BigInteger(), nullable=False),
        sa.Column("looked_at", TIME),
        sa.Column("outcome", sa.Text()),
        sa.Column("message", sa.Text()),
        sa.Column("answered_at", TIME),
        sa.Column("failed_at", TIME),
        sa.Column("seen_identifier", sa.Text()),
        sa.Column("seen_version", sa.Text()),
        sa.Column("drifted_at", TIME),
        sa.CheckConstraint("outcome IN ('ANSWERED', 'SILENT', 'FAILED')", name=op.f("ck_app_health_outcome")),
        sa.ForeignKeyConstraint(
            ["clams_app_id"],
            ["clams_apps.id"],
            name=op.f("fk_app_health_clams_app_id_clams_apps"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("clams_app_id", name=op.f("pk_app_health")),
    )
    op.execute(
        "INSERT INTO app_metadata (clams_app_id, identifier, version, metadata, created_at) "
        "SELECT id, identifier, version, metadata, updated_at FROM clams_apps ORDER BY id"
    )
    op.execute("INSERT INTO app_health (clams_app_id) SELECT id FROM clams_apps WHERE endpoint IS NOT NULL")


def _version_pipelines() -> None:
    """Make each existing pipeline version 1."""
    op.add_column(
        "pipelines", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False)
    )
    op.add_column("pipelines", sa.Column("archived_at", TIME))
    op.create_table(
        "pipeline_versions",
        sa.Column("pipeline_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("created_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["pipeline_id"],
            ["pipelines.id"],
            name=op.f("fk_pipeline_versions_pipeline_id_pipelines"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pipeline_id", "version", name=op.f("pk_pipeline_versions")),
    )
    op.execute(
        "INSERT INTO pipeline_versions (pipeline_id, version, created_at) SELECT id, 1, created_at FROM pipelines"
    )
    op.add_column(
        "pipeline_steps", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False)
    )
    op.alter_column("pipeline_steps", "version", server_default=None)
    op.drop_constraint("fk_pipeline_steps_pipeline_id_pipelines", "pipeline_steps")
    op.drop_constraint("pk_pipeline_steps", "pipeline_steps")
    op.create_primary_key("pk_pipeline_steps", "pipeline_steps", ["pipeline_id", "version", "position"])
    op.create_foreign_key(
        op.f("fk_pipeline_steps_pipeline_id_version_pipeline_versions"),
        "pipeline_steps",
        "pipeline_versions",
        ["pipeline_id", "version"],
        ["pipeline_id", "version"],
        ondelete="CASCADE",
    )


def downgrade() -> None:
    """Keep only the newest version of each pipeline."""
    op.drop_table("app_health")
    op.drop_index(op.f("ix_app_metadata_clams_app_id_id"), table_name="app_metadata")
    op.drop_table("app_metadata")
    for table, column in (
        ("app_timings", "answered_at"),
        ("clams_apps", "failure"),
        ("clams_apps", "failed_at"),
        ("clams_apps", "active"),
        ("batch_run_steps", "overrides"),
        ("batch_runs", "pipeline_version"),
    ):
        op.drop_column(table, column)
    op.execute(
        "DELETE FROM pipeline_steps s USING pipelines p WHERE p.id = s.pipeline_id AND p.version <> s.version"
    )
    op.drop_constraint("fk_pipeline_steps_pipeline_id_version_pipeline_versions", "pipeline_steps")
    op.drop_constraint("pk_pipeline_steps", "pipeline_steps")
    op.drop_column("pipeline_steps", "version")
    op.create_primary_key("pk_pipeline_steps", "pipeline_steps", ["pipeline_id", "position"])
    op.create_foreign_key(
        op.f("fk_pipeline_steps_pipeline_id_pipelines"),
        "pipeline_steps",
        "pipelines",
        ["pipeline_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.drop_table("pipeline_versions")
    op.drop_column("pipelines", "archived_at")
    op.drop_column("pipelines", "version")
