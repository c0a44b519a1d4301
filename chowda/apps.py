"""CLAMS apps: asking them what they are, and keeping what they said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import ids
from chowda.clams.client import check_endpoint, fetch_metadata, shown
from chowda.clams.metadata import AppMetadata
from chowda.errors import BadUserInput, Conflict
from chowda.models import AppSlot, ClamsApp
from chowda.models.status import AppRuntime
from chowda.names import check_line, check_name, storable

CONCURRENCY_LIMIT = 1000
TIMEOUT_LIMIT_SECONDS = 2**31 - 1
ENDPOINT_LIMIT = 2048

ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('chowda.register_app'))")
"Registrations are rare: one after the other, so that names and endpoints can be looked up before writing."


@dataclass(frozen=True, slots=True)
class Registration:
    """What a person says of an app. `endpoint` is in its normal form."""

    endpoint: str
    name: str | None
    max_concurrency: int
    timeout_seconds: int


def check_registration(
    *,
    runtime: AppRuntime,
    endpoint: str | None,
    name: str | None,
    max_concurrency: int,
    timeout_seconds: int,
) -> Registration:
    """Refuses, with BadUserInput, what can't be registered whatever the app says."""
    if runtime is not AppRuntime.WEB_SERVICE:
        raise BadUserInput(
            f"Apps of the runtime {runtime} can't be run yet. Start the app as a web service, and register it "
            "with the runtime WEB_SERVICE and its endpoint."
        )
    if endpoint is None:
        raise BadUserInput(
            "An app of the runtime WEB_SERVICE needs an endpoint: the URL at which it answers."
        )
    if not 1 <= max_concurrency <= CONCURRENCY_LIMIT:
        raise BadUserInput(
            f"maxConcurrency is {max_concurrency}; it must be from 1 to {CONCURRENCY_LIMIT:,}: the calls of the "
            "app that may be in flight at once."
        )
    if not 1 <= timeout_seconds <= TIMEOUT_LIMIT_SECONDS:
        raise BadUserInput(f"timeoutSeconds is {timeout_seconds}; it must be at least 1.")
    return Registration(
        endpoint=normal_endpoint(endpoint),
        name=check_name("The app's name", name) if name is not None else None,
        max_concurrency=max_concurrency,
        timeout_seconds=timeout_seconds,
    )


def normal_endpoint(endpoint: str) -> str:
    """The endpoint, tidied: host in lower case, no default port. A slash at the end of a path stays.

    Raises BadUserInput for anything but a plain http:// or https:// URL. Its messages repeat no secret.
    """
    normal = check_endpoint(check_line("The endpoint", endpoint.strip(), ENDPOINT_LIMIT))
    if "?" in normal:
        raise BadUserInput(
            f"The endpoint {shown(normal)!r} has a query (?…): leave it out. "
            "Parameters belong to the steps of a pipeline."
        )
    return normal


async def ask(registration: Registration) -> tuple[AppMetadata, Mapping[str, Any]]:
    """What the app says of itself, as read and as it gave it. Call it outside of any session: it takes its time.

    Raises AppUnreachable, or BadUserInput for what does not answer as a CLAMS app.
    """
    return await fetch_metadata(registration.endpoint)


async def save_app(
    session: AsyncSession,
    registration: Registration,
    metadata: AppMetadata,
    described: Mapping[str, Any],
) -> ClamsApp:
    """The app at this endpoint, made or brought up to date, with a slot for each call that may be in flight.

    Conflict if another app has the name. Slots beyond a lowered limit stay; claims don't look at them.
    """
    await session.execute(ONE_AT_A_TIME)
    # With and without a slash at the end it is the same app; it is called as it was last given.
    same = func.rtrim(ClamsApp.endpoint, "/") == registration.endpoint.rstrip("/")
    known = await session.scalar(select(ClamsApp).where(same).with_for_update())
    name = registration.name or (known.name if known else check_name("The app's name", metadata.name))
    namesake = await session.scalar(select(ClamsApp).where(ClamsApp.name == name))
    if namesake is not None and (known is None or namesake.id != known.id):
        raise Conflict(
            f"Another app has the name {name!r}: {namesake.identifier} at {namesake.endpoint}. "
            "Give this one a name of its own."
        )
    values: dict[str, Any] = {
        "name": name,
        "endpoint": registration.endpoint,
        "identifier": metadata.identifier,
        "version": metadata.app_version,
        "max_concurrency": registration.max_concurrency,
        "timeout_seconds": registration.timeout_seconds,
        "description": dict(described),
    }
    if known is None:
        app = ClamsApp(runtime=AppRuntime.WEB_SERVICE, **values)
        session.add(app)
        await session.flush()
        await session.refresh(app)
    else:
        if known.identifier != metadata.identifier:
            values["one_at_a_time"] = False  # another version gets another chance
        app = (
            await session.scalars(
                update(ClamsApp)
                .where(ClamsApp.id == known.id)
                .values(updated_at=func.now(), **values)
                .returning(ClamsApp)
                .execution_options(populate_existing=True)
            )
        ).one()
    await session.execute(
        insert(AppSlot)
        .from_select(
            ["clams_app_id", "n"],
            select(text(":app"), func.generate_series(1, app.max_concurrency)).params(app=app.id),
        )
        .on_conflict_do_nothing()
    )
    return app


async def apps_by_id(session: AsyncSession, app_ids: Sequence[int]) -> dict[int, ClamsApp]:
    apps = await session.scalars(
        select(ClamsApp).where(text("clams_apps.id = ANY(:ids)")), {"ids": list(app_ids)}
    )
    return {app.id: app for app in apps}


async def require_apps(session: AsyncSession, app_ids: Sequence[int]) -> dict[int, ClamsApp]:
    """As apps_by_id; NotFound if one is missing."""
    found = await apps_by_id(session, app_ids)
    missing = next((app_id for app_id in app_ids if app_id not in found), None)
    if missing is not None:
        raise ids.not_found(ids.Kind.APP, ids.opaque(ids.Kind.APP, missing))
    return found


async def find_apps(session: AsyncSession, name: str | None) -> list[ClamsApp]:
    """All apps by name, or the one with this name."""
    statement = select(ClamsApp).order_by(ClamsApp.name)
    if name is not None:
        if not storable(name):
            return []
        statement = statement.where(ClamsApp.name == name.strip())
    return list(await session.scalars(statement))
