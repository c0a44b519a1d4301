"""Enums of the API.

Made by `python chowda/client/generate.py`: change the operations or the schema, not this.
"""

from __future__ import annotations

from enum import StrEnum


class AppParameterType(StrEnum):
    """What the values of a parameter are."""

    INTEGER = "INTEGER"
    """A whole number."""
    NUMBER = "NUMBER"
    """A number, whole or not."""
    STRING = "STRING"
    """Text."""
    BOOLEAN = "BOOLEAN"
    """true or false."""
    MAP = "MAP"
    """An object with text as its values; apps get it as "key:value", several times."""


class AppRuntime(StrEnum):
    """How a CLAMS app is run."""

    WEB_SERVICE = "WEB_SERVICE"
    """The app answers at `endpoint`."""
    KUBERNETES_JOB = "KUBERNETES_JOB"
    """Each step is one Job made from `image`."""
    COMMAND = "COMMAND"
    """Each step is one local process: the app's own cli.py, in a container or not."""


class AppSort(StrEnum):
    """By what apps are sorted."""

    NAME = "NAME"
    """Letter by letter, capitals first."""
    CREATED = "CREATED"
    """When it was registered first."""


class BatchRunSort(StrEnum):
    """By what batch runs are sorted."""

    CREATED = "CREATED"
    """When it was started by a person."""
    ENDED = "ENDED"
    """When it ended; lists those alone that have ended."""
    DURATION = "DURATION"
    """From its first call to its end; lists those alone that have begun and ended."""


class BatchSort(StrEnum):
    """By what batches are sorted."""

    CREATED = "CREATED"
    """When it was made."""
    NAME = "NAME"
    """Letter by letter, capitals first."""
    SIZE = "SIZE"
    """How many media files it has."""


class CollectionSort(StrEnum):
    """By what collections are sorted."""

    NAME = "NAME"
    """Letter by letter, capitals first."""
    CREATED = "CREATED"
    """When it was made."""


class DocumentFormat(StrEnum):
    """How a pipeline is written as text."""

    YAML = "YAML"
    """YAML 1.2, without anchors and tags."""
    JSON = "JSON"
    """JSON."""


class DocumentType(StrEnum):
    """The kind of a media document."""

    VIDEO = "VIDEO"
    """Moving pictures, with or without sound."""
    AUDIO = "AUDIO"
    """Sound."""
    TEXT = "TEXT"
    """Text."""
    IMAGE = "IMAGE"
    """A still picture."""


class GuidTextFormat(StrEnum):
    """How GUIDs stand in a text."""

    BLOCK = "BLOCK"
    """Separated by white space, commas and semicolons."""
    CSV = "CSV"
    """In the column guid or asset_id, else in the first."""


class HealthStatus(StrEnum):
    """How an app does, by what was heard of it last."""

    NO_ENDPOINT = "NO_ENDPOINT"
    """It is known by its description alone."""
    UNKNOWN = "UNKNOWN"
    """Nothing has been heard of it yet."""
    ANSWERING = "ANSWERING"
    """It answered."""
    BUSY_OR_AWAY = "BUSY_OR_AWAY"
    """It did not answer in time, or said that it is busy: an app that works on a file may do so."""
    FAILING = "FAILING"
    """It refused, broke, or something else than a CLAMS app answers there."""


class ImportOutcome(StrEnum):
    """What became of an app's description."""

    ADDED = "ADDED"
    """An app without an endpoint was made of it."""
    UPDATED = "UPDATED"
    """The app was known by an earlier description alone, and has this one now."""
    UNCHANGED = "UNCHANGED"
    """The app is there already; nothing was changed."""
    REFUSED = "REFUSED"
    """It is no description of a CLAMS app: the message says why."""


class MediaFileSort(StrEnum):
    """By what media files are sorted."""

    CREATED = "CREATED"
    """When it was added."""
    GUID = "GUID"
    """Letter by letter, capitals first."""


class MmifOrigin(StrEnum):
    """Where a MMIF comes from."""

    INITIAL = "INITIAL"
    """Chowda made it of the media documents."""
    STEP = "STEP"
    """A CLAMS app made it, in a step of a pipeline run."""
    UPLOAD = "UPLOAD"
    """It was made elsewhere, and sent here."""


class MmifSort(StrEnum):
    """By what MMIF are sorted."""

    CREATED = "CREATED"
    """When it was made."""
    SIZE = "SIZE"
    """Its bytes."""


class PipelineOutcome(StrEnum):
    """What became of a document, or would become of it."""

    CREATED = "CREATED"
    """A new pipeline."""
    NEW_VERSION = "NEW_VERSION"
    """A new version of the pipeline with its name."""
    UNCHANGED = "UNCHANGED"
    """The pipeline with its name has these steps already."""
    REFUSED = "REFUSED"
    """Dry runs only: something is wrong with it."""


