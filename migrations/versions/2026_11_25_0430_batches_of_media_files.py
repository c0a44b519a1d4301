"""Let an index alone find the batches of media files, as whole collections need it."""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op

revision: str = "0009"
down_revision: str | Sequence[str] | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(
        op.f("ix_batch_media_files_media_file_id_batch_id"),
        "batch_media_files",
        ["media_file_id", "batch_id"],
    )
    op.drop_index(op.f("ix_batch_media_files_media_file_id"), table_name="batch_media_files")


def downgrade() -> None:
    op.create_index(op.f("ix_batch_media_files_media_file_id"), "batch_media_files", ["media_file_id"])
    op.drop_index(op.f("ix_batch_media_files_media_file_id_batch_id"), table_name="batch_media_files")
