"""Add collections, sizes and checksums of documents, and an index of the batches of a media file."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | Sequence[str] | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "media_files", sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False)
    )
    op.add_column("media_documents", sa.Column("size_bytes", sa.BigInteger()))
    op.add_column("media_documents", sa.Column("checksum", sa.Text()))
    op.create_check_constraint("size_bytes", "media_documents", "size_bytes >= 0")
    op.create_table(
        "collections",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("media_file_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collections")),
        sa.UniqueConstraint("name", name=op.f("uq_collections_name")),
    )
    op.create_table(
        "collection_media_files",
        sa.Column("collection_id", sa.BigInteger(), nullable=False),
        sa.Column("media_file_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["collections.id"],
            name=op.f("fk_collection_media_files_collection_id_collections"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["media_file_id"],
            ["media_files.id"],
            name=op.f("fk_collection_media_files_media_file_id_media_files"),
        ),
        sa.PrimaryKeyConstraint("collection_id", "media_file_id", name=op.f("pk_collection_media_files")),
    )
    op.create_index(
        op.f("ix_collection_media_files_media_file_id_collection_id"),
        "collection_media_files",
        ["media_file_id", "collection_id"],
    )
    op.create_index(op.f("ix_batch_media_files_media_file_id"), "batch_media_files", ["media_file_id"])
    op.create_index(
        "ix_batch_media_files_inputs",
        "batch_media_files",
        ["batch_id", "media_file_id"],
        postgresql_where=sa.text("input_mmif_id IS NOT NULL"),
    )
    op.drop_constraint(
        op.f("fk_pipeline_runs_media_file_id_media_files"), "pipeline_runs", type_="foreignkey"
    )


def downgrade() -> None:
    op.create_foreign_key(
        op.f("fk_pipeline_runs_media_file_id_media_files"),
        "pipeline_runs",
        "media_files",
        ["media_file_id"],
        ["id"],
    )
    op.drop_index("ix_batch_media_files_inputs", table_name="batch_media_files")
    op.drop_index(op.f("ix_batch_media_files_media_file_id"), table_name="batch_media_files")
    op.drop_table("collection_media_files")
    op.drop_table("collections")
    op.drop_constraint(op.f("ck_media_documents_size_bytes"), "media_documents", type_="check")
    op.drop_column("media_documents", "checksum")
    op.drop_column("media_documents", "size_bytes")
    op.drop_column("media_files", "revision")
