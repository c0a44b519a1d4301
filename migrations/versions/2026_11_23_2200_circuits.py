"""Add the circuit breaker of apps."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | Sequence[str] | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "clams_apps",
        sa.Column(
            "failing_files", postgresql.ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False
        ),
    )
    op.add_column("clams_apps", sa.Column("circuit_opened_at", sa.DateTime(timezone=True)))
    op.add_column("clams_apps", sa.Column("circuit_trial_at", sa.DateTime(timezone=True)))
    op.add_column(
        "clams_apps", sa.Column("circuit_trials", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column("clams_apps", sa.Column("circuit_reason", sa.Text()))


def downgrade() -> None:
    for column in (
        "circuit_reason",
        "circuit_trials",
        "circuit_trial_at",
        "circuit_opened_at",
        "failing_files",
    ):
        op.drop_column("clams_apps", column)
