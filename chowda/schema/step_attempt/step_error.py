"""Why a call of an app failed."""

from __future__ import annotations

import strawberry

from chowda import models


@strawberry.type(
    description="""Why a call of an app failed.

code                 when                                                                      retried
APP_UNREACHABLE      connection refused, no route, unknown host name, TLS error                yes
APP_DISCONNECTED     the connection broke, or the body ended early                             yes
APP_BUSY             status 429, 502, 503 or 504 (Retry-After is respected)                    yes
APP_TIMEOUT          no complete answer within the app's timeoutSeconds                        yes, once
APP_ERROR            any other error status (also a redirect), or MMIF with an error view      no
INVALID_MMIF         success status, but not JSON, not MMIF, or larger than the size limit     no
LOST_VIEWS           an earlier view (ID and app) is missing                                   no
WRONG_DOCUMENTS      the documents differ from those sent (ID, type, location)                 yes, one at a time
NO_NEW_VIEW          MMIF, but without a new view of this app                                  no
MEDIA_MISSING        Chowda itself could see that the media file is missing                    no
STORE_UNAVAILABLE    the MMIF store could not be read or written                               yes
WORKER_LOST          the worker died during the call, ten times in a row                       yes, nine times"""
)
class StepError:
    code: str = strawberry.field(description="One of the codes in the table of this type.")
    message: str = strawberry.field(description="For people, without a traceback.")
    detail: str | None = strawberry.field(description="The app's answer, cut to 10,000 characters.")

    @classmethod
    def of(cls, row: models.StepRun | models.StepAttempt) -> StepError | None:
        if row.error_code is None:
            return None
        return cls(code=row.error_code, message=row.error_message or "", detail=row.error_detail)
