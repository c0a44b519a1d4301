"""CLAMS apps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import cast

import strawberry
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from chowda import models
from chowda.ids import Kind, opaque
from chowda.schema.loaders import Loaders
from chowda.schema.scalars import JSON
from chowda.schema.types.status import AppRuntime


@strawberry.type(
    description="Of an app that failed on file after file: its steps wait, and one trial call at a time goes out."
)
class AppCircuit:
    opened_at: datetime
    trial_at: datetime = strawberry.field(description="When the next trial call may go out.")
    trials: int = strawberry.field(description="Trial calls that failed so far.")
    reason: str = strawberry.field(description="The last failure: code and message.")


@strawberry.type(description="A CLAMS app that pipelines can be made of.")
class ClamsApp:
    key: strawberry.Private[int]
    loaders: strawberry.Private[Loaders]
    id: strawberry.ID
    name: str = strawberry.field(description="Unique.")
    identifier: str = strawberry.field(
        description="The app's own, e.g. http://apps.clams.ai/swt-detection/v8.9."
    )
    version: str | None
    runtime: AppRuntime
    endpoint: str | None = strawberry.field(description="Of a WEB_SERVICE: the URL at which it answers.")
    image: str | None = strawberry.field(description="Of a KUBERNETES_JOB.")
    max_concurrency: int = strawberry.field(
        description="Calls of this app that Chowda holds at once, over all workers."
    )
    one_at_a_time: bool = strawberry.field(
        description="It answered with another file's MMIF: whatever maxConcurrency says, it gets one call at once."
    )
    note: str | None = strawberry.field(
        description="What its owner should know: it mixed files up, and is called one request at a time since."
    )
    circuit: AppCircuit | None = strawberry.field(description="Null while the app answers.")

    @strawberry.field(description="As the app gave it.")
    async def metadata(self) -> JSON:
        return await self.loaders.require(read_metadata, self.key)

    @classmethod
    def of(cls, row: models.ClamsApp, loaders: Loaders) -> ClamsApp:
        return cls(
            key=row.id,
            loaders=loaders,
            id=strawberry.ID(opaque(Kind.APP, row.id)),
            name=row.name,
            identifier=row.identifier,
            version=row.version,
            runtime=AppRuntime(row.runtime),
            endpoint=row.endpoint,
            image=row.image,
            max_concurrency=row.max_concurrency,
            one_at_a_time=row.one_at_a_time,
            note=_note(row),
            circuit=_circuit(row),
        )


def _note(row: models.ClamsApp) -> str | None:
    if not row.one_at_a_time or row.mixed_up_at is None:
        return None
    when = row.mixed_up_at.astimezone(UTC)
    return (
        f"It answered with another file's MMIF on {when:%Y-%m-%d} at {when:%H:%M} UTC; called one request at a time "
        "since. Another version of the app gets another chance."
    )


def _circuit(row: models.ClamsApp) -> AppCircuit | None:
    if row.circuit_opened_at is None or row.circuit_trial_at is None:
        return None
    return AppCircuit(
        opened_at=row.circuit_opened_at,
        trial_at=row.circuit_trial_at,
        trials=row.circuit_trials,
        reason=row.circuit_reason or "",
    )


@strawberry.input
class RegisterAppInput:
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="By default the one in the app's metadata. Unique."
    )
    runtime: AppRuntime = strawberry.field(
        default=AppRuntime.WEB_SERVICE, description="WEB_SERVICE is the only one that is served yet."
    )
    endpoint: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Of a WEB_SERVICE: http:// or https://, without credentials or query.",
    )
    image: str | None = strawberry.field(default=strawberry.UNSET, description="Of a KUBERNETES_JOB.")
    command: list[str] | None = strawberry.field(default=strawberry.UNSET, description="Of a COMMAND.")
    max_concurrency: int = strawberry.field(
        default=1,
        description="Calls that Chowda may hold at once, 1 to 1000. More than 1 only for an app whose owner says "
        "that it keeps concurrent requests apart: many don't.",
    )
    timeout_seconds: int = strawberry.field(
        default=86400, description="How long one call may take before it counts as failed."
    )


async def read_apps(session: AsyncSession, loaders: Loaders, keys: Iterable[int]) -> dict[int, ClamsApp]:
    """Without their metadata, which is large and seldom asked for."""
    rows = await session.scalars(
        select(models.ClamsApp)
        .where(text("clams_apps.id = ANY(:ids)"))
        .options(defer(models.ClamsApp.description, raiseload=True)),
        {"ids": list(keys)},
    )
    return {row.id: ClamsApp.of(row, loaders) for row in rows}


async def read_metadata(session: AsyncSession, loaders: Loaders, keys: Sequence[int]) -> dict[int, JSON]:
    rows = await session.execute(
        select(models.ClamsApp.id, models.ClamsApp.description).where(text("clams_apps.id = ANY(:ids)")),
        {"ids": list(keys)},
    )
    return {key: cast(JSON, described) for key, described in rows}
