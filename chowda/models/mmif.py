"""MMIF documents: their origin, and the hash under which the store keeps their bytes."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from chowda.models.base import Base, CreatedAt, Key, one_of


class MmifOrigin(StrEnum):
    INITIAL = "INITIAL"  # built by Chowda from the media documents
    STEP = "STEP"  # the answer of an app
    UPLOAD = "UPLOAD"  # uploaded by a person


class Mmif(Base):
    __tablename__ = "mmifs"
    __table_args__ = (
        Index(None, "media_file_id", "id"),
        # A hash index takes 4 bytes a row instead of 64, and only equality is queried.
        Index(None, "sha256", postgresql_using="hash"),
        Index(None, "size_bytes", "id"),
        Index(
            "ix_mmifs_app",
            "app_identifier_id",
            "id",
            postgresql_where=text("app_identifier_id IS NOT NULL"),
        ),
        Index("ix_mmifs_uploads", "id", postgresql_where=text("origin = 'UPLOAD'")),
        one_of("origin", MmifOrigin),
    )

    id: Mapped[Key]
    media_file_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("media_files.id"))
    sha256: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    origin: Mapped[str] = mapped_column(Text)
    step_run_id: Mapped[int | None] = mapped_column(BigInteger)
    app_identifier_id: Mapped[int | None] = mapped_column(BigInteger)
    "The identifier and version of the app when it produced the MMIF."
    created_at: Mapped[CreatedAt]
