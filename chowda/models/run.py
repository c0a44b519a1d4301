"""Batch runs, pipeline runs, step runs and attempts; their counters; and workers."""

from __future__ import annotations

from datetime import datetime
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
    SmallInteger,
    Text,
    UniqueConstraint,
    false,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from chowda.enums import ENDED, ProgressSource, RunStatus
from chowda.models.base import Base, CreatedAt, Key, Xid8, one_of
from chowda.models.step_key import STEP_KEY_STRIDE

PART_STATUS = tuple(status for status in RunStatus if status is not RunStatus.PAUSED)
"The statuses of pipeline runs and step runs: only batch runs are paused."

WAITING = text("'WAITING'")
TIME = DateTime(timezone=True)


class BatchRun(Base):
    """One start of a batch on a pipeline. Name, description and steps are copies from the time of the start."""

    __tablename__ = "batch_runs"
    __table_args__ = (
        one_of("status", RunStatus),
        Index(None, "batch_id", "id"),
        Index(None, "pipeline_id", "id"),
        Index("ix_batch_runs_ended", "ended_at", "id", postgresql_where=text("ended_at IS NOT NULL")),
        Index(None, "duration_seconds", "id"),
        Index("ix_batch_runs_active", "id", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[Key]
    batch_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("batches.id"))
    pipeline_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("pipelines.id"))
    pipeline_version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    pipeline_name: Mapped[str] = mapped_column(Text)
    pipeline_description: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default=WAITING)
    priority: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    canceled: Mapped[bool] = mapped_column(server_default=false())
    "A person canceled the run and has not retried it as a whole: it ends CANCELED as long as files are canceled."
    media_file_count: Mapped[int] = mapped_column(Integer)
    idempotency_key: Mapped[str | None] = mapped_column(Text, unique=True)
    created_at: Mapped[CreatedAt]
    started_at: Mapped[datetime | None] = mapped_column(TIME)
    ended_at: Mapped[datetime | None] = mapped_column(TIME)
    duration_seconds: Mapped[float | None] = mapped_column(
        Computed("extract(epoch FROM ended_at - started_at)::float8", persisted=True)
    )


class BatchRunStep(Base):
    """A step of the pipeline as it was when the batch run started."""

    __tablename__ = "batch_run_steps"
    __table_args__ = (Index(None, "clams_app_id", "batch_run_id"),)

    batch_run_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("batch_runs.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    clams_app_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("clams_apps.id"))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    retry: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    overrides: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    "The parameters for this start only, merged into `parameters` already. Null removed a parameter."


class RunCounter(Base):
    """How many parts of a batch run are in each state. Position 0 counts its pipeline runs, n the runs of step n.

    The exact count is the sum of this row and its rows in run_counter_deltas, which are not rolled up yet.
    """

    __tablename__ = "run_counters"

    batch_run_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("batch_runs.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    waiting: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    running: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    finished: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    failed: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    canceled: Mapped[int] = mapped_column(Integer, server_default=text("0"))


class RunCounterDelta(Base):
    """A change of a counter, appended by a trigger in the transaction of the change: no transaction waits for a row."""

    __tablename__ = "run_counter_deltas"
    __table_args__ = (Index(None, "batch_run_id"),)

    id: Mapped[Key]
    batch_run_id: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(SmallInteger)
    waiting: Mapped[int] = mapped_column(Integer)
    running: Mapped[int] = mapped_column(Integer)
    finished: Mapped[int] = mapped_column(Integer)
    failed: Mapped[int] = mapped_column(Integer)
    canceled: Mapped[int] = mapped_column(Integer)


class PipelineRun(Base):
    """The run of one media file through the pipeline of a batch run.

    No foreign key to batch_runs: the check made a start of 100,000 files a quarter slower, and the rows are created
    in the transaction of their batch run. None to media_files: the batch refers to the file and can't be deleted once
    it has runs, and the deletion of a file would search all runs.
    """

    __tablename__ = "pipeline_runs"
    __table_args__ = (
        one_of("status", PART_STATUS),
        UniqueConstraint("batch_run_id", "media_file_id"),
        Index(None, "batch_run_id", "changed_xid"),
        Index(
            "ix_pipeline_runs_unsuccessful",
            "batch_run_id",
            "status",
            "media_file_id",
            postgresql_include=["id"],
            postgresql_where=text("status IN ('RUNNING', 'FAILED', 'CANCELED')"),
        ),
        Index(None, "media_file_id", "batch_run_id"),
        Index("ix_pipeline_runs_ended", "ended_at", "id", postgresql_where=text("ended_at IS NOT NULL")),
    )

    id: Mapped[Key]
    batch_run_id: Mapped[int] = mapped_column(BigInteger)
    media_file_id: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(Text, server_default=WAITING)
    mmif_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("mmifs.id"))
    "The newest valid MMIF: at first the input, at the end the output of the last step."
    input_mmif_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("mmifs.id"))
    "The MMIF that the run started from, for a retry from the first step. Null: started from scratch."
    changed_xid: Mapped[Any] = mapped_column(Xid8(), server_default=func.pg_current_xact_id())
    "The last transaction that changed this run or one of its steps. Set by triggers."
    created_at: Mapped[CreatedAt]
    started_at: Mapped[datetime | None] = mapped_column(TIME)
    ended_at: Mapped[datetime | None] = mapped_column(TIME)


