"""CLAMS apps, what they said of themselves, the slots that bound their calls, and how they do."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Text,
    false,
    func,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from chowda.enums import AppRuntime
from chowda.models.base import Base, CreatedAt, Key, one_of


class ClamsApp(Base):
    __tablename__ = "clams_apps"
    __table_args__ = (
        one_of("runtime", AppRuntime),
        CheckConstraint("max_concurrency BETWEEN 1 AND 1000", name="max_concurrency"),
        CheckConstraint("timeout_seconds > 0", name="timeout_seconds"),
    )

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(Text, unique=True)
    identifier: Mapped[str] = mapped_column(Text)
    version: Mapped[str | None] = mapped_column(Text)
    runtime: Mapped[str] = mapped_column(Text)
    endpoint: Mapped[str | None] = mapped_column(Text, unique=True)
    image: Mapped[str | None] = mapped_column(Text)
    command: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    max_concurrency: Mapped[int] = mapped_column(Integer)
    timeout_seconds: Mapped[int] = mapped_column(Integer)
    active: Mapped[bool] = mapped_column(server_default=true())
    "false: no call begins, and no pipeline or run with it either."
    one_at_a_time: Mapped[bool] = mapped_column(server_default=false())
    "Set when the app answered with another file's MMIF: from then on one call at once."
    mixed_up_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    "When it answered so."
    failing_files: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=text("'{}'"))
    "The media files whose last calls failed and blamed the app, since it last answered: see apps.circuit_breaker."
    circuit_opened_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    circuit_trial_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    "When the next trial call may go out."
    circuit_trials: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    circuit_reason: Mapped[str | None] = mapped_column(Text)
    failed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    "The last call that failed and blamed the app; kept when it answers again, unlike the circuit's reason."
    failure: Mapped[str | None] = mapped_column(Text)
    description: Mapped[Any] = mapped_column("metadata", JSON(none_as_null=True))
    "The app's own metadata, as it gave it."
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class AppMetadata(Base):
    """What an app said of itself at a time: one row for each time that it said something new."""

    __tablename__ = "app_metadata"
    __table_args__ = (Index(None, "clams_app_id", "id"),)

    id: Mapped[Key]
    clams_app_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("clams_apps.id", ondelete="CASCADE"))
    identifier: Mapped[str] = mapped_column(Text)
    version: Mapped[str | None] = mapped_column(Text)
    description: Mapped[Any] = mapped_column("metadata", JSON(none_as_null=True))
    created_at: Mapped[CreatedAt]


class ProbeOutcome(StrEnum):
    """What came of asking an app what it is."""

    ANSWERED = "ANSWERED"  # with its metadata
    SILENT = "SILENT"  # nothing in time: an app that works on a file may not answer
    FAILED = "FAILED"  # refused, no route, an error status, or something else than a CLAMS app


class AppHealth(Base):
    """What the seldom look at an app has seen. Calls tell too: see AppTiming.answered_at, ClamsApp.failed_at."""

    __tablename__ = "app_health"
    __table_args__ = (one_of("outcome", ProbeOutcome),)

    clams_app_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("clams_apps.id", ondelete="CASCADE"), primary_key=True
    )
    probed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    "When it was asked last, or began to be; null: never."
    outcome: Mapped[str | None] = mapped_column(Text)
    "Of the last look; null: there was none yet."
    message: Mapped[str | None] = mapped_column(Text)
    "For a person: why it did not answer."
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    failed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    seen_identifier: Mapped[str | None] = mapped_column(Text)
    seen_version: Mapped[str | None] = mapped_column(Text)
    drifted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    "Since when it describes itself otherwise than it is kept here; null: it doesn't."


class AppIdentifier(Base):
    """What an app has called itself at some time, with its version; kept by a trigger of clams_apps.

    `family` is the identifier without the version; versions are compared by `version_order` as people compare
    them: v8.9 < v8.10, v8 = v8.0, v1.0-rc1 < v1.0. One without a version is older than all that have one.
    """

    __tablename__ = "app_identifiers"

    id: Mapped[Key]
    identifier: Mapped[str] = mapped_column(Text, unique=True)
    family: Mapped[str] = mapped_column(Text, Computed("app_family(identifier)", persisted=True))
    version_order: Mapped[list[int]] = mapped_column(
        ARRAY(BigInteger), Computed("version_order(app_version(identifier))", persisted=True)
    )


class AppSlot(Base):
    """One call of an app that Chowda may hold. Taken until `until`, or until released by its holder."""

    __tablename__ = "app_slots"

    clams_app_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("clams_apps.id", ondelete="CASCADE"), primary_key=True
    )
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    step_run_id: Mapped[int | None] = mapped_column(BigInteger)
    fence: Mapped[int | None] = mapped_column(BigInteger)
    until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class AppTiming(Base):
    """Sums over the finished calls of an app: what progress estimates rest on."""

    __tablename__ = "app_timings"

    clams_app_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("clams_apps.id", ondelete="CASCADE"), primary_key=True
    )
    calls: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    call_seconds: Mapped[float] = mapped_column(server_default=text("0"))
    media_call_seconds: Mapped[float] = mapped_column(server_default=text("0"))
    "Of the calls whose media duration was known."
    media_seconds: Mapped[float] = mapped_column(server_default=text("0"))
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    "When the last of them finished, give or take the time for which they are gathered."
