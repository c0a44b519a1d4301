"""The errors that Chowda raises.

A `ChowdaError` reaches the client, with a code from the API's contract. A `StepFailure` is the failure of one call of
a CLAMS app and becomes the step's `StepError`.
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

    ACTIVATE_APP = "ACTIVATE_APP"
    SET_ENDPOINT = "SET_ENDPOINT"
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
    Hint.ACTIVATE_APP: ("Activate it, or use another app", "updateApp with active: true"),
    Hint.SET_ENDPOINT: ("Set the endpoint before you run it", "updateApp with endpoint"),
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
    """An expected failure. The message says what is wrong, with which value, and what to do.

    With a `hint` the message ends with what to do, in the terms of the API. The extensions then have `hint`, and
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
    """The database is unavailable for a while. Clients see the message, so it contains no host and no SQL."""

    MESSAGE: ClassVar[str] = (
        "Chowda's database can't be reached at the moment. Nothing that was saved is lost. Try again in a moment."
    )
    BUSY: ClassVar[str] = (
        "Chowda's database is too busy at the moment: this request waited too long for a connection or a lock. "
        "Nothing was changed. Try again in a moment."
    )

    def __init__(self, message: str = MESSAGE) -> None:
        super().__init__(message)


class ConfigurationError(ChowdaError):
    """A setting with which Chowda can't start. Printed on the terminal, with exit status 2."""


class StepErrorCode(StrEnum):
    """Why a call of an app failed (contract: the table under `StepError`)."""

    APP_UNREACHABLE = "APP_UNREACHABLE"  # connection refused, no route, unknown host, TLS error
    APP_DISCONNECTED = "APP_DISCONNECTED"  # the connection was lost, or the body ended early
    APP_BUSY = "APP_BUSY"  # 429, 502, 503, 504
    APP_TIMEOUT = "APP_TIMEOUT"  # no complete response within the app's timeout_seconds
    APP_ERROR = "APP_ERROR"  # any other error status, or MMIF with an error view of this app
    INVALID_MMIF = "INVALID_MMIF"  # success status, but not JSON, not MMIF, or over the size limit
    LOST_VIEWS = "LOST_VIEWS"  # an earlier view (by id and app) is missing from the response
    WRONG_DOCUMENTS = "WRONG_DOCUMENTS"  # the response's documents are not those of the request
    NO_NEW_VIEW = "NO_NEW_VIEW"  # the response has no new view of this app
    MEDIA_MISSING = "MEDIA_MISSING"  # Chowda itself saw that the media file does not exist
    STORE_UNAVAILABLE = "STORE_UNAVAILABLE"  # the MMIF store could not be read or written
    WORKER_LOST = "WORKER_LOST"  # the worker died during the call, ten times


class StepFailure(Exception):
    """A call of a CLAMS app that gave no result.

    `message` is for users and contains no traceback. `detail` is the app's response, cut to 10,000 characters.
    `retry_after_seconds` is the app's Retry-After header. `without_mmif` marks an error status without MMIF, which
    points to a problem of the app rather than of the file.
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
    """The text without NUL characters and lone surrogates, which apps send and a database column refuses."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
