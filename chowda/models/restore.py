"""Restores: when it was said of this database that it had been set back."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from chowda.models.base import Base, CreatedAt


class Restore(Base):
    """The newest is a part of every cursor: numbers would come again in the next life, so these are made by chance."""

    __tablename__ = "restores"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.gen_random_uuid())
    at: Mapped[CreatedAt]
