"""The errors that the client raises. All are ChowdaError, with a message for a person.

A refusal by the server is raised by its code: BadUserInput, NotFound, Conflict, LimitExceeded, AppUnreachable or
TokenRefused. ServerFailed is an error of the server itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chowda.errors import (
    AppUnreachable,
    BadUserInput,
    ChowdaError,
    Conflict,
    ErrorCode,
    LimitExceeded,
    NotFound,
)

__all__ = [
    "AppUnreachable",
    "BadUserInput",
    "ChowdaError",
    "Conflict",
    "LimitExceeded",
    "NotFound",
    "ServerFailed",
    "ServerUnreachable",
    "TokenRefused",
]


class ServerUnreachable(ChowdaError):
    """No Chowda responds at the URL. `reason` is the message without the advice."""

    def __init__(self, message: str, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason or message


class ServerFailed(ChowdaError):
    """The server failed to process a valid request."""


class TokenRefused(ChowdaError):
    """The server requires a token, or does not accept this one."""

    code = ErrorCode.UNAUTHENTICATED


_BY_CODE: Mapping[str, type[ChowdaError]] = {
    ErrorCode.BAD_USER_INPUT: BadUserInput,
    ErrorCode.NOT_FOUND: NotFound,
    ErrorCode.CONFLICT: Conflict,
    ErrorCode.LIMIT_EXCEEDED: LimitExceeded,
    ErrorCode.APP_UNREACHABLE: AppUnreachable,
    ErrorCode.UNAUTHENTICATED: TokenRefused,
    ErrorCode.FORBIDDEN: TokenRefused,
}


def error_from_server(code: str, message: str, extensions: Mapping[str, Any] | None = None) -> ChowdaError:
    """The exception for an error of a response, by its code."""
    if code == ErrorCode.UNAUTHENTICATED:
        message = f"{message.rstrip()} Set CHOWDA_TOKEN to a token that this Chowda accepts."
    return _BY_CODE.get(code, ServerFailed)(message, extensions)