class StepRun(Base):
    """The run of one app on one media file.

    The key is composed of the pipeline run's key and the position (see chowda.models.step_key), so this large table
    needs one index less. No foreign key to pipeline_runs, for the reason given there.
    """

    __tablename__ = "step_runs"
    __table_args__ = (
        one_of("status", PART_STATUS),
        one_of("progress_source", ProgressSource),
        CheckConstraint("(status = 'RUNNING') = (lease_until IS NOT NULL)", name="lease"),
        CheckConstraint(
            f"(status IN ({', '.join(repr(s.value) for s in sorted(ENDED))})) = (ended_at IS NOT NULL)",
            name="ended",
        ),
        CheckConstraint("status <> 'FINISHED' OR mmif_id IS NOT NULL", name="result"),
        CheckConstraint(f"id = pipeline_run_id * {STEP_KEY_STRIDE} + position", name="id"),
        Index(
            "ix_step_runs_ready",
            "clams_app_id",
            "batch_run_id",
            "ready_at",
            "id",
            postgresql_where=text("status = 'WAITING' AND ready_at IS NOT NULL AND NOT paused"),
        ),
        Index(
            "ix_step_runs_sent", "clams_app_id", "sent_until", postgresql_where=text("sent_until IS NOT NULL")
        ),
        Index("ix_step_runs_lease", "lease_until", postgresql_where=text("status = 'RUNNING'")),
        Index(
            "ix_step_runs_running", "batch_run_id", "position", postgresql_where=text("status = 'RUNNING'")
        ),
        Index(
            "ix_step_runs_failed",
            "error_code",
            "batch_run_id",
            "id",
            postgresql_where=text("status = 'FAILED'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    pipeline_run_id: Mapped[int] = mapped_column(BigInteger)
    batch_run_id: Mapped[int] = mapped_column(BigInteger)
    clams_app_id: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(SmallInteger)
    status: Mapped[str] = mapped_column(Text, server_default=WAITING)
    percent: Mapped[float] = mapped_column(server_default=text("0"))
    progress_source: Mapped[str] = mapped_column(Text, server_default=text("'NONE'"))
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    "Calls that have started, including those of lost workers."
    failures: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    "Failed calls since the start or the last retry by a person. Limited by the retry policy."
    losses: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    "Lost workers in a row."
    fence: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    "Raised by every claim and never lowered. A result commits only under the fence of its claim."
    worker: Mapped[str | None] = mapped_column(Text)
    lease_until: Mapped[datetime | None] = mapped_column(TIME)
    ready_at: Mapped[datetime | None] = mapped_column(TIME)
    "When the step may start. Null while an earlier step of the file has not finished."
    sent_until: Mapped[datetime | None] = mapped_column(TIME)
    "A message for the step is in transit. After this time it is sent again."
    paused: Mapped[bool] = mapped_column(server_default=false())
    "A person paused the pipeline run, so the step does not start. Without meaning once the step has ended."
    error_code: Mapped[str | None] = mapped_column(Text)
    error_message: Mapped[str | None] = mapped_column(Text)
    error_detail: Mapped[str | None] = mapped_column(Text)
    mmif_id: Mapped[int | None] = mapped_column(BigInteger)
    "The output, created in the statement that sets this column. No foreign key, for the same reason."
    started_at: Mapped[datetime | None] = mapped_column(TIME)
    ended_at: Mapped[datetime | None] = mapped_column(TIME)


class StepAttempt(Base):
    """One call of an app: its worker, times and error."""

    __tablename__ = "step_attempts"
    __table_args__ = (UniqueConstraint("step_run_id", "fence"), Index(None, "batch_run_id", "id"))

    id: Mapped[Key]
    step_run_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("step_runs.id", ondelete="CASCADE"))
    batch_run_id: Mapped[int] = mapped_column(BigInteger)
    "A copy from the step, so that an index lists the calls of a batch run in the order in which they began."
    fence: Mapped[int] = mapped_column(BigInteger)
    worker: Mapped[str] = mapped_column(Text)
    started_at: Mapped[CreatedAt]
    ended_at: Mapped[datetime | None] = mapped_column(TIME)
    error_code: Mapped[str | None] = mapped_column(Text)
    error_message: Mapped[str | None] = mapped_column(Text)
    error_detail: Mapped[str | None] = mapped_column(Text)


class Worker(Base):
    """A worker process. It is alive until `until`, which its heartbeat extends."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    threads: Mapped[int] = mapped_column(Integer)
    started_at: Mapped[CreatedAt]
    until: Mapped[datetime] = mapped_column(TIME)
