"""The enums of the API, with the meaning of each value. Their values are defined where they are used."""

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
    """Makes the enum a GraphQL enum. `members` has the description of each value."""
    definition = strawberry.enum(enum, description=description).__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = members[value.name]
    return enum


described(
    RunStatus,
    "The state of a run. Clients can rely on this list: no value will be added.",
    WAITING="No part has started yet.",
    RUNNING="At least one part has started.",
    PAUSED="Batch runs only: no new step starts, and running calls continue.",
    FINISHED="Ended: every part succeeded.",
    FAILED="Ended: at least one part failed.",
    CANCELED=(
        "Ended: someone canceled it or, for a step run, an earlier step of the same file failed; then `attempts` is 0. "
        "A batch run ends as CANCELED if someone canceled it, else as FAILED if any part failed, else as FINISHED."
    ),
)
described(
    DocumentType,
    "The type of a media document.",
    VIDEO="Moving pictures, with or without sound.",
    AUDIO="Sound.",
    TEXT="Text.",
    IMAGE="A still picture.",
)
described(
    AppRuntime,
    "How Chowda runs a CLAMS app.",
    WEB_SERVICE="Chowda calls the app at `endpoint`.",
    KUBERNETES_JOB="Each step is a Kubernetes Job with the container image `image`.",
    COMMAND="Each step is a local process: the app's own cli.py, in a container or not.",
)
described(
    ProgressSource,
    "The source of a step's percentage.",
    REPORTED="The app reported it.",
    ESTIMATED="Chowda estimates it from the app's processing time per media minute.",
    NONE="There is no percentage yet.",
)
described(
    WaitReason,
    "Why a step waits. If several reasons apply, it is the first of this list.",
    EARLIER_STEP="An earlier step of the same file has not finished.",
    PAUSED="Someone paused the file or the batch run. The message says which.",
    NO_WORKER="No worker process is running.",
    APP_INACTIVE="Someone deactivated the app. No call starts until it is activated again.",
    RETRY="The last call failed. The next attempt is at `until`.",
    CIRCUIT_OPEN="The app failed on file after file. The next trial call is at `until` at the earliest.",
    APP_SLOTS="The app already runs as many calls as it may.",
    TURN="The step is queued, or other steps go first.",
)
described(
    StepErrorCode,
    "Why a call of an app failed: the codes of StepError.",
    APP_UNREACHABLE="Connection refused, no route, unknown host name, or TLS error.",
    APP_DISCONNECTED="The connection broke, or the body ended early.",
    APP_BUSY="Status 429, 502, 503 or 504.",
    APP_TIMEOUT="No complete answer within the app's timeoutSeconds.",
    APP_ERROR="Any other error status, or MMIF with an error view of this app.",
    INVALID_MMIF="Success status, but not JSON, not MMIF, or larger than the size limit.",
    LOST_VIEWS="An earlier view (ID and app) is missing.",
    WRONG_DOCUMENTS="The documents in the answer differ from those sent.",
    NO_NEW_VIEW="MMIF, but without a new view of this app.",
    MEDIA_MISSING="Chowda itself could see that the media file is missing.",
    STORE_UNAVAILABLE="The MMIF store could not be read or written.",
    WORKER_LOST="The worker died during the call, ten times in a row. No retry policy changes this.",
)
described(
    StartFrom,
    "The MMIF that each file of a batch starts from. A file without such a MMIF starts from scratch.",
    BLANK="From scratch: a new MMIF with the media documents.",
    INPUT="The input MMIF of the file in the batch.",
    NEWEST="The newest MMIF of the file, from any origin.",
    INPUT_OR_NEWEST="The input MMIF of the file in the batch, else its newest MMIF.",
)
described(
    MmifOrigin,
    "The origin of a MMIF.",
    INITIAL="Chowda created it from the media documents.",
    STEP="A CLAMS app produced it in a step of a pipeline run.",
    UPLOAD="Someone uploaded it.",
)
described(
    RowFormat,
    "The format of rows.",
    CSV="A header, then a row for each document. The separator is a comma, a semicolon or a tab.",
    JSONL="A JSON object on each line.",
)
described(
    GuidTextFormat,
    "The format of GUIDs in a text.",
    BLOCK="Separated by white space, commas and semicolons.",
    CSV="In the column guid or asset_id, else in the first column.",
)
described(
    HealthStatus,
    "The health of an app, from its last call or probe.",
    NO_ENDPOINT="The app was imported from its description and has no endpoint.",
    UNKNOWN="There was no call and no probe yet.",
    ANSWERING="The app answered.",
    BUSY_OR_AWAY="The app did not answer in time, or answered that it is busy. A working app may do so.",
    FAILING="The app refused the connection or failed, or the endpoint serves something other than a CLAMS app.",
)
described(
    ImportOutcome,
    "The result of the import of an app description.",
    ADDED="An app without an endpoint was added.",
    UPDATED="The app had been imported from an earlier description, which was replaced.",
    UNCHANGED="The app exists already. Nothing changed.",
    REFUSED="It is not the description of a CLAMS app. The message says why.",
)
described(
    StepChangeKind,
    "The kind of difference of a step between two versions of a pipeline.",
    ADDED="Only the newer version has the step.",
    REMOVED="Only the older version has the step.",
    MOVED="The step has another position among the others. Its parameters and retry policy may differ too.",
    CHANGED="The step has other parameters or another retry policy.",
)
described(
    DocumentFormat,
    "The text format of a pipeline.",
    YAML="YAML 1.2, without anchors and tags.",
    JSON="JSON.",
)
described(
    PipelineOutcome,
    "The result of the import of a pipeline; in a dry run, a preview of it.",
    CREATED="A new pipeline.",
    NEW_VERSION="A new version of the pipeline with the same name.",
    UNCHANGED="The pipeline with the same name has the same steps already.",
    REFUSED="Dry runs only: the document has a problem.",
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
