"""What is worth a retry, and when: decided here and nowhere else (contract: the table under StepError)."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Self

from chowda.errors import BadUserInput, StepErrorCode

ATTEMPTS = 3
ATTEMPTS_LIMIT = 100
LOSSES = 10
"Workers lost in a row that end a step. No policy changes it: it says nothing about the app."
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


@dataclass(frozen=True, slots=True)
class Policy:
    """What a step of a pipeline has of its own instead of the table: calls in all, and the codes that are retried.

    Without codes those of the table are, and a time-out once at most, since each may have taken hours.
    """

    attempts: int = ATTEMPTS
    codes: frozenset[StepErrorCode] | None = None

    def check(self) -> None:
        """Refuses, with BadUserInput, what can't be."""
        if not 1 <= self.attempts <= ATTEMPTS_LIMIT:
            raise BadUserInput(
                f"retry.attempts is {self.attempts}; it must be from 1 (no retry) to {ATTEMPTS_LIMIT}: calls in all."
            )
        if self.codes is not None and StepErrorCode.WORKER_LOST in self.codes:
            raise BadUserInput(
                f"retry.codes names WORKER_LOST, which no policy changes: a lost worker uses up no attempt, and "
                f"{LOSSES} lost in a row end the step. Leave it out."
            )

    @classmethod
    def read(cls, kept: Any) -> Self | None:
        """From what `kept` gave; None for a step without a policy."""
        if kept is None:
            return None
        codes = kept["codes"]
        return cls(kept["attempts"], frozenset(map(StepErrorCode, codes)) if codes is not None else None)

    @property
    def kept(self) -> dict[str, Any]:
        """As JSON for the database."""
        return {
            "attempts": self.attempts,
            "codes": sorted(map(str, self.codes)) if self.codes is not None else None,
        }

    def __str__(self) -> str:
        """For a person, e.g. "5 calls in all, after APP_BUSY, APP_ERROR"."""
        calls = "1 call" if self.attempts == 1 else f"{self.attempts} calls"
        after = "" if self.codes is None else f", after {', '.join(sorted(self.codes)) or 'no failure'}"
        return f"{calls} in all{after}"

    def calls(self, code: StepErrorCode) -> int:
        """Calls in all when the last one failed with this code."""
        if self.codes is not None:
            return self.attempts if code in self.codes else 1
        by_table = RETRIED.get(code, 1)
        return self.attempts if by_table == ATTEMPTS else min(by_table, self.attempts)


def delay_seconds(
    code: StepErrorCode, failures: int, wish_seconds: float | None = None, policy: Policy | None = None
) -> float | None:
    """How long to wait before the next call, or None when it is not worth one.

    `failures` counts the failed calls since the start or the last retry by a person, this one included. The
    delay doubles from 1 s to 5 min, with full jitter; an app's own wish (Retry-After) is a lower bound.
    """
    if failures >= (policy.calls(code) if policy else RETRIED.get(code, 1)):
        return None
    ceiling = min(FIRST_DELAY_SECONDS * 2 ** (failures - 1), LONGEST_DELAY_SECONDS)
    jittered = random.uniform(0, ceiling)  # noqa: S311 - jitter, not a secret
    return max(jittered, min(wish_seconds or 0.0, LONGEST_WISH_SECONDS))
