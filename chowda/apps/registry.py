"""The registry of CLAMS apps: registration, limits, metadata, activation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chowda import ids
from chowda.apps import health as app_health
from chowda.apps import metadata_history
from chowda.clams.endpoint import check_endpoint, display_endpoint
from chowda.clams.metadata import AppMetadata
from chowda.clams.metadata_request import fetch_metadata
from chowda.db.advisory_locks import AdvisoryLock
from chowda.enums import AppRuntime
from chowda.errors import BadUserInput, Conflict, Hint
from chowda.models import AppSlot, ClamsApp
from chowda.text_checks import check_line, check_name

CONCURRENCY_LIMIT = 1000
TIMEOUT_LIMIT_SECONDS = 2**31 - 1
ENDPOINT_LIMIT = 2048

LOCK_APPS = text("SELECT pg_advisory_xact_lock(:lock)").bindparams(lock=AdvisoryLock.CHANGE_APPS)
"Changes of apps are rare and run one after the other."


@dataclass(frozen=True, slots=True)
class Registration:
    """What a person registers. `endpoint` is normalized."""

    endpoint: str
    name: str | None
    max_concurrency: int
    timeout_seconds: int


@dataclass(frozen=True, slots=True)
class Address:
    """A new endpoint of an app, normalized, and the metadata that it returned."""

    endpoint: str
    metadata: AppMetadata
    described: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AppChange:
    """What a person changes of an app. None leaves a field unchanged."""

    name: str | None = None
    max_concurrency: int | None = None
    timeout_seconds: int | None = None
    one_at_a_time: bool | None = None
    active: bool | None = None
    address: Address | None = None

    @property
    def details(self) -> dict[str, Any]:
        """The changed fields, for the audit log."""
        fields = {
            "name": self.name,
            "maxConcurrency": self.max_concurrency,
            "timeoutSeconds": self.timeout_seconds,
            "oneAtATime": self.one_at_a_time,
            "active": self.active,
            "endpoint": self.address.endpoint if self.address is not None else None,
        }
        return {field: value for field, value in fields.items() if value is not None}


def check_registration(
    *,
    runtime: AppRuntime,
    endpoint: str | None,
    name: str | None,
    max_concurrency: int,
    timeout_seconds: int,
) -> Registration:
    """A registration that is valid by itself, before the app is asked. Raises BadUserInput."""
    if runtime is not AppRuntime.WEB_SERVICE:
        raise BadUserInput(
            f"Chowda cannot run apps with the runtime {runtime} yet. Start the app as a web service, and register it "
            "with the runtime WEB_SERVICE and its endpoint."
        )
    if endpoint is None:
        raise BadUserInput(
            "An app with the runtime WEB_SERVICE needs an endpoint: the URL at which it answers."
        )
    check_limits(max_concurrency, timeout_seconds)
    return Registration(
        endpoint=normal_endpoint(endpoint),
        name=check_name("The app's name", name) if name is not None else None,
        max_concurrency=max_concurrency,
        timeout_seconds=timeout_seconds,
    )


def check_limits(max_concurrency: int | None, timeout_seconds: int | None) -> None:
    """Raises BadUserInput for limits out of bounds. None is not checked."""
    if max_concurrency is not None and not 1 <= max_concurrency <= CONCURRENCY_LIMIT:
        raise BadUserInput(
            f"maxConcurrency is {max_concurrency}; use 1 to {CONCURRENCY_LIMIT:,}: the number of calls of the "
            "app that may be in flight at once."
        )
    if timeout_seconds is not None and not 1 <= timeout_seconds <= TIMEOUT_LIMIT_SECONDS:
        raise BadUserInput(f"timeoutSeconds is {timeout_seconds}; use 1 or more.")


def check_change(
    *,
    name: str | None,
    max_concurrency: int | None,
    timeout_seconds: int | None,
    one_at_a_time: bool | None,
    active: bool | None,
    address: Address | None,
) -> AppChange:
    """A change that is valid by itself. None leaves a field unchanged. Raises BadUserInput."""
    check_limits(max_concurrency, timeout_seconds)
    return AppChange(
        name=check_name("The app's name", name) if name is not None else None,
        max_concurrency=max_concurrency,
        timeout_seconds=timeout_seconds,
        one_at_a_time=one_at_a_time,
        active=active,
        address=address,
    )


def normal_endpoint(endpoint: str) -> str:
    """The endpoint, normalized: host in lower case, no default port. A trailing slash of a path stays.

    Raises BadUserInput for anything but a plain http:// or https:// URL, in messages without secrets.
    """
    normal = check_endpoint(check_line("The endpoint", endpoint.strip(), ENDPOINT_LIMIT))
    if "?" in normal:
        raise BadUserInput(
            f"The endpoint {display_endpoint(normal)!r} has a query (?…). Remove it. "
            "Parameters belong to the steps of a pipeline."
        )
    return normal


async def ask(endpoint: str) -> tuple[AppMetadata, Mapping[str, Any]]:
    """The app's metadata, parsed and as it was sent. Call it outside of any session, since it may take seconds.

    Raises AppUnreachable, or BadUserInput if the answer is not that of a CLAMS app.
    """
    return await fetch_metadata(endpoint)


async def save_app(
    session: AsyncSession,
    registration: Registration,
    metadata: AppMetadata,
    described: Mapping[str, Any],
) -> ClamsApp:
    """Add or update the app at this endpoint, with a slot for each call that may be in flight.

    An app that was imported without an endpoint, under this identifier, gets the endpoint. Raises Conflict if
    another app has the name. Slots beyond a lowered limit stay; claims ignore them.
    """
    await session.execute(LOCK_APPS)
    known = await _at_endpoint(session, registration.endpoint) or await session.scalar(
        select(ClamsApp)
        .where(ClamsApp.identifier == metadata.identifier, ClamsApp.endpoint.is_(None))
        .order_by(ClamsApp.id)
        .limit(1)
        .with_for_update()
    )
    name = registration.name or (known.name if known else check_name("The app's name", metadata.name))
    await _refuse_taken_name(session, name, known.id if known else None)
    values: dict[str, Any] = {
        "name": name,
        "endpoint": registration.endpoint,
        "max_concurrency": registration.max_concurrency,
        "timeout_seconds": registration.timeout_seconds,
    }
    if known is None:
        app = await add_app(session, metadata, described, values)
    else:
        app = await _write(session, known.id, values | _described(known, metadata, described))
        await metadata_history.note(session, app.id, metadata, described)
        await _make_slots(session, app)
    await app_health.note_answer(session, app.id, metadata)
    return app


async def add_app(
    session: AsyncSession, metadata: AppMetadata, described: Mapping[str, Any], values: Mapping[str, Any]
) -> ClamsApp:
    """Add an app. `values` holds its name, limits and, if it has one, endpoint. Needs the lock LOCK_APPS."""
    app = ClamsApp(
        runtime=AppRuntime.WEB_SERVICE,
        identifier=metadata.identifier,
        version=metadata.app_version,
        description=dict(described),
        **values,
    )
    session.add(app)
    await session.flush()
    await session.refresh(app)
    await metadata_history.note(session, app.id, metadata, described)
    await _make_slots(session, app)
    return app


async def update_app(session: AsyncSession, clams_app_id: int, change: AppChange) -> ClamsApp:
    """Apply the change. Calls in flight continue under the old limits; later ones respect the new limits.

    Raises NotFound, and Conflict for the name or the endpoint of another app or if another app answers there.
    """
    await session.execute(LOCK_APPS)
    app = await _locked(session, clams_app_id)
    values: dict[str, Any] = {
        field: value
        for field, value in (
            ("name", change.name),
            ("max_concurrency", change.max_concurrency),
            ("timeout_seconds", change.timeout_seconds),
            ("one_at_a_time", change.one_at_a_time),
            ("active", change.active),
        )
        if value is not None
    }
    if change.name is not None:
        await _refuse_taken_name(session, change.name, app.id)
    if change.address is not None:
        address = change.address
        other = await _at_endpoint(session, address.endpoint)
        if other is not None and other.id != app.id:
            raise Conflict(
                f"The app {other.name!r} is registered at {address.endpoint}. Use another endpoint."
            )
        if address.metadata.identifier != app.identifier and not same_app(
            address.metadata.identifier, app.identifier
        ):
            raise Conflict(
                f"{address.metadata.identifier} answers at {address.endpoint}. That is not "
                f"{app.name!r} ({app.identifier}): register it as a separate app."
            )
        values = (
            _described(app, address.metadata, address.described) | values | {"endpoint": address.endpoint}
        )
        await metadata_history.note(session, app.id, address.metadata, address.described)
        await app_health.note_answer(session, app.id, address.metadata)
    app = await _write(session, app.id, values)
    await _make_slots(session, app)
    return app


def refuse_unchanged(app: ClamsApp, change: AppChange) -> None:
    """Raise Conflict if the change, which has no new address, would change nothing."""
    wanted = {
        "max_concurrency": change.max_concurrency,
        "timeout_seconds": change.timeout_seconds,
        "one_at_a_time": change.one_at_a_time,
        "active": change.active,
    }
    if all(value is None or getattr(app, field) == value for field, value in wanted.items()):
        raise Conflict("The app already has these settings.")


async def refresh_app(
    session: AsyncSession,
    clams_app_id: int,
    metadata: AppMetadata,
    described: Mapping[str, Any],
    endpoint: str | None,
) -> ClamsApp:
    """Save the metadata that the app just returned at `endpoint`, or those of a file if it has no endpoint.

    Raises Conflict if the endpoint has changed in the meantime.
    """
    app = await _locked(session, clams_app_id)
    if app.endpoint != endpoint:
        raise Conflict(f"The endpoint of the app {app.name!r} was changed in the meantime. Try again.")
    await metadata_history.note(session, app.id, metadata, described)
    if endpoint is not None:
        await app_health.note_answer(session, app.id, metadata)
    return await _write(session, app.id, _described(app, metadata, described))


def same_app(identifier: str, other: str) -> bool:
    """Whether two identifiers name versions of one app, e.g. http://apps.clams.ai/swt-detection/v8.5 and …/v8.9."""
    return unversioned(identifier) == unversioned(other)


