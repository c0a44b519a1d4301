"""Add an index that lists the calls of a batch run in the order in which they began."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | Sequence[str] | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("step_attempts", sa.Column("batch_run_id", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE step_attempts a SET batch_run_id = s.batch_run_id FROM step_runs s WHERE s.id = a.step_run_id"
    )
    op.alter_column("step_attempts", "batch_run_id", nullable=False)
    op.create_index(op.f("ix_step_attempts_batch_run_id_id"), "step_attempts", ["batch_run_id", "id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_step_attempts_batch_run_id_id"), "step_attempts")
    op.drop_column("step_attempts", "batch_run_id")
