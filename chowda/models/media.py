"""Media files and the documents that each consists of."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chowda.models.base import Base, CreatedAt, Key, one_of
from chowda.models.status import DocumentType


class MediaFile(Base):
    __tablename__ = "media_files"
    __table_args__ = (
        Index(None, "created_at"),
        Index(
            "ix_media_files_guid_trigrams",
            "guid",
            postgresql_using="gin",
            postgresql_ops={"guid": "gin_trgm_ops"},
        ),
    )

    id: Mapped[Key]
    guid: Mapped[str] = mapped_column(Text, unique=True)
    created_at: Mapped[CreatedAt]


class MediaDocument(Base):
    __tablename__ = "media_documents"
    __table_args__ = (UniqueConstraint("media_file_id", "position"), one_of("type", DocumentType))

    id: Mapped[Key]
    media_file_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("media_files.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(SmallInteger)
    type: Mapped[str] = mapped_column(Text)
    location: Mapped[str] = mapped_column(Text)
    "As the app sees it: a file:// URL, http(s)://, or a scheme that an MMIF plug-in resolves."
    mime: Mapped[str | None] = mapped_column(Text)
    duration_seconds: Mapped[float | None]


class MediaFileOutput(Base):
    """That a version of an app has given a MMIF for a media file, once or often. No foreign keys: written per step."""

    __tablename__ = "media_file_outputs"

    app_identifier_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    media_file_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
