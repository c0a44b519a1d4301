"""Error responses: JSON in one form for GraphQL and in another for everything else."""

from __future__ import annotations

import json
from collections.abc import Mapping

import msgspec
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from chowda.errors import ChowdaError, DatabaseAway, ErrorCode, StepErrorCode, StepFailure

log = structlog.get_logger(__name__)

GRAPHQL_PATH = "/graphql"

STATUS = {
    ErrorCode.BAD_USER_INPUT: 400,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.CONFLICT: 409,
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.APP_UNREACHABLE: 502,
    ErrorCode.LIMIT_EXCEEDED: 413,
    ErrorCode.INTERNAL: 500,
}
CODE_OF_STATUS = {
    401: ErrorCode.UNAUTHENTICATED,
    403: ErrorCode.FORBIDDEN,
    404: ErrorCode.NOT_FOUND,
    409: ErrorCode.CONFLICT,
    413: ErrorCode.LIMIT_EXCEEDED,
}


def failure(
    scope: Scope,
    status: int,
    code: str,
    message: str,
    headers: Mapping[str, str] | None = None,
    extensions: Mapping[str, object] | None = None,
) -> Response:
    """{"error": {code, message, …extensions}}, or at /graphql {"errors": [{message, extensions: {code, …}}]}."""
    details = {**(extensions or {}), "code": code}
    if scope["path"] == GRAPHQL_PATH:
        body: dict[str, object] = {"errors": [{"message": message, "extensions": details}]}
    else:
        body = {"error": {**details, "message": message}}
    return Response(as_json(body), status, headers, media_type="application/json")


def as_json(data: object) -> bytes:
    """JSON as UTF-8. A lone surrogate that a client sent is returned escaped, as it came."""
    try:
        return msgspec.json.encode(data)
    except UnicodeEncodeError:
        return json.dumps(data).encode()


def refuse_encoded(headers: Mapping[str, str]) -> None:
    """Raise HTTPException 415 for a compressed body: a few kilobytes could expand to gigabytes."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", ""):
        raise HTTPException(
            415,
            f"The body has Content-Encoding: {encoding[:50]}. Send it uncompressed, without that header.",
        )


def internal(scope: Scope, error_id: str) -> Response:
    """An unexpected failure: the response names only the id under which the log has the details."""
    return failure(
        scope,
        500,
        ErrorCode.INTERNAL,
        f"Something went wrong in Chowda. Its log has the details under {error_id}.",
    )


async def answer_failure(request: Request, exc: Exception) -> Response:
    """The response to an expected error. Any other goes on to the edge, which shows no detail of it."""
    match exc:
        case ChowdaError() if exc.code is not ErrorCode.INTERNAL:
            return failure(request.scope, STATUS[exc.code], exc.code, exc.message, extensions=exc.extensions)
        case DatabaseAway():
            log.warning("request.database_away", path=request.url.path)
            return failure(request.scope, 503, exc.code, exc.message, {"Retry-After": "5"})
        case StepFailure(code=StepErrorCode.STORE_UNAVAILABLE):
            # Its own message may contain paths.
            log.warning("store.unavailable", path=request.url.path, reason=exc.message)
            message = "The MMIF store is not available. Try again later; /readyz shows its state."
            return failure(request.scope, 503, exc.code, message, {"Retry-After": "5"})
        case HTTPException():
            return _refused(request, exc)
        case _:
            raise exc


def _refused(request: Request, exc: HTTPException) -> Response:
    """What the web framework itself refuses: an unknown path, or a method that the path does not have."""
    code = CODE_OF_STATUS.get(exc.status_code, ErrorCode.BAD_USER_INPUT)
    path = request.url.path[:200]
    match exc.status_code:
        case 404:
            message = f"There is nothing at {path}."
        case 405:
            message = f"{request.method} is not allowed at {path}."
        case _:
            message = exc.detail
    return failure(request.scope, exc.status_code, code, message, exc.headers)
