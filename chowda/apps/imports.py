"""Apps from their descriptions alone, e.g. from the app directory: to plan pipelines before the app runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.apps.registry import LOCK_APPS, add_app, refresh_app
from chowda.clams.client import METADATA_LIMIT_BYTES
from chowda.clams.metadata import AppMetadata, read_metadata
from chowda.errors import BadUserInput, LimitExceeded
from chowda.models import ClamsApp
from chowda.text_checks import check_line, check_name

IMPORT_LIMIT = 1000
TIMEOUT_SECONDS = 86400


class ImportOutcome(StrEnum):
    """What became of one description."""

    ADDED = "ADDED"  # an app without an endpoint
    UPDATED = "UPDATED"  # the app was known by an earlier description alone
    UNCHANGED = "UNCHANGED"  # the app is there already
    REFUSED = "REFUSED"  # it is no description of a CLAMS app


@dataclass(frozen=True, slots=True)
class AppImport:
    """`app` is None if it was refused."""

    outcome: ImportOutcome
    message: str
    app: ClamsApp | None = None


async def import_apps(session: AsyncSession, descriptions: Sequence[object]) -> list[AppImport]:
    """One result for each description, in order; one that is refused keeps no other from being taken.

    A description that came as text is read as JSON. LimitExceeded for more than 1,000.
    """
    if len(descriptions) > IMPORT_LIMIT:
        raise LimitExceeded(
            f"{len(descriptions):,} descriptions; at most {IMPORT_LIMIT:,} are taken at once."
        )
    await session.execute(LOCK_APPS)
    results = []
    for description in descriptions:
        try:
            results.append(await _import(session, description))
        except BadUserInput as exc:
            results.append(AppImport(ImportOutcome.REFUSED, exc.message))
    return results


async def _import(session: AsyncSession, description: object) -> AppImport:
    metadata, described = read_metadata(_bytes(description))
    identifier = check_line("The app's identifier", metadata.identifier)
    known = list(
        await session.scalars(
            select(ClamsApp).where(ClamsApp.identifier == identifier).order_by(ClamsApp.endpoint, ClamsApp.id)
        )
    )
    if known:
        app = known[0]
        if app.endpoint is not None:
            return AppImport(
                ImportOutcome.UNCHANGED, f"{app.name!r} answers at {app.endpoint}: what it says counts.", app
            )
        if app.description == described:
            return AppImport(ImportOutcome.UNCHANGED, f"{app.name!r} is described so already.", app)
        app = await refresh_app(session, app.id, metadata, described, None)
        return AppImport(ImportOutcome.UPDATED, f"{app.name!r} has a new description.", app)
    app = await add_app(
        session,
        metadata,
        described,
        {
            "name": await _free_name(session, metadata),
            "max_concurrency": 1,
            "timeout_seconds": TIMEOUT_SECONDS,
        },
    )
    return AppImport(ImportOutcome.ADDED, f"{app.name!r} can be planned with; it has no endpoint yet.", app)


def _bytes(description: object) -> bytes:
    """The description as JSON, within bounds: whatever a client sends goes the way of what an app sends."""
    try:
        content = (
            description if isinstance(description, str) else json.dumps(description, allow_nan=False)
        ).encode()
    except (ValueError, RecursionError):
        raise BadUserInput(
            "The description can't be kept: half a character, NaN, or nested too deeply."
        ) from None
    if len(content) > METADATA_LIMIT_BYTES:
        raise BadUserInput(f"The description is larger than {METADATA_LIMIT_BYTES // 1024**2} MB.")
    return content


async def _free_name(session: AsyncSession, metadata: AppMetadata) -> str:
    """The app's own name; with its version where another version has that; with its identifier as the last way."""
    plain = check_name("The app's name", metadata.name)
    for name in (plain, f"{plain} {metadata.app_version or ''}".strip(), metadata.identifier):
        if await session.scalar(select(ClamsApp.id).where(ClamsApp.name == name)) is None:
            return name
    raise BadUserInput(
        f"The names {plain!r} and {metadata.identifier!r} are taken by other apps: rename one of them first."
    )
