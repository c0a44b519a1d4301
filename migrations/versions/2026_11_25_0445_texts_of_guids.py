"""Raise the statistics of GUIDs: how common a text is decides how it is searched."""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op

revision: str = "0010"
down_revision: str | Sequence[str] | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("ALTER TABLE media_files ALTER COLUMN guid SET STATISTICS 1000")
    op.execute("ANALYZE media_files")


def downgrade() -> None:
    op.execute("ALTER TABLE media_files ALTER COLUMN guid SET STATISTICS -1")
