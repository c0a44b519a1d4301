"""Which failures of a step are worth another call."""

from __future__ import annotations

import strawberry

from chowda.pipelines.retry_policy import ATTEMPTS, Policy
from chowda.schema.enums import StepErrorCode
from chowda.schema.unset import given


@strawberry.type(description="Which failures of a step are worth another call, and how many calls.")
class RetryPolicy:
    attempts: int = strawberry.field(description="Calls in all.")
    codes: list[StepErrorCode] | None = strawberry.field(
        description="Those that are retried. Null: those of the table under StepError; APP_TIMEOUT once at most."
    )

    @classmethod
    def of(cls, policy: Policy | None) -> RetryPolicy | None:
        if policy is None:
            return None
        return cls(
            attempts=policy.attempts,
            codes=[code for code in StepErrorCode if code in policy.codes]
            if policy.codes is not None
            else None,
        )


@strawberry.input(
    description="In place of the table under StepError. WORKER_LOST can't be named: a lost worker uses up no attempt, "
    "and ten in a row end a step whatever its policy."
)
class RetryPolicyInput:
    attempts: int | None = strawberry.field(
        default=ATTEMPTS, description="Calls in all, 1 to 100. 1: no retry."
    )
    codes: list[StepErrorCode] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Those that are retried, each up to `attempts` calls. By default those of the table, and "
        "APP_TIMEOUT once at most: name it to have it retried like the others.",
    )


def policy_of(input: RetryPolicyInput | None) -> Policy | None:
    if input is None:
        return None
    attempts, codes = input.attempts, given(input.codes)
    return Policy(
        attempts if attempts is not None else ATTEMPTS, frozenset(codes) if codes is not None else None
    )