class PipelineRunSort(StrEnum):
    """By what pipeline runs are sorted."""

    CREATED = "CREATED"
    """When their batch run was started; within one, in the order in which their media files were added."""
    ENDED = "ENDED"
    """When it ended; lists those alone that have ended."""


class PipelineSort(StrEnum):
    """By what pipelines are sorted."""

    NAME = "NAME"
    """Letter by letter, capitals first."""
    CREATED = "CREATED"
    """When it was made."""


class ProgressSource(StrEnum):
    """Where a step's percent comes from."""

    REPORTED = "REPORTED"
    """The app itself said so."""
    ESTIMATED = "ESTIMATED"
    """From how long this app took per minute of media before."""
    NONE = "NONE"
    """Nothing is known yet."""


class RunStatus(StrEnum):
    """Closed: nothing is added to it."""

    WAITING = "WAITING"
    """Accepted, nothing has started yet."""
    RUNNING = "RUNNING"
    """Something of it has started."""
    PAUSED = "PAUSED"
    """Batch runs only: nothing new starts, what is in flight goes on."""
    FINISHED = "FINISHED"
    """Ended, and all of it went well."""
    FAILED = "FAILED"
    """Ended; at least one part of it failed for good."""
    CANCELED = "CANCELED"
    """A person ended it, or (steps only) an earlier step of the same file failed: attempts is 0 then. A
    batch run that a person canceled ends CANCELED; else FAILED if anything in it failed; else FINISHED.
    """


class StartFrom(StrEnum):
    """Which MMIF each file of a batch starts from. A file that has none of that kind starts from a blank
    one.
    """

    BLANK = "BLANK"
    """A new one, made of the media documents."""
    INPUT = "INPUT"
    """The batch's input MMIF of the file."""
    NEWEST = "NEWEST"
    """The file's newest MMIF, wherever it was made."""
    INPUT_OR_NEWEST = "INPUT_OR_NEWEST"
    """The batch's input MMIF of the file, else its newest."""


class StepChangeKind(StrEnum):
    """How a step differs between two versions of a pipeline."""

    ADDED = "ADDED"
    """The newer version has it."""
    REMOVED = "REMOVED"
    """The older version had it."""
    MOVED = "MOVED"
    """It stands in another place among the others; its parameters and its retry policy may differ too."""
    CHANGED = "CHANGED"
    """It has other parameters or another retry policy."""


class StepErrorCode(StrEnum):
    """Why a call of an app failed: the codes of StepError."""

    APP_UNREACHABLE = "APP_UNREACHABLE"
    """Refused, no route, name unknown, TLS."""
    APP_DISCONNECTED = "APP_DISCONNECTED"
    """The connection broke or the body ended early."""
    APP_BUSY = "APP_BUSY"
    """429, 502, 503, 504."""
    APP_TIMEOUT = "APP_TIMEOUT"
    """No whole answer within the app's timeoutSeconds."""
    APP_ERROR = "APP_ERROR"
    """Any other error status, or MMIF with an error view of this app."""
    INVALID_MMIF = "INVALID_MMIF"
    """Success status, but not JSON, not MMIF, or more than the size limit."""
    LOST_VIEWS = "LOST_VIEWS"
    """An earlier view (id and app) is gone."""
    WRONG_DOCUMENTS = "WRONG_DOCUMENTS"
    """The answer's documents are not those sent."""
    NO_NEW_VIEW = "NO_NEW_VIEW"
    """MMIF, but nothing new by this app."""
    MEDIA_MISSING = "MEDIA_MISSING"
    """Chowda itself could see that the media is not there."""
    STORE_UNAVAILABLE = "STORE_UNAVAILABLE"
    """The MMIF store did not take or give the bytes."""
    WORKER_LOST = "WORKER_LOST"
    """The worker died in mid-call, ten times. No retry policy changes it."""


class WaitReason(StrEnum):
    """Why a step waits: the first of these that holds."""

    EARLIER_STEP = "EARLIER_STEP"
    """An earlier step of the same file has not finished."""
    PAUSED = "PAUSED"
    """A person paused the file or the batch run: the message says which."""
    NO_WORKER = "NO_WORKER"
    """No worker process is alive."""
    APP_INACTIVE = "APP_INACTIVE"
    """A person deactivated its app: nothing starts until it is activated again."""
    RETRY = "RETRY"
    """Its last call failed; it is tried again at `until`."""
    CIRCUIT_OPEN = "CIRCUIT_OPEN"
    """Its app failed on file after file; the next trial call may go out at `until`."""
    APP_SLOTS = "APP_SLOTS"
    """Its app has all the calls in hand that it may have."""
    TURN = "TURN"
    """It is on its way to a worker, or others are before it."""
