"""Mutations of apps."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import bulk, models
from chowda.apps import health as app_health
from chowda.apps import imports as app_imports
from chowda.apps import list as app_list
from chowda.apps import load as app_load
from chowda.apps import registry
from chowda.apps.health import Due
from chowda.bulk import Effect, Outcome, Unchanged, Verb
from chowda.errors import AppUnreachable, BadUserInput, ChowdaError, Conflict
from chowda.ids import Kind, opaque, require
from chowda.models import ProbeOutcome
from chowda.schema.app.filter import AppFilterInput
from chowda.schema.app.inputs import RegisterAppInput, UpdateAppInput, UpdateAppsInput
from chowda.schema.app.type import ClamsApp
from chowda.schema.bulk_changes import BulkResult, change_each, selected_keys
from chowda.schema.context import Info
from chowda.schema.enums import ImportOutcome
from chowda.schema.loaders import Loaders
from chowda.schema.optional_values import value_or_none
from chowda.schema.scalars import JSON

UPDATE = Verb("change", "Changes", "Changed")
ACTIVATE = Verb("activate", "Activates", "Activated")
DEACTIVATE = Verb("deactivate", "Deactivates", "Deactivated")
REFRESH = Verb("refresh", "Refreshes", "Refreshed")

CONCURRENT_REFRESHES = 8
"Apps that refreshApps asks for their metadata at the same time."


@strawberry.type(description="The result of the import of one app description.")
class AppImport:
    outcome: ImportOutcome
    message: str = strawberry.field(description="For people.")
    app: ClamsApp | None = strawberry.field(description="Null if the description was refused.")


@strawberry.type
class AppMutations:
    @strawberry.mutation(
        description="Registers a CLAMS app. Chowda reads the app's metadata from the endpoint, and refuses an endpoint "
        "that does not serve a CLAMS app. Registering the same endpoint again updates the app."
    )
    async def register_app(self, info: Info, input: RegisterAppInput) -> ClamsApp:
        registration = registry.check_registration(
            runtime=input.runtime,
            endpoint=value_or_none(input.endpoint),
            name=value_or_none(input.name),
            max_concurrency=input.max_concurrency,
            timeout_seconds=input.timeout_seconds,
        )
        metadata, described = await registry.ask(registration.endpoint)
        async with info.context.database.session() as session:
            row = await registry.save_app(session, registration, metadata, described)
            await info.context.audit.record(
                session,
                "registerApp",
                Kind.APP,
                row.id,
                identifier=row.identifier,
                maxConcurrency=row.max_concurrency,
                timeoutSeconds=row.timeout_seconds,
            )
        info.context.notifier.apps()
        return ClamsApp.of(row, Loaders.of(info))

    @strawberry.mutation(
        description="Reads the app's metadata again. The previous metadata stays in the app's history. "
        "APP_UNREACHABLE if the app does not answer."
    )
    async def refresh_app(self, info: Info, id: strawberry.ID) -> ClamsApp:
        row = await _refresh(info, require(Kind.APP, id), "refreshApp")
        return ClamsApp.of(row, Loaders.of(info))

    @strawberry.mutation(
        description="Changes an app, also while it is in use. Running calls are not affected; calls that start later "
        "follow the change."
    )
    async def update_app(self, info: Info, id: strawberry.ID, input: UpdateAppInput) -> ClamsApp:
        key = require(Kind.APP, id)
        address = None
        if (new_endpoint := value_or_none(input.endpoint)) is not None:
            endpoint = registry.normal_endpoint(new_endpoint)
            address = registry.Address(endpoint, *(await registry.ask(endpoint)))
        change = registry.check_change(
            name=value_or_none(input.name),
            max_concurrency=value_or_none(input.max_concurrency),
            timeout_seconds=value_or_none(input.timeout_seconds),
            one_at_a_time=value_or_none(input.one_at_a_time),
            active=value_or_none(input.active),
            address=address,
        )
        async with info.context.database.session() as session:
            row = await registry.update_app(session, key, change)
            await info.context.audit.record(session, "updateApp", Kind.APP, key, **change.details)
        info.context.notifier.apps()
        return ClamsApp.of(row, Loaders.of(info))

    @strawberry.mutation(
        description="Imports app descriptions (metadata.json, as in the CLAMS app directory), so that pipelines can be "
        "planned with apps that have no endpoint yet. Returns one result for each description, in order; a refused "
        "description does not block the others. At most 1,000 in a call. registerApp, or updateApp with an endpoint, "
        "makes the apps ready to run."
    )
    async def import_apps(self, info: Info, descriptions: list[JSON]) -> list[AppImport]:
        loaders = Loaders.of(info)
        async with info.context.database.session() as session:
            results = await app_imports.import_apps(session, descriptions)
            counts: dict[str, Any] = Counter(
                result.outcome.value for result in results if result.app is not None
            )
            if counts:
                await info.context.audit.record(session, "importApps", Kind.APP, **counts)
        info.context.notifier.apps()
        return [
            AppImport(
                outcome=result.outcome,
                message=result.message,
                app=ClamsApp.of(result.app, loaders) if result.app is not None else None,
            )
            for result in results
        ]

    @strawberry.mutation(
        description="Changes many apps, as updateApp does. With dryRun: previews which apps would change."
    )
    async def update_apps(
        self,
        info: Info,
        input: UpdateAppsInput,
        ids: list[strawberry.ID] | None = strawberry.UNSET,
        filter: AppFilterInput | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        wanted = input.change()
        if not wanted.details:
            raise BadUserInput("The input changes nothing. Add a field, e.g. active: false.")

        async def change(session: AsyncSession, key: int) -> Effect:
            registry.refuse_unchanged((await registry.require_apps(session, [key]))[key], wanted)
            await registry.update_app(session, key, wanted)
            if not dry_run:
                await info.context.audit.record(session, "updateApps", Kind.APP, key, **wanted.details)
            return Effect(opaque(Kind.APP, key))

        keys = await selected_keys(info, Kind.APP, app_list.APPS, ids, filter)
        verb = UPDATE
        if wanted.details.keys() == {"active"}:
            verb = ACTIVATE if wanted.active else DEACTIVATE
        result = await change_each(info, Kind.APP, verb, keys, change, dry_run)
        info.context.notifier.apps()
        return await _with_waiting_calls(info, result) if wanted.active is False else result

    @strawberry.mutation(
        description="Reads the metadata of many apps again, as refreshApp does. An app that does not answer is "
        "APP_UNREACHABLE. With dryRun: previews which apps would be asked."
    )
    async def refresh_apps(
        self,
        info: Info,
        ids: list[strawberry.ID] | None = strawberry.UNSET,
        filter: AppFilterInput | None = strawberry.UNSET,
        dry_run: bool = False,
    ) -> BulkResult:
        keys = await selected_keys(info, Kind.APP, app_list.APPS, ids, filter)
        limit = asyncio.Semaphore(CONCURRENT_REFRESHES)

        async def refresh(key: int) -> Outcome:
            id = opaque(Kind.APP, key)
            async with limit:
                try:
                    await _refresh(info, key, "refreshApps", dry_run)
                except ChowdaError as exc:
                    return Unchanged.from_error(id, exc)
            return Effect(id)

        outcomes = await asyncio.gather(*map(refresh, keys))
        message = bulk.summary(REFRESH, Kind.APP, outcomes, done=not dry_run)
        return BulkResult.of(outcomes, dry_run, message)


async def _refresh(info: Info, key: int, action: str, dry_run: bool = False) -> models.ClamsApp:
    """Reads and saves the app's metadata; a dry run only checks that the app has an endpoint."""
    database = info.context.database
    async with database.session() as session:
        row = (await registry.require_apps(session, [key]))[key]
    if row.endpoint is None:
        raise Conflict(
            f"The app {row.name!r} has no endpoint, so Chowda cannot read its metadata. Set an endpoint with updateApp."
        )
    if dry_run:
        return row
    try:
        metadata, described = await registry.ask(row.endpoint)
    except (AppUnreachable, BadUserInput) as exc:
        async with database.session() as session:
            probe = app_health.Probe(ProbeOutcome.FAILED, exc.message)
            await app_health.note(session, Due(key, row.endpoint), probe)
        raise
    finally:
        info.context.notifier.apps()
    async with database.session() as session:
        row = await registry.refresh_app(session, key, metadata, described, row.endpoint)
        await info.context.audit.record(
            session, action, Kind.APP, key, identifier=row.identifier, version=row.version
        )
    return row


async def _with_waiting_calls(info: Info, deactivated: BulkResult) -> BulkResult:
    """The result with a message that also counts the calls that now wait for the deactivated apps."""
    keys = [require(Kind.APP, id) for id in deactivated.done]
    if not keys:
        return deactivated
    async with info.context.database.session() as session:
        loads = await app_load.read(session, keys)
    message = f"{deactivated.message} {app_load.deactivated_words(loads.values())}"
    return replace(deactivated, message=message)
