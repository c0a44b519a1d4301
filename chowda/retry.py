"""What is worth a retry, and when: decided here and nowhere else (contract: the table under StepError)."""

from __future__ import annotations

import random

from chowda.errors import StepErrorCode

ATTEMPTS = 3
LOSSES = 10
"Workers lost in a row that end a step."
FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 300.0
LONGEST_WISH_SECONDS = 3600.0
"A Retry-After beyond this is cut."

RETRIED = {
    StepErrorCode.APP_UNREACHABLE: ATTEMPTS,
    StepErrorCode.APP_DISCONNECTED: ATTEMPTS,
    StepErrorCode.APP_BUSY: ATTEMPTS,
    StepErrorCode.APP_TIMEOUT: 2,
    StepErrorCode.WRONG_DOCUMENTS: ATTEMPTS,
    StepErrorCode.STORE_UNAVAILABLE: ATTEMPTS,
}
"Calls in all, by the code of the one that failed last; what is not here is tried once."


def delay_seconds(code: StepErrorCode, failures: int, wish_seconds: float | None = None) -> float | None:
    """How long to wait before the next call, or None when it is not worth one.

    `failures` counts the failed calls since the start or the last retry by a person, this one included. The
    delay doubles from 1 s to 5 min, with full jitter; an app's own wish (Retry-After) is a lower bound.
    """
    if failures >= RETRIED.get(code, 1):
        return None
    ceiling = min(FIRST_DELAY_SECONDS * 2 ** (failures - 1), LONGEST_DELAY_SECONDS)
    jittered = random.uniform(0, ceiling)  # noqa: S311 - jitter, not a secret
    return max(jittered, min(wish_seconds or 0.0, LONGEST_WISH_SECONDS))
