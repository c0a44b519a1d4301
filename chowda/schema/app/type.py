"""CLAMS apps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import strawberry
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from chowda import models
from chowda.apps import registry
from chowda.clams.metadata import AppMetadata, parse_metadata
from chowda.ids import Kind, opaque
from chowda.schema.app.app_type import AppInput, AppType
from chowda.schema.app.health import AppDescription, AppHealth, read_health, read_history
from chowda.schema.app.load import AppCall, AppLoad, AppTiming, read_calls, read_loads, read_timings
from chowda.schema.app.parameter import AppParameter
from chowda.schema.dataloaders import Loaders
from chowda.schema.enums import AppRuntime, ImportOutcome
from chowda.schema.scalars import JSON
from chowda.schema.unset import given


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
    timeout_seconds: int = strawberry.field(
        description="How long one call may take before it counts as failed."
    )
    active: bool = strawberry.field(
        description="false: a person deactivated it. No call begins, and nothing new is made or started with it."
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

    @strawberry.field(description="What it does, in its own words.")
    async def description(self) -> str | None:
        return (await self.read_metadata()).description

    @strawberry.field(description="The parameters that it takes, by its metadata, in its own order.")
    async def parameters(self) -> list[AppParameter]:
        described = await self.read_metadata()
        return [AppParameter.of(parameter) for parameter in described.parameters]

    @strawberry.field(description="What it takes, by its metadata.")
    async def inputs(self) -> list[AppInput]:
        return [AppInput.of(wanted) for wanted in (await self.read_metadata()).input]

    @strawberry.field(description="What it gives, by its metadata.")
    async def outputs(self) -> list[AppType]:
        return [AppType.of(spec) for spec in (await self.read_metadata()).output]

    @strawberry.field(description="How busy it is just now.")
    async def load(self) -> AppLoad:
        return AppLoad.of(await self.loaders.require(read_loads, self.key))

    @strawberry.field(description="How long it takes.")
    async def timing(self) -> AppTiming:
        return AppTiming.of(await self.loaders.require(read_timings, self.key))

    @strawberry.field(
        description="The newest calls that it finished in its present version, newest first; at most 200."
    )
    async def recent_calls(self) -> list[AppCall]:
        return [AppCall.of(call) for call in await self.loaders.require(read_calls, self.key)]

    @strawberry.field(description="How it does, and whether it is still what it was.")
    async def health(self) -> AppHealth:
        return AppHealth.of(await self.loaders.require(read_health, self.key))

    @strawberry.field(description="All that it said of itself, newest first; at most 100.")
    async def history(self) -> list[AppDescription]:
        return await self.loaders.require(read_history, self.key)

    async def read_metadata(self) -> AppMetadata:
        """What it says of itself, read."""
        return parse_metadata(cast(Any, await self.loaders.require(read_metadata, self.key)))

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
            circuit=_circuit(row),
        )


def _note(row: models.ClamsApp) -> str | None:
    if not row.one_at_a_time or row.mixed_up_at is None:
        return None
    when = row.mixed_up_at.astimezone(UTC)
    return (
        f"It answered with another file's MMIF on {when:%Y-%m-%d} at {when:%H:%M} UTC; called one request at a time "
        "since. Another version of the app gets another chance, and so does a mended one: updateApp with "
        "oneAtATime: false."
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


@strawberry.input
class UpdateAppInput:
    """What is left out, or null, stays as it is."""

    name: str | None = strawberry.field(default=strawberry.UNSET, description="Unique.")
    endpoint: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Where it answers from now on, e.g. of an app that was known by its description alone. It is "
        "asked what it is; another app than this one is refused, another version of it is taken over.",
    )
    max_concurrency: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="1 to 1000. Calls in flight go on; where there are more than the new limit, none begins until "
        "there are fewer.",
    )
    timeout_seconds: int | None = strawberry.field(
        default=strawberry.UNSET, description="For calls that begin from now on."
    )
    one_at_a_time: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="false: it is trusted again with as many calls as maxConcurrency says.",
    )
    active: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="false: calls in flight go on and none begins; runs that need it wait, with the reason shown, "
        "until it is true again.",
    )


@strawberry.input
class UpdateAppsInput:
    """As in UpdateAppInput, for each of the apps."""

    max_concurrency: int | None = strawberry.UNSET
    timeout_seconds: int | None = strawberry.UNSET
    one_at_a_time: bool | None = strawberry.UNSET
    active: bool | None = strawberry.UNSET

    def change(self) -> registry.AppChange:
        """Raises BadUserInput for what no app can be changed to."""
        return registry.check_change(
            name=None,
            max_concurrency=given(self.max_concurrency),
            timeout_seconds=given(self.timeout_seconds),
            one_at_a_time=given(self.one_at_a_time),
            active=given(self.active),
            address=None,
        )


@strawberry.type(description="What became of one description of an app.")
class AppImport:
    outcome: ImportOutcome
    message: str = strawberry.field(description="For a person.")
    app: ClamsApp | None = strawberry.field(description="Null if the description was refused.")


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
