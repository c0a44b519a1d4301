"""Why a call of an app gave no result."""

from __future__ import annotations

import strawberry

from chowda import models


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

    @classmethod
    def of(cls, row: models.StepRun | models.StepAttempt) -> StepError | None:
        if row.error_code is None:
            return None
        return cls(code=row.error_code, message=row.error_message or "", detail=row.error_detail)
