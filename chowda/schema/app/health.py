"""The health of CLAMS apps."""

from __future__ import annotations

from datetime import datetime

import strawberry

from chowda.apps.health import Drift, Health
from chowda.schema.enums import HealthStatus


@strawberry.type(
    description="A difference between the app at the endpoint and the app that is registered here."
)
class AppDrift:
    identifier: str = strawberry.field(description="The identifier of the app at the endpoint.")
    version: str | None = strawberry.field(description="The version of the app at the endpoint.")
    since: datetime = strawberry.field(description="When Chowda noticed the difference.")
    message: str = strawberry.field(description="The difference and what to do about it, for people.")

    @classmethod
    def of(cls, drift: Drift) -> AppDrift:
        return cls(
            identifier=drift.identifier, version=drift.version, since=drift.since, message=drift.message
        )


@strawberry.type(
    description="The health of an app, from the results of calls and from periodic probes "
    "(CHOWDA_APP_LOOK_SECONDS)."
)
class AppHealth:
    status: HealthStatus
    message: str = strawberry.field(description="For people.")
    looked_at: datetime | None = strawberry.field(
        description="When Chowda last asked for the app's metadata."
    )
    last_answer_at: datetime | None = strawberry.field(
        description="When the app last finished a call or answered a probe."
    )
    last_failure_at: datetime | None = strawberry.field(
        description="When a call last failed because of the app, or a probe got no answer."
    )
    drift: AppDrift | None = strawberry.field(
        description="Null while the app at the endpoint is the registered one."
    )

    @classmethod
    def of(cls, health: Health) -> AppHealth:
        return cls(
            status=health.status,
            message=health.message,
            looked_at=health.probed_at,
            last_answer_at=health.last_answer_at,
            last_failure_at=health.last_failure_at,
            drift=AppDrift.of(health.drift) if health.drift else None,
        )
