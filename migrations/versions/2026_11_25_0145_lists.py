"""Add the indexes of lists and searches, and the app version that produced each MMIF."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | Sequence[str] | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# {1,2,0} for v1.2, and {1,2,-1,3} for v1.2-rc3: arrays sort as people sort versions. The 0 at the end sorts a release
# after its pre-releases. Zeros before it are omitted, so v8 equals v8.0.
FUNCTIONS = [
    r"""
    CREATE FUNCTION version_order(version text) RETURNS bigint[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
    DECLARE
        parts CONSTANT text[] := regexp_match(version, '^(.*?)((alpha|beta|rc|dev|pre|a|b|c)[^a-z]*)?$', 'i');
        release bigint[] := ARRAY(SELECT m[1]::bigint FROM regexp_matches(parts[1], '\d{1,15}', 'g') AS m);
        pre CONSTANT bigint[] := ARRAY(
            SELECT m[1]::bigint FROM regexp_matches(coalesce(parts[2], ''), '\d{1,15}', 'g') AS m);
    BEGIN
        WHILE release[cardinality(release)] = 0 LOOP
            release := trim_array(release, 1);
        END LOOP;
        IF cardinality(release) = 0 AND parts[1] !~ '\d' THEN
            RETURN '{}';
        END IF;
        RETURN release || CASE WHEN parts[2] IS NULL THEN 0 WHEN lower(parts[3]) = 'dev' THEN -4
            WHEN lower(parts[3]) IN ('a', 'alpha') THEN -3 WHEN lower(parts[3]) IN ('b', 'beta') THEN -2
            ELSE -1 END::bigint || pre;
    END $$
    """,
    r"""
    CREATE FUNCTION app_family(identifier text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(identifier, '/+(v?\d[^/]*)?/*$', '', 'i')
    """,
    r"""
    CREATE FUNCTION app_version(identifier text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(substring(identifier FROM '/+([vV]?\d[^/]*)/*$'), '')
    """,
    # A registration or refresh of an app adds its identifier before the app is called.
    """
    CREATE FUNCTION clams_apps_identify() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO app_identifiers (identifier) VALUES (NEW.identifier) ON CONFLICT (identifier) DO NOTHING;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER identify AFTER INSERT OR UPDATE OF identifier ON clams_apps
    FOR EACH ROW EXECUTE FUNCTION clams_apps_identify()
    """,
]

ENDED = sa.text("ended_at IS NOT NULL")
UNSUCCESSFUL = sa.text("status IN ('RUNNING', 'FAILED', 'CANCELED')")


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for statement in FUNCTIONS[:3]:
        op.execute(statement)
    op.create_table(
        "app_identifiers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), sa.Computed("app_family(identifier)", persisted=True), nullable=False),
        sa.Column(
            "version_order",
            sa.ARRAY(sa.BigInteger()),
            sa.Computed("version_order(app_version(identifier))", persisted=True),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_identifiers")),
        sa.UniqueConstraint("identifier", name=op.f("uq_app_identifiers_identifier")),
    )
    for statement in FUNCTIONS[3:]:
        op.execute(statement)
    op.create_table(
        "media_file_outputs",
        sa.Column("app_identifier_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("media_file_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("app_identifier_id", "media_file_id", name=op.f("pk_media_file_outputs")),
    )
    op.add_column("mmifs", sa.Column("app_identifier_id", sa.BigInteger()))
    _fill_from_existing_rows()
    op.add_column(
        "batch_runs",
        sa.Column(
            "duration_seconds",
            sa.Double(),
            sa.Computed("extract(epoch FROM ended_at - started_at)::float8", persisted=True),
        ),
    )
    op.drop_index(op.f("ix_batches_name"), table_name="batches")
    op.create_index(op.f("ix_batches_name_id"), "batches", ["name", "id"])
    op.create_index(op.f("ix_batches_media_file_count_id"), "batches", ["media_file_count", "id"])
    op.create_index(
        "ix_batches_name_trigrams",
        "batches",
        ["name"],
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_media_files_guid_trigrams",
        "media_files",
        ["guid"],
        postgresql_using="gin",
        postgresql_ops={"guid": "gin_trgm_ops"},
    )
    op.create_index(op.f("ix_media_files_created_at"), "media_files", ["created_at"])
    op.drop_index(op.f("ix_batch_runs_batch_id"), table_name="batch_runs")
    op.create_index(op.f("ix_batch_runs_batch_id_id"), "batch_runs", ["batch_id", "id"])
    op.create_index(op.f("ix_batch_runs_pipeline_id_id"), "batch_runs", ["pipeline_id", "id"])
    op.create_index("ix_batch_runs_ended", "batch_runs", ["ended_at", "id"], postgresql_where=ENDED)
    op.create_index(op.f("ix_batch_runs_duration_seconds_id"), "batch_runs", ["duration_seconds", "id"])
    # Includes the key: failed runs are counted, and matched with their error codes, from the index alone.
    op.drop_index("ix_pipeline_runs_unsuccessful", table_name="pipeline_runs")
    op.create_index(
        "ix_pipeline_runs_unsuccessful",
        "pipeline_runs",
        ["batch_run_id", "status", "media_file_id"],
        postgresql_include=["id"],
        postgresql_where=UNSUCCESSFUL,
    )
    op.create_index(
        op.f("ix_pipeline_runs_media_file_id_batch_run_id"),
        "pipeline_runs",
        ["media_file_id", "batch_run_id"],
    )
    op.create_index("ix_pipeline_runs_ended", "pipeline_runs", ["ended_at", "id"], postgresql_where=ENDED)
    op.create_index(
        "ix_step_runs_failed",
        "step_runs",
        ["error_code", "batch_run_id", "id"],
        postgresql_where=sa.text("status = 'FAILED'"),
    )
    op.create_index(op.f("ix_mmifs_size_bytes_id"), "mmifs", ["size_bytes", "id"])
    op.create_index(
        "ix_mmifs_app",
        "mmifs",
        ["app_identifier_id", "id"],
        postgresql_where=sa.text("app_identifier_id IS NOT NULL"),
    )
    op.create_index("ix_mmifs_uploads", "mmifs", ["id"], postgresql_where=sa.text("origin = 'UPLOAD'"))


def _fill_from_existing_rows() -> None:
    """Use the present identifier of each app: earlier ones are unknown."""
    op.execute("INSERT INTO app_identifiers (identifier) SELECT DISTINCT identifier FROM clams_apps")
    op.execute(
        "UPDATE mmifs m SET app_identifier_id = i.id FROM step_runs s, clams_apps a, app_identifiers i "
        "WHERE s.id = m.step_run_id AND a.id = s.clams_app_id AND i.identifier = a.identifier"
    )
    op.execute(
        "INSERT INTO media_file_outputs SELECT DISTINCT app_identifier_id, media_file_id FROM mmifs "
        "WHERE app_identifier_id IS NOT NULL"
    )


def downgrade() -> None:
    for name, table in (
        ("ix_mmifs_uploads", "mmifs"),
        ("ix_mmifs_app", "mmifs"),
        ("ix_mmifs_size_bytes_id", "mmifs"),
        ("ix_step_runs_failed", "step_runs"),
        ("ix_pipeline_runs_ended", "pipeline_runs"),
        ("ix_pipeline_runs_unsuccessful", "pipeline_runs"),
        ("ix_pipeline_runs_media_file_id_batch_run_id", "pipeline_runs"),
        ("ix_batch_runs_duration_seconds_id", "batch_runs"),
        ("ix_batch_runs_ended", "batch_runs"),
        ("ix_batch_runs_pipeline_id_id", "batch_runs"),
        ("ix_batch_runs_batch_id_id", "batch_runs"),
        ("ix_media_files_created_at", "media_files"),
        ("ix_media_files_guid_trigrams", "media_files"),
        ("ix_batches_name_trigrams", "batches"),
        ("ix_batches_media_file_count_id", "batches"),
        ("ix_batches_name_id", "batches"),
    ):
        op.drop_index(name, table_name=table)
    op.create_index(
        "ix_pipeline_runs_unsuccessful",
        "pipeline_runs",
        ["batch_run_id", "status", "media_file_id"],
        postgresql_where=UNSUCCESSFUL,
    )
    op.create_index("ix_batch_runs_batch_id", "batch_runs", ["batch_id"])
    op.create_index("ix_batches_name", "batches", ["name"])
    op.drop_column("batch_runs", "duration_seconds")
    op.drop_column("mmifs", "app_identifier_id")
    op.drop_table("media_file_outputs")
    op.execute("DROP TRIGGER identify ON clams_apps")
    op.drop_table("app_identifiers")
    for function in ("clams_apps_identify()", "version_order(text)", "app_family(text)", "app_version(text)"):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP EXTENSION pg_trgm")
