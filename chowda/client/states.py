"""What the server says of runs, as the client keeps it: the fields of the API's types that it asks for."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from chowda.client.session import ServerUnreachable


class State(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Of one type of the API; encodes to the same JSON that it was read from."""


S = TypeVar("S", bound=State)


class RunStatus(StrEnum):
    """The API's own, once more: chowda.models brings the database's libraries, a second of a client's start."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"

    @property
    def ended(self) -> bool:
        return self in {RunStatus.FINISHED, RunStatus.FAILED, RunStatus.CANCELED}


class Named(State, frozen=True):
    """A batch or a pipeline."""

    id: str
    name: str


class AppName(State, frozen=True):
    name: str


class Guid(State, frozen=True):
    guid: str


class Counts(State, frozen=True):
    total: int
    waiting: int
    running: int
    finished: int
    failed: int
    canceled: int

    @property
    def ended(self) -> int:
        return self.finished + self.failed + self.canceled


class StepState(State, frozen=True):
    """One step of the pipeline, over all files."""

    position: int
    app: AppName
    percent: float
    counts: Counts

    @property
    def label(self) -> str:
        return f"{self.position} {self.app.name}"


class BatchRunState(State, frozen=True):
    id: str
    batch: Named
    pipeline: Named
    status: RunStatus
    percent: float
    counts: Counts
    steps: list[StepState]
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def went_wrong(self) -> bool:
        return self.status in {RunStatus.FAILED, RunStatus.CANCELED}


class StepErrorState(State, frozen=True):
    code: str
    message: str


class FileStep(State, frozen=True):
    """One step of one file."""

    position: int
    app: AppName
    status: RunStatus
    error: StepErrorState | None = None


class FileRun(State, frozen=True):
    """A pipeline run: one file on its way."""

    id: str
    media_file: Guid
    status: RunStatus
    steps: list[FileStep]


class ChangedFile(State, frozen=True):
    """A pipeline run after something was done to it."""

    id: str
    media_file: Guid
    status: RunStatus
    paused: bool


class Failure(State, frozen=True):
    """A step that failed for good."""

    pipeline_run_id: str
    guid: str
    position: int
    app: str
    code: str
    message: str


class MmifRef(State, frozen=True):
    sha256: str
    size: int
    url: str


class FileMmif(State, frozen=True):
    """A pipeline run and the newest good MMIF of its file."""

    media_file: Guid
    mmif: MmifRef | None = None


def read(kind: type[S], data: Any) -> S:
    """Raises ServerUnreachable for what this client can't read: the server is none, or of another version."""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as exc:
        raise ServerUnreachable(
            f"The server's answer can't be read ({exc}). Client and server may be of different versions."
        ) from exc
