"""How an app does, and what it said of itself over time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.apps import health as app_health
from chowda.apps import metadata_history
from chowda.apps.health import Drift, Health
from chowda.models import AppMetadata
from chowda.schema.dataloaders import Loaders
from chowda.schema.enums import HealthStatus
from chowda.schema.scalars import JSON


@strawberry.type(description="What answers at the app's endpoint is not what is kept of it here.")
class AppDrift:
    identifier: str = strawberry.field(description="Of what answers there.")
    version: str | None = strawberry.field(description="Of what answers there.")
    since: datetime = strawberry.field(description="When it was noticed.")
    message: str = strawberry.field(description="For a person: what differs, and what to do.")

    @classmethod
    def of(cls, drift: Drift) -> AppDrift:
        return cls(
            identifier=drift.identifier, version=drift.version, since=drift.since, message=drift.message
        )


@strawberry.type(
    description="How an app does, by what was heard of it last: from a call, or from a look at it every few minutes "
    "(CHOWDA_APP_LOOK_SECONDS)."
)
class AppHealth:
    status: HealthStatus
    message: str = strawberry.field(description="For a person.")
    looked_at: datetime | None = strawberry.field(description="When it was asked last what it is.")
    last_answer_at: datetime | None = strawberry.field(
        description="Its last answer to a call that finished, or to a look."
    )
    last_failure_at: datetime | None = strawberry.field(
        description="The last call that failed and blamed the app, or the last look without an answer."
    )
    drift: AppDrift | None = strawberry.field(description="Null while it is what is kept of it.")

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


@strawberry.type(
    description="What an app said of itself at a time, and from then on until it said something else."
)
class AppDescription:
    identifier: str
    version: str | None
    metadata: JSON = strawberry.field(description="As the app, or a file that describes it, gave it.")
    created_at: datetime = strawberry.field(description="When it said so first.")

    @classmethod
    def of(cls, row: AppMetadata) -> AppDescription:
        return cls(
            identifier=row.identifier,
            version=row.version,
            metadata=cast(JSON, row.description),
            created_at=row.created_at,
        )


async def read_health(session: AsyncSession, loaders: Loaders, keys: Sequence[int]) -> dict[int, Health]:
    return await app_health.read(session, keys)


async def read_history(
    session: AsyncSession, loaders: Loaders, keys: Sequence[int]
) -> dict[int, list[AppDescription]]:
    found = await metadata_history.of_apps(session, keys)
    return {key: [AppDescription.of(row) for row in rows] for key, rows in found.items()}
