"""Which failed calls are retried, how often and when (contract: the table under StepError)."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Self

from chowda.errors import BadUserInput, StepErrorCode

ATTEMPTS = 3
ATTEMPTS_LIMIT = 100
LOSSES = 10
"The number of workers lost in a row that fails a step. A policy does not change it: the app is not the cause."
FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 300.0
LONGEST_RETRY_AFTER_SECONDS = 3600.0
"A longer Retry-After is reduced to this."

RETRIED = {
    StepErrorCode.APP_UNREACHABLE: ATTEMPTS,
    StepErrorCode.APP_DISCONNECTED: ATTEMPTS,
    StepErrorCode.APP_BUSY: ATTEMPTS,
    StepErrorCode.APP_TIMEOUT: 2,
    StepErrorCode.WRONG_DOCUMENTS: ATTEMPTS,
    StepErrorCode.STORE_UNAVAILABLE: ATTEMPTS,
}
"The total number of calls, by the code of the latest failure. Other codes are not retried."


@dataclass(frozen=True, slots=True)
class Policy:
    """The retry policy of a step, which replaces the table: the total number of calls, and the codes to retry.

    Without codes, those of the table are retried, and a time-out at most once, since each may take hours.
    """

    attempts: int = ATTEMPTS
    codes: frozenset[StepErrorCode] | None = None

    def check(self) -> None:
        """Raises BadUserInput for an invalid policy."""
        if not 1 <= self.attempts <= ATTEMPTS_LIMIT:
            raise BadUserInput(
                f"retry.attempts is {self.attempts}; it must be from 1 (no retry) to {ATTEMPTS_LIMIT}, the total "
                "number of calls."
            )
        if self.codes is not None and StepErrorCode.WORKER_LOST in self.codes:
            raise BadUserInput(
                f"retry.codes has WORKER_LOST, which a policy cannot change: a lost worker does not count as an "
                f"attempt, and {LOSSES} lost in a row fail the step. Remove it."
            )

    @classmethod
    def read(cls, stored: Any) -> Self | None:
        """The policy in a value of `stored`; None for a step without a policy."""
        if stored is None:
            return None
        codes = stored["codes"]
        return cls(stored["attempts"], frozenset(map(StepErrorCode, codes)) if codes is not None else None)

    @property
    def stored(self) -> dict[str, Any]:
        """The JSON value in the database."""
        return {
            "attempts": self.attempts,
            "codes": sorted(map(str, self.codes)) if self.codes is not None else None,
        }

    def __str__(self) -> str:
        """For a person, such as "5 calls in total, after APP_BUSY, APP_ERROR"."""
        calls = "1 call" if self.attempts == 1 else f"{self.attempts} calls"
        after = "" if self.codes is None else f", after {', '.join(sorted(self.codes)) or 'no failure'}"
        return f"{calls} in total{after}"

    def calls(self, code: StepErrorCode) -> int:
        """The total number of calls if the latest one failed with this code."""
        if self.codes is not None:
            return self.attempts if code in self.codes else 1
        by_table = RETRIED.get(code, 1)
        return self.attempts if by_table == ATTEMPTS else min(by_table, self.attempts)


def delay_seconds(
    code: StepErrorCode, failures: int, retry_after_seconds: float | None = None, policy: Policy | None = None
) -> float | None:
    """The delay before the next call, or None if the step is not retried.

    `failures` is the number of failed calls, including this one, since the start or the latest retry by a person. The
    delay doubles from 1 s to 5 min, with full jitter. The app's Retry-After is a lower bound.
    """
    if failures >= (policy.calls(code) if policy else RETRIED.get(code, 1)):
        return None
    ceiling = min(FIRST_DELAY_SECONDS * 2 ** (failures - 1), LONGEST_DELAY_SECONDS)
    jittered = random.uniform(0, ceiling)  # noqa: S311 - jitter, not a secret
    return max(jittered, min(retry_after_seconds or 0.0, LONGEST_RETRY_AFTER_SECONDS))
