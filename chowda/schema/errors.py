"""Errors as clients see them: each has a code. An unexpected error is masked and logged under an ID."""

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
"Parts of graphql-core's messages about too many tokens or fields and too deep nesting. Its errors have no code."
LIMIT_HINT = "Ask for less at once, and send long lists and texts as variables."
MESSAGE_LIMIT = 4_000
"Characters. Messages of graphql-core repeat the invalid value in full."
REQUEST_ERRORS = (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError)


def translate(error: GraphQLError) -> GraphQLError:
    """The error with a code. An error that has one stays as it is."""
    if (error.extensions or {}).get("code") in set(ErrorCode):
        return error
    cause = _cause(error)
    match cause:
        case ChowdaError() if cause.code is not ErrorCode.INTERNAL:
            return _with_code(error, cause.message, cause.code, cause.extensions)
        case DatabaseAway():
            log.warning("graphql.database_away", path=error.path)
            return _with_code(error, cause.message, cause.code)
        case RecursionError():
            message = f"The document is nested too deeply. {LIMIT_HINT}"
            return _with_code(error, message, ErrorCode.LIMIT_EXCEEDED)
        case GraphQLError() if any(sign in cause.message for sign in LIMIT_SIGNS):
            return _with_code(error, f"{error.message} {LIMIT_HINT}", ErrorCode.LIMIT_EXCEEDED)
        case _ if _is_of_request(error, cause):
            return _with_code(error, error.message, ErrorCode.BAD_USER_INPUT)
        case _:
            return _masked(error, cause)


def _cause(error: GraphQLError) -> BaseException:
    """The first error: graphql-core wraps it to add its place in the result."""
    cause: BaseException = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _is_of_request(error: GraphQLError, cause: BaseException) -> bool:
    """Whether the document or its variables are wrong, not Chowda.

    graphql-core's errors about documents, variables and arguments have nodes of the document. Its errors about the
    value that a resolver returned (wrong type, null) have none until they are added to the result.
    """
    if isinstance(cause, REQUEST_ERRORS):
        return True
    if isinstance(cause, ValueError):  # a literal with more digits than int() accepts
        return error.path is None and bool(error.nodes)
    return isinstance(cause, GraphQLError) and (error.path is None or bool(cause.nodes))


def _with_code(
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
    return _with_code(error, message, ErrorCode.INTERNAL, {"errorId": error_id})
