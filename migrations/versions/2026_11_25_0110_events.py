"""Add the audit log, and an index that finds the rows of stored bytes."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from chowda.models.base import Xid8

revision: str = "0004"
down_revision: str | Sequence[str] | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_claim", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=True),
        sa.Column("subject_name", sa.Text(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_at_id"), "events", ["at", "id"])
    op.create_index(op.f("ix_events_actor_at_id"), "events", ["actor", "at", "id"])
    op.create_index(op.f("ix_events_action_at_id"), "events", ["action", "at", "id"])
    op.create_index(op.f("ix_events_subject_id_at_id"), "events", ["subject_id", "at", "id"])
    op.create_index(op.f("ix_events_xid"), "events", ["xid"])
    op.create_index(op.f("ix_mmifs_sha256"), "mmifs", ["sha256"], postgresql_using="hash")


def downgrade() -> None:
    op.drop_index(op.f("ix_mmifs_sha256"), "mmifs")
    op.drop_table("events")
