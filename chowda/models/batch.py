"""Batches: media files that are processed together."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from chowda.models.base import Base, CreatedAt, Key


class Batch(Base):
    __tablename__ = "batches"
    __table_args__ = (
        Index(None, "name", "id"),
        Index(None, "media_file_count", "id"),
        Index(
            "ix_batches_name_trigrams",
            "name",
            postgresql_using="gin",
            postgresql_ops={"name": "gin_trgm_ops"},
        ),
    )

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    pipeline_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("pipelines.id"))
    media_file_count: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[CreatedAt]


class BatchMediaFile(Base):
    __tablename__ = "batch_media_files"
    __table_args__ = (
        Index(None, "media_file_id", "batch_id"),
        Index(
            "ix_batch_media_files_inputs",
            "batch_id",
            "media_file_id",
            postgresql_where=text("input_mmif_id IS NOT NULL"),
        ),
    )

    batch_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True
    )
    media_file_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("media_files.id"), primary_key=True, autoincrement=False
    )
    input_mmif_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("mmifs.id"))