def unversioned(identifier: str) -> str:
    """An app's identifier without its trailing version, if it has one."""
    bare, slash, _ = identifier.rstrip("/").rpartition("/")
    return bare.lower() if slash and urlsplit(bare).path.strip("/") else identifier.lower()


def _described(app: ClamsApp, metadata: AppMetadata, described: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that new metadata change. A new version may be called concurrently again."""
    columns: dict[str, Any] = {
        "identifier": metadata.identifier,
        "version": metadata.app_version,
        "description": dict(described),
    }
    return columns | ({"one_at_a_time": False} if app.identifier != metadata.identifier else {})


async def _at_endpoint(session: AsyncSession, endpoint: str) -> ClamsApp | None:
    """The app at this endpoint, with or without a trailing slash, locked."""
    same = func.rtrim(ClamsApp.endpoint, "/") == endpoint.rstrip("/")
    found: ClamsApp | None = await session.scalar(select(ClamsApp).where(same).with_for_update())
    return found


async def _locked(session: AsyncSession, clams_app_id: int) -> ClamsApp:
    app = await session.scalar(select(ClamsApp).where(ClamsApp.id == clams_app_id).with_for_update())
    if app is None:
        raise ids.not_found(ids.Kind.APP, ids.opaque(ids.Kind.APP, clams_app_id))
    return app


async def _refuse_taken_name(session: AsyncSession, name: str, clams_app_id: int | None) -> None:
    namesake = await session.scalar(select(ClamsApp).where(ClamsApp.name == name))
    if namesake is not None and namesake.id != clams_app_id:
        where = f" at {namesake.endpoint}" if namesake.endpoint else ", which has no endpoint yet"
        raise Conflict(
            f"Another app has the name {name!r}: {namesake.identifier}{where}. Choose another name."
        )


async def _write(session: AsyncSession, clams_app_id: int, values: Mapping[str, Any]) -> ClamsApp:
    if values.get("one_at_a_time") is False:
        values = {**values, "mixed_up_at": None}
    return (
        await session.scalars(
            update(ClamsApp)
            .where(ClamsApp.id == clams_app_id)
            .values(updated_at=func.now(), **values)
            .returning(ClamsApp)
            .execution_options(populate_existing=True)
        )
    ).one()


async def _make_slots(session: AsyncSession, app: ClamsApp) -> None:
    """Add the missing slots, one for each call that the app may hold."""
    await session.execute(
        insert(AppSlot)
        .from_select(
            ["clams_app_id", "n"],
            select(text(":app"), func.generate_series(1, app.max_concurrency)).params(app=app.id),
        )
        .on_conflict_do_nothing()
    )


async def apps_by_id(session: AsyncSession, app_ids: Sequence[int]) -> dict[int, ClamsApp]:
    apps = await session.scalars(
        select(ClamsApp).where(text("clams_apps.id = ANY(:ids)")), {"ids": list(app_ids)}
    )
    return {app.id: app for app in apps}


async def require_apps(session: AsyncSession, app_ids: Sequence[int]) -> dict[int, ClamsApp]:
    """As apps_by_id, but raises NotFound if one is missing."""
    found = await apps_by_id(session, app_ids)
    missing = next((app_id for app_id in app_ids if app_id not in found), None)
    if missing is not None:
        raise ids.not_found(ids.Kind.APP, ids.opaque(ids.Kind.APP, missing))
    return found


def refuse_unusable(apps: Iterable[ClamsApp], *, to_run: bool) -> None:
    """Raise Conflict if an app is deactivated or, if it is about to run, has no endpoint."""
    for app in apps:
        if not app.active:
            raise Conflict(f"The app {app.name!r} is deactivated.", hint=Hint.ACTIVATE_APP)
        if to_run and app.endpoint is None:
            raise Conflict(
                f"The app {app.name!r} ({app.identifier}) has no endpoint yet.", hint=Hint.SET_ENDPOINT
            )
