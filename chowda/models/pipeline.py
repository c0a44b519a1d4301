"""Pipelines: apps in order, each step with its own parameters. A version never changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from chowda.models.base import Base, CreatedAt, Key


class Pipeline(Base):
    """Name and description belong to all versions. A batch run keeps a copy from its start."""

    __tablename__ = "pipelines"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(Text, unique=True)
    description: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    "The newest version, which runs by default."
    archived_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    "Since when the pipeline is archived: it can't be started, and no new batch can use it."
    created_at: Mapped[CreatedAt]


class PipelineVersion(Base):
    __tablename__ = "pipeline_versions"

    pipeline_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("pipelines.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    "Counts from 1, without gaps."
    note: Mapped[str | None] = mapped_column(Text)
    "Why the version was created."
    created_at: Mapped[CreatedAt]


class PipelineStep(Base):
    __tablename__ = "pipeline_steps"
    __table_args__ = (
        ForeignKeyConstraint(
            ["pipeline_id", "version"],
            ["pipeline_versions.pipeline_id", "pipeline_versions.version"],
            ondelete="CASCADE",
        ),
    )

    pipeline_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    clams_app_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("clams_apps.id"))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    retry: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    "The retry policy of the step: see chowda.pipelines.retry_policy. Null: the default policy."
