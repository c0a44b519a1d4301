"""The states and kinds that the API's contract names. Imports nothing of ours."""

from __future__ import annotations

from enum import StrEnum


class RunStatus(StrEnum):
    """Of batch runs, pipeline runs and step runs. Closed: nothing is added to it."""

    WAITING = "WAITING"  # accepted, nothing has started yet
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"  # batch runs only: nothing new starts, what is in flight goes on
    FINISHED = "FINISHED"
    FAILED = "FAILED"  # ended; at least one part of it failed for good
    CANCELED = "CANCELED"  # a person ended it, or (steps only) an earlier step of the file failed

    @property
    def ended(self) -> bool:
        return self in ENDED


ENDED = frozenset({RunStatus.FINISHED, RunStatus.FAILED, RunStatus.CANCELED})


class DocumentType(StrEnum):
    """The kinds of media document that a media file can have."""

    VIDEO = "VIDEO"
    AUDIO = "AUDIO"
    TEXT = "TEXT"
    IMAGE = "IMAGE"


class AppRuntime(StrEnum):
    """How a CLAMS app is run."""

    WEB_SERVICE = "WEB_SERVICE"  # the app answers at its endpoint
    KUBERNETES_JOB = "KUBERNETES_JOB"  # each step is one Job made from an image
    COMMAND = "COMMAND"  # each step is one local process: the app's own cli.py


class ProgressSource(StrEnum):
    """Where a running step's percent comes from."""

    REPORTED = "REPORTED"  # the app itself said so
    ESTIMATED = "ESTIMATED"  # from how long this app took per minute of media before
    NONE = "NONE"  # nothing is known yet
