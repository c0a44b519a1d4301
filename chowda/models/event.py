"""The audit log: one row for each action of a person. Rows never change."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Index, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from chowda.models.base import Base, CreatedAt, Key, Xid8


class Event(Base):
    """Written by chowda.audit in the transaction of the action, so there is exactly one row for each action."""

    __tablename__ = "events"
    __table_args__ = (
        Index(None, "at", "id"),
        Index(None, "actor", "at", "id"),
        Index(None, "action", "at", "id"),
        Index(None, "subject_id", "at", "id"),
        Index(None, "xid"),
    )

    id: Mapped[Key]
    at: Mapped[CreatedAt]
    xid: Mapped[Any] = mapped_column(Xid8(), server_default=func.pg_current_xact_id())
    "The transaction of the action. Events are read in the order of commits, which is not the order of ids."
    actor: Mapped[str] = mapped_column(Text)
    actor_claim: Mapped[str | None] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    subject_kind: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[str | None] = mapped_column(Text)
    subject_name: Mapped[str | None] = mapped_column(Text)
    "The name at the time of the action."
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
