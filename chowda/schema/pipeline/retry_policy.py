"""The retry policy of a step: which failed calls are repeated, and how often."""

from __future__ import annotations

import strawberry

from chowda.pipelines.retry_policy import ATTEMPTS, Policy
from chowda.schema.enums import StepErrorCode
from chowda.schema.optional_values import value_or_none


@strawberry.type(description="Which failed calls of a step are repeated, and how often.")
class RetryPolicy:
    attempts: int = strawberry.field(description="The maximum number of calls, including the first.")
    codes: list[StepErrorCode] | None = strawberry.field(
        description="The error codes that are retried. Null: those of the table of StepError; APP_TIMEOUT at most once."
    )

    @classmethod
    def of(cls, policy: Policy | None) -> RetryPolicy | None:
        if policy is None:
            return None
        codes = policy.codes
        return cls(
            attempts=policy.attempts,
            codes=[code for code in StepErrorCode if code in codes] if codes is not None else None,
        )


@strawberry.input(
    description="A retry policy that replaces the table of StepError. It cannot name WORKER_LOST: a lost worker uses "
    "no attempt, and ten lost workers in a row end a step under every policy."
)
class RetryPolicyInput:
    attempts: int | None = strawberry.field(
        default=ATTEMPTS,
        description="The maximum number of calls, including the first: 1 to 100. 1 means no retry.",
    )
    codes: list[StepErrorCode] | None = strawberry.field(
        default=strawberry.UNSET,
        description="The error codes that are retried, each up to `attempts` calls. By default those of the table, and "
        "APP_TIMEOUT at most once: name it here to retry it like the others.",
    )

    def policy(self) -> Policy:
        codes = value_or_none(self.codes)
        return Policy(
            self.attempts if self.attempts is not None else ATTEMPTS,
            frozenset(codes) if codes is not None else None,
        )
