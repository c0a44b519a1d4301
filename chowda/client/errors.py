"""What can go wrong between a client and a Chowda, each with a message for a person.

All are ChowdaError. What the server refuses is raised by its code: BadUserInput, NotFound, Conflict, LimitExceeded,
AppUnreachable, TokenRefused, and ServerFailed for what is the server's own fault.
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
    """Nothing that speaks as Chowda does answers at the URL. `reason` is the message without the advice."""

    def __init__(self, message: str, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason or message


class ServerFailed(ChowdaError):
    """The server could not do what it was asked for, and it is not the asker's fault."""


class TokenRefused(ChowdaError):
    """The server wants to know who asks, or who asks may not."""

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


def refusal(code: str, message: str, extensions: Mapping[str, Any] | None = None) -> ChowdaError:
    """What the server answered, as an error of the kind that its code says."""
    if code == ErrorCode.UNAUTHENTICATED:
        message = f"{message.rstrip()} Set CHOWDA_TOKEN to a token that this Chowda knows."
    return _BY_CODE.get(code, ServerFailed)(message, extensions)
