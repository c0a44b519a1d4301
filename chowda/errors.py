"""The errors that Chowda raises on purpose.

`ChowdaError` is what a person did or asked: it reaches the client with a code from the API's contract.
`StepFailure` is what became of one call of a CLAMS app: it is written on the step as its `StepError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar


class ErrorCode(StrEnum):
    """`extensions.code` of a GraphQL error (contract: core.graphql)."""

    BAD_USER_INPUT = "BAD_USER_INPUT"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    APP_UNREACHABLE = "APP_UNREACHABLE"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    INTERNAL = "INTERNAL"


class Hint(StrEnum):
    """What to do about an error. `extensions.hint` names it, so that each client can word it in its own terms."""

    ADD_MEDIA_FILE = "ADD_MEDIA_FILE"
    ARCHIVE_PIPELINE = "ARCHIVE_PIPELINE"
    UNARCHIVE_PIPELINE = "UNARCHIVE_PIPELINE"
    CHOOSE_PIPELINE = "CHOOSE_PIPELINE"
    CHOOSE_FIRST_STEP = "CHOOSE_FIRST_STEP"
    RENAME_OR_ADD_VERSION = "RENAME_OR_ADD_VERSION"

    @property
    def action(self) -> str:
        """In words that fit every client."""
        return _HINTS[self][0]

    @property
    def api_sentence(self) -> str:
        """Names the mutation or argument of the API that does it."""
        return f"{self.action} ({_HINTS[self][1]})."


_HINTS = {
    Hint.ADD_MEDIA_FILE: ("Add it first", "addMediaFiles"),
    Hint.ARCHIVE_PIPELINE: ("Archive it instead", "updatePipeline with archived: true"),
    Hint.UNARCHIVE_PIPELINE: ("Unarchive it first", "updatePipeline with archived: false"),
    Hint.CHOOSE_PIPELINE: ("Choose one", "pipelineId"),
    Hint.CHOOSE_FIRST_STEP: ("To run it again, choose the step to start from", "fromStep"),
    Hint.RENAME_OR_ADD_VERSION: (
        "Import it under another name, or as a new version",
        "`name`, or `asNewVersion: true`",
    ),
}


class ChowdaError(Exception):
    """An expected failure, with a message for a person: what is wrong, with which value, what to do.

    With a `hint` the message ends in what to do, in the terms of the API. The extensions then have `hint`, and
    `summary`, which is the message without it.
    """

    code: ClassVar[ErrorCode] = ErrorCode.INTERNAL

    def __init__(
        self, message: str, extensions: Mapping[str, Any] | None = None, *, hint: Hint | None = None
    ) -> None:
        self.message = message
        self.plain_message = message
        "Without names of the API."
        self.extensions: dict[str, Any] = dict(extensions or {})
        if hint is not None:
            self.message = f"{message} {hint.api_sentence}"
            self.plain_message = f"{message} {hint.action}."
            self.extensions |= {"summary": message, "hint": hint.value}
        super().__init__(self.message)


class BadUserInput(ChowdaError):
    code = ErrorCode.BAD_USER_INPUT


class NotFound(ChowdaError):
    code = ErrorCode.NOT_FOUND


class Conflict(ChowdaError):
    code = ErrorCode.CONFLICT


class AppUnreachable(ChowdaError):
    code = ErrorCode.APP_UNREACHABLE


class LimitExceeded(ChowdaError):
    code = ErrorCode.LIMIT_EXCEEDED


class DatabaseAway(ChowdaError):
    """Nobody's fault but a matter of time. The message is shown to clients, so it names no host and no SQL."""

    MESSAGE: ClassVar[str] = (
        "Chowda's database can't be reached just now. Nothing that was done before is lost; try again in a moment."
    )
    BUSY: ClassVar[str] = (
        "Chowda's database is too busy just now: something else holds what this needs. Nothing was changed; "
        "try again in a moment."
    )

    def __init__(self, message: str = MESSAGE) -> None:
        super().__init__(message)


class ConfigurationError(ChowdaError):
    """A setting that Chowda can't start with; shown on the terminal, exit status 2."""


class StepErrorCode(StrEnum):
    """Why a call of an app failed (contract: the table under `StepError`)."""

    APP_UNREACHABLE = "APP_UNREACHABLE"  # refused, no route, name unknown, TLS
    APP_DISCONNECTED = "APP_DISCONNECTED"  # the connection broke or the body ended early
    APP_BUSY = "APP_BUSY"  # 429, 502, 503, 504
    APP_TIMEOUT = "APP_TIMEOUT"  # no whole answer within the app's timeout_seconds
    APP_ERROR = "APP_ERROR"  # any other error status, or MMIF with an error view of this app
    INVALID_MMIF = "INVALID_MMIF"  # success status, but not JSON, not MMIF, or over the size limit
    LOST_VIEWS = "LOST_VIEWS"  # an earlier view (id and app) is gone
    WRONG_DOCUMENTS = "WRONG_DOCUMENTS"  # the answer's documents are not those sent
    NO_NEW_VIEW = "NO_NEW_VIEW"  # MMIF, but nothing new by this app
    MEDIA_MISSING = "MEDIA_MISSING"  # Chowda itself could see that the media is not there
    STORE_UNAVAILABLE = "STORE_UNAVAILABLE"  # the MMIF store did not take or give the bytes
    WORKER_LOST = "WORKER_LOST"  # the worker died in mid-call, ten times


class StepFailure(Exception):
    """One call of a CLAMS app that gave no result.

    `message` is for a person, without a traceback; `detail` is what the app answered, cut to 10,000
    characters; `retry_after_seconds` is the app's own wish (Retry-After); `without_mmif`: an error
    status without MMIF, which tells of the app rather than of the file.
    """

    DETAIL_LIMIT: ClassVar[int] = 10_000

    def __init__(
        self,
        code: StepErrorCode,
        message: str,
        detail: str | None = None,
        retry_after_seconds: float | None = None,
        without_mmif: bool = False,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = _storable(message)
        self.detail = _storable(detail[: self.DETAIL_LIMIT]) if detail is not None else None
        self.retry_after_seconds = retry_after_seconds
        self.without_mmif = without_mmif


def _storable(text: str) -> str:
    """What a database column takes: apps answer with NUL characters and broken surrogates too."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
