"""What can be done with apps, but for registering them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import strawberry

from chowda import models
from chowda.apps import health as app_health
from chowda.apps import imports as app_imports
from chowda.apps import registry
from chowda.apps.health import Due
from chowda.errors import AppUnreachable, BadUserInput, Conflict
from chowda.ids import Kind, require
from chowda.models import ProbeOutcome
from chowda.schema.app.type import AppImport, ClamsApp, UpdateAppInput
from chowda.schema.context import Info
from chowda.schema.dataloaders import Loaders
from chowda.schema.scalars import JSON
from chowda.schema.unset import given


async def refresh_app(info: Info, id: strawberry.ID) -> ClamsApp:
    row = await refresh(info, require(Kind.APP, id), "refreshApp")
    return ClamsApp.of(row, Loaders.of(info))


async def refresh(info: Info, key: int, action: str, dry_run: bool = False) -> models.ClamsApp:
    """The app, after it was asked what it is; a dry run asks nobody."""
    database = info.context.database
    async with database.session() as session:
        row = (await registry.require_apps(session, [key]))[key]
    if row.endpoint is None:
        raise Conflict(
            f"The app {row.name!r} has no endpoint, so it can't be asked: give it one with updateApp."
        )
    if dry_run:
        return row
    try:
        metadata, described = await registry.ask(row.endpoint)
    except (AppUnreachable, BadUserInput) as exc:
        async with database.session() as session:
            seen = app_health.Probe(ProbeOutcome.FAILED, exc.message)
            await app_health.note(session, Due(key, row.endpoint), seen)
        raise
    finally:
        info.context.notifier.apps()
    async with database.session() as session:
        row = await registry.refresh_app(session, key, metadata, described, row.endpoint)
        await info.context.audit.record(
            session, action, Kind.APP, key, identifier=row.identifier, version=row.version
        )
    return row


async def update_app(info: Info, id: strawberry.ID, input: UpdateAppInput) -> ClamsApp:
    key = require(Kind.APP, id)
    address = None
    if (wanted := given(input.endpoint)) is not None:
        endpoint = registry.normal_endpoint(wanted)
        address = registry.Address(endpoint, *(await registry.ask(endpoint)))
    change = registry.check_change(
        name=given(input.name),
        max_concurrency=given(input.max_concurrency),
        timeout_seconds=given(input.timeout_seconds),
        one_at_a_time=given(input.one_at_a_time),
        active=given(input.active),
        address=address,
    )
    async with info.context.database.session() as session:
        row = await registry.update_app(session, key, change)
        await info.context.audit.record(session, "updateApp", Kind.APP, key, **change.details)
    info.context.notifier.apps()
    return ClamsApp.of(row, Loaders.of(info))


async def import_apps(info: Info, descriptions: list[JSON]) -> list[AppImport]:
    loaders = Loaders.of(info)
    async with info.context.database.session() as session:
        results = await app_imports.import_apps(session, descriptions)
        counts: dict[str, Any] = Counter(result.outcome.value for result in results if result.app is not None)
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
