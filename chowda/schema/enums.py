"""The enums of the API: those of chowda.models.status, with what each member means."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

import strawberry

from chowda.apps.health import HealthStatus
from chowda.apps.imports import ImportOutcome
from chowda.enums import AppRuntime, DocumentType, ProgressSource, RunStatus
from chowda.errors import StepErrorCode
from chowda.media.guid_parsing import GuidTextFormat
from chowda.media.import_rows import RowFormat
from chowda.models import MmifOrigin
from chowda.pipelines.diff import StepChangeKind
from chowda.pipelines.documents import DocumentFormat
from chowda.pipelines.imports import PipelineOutcome
from chowda.runs.start import StartFrom
from chowda.runs.wait_reasons import WaitReason

E = TypeVar("E", bound=type[StrEnum])


def described(enum: E, description: str, **members: str) -> E:
    """The enum, made one of the API's, each member with what it means."""
    definition = strawberry.enum(enum, description=description).__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = members[value.name]
    return enum


described(
    RunStatus,
    "Closed: nothing is added to it.",
    WAITING="Accepted, nothing has started yet.",
    RUNNING="Something of it has started.",
    PAUSED="Batch runs only: nothing new starts, what is in flight goes on.",
    FINISHED="Ended, and all of it went well.",
    FAILED="Ended; at least one part of it failed for good.",
    CANCELED=(
        "A person ended it, or (steps only) an earlier step of the same file failed: attempts is 0 then. "
        "A batch run that a person canceled ends CANCELED; else FAILED if anything in it failed; else FINISHED."
    ),
)
described(
    DocumentType,
    "The kind of a media document.",
    VIDEO="Moving pictures, with or without sound.",
    AUDIO="Sound.",
    TEXT="Text.",
    IMAGE="A still picture.",
)
described(
    AppRuntime,
    "How a CLAMS app is run.",
    WEB_SERVICE="The app answers at `endpoint`.",
    KUBERNETES_JOB="Each step is one Job made from `image`.",
    COMMAND="Each step is one local process: the app's own cli.py, in a container or not.",
)
described(
    ProgressSource,
    "Where a step's percent comes from.",
    REPORTED="The app itself said so.",
    ESTIMATED="From how long this app took per minute of media before.",
    NONE="Nothing is known yet.",
)

described(
    WaitReason,
    "Why a step waits: the first of these that holds.",
    EARLIER_STEP="An earlier step of the same file has not finished.",
    PAUSED="A person paused the file or the batch run: the message says which.",
    NO_WORKER="No worker process is alive.",
    APP_INACTIVE="A person deactivated its app: nothing starts until it is activated again.",
    RETRY="Its last call failed; it is tried again at `until`.",
    CIRCUIT_OPEN="Its app failed on file after file; the next trial call may go out at `until`.",
    APP_SLOTS="Its app has all the calls in hand that it may have.",
    TURN="It is on its way to a worker, or others are before it.",
)

described(
    StepErrorCode,
    "Why a call of an app failed: the codes of StepError.",
    APP_UNREACHABLE="Refused, no route, name unknown, TLS.",
    APP_DISCONNECTED="The connection broke or the body ended early.",
    APP_BUSY="429, 502, 503, 504.",
    APP_TIMEOUT="No whole answer within the app's timeoutSeconds.",
    APP_ERROR="Any other error status, or MMIF with an error view of this app.",
    INVALID_MMIF="Success status, but not JSON, not MMIF, or more than the size limit.",
    LOST_VIEWS="An earlier view (id and app) is gone.",
    WRONG_DOCUMENTS="The answer's documents are not those sent.",
    NO_NEW_VIEW="MMIF, but nothing new by this app.",
    MEDIA_MISSING="Chowda itself could see that the media is not there.",
    STORE_UNAVAILABLE="The MMIF store did not take or give the bytes.",
    WORKER_LOST="The worker died in mid-call, ten times. No retry policy changes it.",
)
described(
    StartFrom,
    "Which MMIF each file of a batch starts from. A file that has none of that kind starts from a blank one.",
    BLANK="A new one, made of the media documents.",
    INPUT="The batch's input MMIF of the file.",
    NEWEST="The file's newest MMIF, wherever it was made.",
    INPUT_OR_NEWEST="The batch's input MMIF of the file, else its newest.",
)
described(
    MmifOrigin,
    "Where a MMIF comes from.",
    INITIAL="Chowda made it of the media documents.",
    STEP="A CLAMS app made it, in a step of a pipeline run.",
    UPLOAD="It was made elsewhere, and sent here.",
)
described(
    RowFormat,
    "How rows are written.",
    CSV="A header, then a row for each document; the separator is a comma, a semicolon or a tab.",
    JSONL="A JSON object on each line.",
)
described(
    GuidTextFormat,
    "How GUIDs stand in a text.",
    BLOCK="Separated by white space, commas and semicolons.",
    CSV="In the column guid or asset_id, else in the first.",
)
described(
    HealthStatus,
    "How an app does, by what was heard of it last.",
    NO_ENDPOINT="It is known by its description alone.",
    UNKNOWN="Nothing has been heard of it yet.",
    ANSWERING="It answered.",
    BUSY_OR_AWAY="It did not answer in time, or said that it is busy: an app that works on a file may do so.",
    FAILING="It refused, broke, or something else than a CLAMS app answers there.",
)
described(
    ImportOutcome,
    "What became of an app's description.",
    ADDED="An app without an endpoint was made of it.",
    UPDATED="The app was known by an earlier description alone, and has this one now.",
    UNCHANGED="The app is there already; nothing was changed.",
    REFUSED="It is no description of a CLAMS app: the message says why.",
)
described(
    StepChangeKind,
    "How a step differs between two versions of a pipeline.",
    ADDED="The newer version has it.",
    REMOVED="The older version had it.",
    MOVED="It stands in another place among the others; its parameters and its retry policy may differ too.",
    CHANGED="It has other parameters or another retry policy.",
)
described(
    DocumentFormat,
    "How a pipeline is written as text.",
    YAML="YAML 1.2, without anchors and tags.",
    JSON="JSON.",
)
described(
    PipelineOutcome,
    "What became of a document, or would become of it.",
    CREATED="A new pipeline.",
    NEW_VERSION="A new version of the pipeline with its name.",
    UNCHANGED="The pipeline with its name has these steps already.",
    REFUSED="Dry runs only: something is wrong with it.",
)

__all__ = [
    "AppRuntime",
    "DocumentFormat",
    "DocumentType",
    "GuidTextFormat",
    "HealthStatus",
    "ImportOutcome",
    "MmifOrigin",
    "PipelineOutcome",
    "ProgressSource",
    "RowFormat",
    "RunStatus",
    "StartFrom",
    "StepChangeKind",
    "StepErrorCode",
    "WaitReason",
    "described",
]
