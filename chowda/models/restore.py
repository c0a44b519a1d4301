"""Restores: when this database was restored from a backup."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from chowda.models.base import Base, CreatedAt


class Restore(Base):
    """The id of the newest restore is part of every cursor. Random: a sequence would repeat its values."""

    __tablename__ = "restores"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.gen_random_uuid())
    at: Mapped[CreatedAt]
