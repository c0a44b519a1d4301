"""The enums of the API: those of chowda.models.status, with what each member means."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

import strawberry

from chowda.errors import StepErrorCode
from chowda.models.mmif import MmifOrigin
from chowda.models.status import AppRuntime, DocumentType, ProgressSource, RunStatus
from chowda.waiting import WaitReason

E = TypeVar("E", bound=type[StrEnum])


def _described(enum: E, description: str, **members: str) -> E:
    definition = strawberry.enum(enum, description=description).__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = members[value.name]
    return enum


_described(
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
_described(
    DocumentType,
    "The kind of a media document.",
    VIDEO="Moving pictures, with or without sound.",
    AUDIO="Sound.",
    TEXT="Text.",
    IMAGE="A still picture.",
)
_described(
    AppRuntime,
    "How a CLAMS app is run.",
    WEB_SERVICE="The app answers at `endpoint`.",
    KUBERNETES_JOB="Each step is one Job made from `image`.",
    COMMAND="Each step is one local process: the app's own cli.py, in a container or not.",
)
_described(
    ProgressSource,
    "Where a step's percent comes from.",
    REPORTED="The app itself said so.",
    ESTIMATED="From how long this app took per minute of media before.",
    NONE="Nothing is known yet.",
)

_described(
    WaitReason,
    "Why a step waits: the first of these that holds.",
    EARLIER_STEP="An earlier step of the same file has not finished.",
    PAUSED="A person paused the file or the batch run: the message says which.",
    NO_WORKER="No worker process is alive.",
    RETRY="Its last call failed; it is tried again at `until`.",
    CIRCUIT_OPEN="Its app failed on file after file; the next trial call may go out at `until`.",
    APP_SLOTS="Its app has all the calls in hand that it may have.",
    TURN="It is on its way to a worker, or others are before it.",
)

_described(
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

_described(
    MmifOrigin,
    "Where a MMIF comes from.",
    INITIAL="Built by Chowda from the media documents.",
    STEP="An app's answer.",
    UPLOAD="Made elsewhere.",
)

__all__ = [
    "AppRuntime",
    "DocumentType",
    "MmifOrigin",
    "ProgressSource",
    "RunStatus",
    "StepErrorCode",
    "WaitReason",
]
