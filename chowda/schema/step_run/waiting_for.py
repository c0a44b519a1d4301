"""Why a step waits."""

from __future__ import annotations

from datetime import datetime

import strawberry

from chowda.runs.wait_reasons import Waiting
from chowda.schema.enums import WaitReason


@strawberry.type(description="Why a step waits.")
class WaitingFor:
    reason: WaitReason
    message: str = strawberry.field(description="For people.")
    until: datetime | None = strawberry.field(
        description="When the step can start at the earliest, if that is known."
    )

    @classmethod
    def of(cls, waiting: Waiting | None) -> WaitingFor | None:
        if waiting is None:
            return None
        return cls(reason=waiting.reason, message=waiting.message, until=waiting.until)
