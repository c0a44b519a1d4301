"""Every error that a client sees has a code; what nobody expected is masked, and logged under an id."""

from __future__ import annotations

import secrets
from typing import Any

import structlog
from graphql import GraphQLError
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from chowda.errors import ChowdaError, DatabaseAway, ErrorCode

log = structlog.get_logger(__name__)

LIMIT_SIGNS = ("Parsing aborted.", "Validation aborted.", "Maximum introspection depth exceeded")
"In graphql-core's own messages, which have no code: too many tokens or fields, nested too deeply."
LIMIT_HINT = "Ask for less at once, and give long lists and texts as variables."
MESSAGE_LIMIT = 4_000
"Characters; graphql-core's own messages repeat the value that they are about in full."
REQUEST_ERRORS = (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError)


def translate(error: GraphQLError) -> GraphQLError:
    """The error as the client shall see it. One that has a code already stays as it is."""
    if (error.extensions or {}).get("code") in set(ErrorCode):
        return error
    cause = _cause(error)
    match cause:
        case ChowdaError() if cause.code is not ErrorCode.INTERNAL:
            return _shown(error, cause.message, cause.code, cause.extensions)
        case DatabaseAway():
            log.warning("graphql.database_away", path=error.path)
            return _shown(error, cause.message, cause.code)
        case RecursionError():
            return _shown(error, f"The document is nested too deeply. {LIMIT_HINT}", ErrorCode.LIMIT_EXCEEDED)
        case GraphQLError() if any(sign in cause.message for sign in LIMIT_SIGNS):
            return _shown(error, f"{error.message} {LIMIT_HINT}", ErrorCode.LIMIT_EXCEEDED)
        case _ if _is_the_clients(error, cause):
            return _shown(error, error.message, ErrorCode.BAD_USER_INPUT)
        case _:
            return _masked(error, cause)


def _cause(error: GraphQLError) -> BaseException:
    """What was raised first: graphql-core wraps errors to say where in the answer they belong."""
    cause: BaseException = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _is_the_clients(error: GraphQLError, cause: BaseException) -> bool:
    """Whether the document or its variables were wrong, not Chowda.

    graphql-core's errors about documents, variables and arguments point to a place in the document; those
    about a value that a resolver gave (wrong type, null) point nowhere until they are put into the answer.
    """
    if isinstance(cause, REQUEST_ERRORS):
        return True
    if isinstance(cause, ValueError):  # a literal of thousands of digits, which no int is made of
        return error.path is None and bool(error.nodes)
    return isinstance(cause, GraphQLError) and (error.path is None or bool(cause.nodes))


def _shown(
    error: GraphQLError, message: str, code: ErrorCode, extensions: dict[str, Any] | None = None
) -> GraphQLError:
    return GraphQLError(
        message if len(message) <= MESSAGE_LIMIT else f"{message[:MESSAGE_LIMIT]}…",
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={**(extensions or {}), "code": code.value},
    )


def _masked(error: GraphQLError, cause: BaseException) -> GraphQLError:
    error_id = secrets.token_hex(6)
    log.error(
        "graphql.failed", error_id=error_id, path=error.path, error=type(cause).__name__, exc_info=cause
    )
    message = f"Something went wrong in Chowda; its log says more under {error_id}."
    return _shown(error, message, ErrorCode.INTERNAL, {"errorId": error_id})
