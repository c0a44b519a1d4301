"""Closed sets of states and kinds from the API's contract."""

from __future__ import annotations

from enum import StrEnum


class RunStatus(StrEnum):
    """The status of a batch run, pipeline run or step run."""

    WAITING = "WAITING"  # nothing has started yet
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"  # batch runs only: no further step starts, running steps go on
    FINISHED = "FINISHED"
    FAILED = "FAILED"  # ended; at least one part failed and is not retried
    CANCELED = "CANCELED"  # cancelled by a user, or (steps only) an earlier step of the file failed

    @property
    def ended(self) -> bool:
        return self in ENDED


ENDED = frozenset({RunStatus.FINISHED, RunStatus.FAILED, RunStatus.CANCELED})


class DocumentType(StrEnum):
    """The type of a document of a media file."""

    VIDEO = "VIDEO"
    AUDIO = "AUDIO"
    TEXT = "TEXT"
    IMAGE = "IMAGE"


class AppRuntime(StrEnum):
    """How a CLAMS app runs."""

    WEB_SERVICE = "WEB_SERVICE"  # the app serves HTTP at its endpoint
    KUBERNETES_JOB = "KUBERNETES_JOB"  # each step is one Job created from an image
    COMMAND = "COMMAND"  # each step is one local process that runs the app's cli.py


class ProgressSource(StrEnum):
    """The source of a running step's percent."""

    REPORTED = "REPORTED"  # the app reported it
    ESTIMATED = "ESTIMATED"  # from the app's earlier times per minute of media
    NONE = "NONE"  # no progress is known yet
