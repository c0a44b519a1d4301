"""CLAMS apps: their metadata, identifiers, health, timings, and the slots that limit their calls."""

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
    "If false, no call starts, and neither a new pipeline nor a new run can use the app."
    one_at_a_time: Mapped[bool] = mapped_column(server_default=false())
    "Set when the app has answered with another file's MMIF: it gets one call at a time from then on."
    mixed_up_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    "When it answered with another file's MMIF."
    failing_files: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=text("'{}'"))
    "The media files whose last call failed because of the app, since its last answer: see apps.circuit_breaker."
    circuit_opened_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    circuit_trial_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    "When the next trial call may start."
    circuit_trials: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    circuit_reason: Mapped[str | None] = mapped_column(Text)
    failed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    "The last call that failed because of the app. Kept when the app answers again, unlike circuit_reason."
    failure: Mapped[str | None] = mapped_column(Text)
    description: Mapped[Any] = mapped_column("metadata", JSON(none_as_null=True))
    "The app's metadata as it was received."
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class AppMetadata(Base):
    """The history of an app's metadata: one row for each change."""

    __tablename__ = "app_metadata"
    __table_args__ = (Index(None, "clams_app_id", "id"),)

    id: Mapped[Key]
    clams_app_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("clams_apps.id", ondelete="CASCADE"))
    identifier: Mapped[str] = mapped_column(Text)
    version: Mapped[str | None] = mapped_column(Text)
    description: Mapped[Any] = mapped_column("metadata", JSON(none_as_null=True))
    created_at: Mapped[CreatedAt]


class ProbeOutcome(StrEnum):
    """The result of a probe, which requests the metadata of an app."""

    ANSWERED = "ANSWERED"  # the app returned its metadata
    SILENT = "SILENT"  # no answer in time: an app that is processing a file may not answer
    FAILED = "FAILED"  # connection refused, no route, an error status, or not a CLAMS app


class AppHealth(Base):
    """The result of the last probe. Calls show the health too: see AppTiming.answered_at and ClamsApp.failed_at."""

    __tablename__ = "app_health"
    __table_args__ = (one_of("outcome", ProbeOutcome),)

    clams_app_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("clams_apps.id", ondelete="CASCADE"), primary_key=True
    )
    probed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    "When the last probe started; null: never."
    outcome: Mapped[str | None] = mapped_column(Text)
    "Of the last probe; null: there was none yet."
    message: Mapped[str | None] = mapped_column(Text)
    "Why the app did not answer."
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    failed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    seen_identifier: Mapped[str | None] = mapped_column(Text)
    seen_version: Mapped[str | None] = mapped_column(Text)
    drifted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    "Since when its metadata differs from the stored metadata; null: it does not."


class AppIdentifier(Base):
    """An identifier that an app has or had, with its version. A trigger of clams_apps adds the rows.

    `family` is the identifier without the version. `version_order` sorts versions as people do: v8.9 < v8.10,
    v8 = v8.0, v1.0-rc1 < v1.0. An identifier without a version comes before all that have one.
    """

    __tablename__ = "app_identifiers"

    id: Mapped[Key]
    identifier: Mapped[str] = mapped_column(Text, unique=True)
    family: Mapped[str] = mapped_column(Text, Computed("app_family(identifier)", persisted=True))
    version_order: Mapped[list[int]] = mapped_column(
        ARRAY(BigInteger), Computed("version_order(app_version(identifier))", persisted=True)
    )


class AppSlot(Base):
    """A slot for one call of an app. It is taken until `until`, or until the worker releases it."""

    __tablename__ = "app_slots"

    clams_app_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("clams_apps.id", ondelete="CASCADE"), primary_key=True
    )
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    step_run_id: Mapped[int | None] = mapped_column(BigInteger)
    fence: Mapped[int | None] = mapped_column(BigInteger)
    until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class AppTiming(Base):
    """Sums over the finished calls of an app, from which progress is estimated."""

    __tablename__ = "app_timings"

    clams_app_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("clams_apps.id", ondelete="CASCADE"), primary_key=True
    )
    calls: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    call_seconds: Mapped[float] = mapped_column(server_default=text("0"))
    media_call_seconds: Mapped[float] = mapped_column(server_default=text("0"))
    "Seconds of the calls whose media duration is known."
    media_seconds: Mapped[float] = mapped_column(server_default=text("0"))
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    "When the last call finished. Accurate to the interval at which workers write their timings."
