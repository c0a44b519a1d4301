"""Step runs: one CLAMS app on one media file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import strawberry

from chowda import models
from chowda.ids import Kind, opaque
from chowda.schema.types.app import ClamsApp
from chowda.schema.types.mmif import Mmif
from chowda.schema.types.status import ProgressSource, RunStatus, WaitReason
from chowda.waiting import Waiting


@strawberry.type(
    description="""Why a call of an app gave no result.

code                 when                                                                      retried
APP_UNREACHABLE      refused, no route, name unknown, TLS                                      yes
APP_DISCONNECTED     the connection broke or the body ended early                              yes
APP_BUSY             429, 502, 503, 504 (Retry-After is honoured)                              yes
APP_TIMEOUT          no whole answer within the app's timeoutSeconds                           yes, once
APP_ERROR            any other error status (a redirect too), or MMIF with an error view       no
INVALID_MMIF         success status, but not JSON, not MMIF, or more than the size limit       no
LOST_VIEWS           an earlier view (id and app) is gone                                      no
WRONG_DOCUMENTS      the answer's documents are not those sent (id, type, location)            yes, alone
NO_NEW_VIEW          MMIF, but nothing new by this app                                         no
MEDIA_MISSING        Chowda itself could see that the media is not there                       no
STORE_UNAVAILABLE    the MMIF store did not take or give the bytes                             yes
WORKER_LOST          the worker died in mid-call, ten times                                    (ten)"""
)
class StepError:
    code: str = strawberry.field(description="One of the table of this type.")
    message: str = strawberry.field(description="For a person, without a traceback.")
    detail: str | None = strawberry.field(description="What the app answered, cut to 10,000 characters.")


@strawberry.type(description="Why a step waits.")
class WaitingFor:
    reason: WaitReason
    message: str = strawberry.field(description="For a person.")
    until: datetime | None = strawberry.field(description="When it is looked at again, where that is known.")


@strawberry.type(description="One CLAMS app on one media file.")
class StepRun:
    id: strawberry.ID = strawberry.field(description="Also the X-Request-ID of the calls of the app.")
    position: int = strawberry.field(description="Counts from 1.")
    app: ClamsApp
    status: RunStatus
    percent: float = strawberry.field(description="0 to 100; 100 when it has ended.")
    progress_source: ProgressSource
    attempts: int = strawberry.field(
        description="Calls begun, those lost with a worker included. 0 again when its file goes back beyond it."
    )
    error: StepError | None = strawberry.field(
        description="Of the last attempt that failed; null once the step is FINISHED."
    )
    mmif: Mmif | None = strawberry.field(description="Its output.")
    waiting_for: WaitingFor | None = strawberry.field(description="Null unless the step is WAITING.")
    started_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(
        cls,
        row: models.StepRun,
        apps: Mapping[int, ClamsApp],
        mmifs: Mapping[int, Mmif],
        waits: Mapping[int, Waiting],
    ) -> StepRun:
        status = RunStatus(row.status)
        return cls(
            id=strawberry.ID(opaque(Kind.STEP_RUN, row.id)),
            position=row.position,
            app=apps[row.clams_app_id],
            status=status,
            percent=100.0 if status.ended else row.percent,
            progress_source=ProgressSource(row.progress_source),
            attempts=row.attempts,
            error=_error(row),
            mmif=mmifs.get(row.mmif_id) if row.mmif_id is not None else None,
            waiting_for=_waiting_for(waits.get(row.id)),
            started_at=row.started_at,
            ended_at=row.ended_at,
        )


def _error(row: models.StepRun) -> StepError | None:
    if row.error_code is None:
        return None
    return StepError(code=row.error_code, message=row.error_message or "", detail=row.error_detail)


def _waiting_for(waiting: Waiting | None) -> WaitingFor | None:
    if waiting is None:
        return None
    return WaitingFor(reason=waiting.reason, message=waiting.message, until=waiting.until)
