"""Pipelines: apps in order, each step with its own parameters."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from chowda.models.base import Base, CreatedAt, Key


class Pipeline(Base):
    __tablename__ = "pipelines"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(Text, unique=True)
    description: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[CreatedAt]


class PipelineStep(Base):
    __tablename__ = "pipeline_steps"

    pipeline_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("pipelines.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    clams_app_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("clams_apps.id"))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    retry: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    "Its retry policy, as chowda.retry keeps one; null: the contract's table."
