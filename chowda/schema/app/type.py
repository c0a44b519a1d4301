"""CLAMS apps."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import strawberry

from chowda import models
from chowda.apps import health as app_health
from chowda.apps import load as app_load
from chowda.apps import metadata_history, timings
from chowda.clams.metadata import AppMetadata, parse_metadata
from chowda.ids import Kind, opaque
from chowda.schema.app.health import AppHealth
from chowda.schema.app.load import AppLoad
from chowda.schema.app.metadata import AppDescription, AppInput, AppParameter, AppType, read_metadata
from chowda.schema.app.timing import AppCall, AppTiming
from chowda.schema.enums import AppRuntime
from chowda.schema.loaders import Loaders
from chowda.schema.scalars import JSON


@strawberry.type(
    description="The open circuit breaker of an app whose calls failed file after file. Its steps wait, while trial "
    "calls go out one at a time."
)
class AppCircuit:
    opened_at: datetime
    trial_at: datetime = strawberry.field(description="The earliest time of the next trial call.")
    trials: int = strawberry.field(description="How many trial calls have failed.")
    reason: str = strawberry.field(description="The last failure: code and message.")

    @classmethod
    def of(cls, row: models.ClamsApp) -> AppCircuit | None:
        if row.circuit_opened_at is None or row.circuit_trial_at is None:
            return None
        return cls(
            opened_at=row.circuit_opened_at,
            trial_at=row.circuit_trial_at,
            trials=row.circuit_trials,
            reason=row.circuit_reason or "",
        )


@strawberry.type(description="A CLAMS app. Pipelines consist of apps.")
class ClamsApp:
    key: strawberry.Private[int]
    loaders: strawberry.Private[Loaders]
    id: strawberry.ID
    name: str = strawberry.field(description="Unique.")
    identifier: str = strawberry.field(
        description="The identifier in the app's metadata, e.g. http://apps.clams.ai/swt-detection/v8.9."
    )
    version: str | None
    runtime: AppRuntime
    endpoint: str | None = strawberry.field(description="The URL of a WEB_SERVICE.")
    image: str | None = strawberry.field(description="The container image of a KUBERNETES_JOB.")
    max_concurrency: int = strawberry.field(
        description="How many calls of this app Chowda runs at once, over all workers."
    )
    timeout_seconds: int = strawberry.field(description="A call that takes longer than this has failed.")
    active: bool = strawberry.field(
        description="false: someone deactivated the app. No call starts, and no pipeline or run can be created with it."
    )
    one_at_a_time: bool = strawberry.field(
        description="The app has answered with the MMIF of another file. Chowda calls it one request at a time, "
        "whatever maxConcurrency is."
    )
    note: str | None = strawberry.field(
        description="Why and since when Chowda calls the app one request at a time. Null while oneAtATime is false."
    )
    circuit: AppCircuit | None = strawberry.field(description="Null while the circuit breaker is closed.")

    @strawberry.field(description="The metadata as the app declared it.")
    async def metadata(self) -> JSON:
        return await self.loaders.value(read_metadata, self.key)

    @strawberry.field(description="The description in the app's metadata.")
    async def description(self) -> str | None:
        return (await self.read_metadata()).description

    @strawberry.field(description="The parameters in the app's metadata, in the same order.")
    async def parameters(self) -> list[AppParameter]:
        metadata = await self.read_metadata()
        return [AppParameter.of(parameter) for parameter in metadata.parameters]

    @strawberry.field(description="The inputs in the app's metadata.")
    async def inputs(self) -> list[AppInput]:
        return [AppInput.of(spec) for spec in (await self.read_metadata()).input]

    @strawberry.field(description="The outputs in the app's metadata.")
    async def outputs(self) -> list[AppType]:
        return [AppType.of(spec) for spec in (await self.read_metadata()).output]

    @strawberry.field(description="The present load.")
    async def load(self) -> AppLoad:
        return AppLoad.of(await self.loaders.value(app_load.read, self.key))

    @strawberry.field(description="The processing time.")
    async def timing(self) -> AppTiming:
        return AppTiming.of(await self.loaders.value(timings.read, self.key))

    @strawberry.field(
        description="The newest calls that the app finished in its present version, newest first; at most 200."
    )
    async def recent_calls(self) -> list[AppCall]:
        return [AppCall.of(call) for call in await self.loaders.value(timings.newest, self.key)]

    @strawberry.field(
        description="The health of the app, and whether its endpoint serves another app or version."
    )
    async def health(self) -> AppHealth:
        return AppHealth.of(await self.loaders.value(app_health.read, self.key))

    @strawberry.field(
        description="The metadata that the app has declared over time, newest first; at most 100."
    )
    async def history(self) -> list[AppDescription]:
        rows = await self.loaders.value(metadata_history.of_apps, self.key)
        return [AppDescription.of(row) for row in rows]

    async def read_metadata(self) -> AppMetadata:
        return parse_metadata(cast(Any, await self.loaders.value(read_metadata, self.key)))

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
            timeout_seconds=row.timeout_seconds,
            active=row.active,
            one_at_a_time=row.one_at_a_time,
            note=_note(row),
            circuit=AppCircuit.of(row),
        )


def _note(row: models.ClamsApp) -> str | None:
    if not row.one_at_a_time or row.mixed_up_at is None:
        return None
    when = row.mixed_up_at.astimezone(UTC)
    return (
        f"The app answered with another file's MMIF on {when:%Y-%m-%d} at {when:%H:%M} UTC. Since then, Chowda calls "
        "it one request at a time. A new version of the app is called as before. If the app is fixed without a new "
        "version, use updateApp with oneAtATime: false."
    )
