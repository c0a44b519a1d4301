"""Media files, their documents, their outputs, and collections of them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from chowda.enums import DocumentType
from chowda.models.base import Base, CreatedAt, Key, one_of


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
    revision: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    "Raised whenever the documents change."
    created_at: Mapped[CreatedAt]


class MediaDocument(Base):
    __tablename__ = "media_documents"
    __table_args__ = (
        UniqueConstraint("media_file_id", "position"),
        one_of("type", DocumentType),
        CheckConstraint("size_bytes >= 0", name="size_bytes"),
    )

    id: Mapped[Key]
    media_file_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("media_files.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(SmallInteger)
    type: Mapped[str] = mapped_column(Text)
    location: Mapped[str] = mapped_column(Text)
    "As the apps see it: a file:// or http(s):// URL, or a scheme that an MMIF plug-in resolves."
    mime: Mapped[str | None] = mapped_column(Text)
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    duration_seconds: Mapped[float | None]
    checksum: Mapped[str | None] = mapped_column(Text)
    "`algorithm:hexadecimal`, in lower case."


class Collection(Base):
    """Media files that belong together. `media_file_count` changes under the lock of this row."""

    __tablename__ = "collections"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(Text, unique=True)
    description: Mapped[str | None] = mapped_column(Text)
    media_file_count: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    created_at: Mapped[CreatedAt]


class CollectionMediaFile(Base):
    __tablename__ = "collection_media_files"
    __table_args__ = (Index(None, "media_file_id", "collection_id"),)

    collection_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True
    )
    media_file_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("media_files.id"), primary_key=True, autoincrement=False
    )


class MediaFileOutput(Base):
    """An app version that has produced at least one MMIF for a media file.

    No foreign keys: a row is written for each finished step.
    """

    __tablename__ = "media_file_outputs"

    app_identifier_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    media_file_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
