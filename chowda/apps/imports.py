"""Import apps from their metadata, e.g. from the CLAMS app directory, to plan pipelines before the apps run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from chowda.apps.registry import LOCK_APPS, add_app, refresh_app
from chowda.clams.metadata import AppMetadata, read_metadata
from chowda.clams.metadata_request import METADATA_LIMIT_BYTES
from chowda.errors import BadUserInput, LimitExceeded
from chowda.models import ClamsApp
from chowda.text_checks import check_line, check_name

IMPORT_LIMIT = 1000
TIMEOUT_SECONDS = 86400


class ImportOutcome(StrEnum):
    """The result of importing one description."""

    ADDED = "ADDED"  # a new app without an endpoint
    UPDATED = "UPDATED"  # the app had no endpoint and other metadata
    UNCHANGED = "UNCHANGED"  # the app has these metadata, or an endpoint
    REFUSED = "REFUSED"  # not the metadata of a CLAMS app


@dataclass(frozen=True, slots=True)
class AppImport:
    """The result for one description. `app` is None if it was refused."""

    outcome: ImportOutcome
    message: str
    app: ClamsApp | None = None


async def import_apps(session: AsyncSession, descriptions: Sequence[object]) -> list[AppImport]:
    """One result for each description, in order. A refused one does not block the others.

    A description in text form is parsed as JSON. Raises LimitExceeded for more than 1,000.
    """
    if len(descriptions) > IMPORT_LIMIT:
        raise LimitExceeded(
            f"The import has {len(descriptions):,} descriptions; at most {IMPORT_LIMIT:,} are allowed at once."
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
                ImportOutcome.UNCHANGED,
                f"{app.name!r} is registered at {app.endpoint}: its own metadata are used.",
                app,
            )
        if app.description == described:
            return AppImport(ImportOutcome.UNCHANGED, f"{app.name!r} already has these metadata.", app)
        app = await refresh_app(session, app.id, metadata, described, None)
        return AppImport(ImportOutcome.UPDATED, f"{app.name!r} has new metadata.", app)
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
    return AppImport(
        ImportOutcome.ADDED, f"{app.name!r} can be used to plan pipelines. It has no endpoint yet.", app
    )


def _bytes(description: object) -> bytes:
    """The description as JSON, checked and bounded like the answer of an app. Raises BadUserInput."""
    try:
        content = (
            description if isinstance(description, str) else json.dumps(description, allow_nan=False)
        ).encode()
    except (ValueError, RecursionError):
        raise BadUserInput(
            "The description cannot be stored: it has half a character or NaN, or is nested too deeply."
        ) from None
    if len(content) > METADATA_LIMIT_BYTES:
        raise BadUserInput(f"The description is larger than {METADATA_LIMIT_BYTES // 1024**2} MB.")
    return content


async def _free_name(session: AsyncSession, metadata: AppMetadata) -> str:
    """The app's own name; with its version if that is taken; else its identifier. Raises BadUserInput."""
    plain = check_name("The app's name", metadata.name)
    for name in (plain, f"{plain} {metadata.app_version or ''}".strip(), metadata.identifier):
        if await session.scalar(select(ClamsApp.id).where(ClamsApp.name == name)) is None:
            return name
    raise BadUserInput(
        f"The names {plain!r} and {metadata.identifier!r} are taken by other apps. Rename one of them first."
    )
